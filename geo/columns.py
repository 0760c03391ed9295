"""Pins laid out for numpy: per mile cell a table of what a search compares, and by slot all the rest.

A query puts the tables of a handful of cells side by side (a few memory copies) and compares them in one
go; no Python runs per pin before it is known to be a hit.
"""

from collections.abc import Iterable
from typing import Final, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.cells import Cell, cell_of
from geo.chord import Vector, vector
from geo.position import Point

Row = TypeVar("Row")
Slots: TypeAlias = NDArray[np.intp]
Bits: TypeAlias = NDArray[np.uint8]
Table: TypeAlias = NDArray[np.float64]
"""Shape (5, n): x, y, z of the unit vector, layer bits, slot. Whole numbers are exact in a float64."""

CellChange: TypeAlias = tuple[Cell | None, Cell | None]
"""The cell that became empty and the one that became occupied, if any."""

_NOTHING: Final[Table] = np.empty((5, 0))
_FIRST_SLOTS = 1024
_FIRST_PLACES = 4


class Columns(Generic[Row]):
    """Rows of any kind with a position and a layer bit, found by slot or by cell.

    By slot: `xyz` of shape (3, n), `lonlat` (n, 2), `bits` (n,), 0 where no row is, and `rows` (n,).
    """

    __slots__ = ("_blocks", "_cell", "_free", "_gathered", "_place", "_used", "bits", "lonlat", "rows", "xyz")

    def __init__(self) -> None:
        self.xyz = np.zeros((3, _FIRST_SLOTS))
        self.lonlat = np.zeros((_FIRST_SLOTS, 2))
        self.bits: Bits = np.zeros(_FIRST_SLOTS, np.uint8)
        self.rows = np.empty(_FIRST_SLOTS, object)
        self._blocks: dict[Cell, _Block] = {}
        self._cell: list[Cell] = []
        self._place: list[int] = []
        self._free: list[int] = []
        self._gathered: Table = np.empty((5, _FIRST_SLOTS))
        self._used = 0

    def occupied(self, cells: Iterable[Cell]) -> list[Cell]:
        """Return those of `cells` that hold any row."""
        return [cell for cell in cells if cell in self._blocks]

    @property
    def cells(self) -> list[Cell]:
        """The cells that hold any row."""
        return list(self._blocks)

    def add(self, row: Row, point: Point, bit: int) -> tuple[int, CellChange]:
        """Store `row`; return its slot and what that did to the cells."""
        slot = self._new_slot()
        at = self._write(slot, row, point, bit)
        return slot, (None, self._enter(slot, cell_of(point), at, bit))

    def change(self, slot: int, row: Row, point: Point, bit: int) -> CellChange:
        """Store `row` in place of what `slot` holds; return what that did to the cells."""
        at, cell = self._write(slot, row, point, bit), cell_of(point)
        if cell == self._cell[slot]:
            self._blocks[cell].write(self._place[slot], at, bit, slot)
            return None, None
        return self._leave(slot), self._enter(slot, cell, at, bit)

    def remove(self, slot: int) -> CellChange:
        """Give up `slot`; return what that did to the cells."""
        self.rows[slot] = None
        self.bits[slot] = 0
        self._free.append(slot)
        return self._leave(slot), None

    def gather(self, cells: Iterable[Cell]) -> Table:
        """Return the table of all rows in the given occupied cells, valid until the next `gather`."""
        blocks = self._blocks
        tables = [blocks[cell].table for cell in cells]
        if not tables:
            return _NOTHING
        width = sum([table.shape[1] for table in tables])
        # One lasting array: new ones of this size come from the kernel page by page, which takes longer
        # (65 µs for 3,300 rows) than all that is done with them.
        if width > self._gathered.shape[1]:
            self._gathered = np.empty((5, 2 * width))
        return np.concatenate(tables, axis=1, out=self._gathered[:, :width])

    def on_layers(self, bits: int) -> Slots:
        """Return the slots of all rows on any of the layers `bits`."""
        return np.flatnonzero(self.bits[: self._used] & bits)

    def _write(self, slot: int, row: Row, point: Point, bit: int) -> Vector:
        at = vector(point)
        self.xyz[:, slot] = at
        self.lonlat[slot] = point.lon, point.lat
        self.bits[slot] = bit
        self.rows[slot] = row
        return at

    def _enter(self, slot: int, cell: Cell, at: Vector, bit: int) -> Cell | None:
        """Put `slot` into the block of `cell`; return the cell if it is the first there."""
        block = self._blocks.get(cell)
        occupied = None
        if block is None:
            block = self._blocks[cell] = _Block()
            occupied = cell
        self._cell[slot] = cell
        self._place[slot] = block.append(at, bit, slot)
        return occupied

    def _leave(self, slot: int) -> Cell | None:
        """Take `slot` out of its block; return the cell if it was the last there."""
        cell, place = self._cell[slot], self._place[slot]
        block = self._blocks[cell]
        self._place[block.take_out(place)] = place
        if block.table.shape[1]:
            return None
        del self._blocks[cell]
        return cell

    def _new_slot(self) -> int:
        if self._free:
            return self._free.pop()
        slot = self._used
        if slot == len(self.bits):
            self.xyz = _doubled(self.xyz, axis=1)
            self.lonlat = _doubled(self.lonlat)
            self.bits = _doubled(self.bits)
            self.rows = _doubled(self.rows)
        self._used += 1
        self._cell.append(0)
        self._place.append(0)
        return slot


class _Block:
    """The table of one cell; `table` shows the filled part of a longer one."""

    __slots__ = ("_longer", "table")

    def __init__(self) -> None:
        self._longer: Table = np.empty((5, _FIRST_PLACES))
        self.table = self._longer[:, :0]

    def write(self, place: int, at: Vector, bit: int, slot: int) -> None:
        """Set what the column at `place` holds."""
        self._longer[:, place] = *at, bit, slot

    def append(self, at: Vector, bit: int, slot: int) -> int:
        """Add a column at the end and return its place."""
        place: int = self.table.shape[1]
        if place == self._longer.shape[1]:
            self._longer = _doubled(self._longer, axis=1)
        self.write(place, at, bit, slot)
        self.table = self._longer[:, : place + 1]
        return place

    def take_out(self, place: int) -> int:
        """Move the last column to `place`, shorten the table by one, and return the slot now there."""
        last = self.table.shape[1] - 1
        if place != last:
            self._longer[:, place] = self._longer[:, last]
        self.table = self._longer[:, :last]
        return int(self._longer[4, place])


Array = TypeVar("Array", bound=NDArray[np.generic])


def _doubled(array: Array, axis: int = 0) -> Array:
    """Return a copy twice as long along `axis`, empty in its second half."""
    return np.concatenate([array, np.zeros_like(array)], axis=axis)  # type: ignore[return-value]
