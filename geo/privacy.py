"""Where a home is shown: at a point drawn once in its cell of about 300 m, never at the home.

The home's cell is all that is stored. The published point is drawn from the cell, the member and a secret
alone, so the exact home cannot come out of it: it never went in. The same member in the same cell always
gets the same point, so that asking, moving house within the cell or saving again reveals nothing new.
"""

import hmac
from dataclasses import dataclass
from math import asin, cos, degrees, pi, radians, sin
from typing import Final, Self

from geo.chord import EARTH_RADIUS_M
from geo.position import Point
from geo.sphere import Box

HOME_CELL_M: Final = 300.0
SHORTEST_SECRET: Final = 16

_ROWS = round(pi * EARTH_RADIUS_M / HOME_CELL_M)
_ROW_DEG = 180.0 / _ROWS
# A longer name than any cell has is refused before it is turned into numbers.
_LONGEST_NAME = 13


class InvalidHomeCell(ValueError):
    """A name or numbers that are no cell of the grid."""


@dataclass(frozen=True, slots=True)
class HomeCell:
    """A cell of about 300 m by 300 m: a row, counted from the south pole, and a column from -180° eastwards.

    Rows are equally high; each is cut into as many columns as make them about 300 m wide, one at the least,
    so that cells are as large at the poles as elsewhere. `str` gives the name "row-column", `parse` reads it.
    """

    row: int
    column: int

    def __post_init__(self) -> None:
        if not (0 <= self.row < _ROWS and 0 <= self.column < _columns(self.row)):
            raise InvalidHomeCell(f"there is no home cell {self.row}-{self.column}")

    def __str__(self) -> str:
        return f"{self.row}-{self.column}"

    @classmethod
    def parse(cls, name: str) -> Self:
        """Return the cell of that name. Raises `InvalidHomeCell` for any text that `str` does not give."""
        row, dash, column = name.partition("-")
        digits = dash and len(name) <= _LONGEST_NAME and f"{row}{column}".isascii()
        if digits and row.isdigit() and column.isdigit():
            cell = cls(int(row), int(column))
            if str(cell) == name:
                return cell
        raise InvalidHomeCell("expected the name of a home cell, such as 50012-61234")

    @property
    def bounds(self) -> Box:
        """The box that the cell fills."""
        width = 360.0 / _columns(self.row)
        south = self.row * _ROW_DEG - 90.0
        return (
            self.column * width - 180.0,
            south,
            (self.column + 1) * width - 180.0,
            min(south + _ROW_DEG, 90.0),
        )

    @property
    def middle(self) -> Point:
        """The point in the middle of the cell's box."""
        west, south, east, north = self.bounds
        return Point((west + east) / 2, (south + north) / 2)


def home_cell(point: Point) -> HomeCell:
    """Return the cell that holds `point`."""
    row = min(int((point.lat + 90.0) / _ROW_DEG), _ROWS - 1)
    columns = _columns(row)
    return HomeCell(row, min(int((point.lon + 180.0) / 360.0 * columns), columns - 1))


def published_point(cell: HomeCell, secret: bytes, member_id: str) -> Point:
    """Return the point at which `member_id`'s home in `cell` is shown: always the same, anywhere in the cell.

    Uniform over the cell's area by HMAC-SHA256 of cell and member under `secret`; without the secret nobody
    can tell it from chance. Raises `ValueError` for a secret of less than 16 bytes.
    """
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"expected a secret of at least {SHORTEST_SECRET} bytes, got {len(secret)}")
    draw = hmac.digest(secret, f"1mile published point\n{cell}\n{member_id}".encode(), "sha256")
    west, south, east, north = cell.bounds
    # Equal heights above the equator's plane are equal areas (Archimedes): uniform in sin(latitude).
    low, high = sin(radians(south)), sin(radians(north))
    lon = west + _fraction(draw[:8]) * (east - west)
    lat = degrees(asin(low + _fraction(draw[8:16]) * (high - low)))
    return Point(lon, lat)


def _columns(row: int) -> int:
    middle = radians((row + 0.5) * _ROW_DEG - 90.0)
    return max(1, round(2 * pi * EARTH_RADIUS_M * cos(middle) / HOME_CELL_M))


def _fraction(eight: bytes) -> float:
    """Return a number over 0.0005 to 0.9995: 15 cm from the cell's edge, safe from rounding past it."""
    return 0.0005 + 0.999 * (int.from_bytes(eight) >> 11) / (1 << 53)
