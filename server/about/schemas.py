"""What the browser is told before anything else, and how the service says that it is well."""

from typing import Any, Literal

from pydantic import ConfigDict

from realtime.shapes import Category, Layer, Place
from realtime.words import Shape


class MapConfig(Shape):
    """Where the base map comes from: a style URL per theme, or one PMTiles file; else a plain style."""

    style_url: str | None
    dark_style_url: str | None
    pmtiles_url: str | None


class PhotoConfig(Shape):
    """What one may send: photos of so many bytes, so many to a listing of each layer."""

    most_bytes: int
    most: dict[Layer, int]


class SiteConfig(Shape):
    """What the browser needs to know. It is also inlined in the page, to save a round trip."""

    name: str
    town: str
    centre: Place
    zoom: float
    map: MapConfig
    geocoder: bool
    mail_page: bool
    categories: dict[Layer, list[Category]]
    photos: PhotoConfig
    version: str


class Liveness(Shape):
    """That the process answers at all."""

    status: Literal["ok"]


class Health(Shape):
    """How the service is: `ok` only if every part is.

    Parts are the database, the bus and the index. `lag_seconds` is how far the index may be behind the
    database: the bus's round trip if all is well, the time since it was last known to be in line if not.
    """

    status: Literal["ok", "degraded", "failing"]
    parts: dict[str, Literal["ok", "failing", "loading", "repairing", "behind"]]
    lag_seconds: float


class ApiDescription(Shape):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: Literal["3.1.0"]
    info: dict[str, Any]
    paths: dict[str, Any]
