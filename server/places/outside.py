"""Geocoders that are somebody else's service: the French Géoplateforme and Photon.

They are told what was typed and roughly where the map is (to about a kilometre), and nothing of who asks.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from geo.position import InvalidPosition, Point
from realtime.refusals import Unavailable
from server.geocoder import MOST_PLACES, Spot

if TYPE_CHECKING:
    import httpx

ANSWER_SECONDS: Final = 4.0
REMEMBERED: Final = 500
REMEMBERED_SECONDS: Final = 600.0
# About a kilometre: enough to put the nearest first, too little to say who looks.
NEAR_DECIMALS: Final = 2

GEOPLATEFORME: Final = "https://data.geopf.fr/geocodage/search"
_PHOTON_LANGUAGES = ("fr", "en", "de")

Key = tuple[str, float | None, float | None, str]
Query = Mapping[str, str | int | float]


class Outside:
    """A geocoder that answers a GET with GeoJSON. `ask` makes the query, `read` a place of a feature."""

    def __init__(
        self, url: str, ask: Callable[[str, str], Query], read: Callable[[Mapping[str, Any]], tuple[str, str]]
    ) -> None:
        self._url = url
        self._ask = ask
        self._read = read
        self._client: httpx.AsyncClient | None = None
        self._remembered: OrderedDict[Key, tuple[float, list[Spot]]] = OrderedDict()

    async def find(self, text: str, near: Point | None, locale: str) -> list[Spot]:
        """Return what the service finds, or found in the last ten minutes. Raises `Unavailable`."""
        lon, lat = (round(near.lon, NEAR_DECIMALS), round(near.lat, NEAR_DECIMALS)) if near else (None, None)
        key = (text.casefold(), lon, lat, locale)
        known = self._remembered.get(key)
        if known is not None and time.monotonic() - known[0] < REMEMBERED_SECONDS:
            return known[1]
        where = {"lon": lon, "lat": lat} if lon is not None and lat is not None else {}
        found = self._spots(await self._fetch({**self._ask(text, locale), **where, "limit": MOST_PLACES}))
        self._remembered[key] = time.monotonic(), found
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _fetch(self, query: Query) -> Any:
        # Imported on first use: 0.3 s that a start need not take.
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=ANSWER_SECONDS, headers={"User-Agent": "1Mile"})
        try:
            answer = await self._client.get(self._url, params=dict(query))
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError):
            raise Unavailable("geocoder_down") from None

    def _spots(self, answer: Any) -> list[Spot]:
        try:
            return [self._spot(feature) for feature in answer["features"][:MOST_PLACES]]
        except (AttributeError, KeyError, TypeError, IndexError, ValueError, InvalidPosition):
            raise Unavailable("geocoder_down") from None

    def _spot(self, feature: Mapping[str, Any]) -> Spot:
        lon, lat = feature["geometry"]["coordinates"][:2]
        label, context = self._read(feature["properties"])
        return Spot(label[:200], context[:200], Point(lon, lat))


def geoplateforme(url: str = GEOPLATEFORME) -> Outside:
    """Return the geocoder of the French administration, for addresses in France."""
    return Outside(url, lambda text, _: {"q": text, "autocomplete": 1}, _geoplateforme_place)


def photon(url: str) -> Outside:
    """Return a Photon server (OpenStreetMap, the whole world)."""
    return Outside(f"{url.rstrip('/')}/api", _photon_query, _photon_place)


def _geoplateforme_place(properties: Mapping[str, Any]) -> tuple[str, str]:
    return str(properties.get("name") or properties["label"]), " ".join(
        str(properties[part]) for part in ("postcode", "city") if properties.get(part)
    )


def _photon_query(text: str, locale: str) -> Query:
    return {"q": text, "lang": locale if locale in _PHOTON_LANGUAGES else "default"}


def _photon_place(properties: Mapping[str, Any]) -> tuple[str, str]:
    street = " ".join(str(properties[part]) for part in ("housenumber", "street") if properties.get(part))
    label = str(properties.get("name") or street or properties["city"])
    town = " ".join(str(properties[part]) for part in ("postcode", "city") if properties.get(part))
    context = [
        part for part in (street if street != label else "", town, str(properties.get("country", ""))) if part
    ]
    return label, ", ".join(context)
