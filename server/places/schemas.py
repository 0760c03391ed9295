"""What comes in and goes out of the address search."""

from typing import Annotated

from pydantic import Field

from realtime.shapes import Place
from realtime.words import Line, Shape


class PlaceQuery(Shape):
    """An address or a name to find, nearest to `near` first. In a body, since addresses are personal."""

    text: Annotated[Line, Field(min_length=2, max_length=120)]
    near: Place | None = None


class FoundPlace(Shape):
    """One place found: `label` in one line, `context` (town, country) in another."""

    label: str
    context: str
    place: Place


class FoundPlaces(Shape):
    """Up to 8 places, best first."""

    places: list[FoundPlace]
