"""Mile cells: the tiles of the web map at zoom 14, about a mile wide in France, and the pyramid above them.

A cell is one int, so that it costs little as a key: `zoom << 28 | x << 14 | y` of the slippy-map tile
(OpenStreetMap's and mercantile's numbering). The web map ends at ±85.05°; what lies beyond is one cell of
its own at each pole. A cap has no parent and belongs to every zoom.
"""

from collections.abc import Iterator
from math import atan, atanh, degrees, pi, radians, sin, sinh
from typing import Final, NamedTuple, TypeAlias

from geo.position import Point
from geo.sphere import MILE_M, Box, boxes_around

Cell: TypeAlias = int

CELL_ZOOM: Final = 14
NORTH_CAP: Final[Cell] = -1
SOUTH_CAP: Final[Cell] = -2

_MAX_LAT = degrees(atan(sinh(pi)))
# Sixteen times what a mile needs at the edge of the web map, where cells are only 210 m wide.
_MAX_CELLS = 8192


class TooManyCells(ValueError):
    """A circle that takes more cells than anybody should walk through: ask at a lower zoom."""


class Tile(NamedTuple):
    """A slippy-map tile: x from the antimeridian eastwards, y from 85.05° N southwards."""

    x: int
    y: int
    zoom: int


def cell_of(point: Point, zoom: int = CELL_ZOOM) -> Cell:
    """Return the cell of `zoom` (0 … 14) that holds `point`."""
    if point.lat > _MAX_LAT:
        return NORTH_CAP
    if point.lat < -_MAX_LAT:
        return SOUTH_CAP
    return zoom << 28 | _column(point.lon, zoom) << 14 | _row(point.lat, zoom)


def tile(cell: Cell) -> Tile:
    """Return the tile of `cell`. Raises `ValueError` for a polar cap, which is none."""
    if cell < 0:
        raise ValueError("a polar cap is not a tile of the web map")
    return Tile(cell >> 14 & 0x3FFF, cell & 0x3FFF, cell >> 28)


def bounds(cell: Cell) -> Box:
    """Return the box that `cell` fills."""
    if cell == NORTH_CAP:
        return -180.0, _MAX_LAT, 180.0, 90.0
    if cell == SOUTH_CAP:
        return -180.0, -90.0, 180.0, -_MAX_LAT
    x, y, zoom = tile(cell)
    width = 360.0 / (1 << zoom)
    return x * width - 180.0, _north_of_row(y + 1, zoom), (x + 1) * width - 180.0, _north_of_row(y, zoom)


def ancestors(cell: Cell, upto: int = 0) -> Iterator[Cell]:
    """Yield the cells around `cell`, nearest zoom first, up to and including zoom `upto`; none for a cap."""
    if cell < 0:
        return
    x, y, zoom = tile(cell)
    for above in range(1, zoom - upto + 1):
        yield zoom - above << 28 | x >> above << 14 | y >> above


def cells_around(centre: Point, radius_m: float = MILE_M, zoom: int = CELL_ZOOM) -> list[Cell]:
    """Return cells of `zoom` that together cover the circle, each once: about nine for a mile in France.

    Every point that `is_within` the circle has its cell among them. Raises `TooManyCells` where there would
    be more than 8,192, and `ValueError` for an invalid radius.
    """
    cells: dict[Cell, None] = {}
    for west, south, east, north in boxes_around(centre, radius_m):
        if north > _MAX_LAT:
            cells[NORTH_CAP] = None
        if south < -_MAX_LAT:
            cells[SOUTH_CAP] = None
        if south > _MAX_LAT or north < -_MAX_LAT:
            continue
        columns = range(_column(west, zoom), _column(east, zoom) + 1)
        rows = range(_row(min(north, _MAX_LAT), zoom), _row(max(south, -_MAX_LAT), zoom) + 1)
        if len(columns) * len(rows) > _MAX_CELLS:
            raise TooManyCells(f"{len(columns) * len(rows)} cells at zoom {zoom}: ask at a lower zoom")
        cells.update((zoom << 28 | x << 14 | y, None) for x in columns for y in rows)
    return list(cells)


def _column(lon: float, zoom: int) -> int:
    tiles = 1 << zoom
    return min(int((lon + 180.0) / 360.0 * tiles), tiles - 1)


def _row(lat: float, zoom: int) -> int:
    tiles = 1 << zoom
    return min(int((0.5 - atanh(sin(radians(lat))) / (2 * pi)) * tiles), tiles - 1)


def _north_of_row(y: int, zoom: int) -> float:
    return degrees(atan(sinh(pi * (1 - 2 * y / (1 << zoom)))))
