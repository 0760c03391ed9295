"""Where a listing is shown: a clicked point comes in, a published one goes out, the clicked is forgotten."""

from typing import Final, NamedTuple

from geo.position import Point
from geo.privacy import HomeCell, home_cell, published_point
from geo.sphere import boxes_around
from realtime.people import MemberKind
from realtime.refusals import Invalid
from realtime.shapes import Place, Precision
from server.members.models import MemberRow
from server.settings import Settings

# How far beside one's own house a click may land: many a home is nearer than that to the edge of its cell.
BESIDE_M: Final = 50.0


class Spot(NamedTuple):
    """A published place: the point that everybody sees, how fine it is, and the cell that it came from."""

    lon: float
    lat: float
    precision: Precision
    cell: str


def spot(settings: Settings, author: MemberRow, place: Place, precision: Precision) -> Spot:
    """Return where a listing of `author` at the clicked `place` is shown.

    Raises `Invalid` for an individual's exact place in or just beside the cell of their own home: "exact" is
    for public places, and one thoughtless choice in a form must not publish a home.
    """
    clicked = Point(place.lon, place.lat)
    cell = home_cell(clicked)
    if precision is Precision.APPROXIMATE:
        return drawn(settings, author, cell)
    if author.kind == MemberKind.INDIVIDUAL and author.home_cell in _cells_beside(clicked):
        raise Invalid("exact_at_home", field="precision")
    return Spot(clicked.lon, clicked.lat, precision, str(cell))


def _cells_beside(clicked: Point) -> set[str]:
    """Return the names of the home cells within `BESIDE_M`: cells are larger, so the corners tell."""
    return {
        str(home_cell(Point(lon, lat)))
        for west, south, east, north in boxes_around(clicked, BESIDE_M)
        for lon in (west, clicked.lon, east)
        for lat in (south, clicked.lat, north)
    }


def drawn(settings: Settings, author: MemberRow, cell: HomeCell) -> Spot:
    """Return the point drawn for `author` in `cell`: the same as for a home there, however often asked."""
    point = published_point(cell, settings.key("published point"), author.id)
    return Spot(point.lon, point.lat, Precision.APPROXIMATE, str(cell))
