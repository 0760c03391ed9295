"""Rows on the ground, searched by place: the cells that a question touches, then every pin in them at once.

A mile's cells are listed by arithmetic; where nobody can list them (the nearest however far, wide circles,
areas) the R-tree of occupied cells finds them. Both hand over at least the cells that matter, and the pins
in them are all compared by `geo.chord`'s rule, so which way was taken never shows in the answer.
"""

from collections.abc import Iterable
from math import inf
from typing import Final, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.areas import Area
from geo.cell_tree import CellTree, chord_to_cell_um
from geo.cells import Cell, cells_around
from geo.chord import HALF_EARTH_M, UM_PER_RADIUS, Chords, Vector, chords_um, reach_um, vector
from geo.columns import CellChange, Columns, Slots, Table
from geo.position import Point
from geo.sphere import MILE_M

Row = TypeVar("Row")

Found: TypeAlias = tuple[Slots, Chords]
"""Slots of rows and the chords to them in µm, in no order."""

# Up to here a circle's cells are listed faster than the tree finds them (4 µs for a mile, not 11).
_LISTED_M: Final = 2 * MILE_M
# From here on there are so many cells that comparing every row is faster than finding them.
_SWEEP_UM: Final = 500_000e6
# How many cells the nearest-k looks into before it compares every row.
_CELLS_TO_TRY: Final = (6, 64, 512)


class Ground(Generic[Row]):
    """Rows in `Columns` with the R-tree of their cells kept in step."""

    __slots__ = ("_columns", "_tree")

    def __init__(self) -> None:
        self._columns: Columns[Row] = Columns()
        self._tree = CellTree()

    def row(self, slot: int) -> Row:
        """Return what `slot` holds."""
        row: Row = self._columns.rows[slot]
        return row

    def rows(self, slots: Slots) -> list[Row]:
        """Return what each of `slots` holds, in their order."""
        rows: list[Row] = self._columns.rows.take(slots).tolist()
        return rows

    def add(self, row: Row, point: Point, bit: int) -> int:
        """Store `row` on the layer `bit` and return its slot."""
        slot, cells = self._columns.add(row, point, bit)
        self._follow(cells)
        return slot

    def change(self, slot: int, row: Row, point: Point, bit: int) -> None:
        """Store `row` in place of what `slot` holds."""
        self._follow(self._columns.change(slot, row, point, bit))

    def remove(self, slot: int) -> None:
        """Give up `slot`."""
        self._follow(self._columns.remove(slot))

    def fill(self, rows: Iterable[tuple[Row, Point, int]]) -> list[int]:
        """Store many rows and return their slots; the tree is packed once, afterwards."""
        try:
            return [self._columns.add(row, point, bit)[0] for row, point, bit in rows]
        finally:
            self._tree = CellTree(self._columns.cells)

    def within(self, centre: Point, radius_m: float, bits: int) -> Found:
        """Return the rows on the layers `bits` at most `radius_m` from `centre`."""
        at, reach = vector(centre), reach_um(radius_m)
        if radius_m > _LISTED_M:
            return self._in_reach(at, reach, bits)
        cells = self._columns.occupied(cells_around(centre, radius_m))
        return self._in_cells(cells, at, reach, bits)

    def nearest(self, centre: Point, k: int, bits: int) -> Found:
        """Return the `k` (1 or more) rows nearest to `centre`, and all that tie with the last of them."""
        found = self.within(centre, MILE_M, bits)
        if len(found[0]) < k:
            found = self._around(vector(centre), k, bits)
        slots, chords = found
        if len(slots) <= k:
            return found
        close = np.flatnonzero(chords <= _kth(chords, k))
        return slots.take(close), chords.take(close)

    def in_area(self, area: Area, bits: int) -> Slots:
        """Return the slots of the rows in `area`, in no order."""
        cells = {cell for box in area.boxes for cell in self._tree.over(box)}
        table = self._columns.gather(cells)
        slots: Slots = table[4, _on(table, bits)].astype(np.intp)
        inside: Slots = slots[area.mask(self._columns.lonlat.take(slots, axis=0))]
        return inside

    def _follow(self, cells: CellChange) -> None:
        emptied, occupied = cells
        if emptied is not None:
            self._tree.drop(emptied)
        if occupied is not None:
            self._tree.add(occupied)

    def _in_reach(self, at: Vector, reach: float, bits: int) -> Found:
        """Return the rows within a chord of `reach` µm, however many cells that takes."""
        if reach <= _SWEEP_UM:
            return self._in_cells(self._tree.around(at, reach / UM_PER_RADIUS), at, reach, bits)
        slots = self._columns.on_layers(bits)
        chords = chords_um(self._columns.xyz.take(slots, axis=1).T, at)
        close = np.flatnonzero(chords <= reach)
        return slots.take(close), chords.take(close)

    def _in_cells(self, cells: Iterable[Cell], at: Vector, reach: float, bits: int) -> Found:
        """Return the rows of the given occupied cells that are within a chord of `reach` µm."""
        table = self._columns.gather(cells)
        chords = chords_um(table[:3].T, at)
        close = np.flatnonzero((chords <= reach) & _on(table, bits))
        return table[4].take(close).astype(np.intp), chords.take(close)

    def _around(self, at: Vector, k: int, bits: int) -> Found:
        """Return rows among which the `k` nearest surely are: from ever more of the nearest cells."""
        for cells in _CELLS_TO_TRY:
            near = self._tree.nearest(at, cells)
            found = self._in_cells(near, at, inf, bits)
            if len(near) < cells:
                return found
            if len(found[0]) >= k:
                reach = _kth(found[1], k)
                # No cell left out is nearer than the last one taken; short of that, nothing was missed.
                if reach < chord_to_cell_um(at, near[-1]) - 1:
                    return found
                return self._in_reach(at, reach, bits)
        return self._in_reach(at, reach_um(HALF_EARTH_M), bits)


def _on(table: Table, bits: int) -> NDArray[np.bool_]:
    """Say for each column of `table` whether it is on any of the layers `bits`."""
    on: NDArray[np.bool_] = (table[3].astype(np.uint8) & bits).astype(bool)
    return on


def _kth(chords: Chords, k: int) -> float:
    return float(np.partition(chords, k - 1)[k - 1])
