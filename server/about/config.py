"""What the browser must know before it can draw anything, out of the settings."""

from realtime.shapes import Place
from server import VERSION
from server.about.schemas import MapConfig, PhotoConfig, SiteConfig
from server.listings.categories import CATEGORIES
from server.photos.attaching import MOST
from server.photos.receiving import MEGABYTE
from server.settings import Settings


def site_config(settings: Settings) -> SiteConfig:
    """Return the settings that the browser may know."""
    lon, lat = settings.centre
    own = settings.base_map
    return SiteConfig(
        name=settings.name,
        town=settings.town,
        centre=Place(lon=lon, lat=lat),
        zoom=settings.zoom,
        map=MapConfig(
            style_url=None if own else settings.style_url,
            dark_style_url=None if own else settings.dark_style_url,
            pmtiles_url=f"/tiles/{own.name}" if own else None,
        ),
        geocoder=settings.geocoder != "off",
        mail_page=settings.mail == "page",
        categories={layer: list(known) for layer, known in CATEGORIES.items()},
        photos=PhotoConfig(most_bytes=settings.photo_megabytes * MEGABYTE, most=dict(MOST)),
        version=VERSION,
    )
