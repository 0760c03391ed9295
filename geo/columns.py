"""Rows with a position, laid out for numpy: by slot in long columns, and per mile cell the slots in it.

What a search compares is taken from the columns by the slots of the cells it touches; no Python runs per row
before it is known to be a hit. Rows that come together are laid down in the order of their cells, so that
neighbours lie side by side in memory as well.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.cells import Cell, cell_of, cells_of
from geo.chord import vector, vectors
from geo.position import Point

Row = TypeVar("Row")
Slots: TypeAlias = NDArray[np.intp]
Bits: TypeAlias = NDArray[np.uint8]

CellChange: TypeAlias = tuple[Cell | None, Cell | None]
"""The cell that became empty and the one that became occupied, if any."""

_NO_SLOTS: Final[Slots] = np.empty(0, np.intp)
_FIRST_SLOTS = 1024


class Columns(Generic[Row]):
    """Rows of any kind with a position and a layer bit, found by slot or by cell.

    By slot: `xyz` of shape (3, n), `lonlat` (n, 2), `bits` (n,), 0 where no row is, and `rows` (n,).
    """

    __slots__ = ("_cell", "_every", "_free", "_in_cell", "_place", "bits", "lonlat", "rows", "xyz")

    def __init__(self) -> None:
        self.xyz = np.zeros((3, _FIRST_SLOTS))
        self.lonlat = np.zeros((_FIRST_SLOTS, 2))
        self.bits: Bits = np.zeros(_FIRST_SLOTS, np.uint8)
        self.rows = np.empty(_FIRST_SLOTS, object)
        # Plain arrays of C: a list would hold an int object of 32 bytes for each of its numbers.
        self._in_cell: dict[Cell, array[int]] = {}
        self._cell = array("q")
        self._place = array("q")
        self._free: list[int] = []
        # All layers that any row was ever on.
        self._every = 0

    @property
    def cells(self) -> list[Cell]:
        """The cells that hold any row."""
        return list(self._in_cell)

    def cell(self, slot: int) -> Cell:
        """Return the cell in which `slot` lies."""
        return self._cell[slot]

    def add(self, row: Row, point: Point, bit: int) -> tuple[int, CellChange]:
        """Store `row`; return its slot and what that did to the cells."""
        slot = self._new_slot()
        self._write(slot, row, point, bit)
        return slot, (None, self._enter(slot, cell_of(point)))

    def change(self, slot: int, row: Row, point: Point, bit: int) -> CellChange:
        """Store `row` in place of what `slot` holds; return what that did to the cells."""
        self._write(slot, row, point, bit)
        cell = cell_of(point)
        if cell == self._cell[slot]:
            return None, None
        return self._leave(slot), self._enter(slot, cell)

    def remove(self, slot: int) -> CellChange:
        """Give up `slot`; return what that did to the cells."""
        self.rows[slot] = None
        self.bits[slot] = 0
        self._free.append(slot)
        return self._leave(slot), None

    def fill(self, rows: Sequence[Row], points: Sequence[Point], bits: Sequence[int]) -> list[int]:
        """Store many rows in columns that hold none yet; return the slot of each."""
        count = len(rows)
        lonlat = np.empty((count, 2))
        lonlat[:, 0] = [point.lon for point in points]
        lonlat[:, 1] = [point.lat for point in points]
        cells = cells_of(lonlat)
        order = cells.argsort(kind="stable")
        # Some to spare: the first row to come must not double everything.
        spare = count // 16 + _FIRST_SLOTS
        self.xyz = _lengthened(vectors(points).T.take(order, axis=1), spare, axis=1)
        self.lonlat = _lengthened(lonlat.take(order, axis=0), spare)
        self.bits = _lengthened(np.array(bits, np.uint8).take(order), spare)
        self._every = int(np.bitwise_or.reduce(self.bits))
        self.rows = _lengthened(np.fromiter(rows, object, count).take(order), spare)
        self._settle(cells.take(order))
        slots = np.empty(count, np.intp)
        slots[order] = np.arange(count)
        return slots.tolist()

    def gather(self, cells: Iterable[Cell]) -> Slots:
        """Return the slots of all rows in those of the given cells that hold any."""
        in_cell = self._in_cell
        lists = [slots for cell in cells if (slots := in_cell.get(cell))]
        # One copy of memory for all of them: numpy's own concatenation takes twice as long.
        return np.frombuffer(b"".join(lists), np.intp) if lists else _NO_SLOTS

    def on_layers(self, bits: int, slots: Slots | None = None) -> Slots:
        """Return those of `slots`, or of all, whose rows are on any of the layers `bits`."""
        if slots is None:
            return (self.bits & bits).astype(bool).nonzero()[0]
        if self._every | bits == bits:
            return slots
        # Half the time of a mask of bytes, or of a mask as an index.
        return slots.take((self.bits.take(slots) & bits).astype(bool).nonzero()[0])

    def _settle(self, cells: NDArray[np.int64]) -> None:
        """Note the cells of slots that are in the order of their cells."""
        slots = np.arange(len(cells))
        occupied, firsts, counts = np.unique(cells, return_index=True, return_counts=True)
        self._cell = array("q", cells.tobytes())
        self._place = array("q", (slots - firsts.repeat(counts)).tobytes())
        self._free = []
        self._in_cell = {
            cell: array("q", slots[first : first + count].tobytes())
            for cell, first, count in zip(occupied.tolist(), firsts.tolist(), counts.tolist(), strict=True)
        }

    def _write(self, slot: int, row: Row, point: Point, bit: int) -> None:
        self._every |= bit
        self.xyz[:, slot] = vector(point)
        self.lonlat[slot] = point.lon, point.lat
        self.bits[slot] = bit
        self.rows[slot] = row

    def _enter(self, slot: int, cell: Cell) -> Cell | None:
        """Put `slot` into `cell`; return the cell if it is the first there."""
        slots = self._in_cell.get(cell)
        occupied = None
        if slots is None:
            slots = self._in_cell[cell] = array("q")
            occupied = cell
        self._cell[slot] = cell
        self._place[slot] = len(slots)
        slots.append(slot)
        return occupied

    def _leave(self, slot: int) -> Cell | None:
        """Take `slot` out of its cell, where the last one takes its place; return the cell if it is empty."""
        cell, place = self._cell[slot], self._place[slot]
        slots = self._in_cell[cell]
        last = slots.pop()
        if last != slot:
            slots[place] = last
            self._place[last] = place
        if slots:
            return None
        del self._in_cell[cell]
        return cell

    def _new_slot(self) -> int:
        if self._free:
            return self._free.pop()
        slot = len(self._cell)
        if slot == len(self.bits):
            self.xyz = _lengthened(self.xyz, slot, axis=1)
            self.lonlat = _lengthened(self.lonlat, slot)
            self.bits = _lengthened(self.bits, slot)
            self.rows = _lengthened(self.rows, slot)
        self._cell.append(0)
        self._place.append(0)
        return slot


Array = TypeVar("Array", bound=NDArray[np.generic])


def _lengthened(array_: Array, spare: int, axis: int = 0) -> Array:
    """Return a copy with `spare` more places along `axis`, empty ones."""
    shape = (*array_.shape[:axis], spare, *array_.shape[axis + 1 :])
    return np.concatenate([array_, np.zeros_like(array_, shape=shape)], axis=axis)  # type: ignore[return-value]
