"""Where a listing is shown: a clicked point comes in, a published one goes out, the clicked is forgotten."""

from typing import NamedTuple

from geo.position import Point
from geo.privacy import HomeCell, home_cell, published_point
from realtime.refusals import Invalid
from realtime.shapes import MemberKind, Place, Precision
from server.members.models import MemberRow
from server.settings import Settings


class Spot(NamedTuple):
    """A published place: the point that everybody sees, how fine it is, and the cell that it came from."""

    lon: float
    lat: float
    precision: Precision
    cell: str


def spot(settings: Settings, author: MemberRow, place: Place, precision: Precision) -> Spot:
    """Return where a listing of `author` at the clicked `place` is shown.

    Raises `Invalid` for an individual's exact place in the cell of their own home: "exact" is for public
    places, and one thoughtless choice in a form must not publish a home.
    """
    clicked = Point(place.lon, place.lat)
    cell = home_cell(clicked)
    if precision is Precision.APPROXIMATE:
        return drawn(settings, author, cell)
    if author.kind == MemberKind.INDIVIDUAL and author.home_cell == str(cell):
        raise Invalid("exact_at_home", field="precision")
    return Spot(clicked.lon, clicked.lat, precision, str(cell))


def drawn(settings: Settings, author: MemberRow, cell: HomeCell) -> Spot:
    """Return the point drawn for `author` in `cell`: the same as for a home there, however often asked."""
    point = published_point(cell, settings.key("published point"), author.id)
    return Spot(point.lon, point.lat, Precision.APPROXIMATE, str(cell))
