"""Mile cells: the tiles of the web map at zoom 14, about a mile wide in France, and the pyramid above them.

A cell is one int, so that it costs little as a key: `zoom << 28 | x << 14 | y` of the slippy-map tile
(OpenStreetMap's and mercantile's numbering). The web map ends at ±85.05°; what lies beyond is one cell of
its own at each pole. A cap has no parent and belongs to every zoom.
"""

from collections.abc import Iterator
from math import atan, atanh, degrees, pi, radians, sin, sinh
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.position import Point
from geo.sphere import Box

Cell: TypeAlias = int
Cells: TypeAlias = NDArray[np.int64]

CELL_ZOOM: Final = 14
NORTH_CAP: Final[Cell] = -1
SOUTH_CAP: Final[Cell] = -2

MAX_LAT: Final = degrees(atan(sinh(pi)))
"""Where the web map ends."""
_TURN: Final = 2 * pi


class Tile(NamedTuple):
    """A slippy-map tile: x from the antimeridian eastwards, y from 85.05° N southwards."""

    x: int
    y: int
    zoom: int


def cell_of(point: Point, zoom: int = CELL_ZOOM) -> Cell:
    """Return the cell of `zoom` (0 … 14) that holds `point`."""
    lat = point.lat
    if lat > MAX_LAT:
        return NORTH_CAP
    if lat < -MAX_LAT:
        return SOUTH_CAP
    tiles = 1 << zoom
    # `row_of` written out: whoever asks anything asks this first.
    column = int((point.lon + 180.0) / 360.0 * tiles)
    row = int((0.5 - atanh(sin(radians(lat))) / _TURN) * tiles)
    if column == tiles:
        column -= 1
    if row == tiles:
        row -= 1
    return zoom << 28 | column << 14 | row


def cells_of(positions: NDArray[np.float64]) -> Cells:
    """Return the mile cell of each row of `positions`, shape (n, 2) lon, lat as in `Point`.

    Within a nanometre of a border it may be the cell beyond, where numpy's sine is not Python's. Whoever
    looks cells up keeps a millimetre to spare.
    """
    tiles = 1 << CELL_ZOOM
    lon, lat = positions[:, 0], positions[:, 1]
    on_map = np.clip(lat, -MAX_LAT, MAX_LAT)
    columns = ((lon + 180.0) / 360.0 * tiles).astype(np.int64)
    rows = ((0.5 - np.arctanh(np.sin(np.radians(on_map))) / _TURN) * tiles).astype(np.int64)
    cells: Cells = CELL_ZOOM << 28 | np.minimum(columns, tiles - 1) << 14 | np.clip(rows, 0, tiles - 1)
    cells[lat > MAX_LAT] = NORTH_CAP
    cells[lat < -MAX_LAT] = SOUTH_CAP
    return cells


def tile(cell: Cell) -> Tile:
    """Return the tile of `cell`. Raises `ValueError` for a polar cap, which is none."""
    if cell < 0:
        raise ValueError("a polar cap is not a tile of the web map")
    return Tile(cell >> 14 & 0x3FFF, cell & 0x3FFF, cell >> 28)


def bounds(cell: Cell) -> Box:
    """Return the box that `cell` fills."""
    if cell == NORTH_CAP:
        return -180.0, MAX_LAT, 180.0, 90.0
    if cell == SOUTH_CAP:
        return -180.0, -90.0, 180.0, -MAX_LAT
    x, y, zoom = tile(cell)
    width = 360.0 / (1 << zoom)
    return x * width - 180.0, _north_ofrow_of(y + 1, zoom), (x + 1) * width - 180.0, _north_ofrow_of(y, zoom)


def above(cell: Cell, zooms: int) -> Cell:
    """Return the cell that holds `cell` so many zooms further out; a cap is its own."""
    if cell < 0:
        return cell
    x, y = (cell >> 14 & 0x3FFF) >> zooms, (cell & 0x3FFF) >> zooms
    return (cell >> 28) - zooms << 28 | x << 14 | y


def below(cell: Cell, zooms: int) -> Iterator[Cell]:
    """Yield the cells of so many zooms further in that lie in `cell`, which is no cap."""
    x, y, zoom = tile(cell)
    for column in range(x << zooms, x + 1 << zooms):
        for row in range(y << zooms, y + 1 << zooms):
            yield zoom + zooms << 28 | column << 14 | row


def row_of(lat: float, zoom: int) -> int:
    """Return the row of `zoom` that holds the latitude, which is within ±`MAX_LAT`."""
    tiles = 1 << zoom
    return min(int((0.5 - atanh(sin(radians(lat))) / _TURN) * tiles), tiles - 1)


def _north_ofrow_of(y: int, zoom: int) -> float:
    return degrees(atan(sinh(pi * (1 - 2 * y / (1 << zoom)))))
