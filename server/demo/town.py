"""The demo town as data: read from its file, and laid anywhere on Earth street by street."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from math import cos, radians
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from realtime.people import MemberKind
from realtime.shapes import Category, Layer, ListingState, Precision

ZONE: Final = ZoneInfo("Europe/Paris")
FILE: Final = Path(__file__).parent / "town.json"
# Beyond this, a street's offset in degrees of longitude would go round the Earth.
_LEAST_COSINE = 0.01


class Spoken(BaseModel):
    """A message of the demo."""

    author: str
    text: str
    after_minutes: float
    update: bool = False


class Talk(BaseModel):
    """A private dialog of the demo."""

    other: str
    messages: list[Spoken]

    def __init__(self, **read: object) -> None:
        super().__init__(other=read.pop("with", read.get("other")), messages=read["messages"])


class Dates(BaseModel):
    """When an event takes place, counted from the day on which the demo is written, by the town's clock."""

    in_days: int
    at_hour: int
    lasts_hours: float

    def from_day(self, day: datetime) -> tuple[datetime, datetime]:
        """Return when it begins and ends, if `day` is today."""
        here = day.astimezone(ZONE).replace(hour=self.at_hour, minute=0, second=0, microsecond=0)
        # By the clock on the wall, which may go over to summer time on the way.
        begins = (here + timedelta(days=self.in_days)).astimezone(UTC)
        return begins, begins + timedelta(hours=self.lasts_hours)


class Posted(BaseModel):
    """A listing of the demo."""

    author: str
    kind: Layer
    category: Category
    title: str
    text: str
    smiles: int = 0
    place: tuple[float, float]
    precision: Precision = Precision.EXACT
    age_hours: float
    state: ListingState = ListingState.OPEN
    thread: list[Spoken] = []
    dialogs: list[Talk] = []
    dates: Dates | None = None


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
    mags: list[Posted]


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
