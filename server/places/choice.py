"""Which geocoder the settings ask for."""

from pathlib import Path
from typing import Final

from geo.position import Point
from realtime.refusals import Unavailable
from server.geocoder import Geocoder, Spot
from server.places.gazetteer import Gazetteer
from server.places.outside import geoplateforme, photon
from server.settings import Settings

DEMO_PLACES: Final = Path(__file__).parent.parent / "demo" / "places.geojson"


class Off:
    """No geocoder."""

    async def find(self, text: str, near: Point | None, locale: str) -> list[Spot]:  # noqa: ARG002
        """Refuse."""
        raise Unavailable("geocoder_off")

    async def aclose(self) -> None:
        """Nothing is held open."""


def chosen(settings: Settings) -> Geocoder:
    """Return the geocoder of the settings. Raises `OSError` or `ValueError` for an unusable gazetteer."""
    match settings.geocoder:
        case "gazetteer":
            return Gazetteer.load(settings.gazetteer or DEMO_PLACES)
        case "geoplateforme":
            return geoplateforme()
        case "photon":
            return photon(settings.photon_url)
        case "off":
            return Off()
