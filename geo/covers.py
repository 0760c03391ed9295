"""Which cells a question takes: all that lies within an angle of a box, and within a mile of a mile cell.

A millimetre is to spare everywhere, so that rounding never leaves a cell out. What no block of cells can say
is left to whoever asks: around a polar cap, and all around the Earth.
"""

from functools import cache
from math import asin, cos, degrees, floor, radians, sin
from typing import Final, TypeAlias

from geo.cells import CELL_ZOOM, MAX_LAT, Cell, bounds, row_of
from geo.chord import EARTH_RADIUS_M, UM_PER_RADIUS, Vector, chord_um, vector
from geo.position import Point
from geo.sphere import MILE_M, Box

Block: TypeAlias = tuple[int, int, int, int]
"""First and last column, first and last row; columns run on below 0 or beyond the last one."""
Rows: TypeAlias = tuple[int, int, int]
"""First and last row, and how many columns to either side."""

_MILE: Final = MILE_M / EARTH_RADIUS_M
_ROW: Final = 0x3FFF
_COLUMN: Final = _ROW << 14
_MARGIN_DEG: Final = 1e-8
# At the edge of the web map, where cells are least, a mile takes eight rows.
_FARTHEST_ROW: Final = 16


def block_around(box: Box, angle: float, zoom: int) -> Block | None:
    """Return the cells of `zoom` that reach within `angle` radians of `box`.

    None if that holds a part of a polar cap, or goes all around the Earth.
    """
    west, south, east, north = box
    reach = degrees(angle) + _MARGIN_DEG
    south, north = south - reach, north + reach
    if north >= MAX_LAT or south <= -MAX_LAT:
        return None
    # Where the meridian touches the circle around the corner nearer to the pole.
    width = degrees(asin(sin(angle) / cos(radians(max(box[3], -box[1]))))) + _MARGIN_DEG
    tiles = 1 << zoom
    first = floor((west - width + 180.0) / 360.0 * tiles)
    last = floor((east + width + 180.0) / 360.0 * tiles)
    return (first, last, row_of(north, zoom), row_of(south, zoom)) if last - first < tiles else None


def cells_in(block: Block, zoom: int) -> list[Cell]:
    """Return the cells of a block, each once."""
    west, east, north, south = block
    columns, level = (1 << zoom) - 1, zoom << 28
    rows = range(north, south + 1)
    return [level | (x & columns) << 14 | y for x in range(west, east + 1) for y in rows]


def cells_beside(cell: Cell) -> list[Cell] | None:
    """Return the cells of its zoom that hold all within its mile of any point of `cell`, itself among them.

    The mile of a mile cell is a mile, and twice that of the zoom above: nine cells in most of France. None
    where that reaches a polar cap or all around the Earth.
    """
    beside = _beside(cell & ~_COLUMN) if cell >= 0 else None
    return None if beside is None else _aside(cell, beside)


def cells_leaning_on(cell: Cell) -> list[Cell]:
    """Return at least those cells whose `cells_beside` hold `cell`."""
    return _aside(cell, _leaning(cell & ~_COLUMN)) if cell >= 0 else []


def mile_around(cell: Cell) -> tuple[Vector, float]:
    """Return a circle that holds all within a mile of any point of `cell`: centre and square of the chord."""
    west, south, east, north = bounds(cell)
    centre = vector(Point((west + east) / 2, (south + north) / 2))
    # No point of a cell is farther from its middle than the corners nearer to the equator.
    corner = vector(Point(west, south if abs(south) < abs(north) else north))
    angle = (chord_um(centre, corner) + 1) / UM_PER_RADIUS * 1.0001 + _MILE
    return centre, (2 * sin(angle / 2)) ** 2


@cache
def _beside(first: Cell) -> Rows | None:
    """Return which rows a mile reaches from anywhere in the row of `first`, and how far to either side."""
    zoom = first >> 28
    block = block_around(bounds(first), _MILE * (1 << CELL_ZOOM - zoom), zoom)
    return None if block is None else (block[2], block[3], -block[0])


@cache
def _leaning(first: Cell) -> Rows:
    """Return the rows from which a mile reaches the row of `first`, and from how far to either side."""
    row, level = first & _ROW, first & ~_ROW
    near = range(max(row - _FARTHEST_ROW, 0), min(row + _FARTHEST_ROW + 1, 1 << (first >> 28)))
    reaching = {r: beside for r in near if (beside := _beside(level | r)) and beside[0] <= row <= beside[1]}
    if not reaching:
        return row, row - 1, 0
    return min(reaching), max(reaching), max(aside for _, _, aside in reaching.values())


def _aside(cell: Cell, rows: Rows) -> list[Cell]:
    column = (cell & _COLUMN) >> 14
    north, south, aside = rows
    return cells_in((column - aside, column + aside, north, south), cell >> 28)
