"""Pins laid out for numpy: a slot each in a few arrays, and per mile cell the list of its slots.

A query gathers the slots of a handful of cells and compares them in one go; no Python runs per pin before
it is known to be a hit.
"""

from collections.abc import Iterable
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.cells import Cell, cell_of
from geo.chord import Vector, vector
from geo.position import Point

Row = TypeVar("Row")
Slots: TypeAlias = NDArray[np.int32]

_NOTHING: Slots = np.empty(0, np.int32)
_FIRST_ROWS = 1024
_FIRST_SLOTS = 4


class _Block:
    """The slots of one cell; `live` is the filled part of a longer array."""

    __slots__ = ("_slots", "live")

    def __init__(self) -> None:
        self._slots: Slots = np.empty(_FIRST_SLOTS, np.int32)
        self.live = self._slots[:0]

    def append(self, slot: int) -> int:
        """Add `slot` at the end and return its place."""
        place = len(self.live)
        if place == len(self._slots):
            self._slots = np.resize(self._slots, 2 * place)
        self._slots[place] = slot
        self.live = self._slots[: place + 1]
        return place

    def take_out(self, place: int) -> int:
        """Fill `place` with the last slot, shorten the block by one, and return the slot now there."""
        moved = int(self.live[-1])
        self.live[place] = moved
        self.live = self._slots[: len(self.live) - 1]
        return moved


class Columns(Generic[Row]):
    """Rows with a position and a layer bit, in numpy arrays by slot and in blocks by cell.

    `xyz` has shape (n, 3), `lonlat` (n, 2), `bits` (n,); a slot not in use has no bit set.
    """

    __slots__ = ("_cell", "_free", "_place", "_used", "bits", "blocks", "lonlat", "rows", "xyz")

    def __init__(self) -> None:
        self.xyz = np.zeros((_FIRST_ROWS, 3))
        self.lonlat = np.zeros((_FIRST_ROWS, 2))
        self.bits = np.zeros(_FIRST_ROWS, np.uint8)
        self.rows = np.empty(_FIRST_ROWS, object)
        self.blocks: dict[Cell, _Block] = {}
        self._cell: list[Cell] = []
        self._place: list[int] = []
        self._free: list[int] = []
        self._used = 0

    def add(self, row: Row, point: Point, bit: int) -> tuple[int, Cell | None]:
        """Store `row`; return its slot and, if its cell was empty until now, that cell."""
        slot = self._new_slot()
        cell = self._write(slot, row, point, bit)
        return slot, cell if self._enter(slot, cell) else None

    def change(self, slot: int, row: Row, point: Point, bit: int) -> tuple[Cell | None, Cell | None]:
        """Store `row` in place of what `slot` holds; return the cell emptied and the one occupied by it."""
        was = self._cell[slot]
        cell = self._write(slot, row, point, bit)
        if cell == was:
            return None, None
        emptied = was if self._leave(slot) else None
        return emptied, cell if self._enter(slot, cell) else None

    def remove(self, slot: int) -> Cell | None:
        """Give up `slot`; return its cell if that became empty."""
        emptied = self._cell[slot] if self._leave(slot) else None
        self.rows[slot] = None
        self.bits[slot] = 0
        self._free.append(slot)
        return emptied

    def gather(self, cells: Iterable[Cell]) -> Slots:
        """Return the slots of all pins in `cells`."""
        blocks = self.blocks
        live = [blocks[cell].live for cell in cells]
        if len(live) == 1:
            return live[0]
        return np.concatenate(live) if live else _NOTHING

    def on_layers(self, bits: int) -> Slots:
        """Return the slots of all pins on any of the layers `bits`."""
        return np.flatnonzero(self.bits[: self._used] & bits).astype(np.int32)

    def _write(self, slot: int, row: Row, point: Point, bit: int) -> Cell:
        place: Vector = vector(point)
        self.xyz[slot] = place
        self.lonlat[slot] = point.lon, point.lat
        self.bits[slot] = bit
        self.rows[slot] = row
        return cell_of(point)

    def _enter(self, slot: int, cell: Cell) -> bool:
        """Put `slot` into the block of `cell`; say whether it is the first there."""
        block = self.blocks.get(cell)
        fresh = block is None
        if block is None:
            block = self.blocks[cell] = _Block()
        self._cell[slot] = cell
        self._place[slot] = block.append(slot)
        return fresh

    def _leave(self, slot: int) -> bool:
        """Take `slot` out of its block; say whether it was the last there."""
        cell, place = self._cell[slot], self._place[slot]
        block = self.blocks[cell]
        self._place[block.take_out(place)] = place
        if len(block.live):
            return False
        del self.blocks[cell]
        return True

    def _new_slot(self) -> int:
        if self._free:
            return self._free.pop()
        slot = self._used
        if slot == len(self.bits):
            self._grow()
        self._used += 1
        self._cell.append(0)
        self._place.append(0)
        return slot

    def _grow(self) -> None:
        rows = 2 * len(self.bits)
        for name in ("xyz", "lonlat", "bits", "rows"):
            old = getattr(self, name)
            new = np.zeros((rows, *old.shape[1:]), old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)
