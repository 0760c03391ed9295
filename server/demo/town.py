"""The demo town as data: read from its file, and laid anywhere on Earth street by street."""

import json
from functools import cache
from math import cos, radians
from pathlib import Path
from typing import Final, Literal, NamedTuple

from pydantic import BaseModel

from realtime.shapes import Category, ListingState, MemberKind, Precision

FILE: Final = Path(__file__).parent / "town.json"
# Beyond this, a street's offset in degrees of longitude would go round the Earth.
_LEAST_COSINE = 0.01


class Spoken(BaseModel):
    """A message of the demo."""

    author: str
    text: str
    after_minutes: float


class Talk(BaseModel):
    """A private dialog of the demo."""

    other: str
    messages: list[Spoken]

    def __init__(self, **read: object) -> None:
        super().__init__(other=read.pop("with", read.get("other")), messages=read["messages"])


class Posted(BaseModel):
    """A listing of the demo."""

    author: str
    kind: Literal["request", "offer"]
    category: Category
    title: str
    text: str
    smiles: int
    place: tuple[float, float]
    precision: Precision
    age_hours: float
    state: ListingState
    thread: list[Spoken]
    dialogs: list[Talk]


class Neighbour(BaseModel):
    """A member of the demo."""

    key: str
    name: str
    kind: MemberKind
    home: tuple[float, float]


class Town(BaseModel):
    """The whole demo."""

    centre: tuple[float, float]
    members: list[Neighbour]
    listings: list[Posted]


class Shift(NamedTuple):
    """From one centre to another, keeping every street's length and direction."""

    begin: tuple[float, float]
    end: tuple[float, float]

    def move(self, at: tuple[float, float]) -> tuple[float, float]:
        """Return where `at` comes to lie."""
        if self.begin == self.end:
            return at
        (lon, lat), (lon0, lat0), (lon1, lat1) = at, self.begin, self.end
        narrower = cos(radians(lat0)) / max(cos(radians(lat1)), _LEAST_COSINE)
        moved = lon1 + (lon - lon0) * narrower
        return (moved + 180.0) % 360.0 - 180.0, max(-90.0, min(90.0, lat1 + lat - lat0))


@cache
def town() -> Town:
    """Return the demo as it is written."""
    return Town(**json.loads(FILE.read_text("utf-8")))
