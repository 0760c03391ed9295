"""Rows on the ground, searched by place: the cells that a question touches, then every row in them at once.

A mile around is looked up in what lies beside its cell (`geo.surroundings`). Where nobody can list cells (the
nearest however far, wide circles, the poles, areas) the R-tree of occupied cells finds them. Both hand over
at least the rows that matter, and all are compared by `geo.chord`'s rule, so which way was taken never shows
in the answer.
"""

from collections.abc import Sequence
from math import floor, inf, sqrt
from typing import Final, Generic, NamedTuple, TypeVar

import numpy as np

from geo.areas import Area
from geo.cell_tree import CellTree, chord_to_cell_um
from geo.cells import cell_of
from geo.chord import (
    HALF_EARTH_M,
    TIE,
    UM_PER_RADIUS,
    Squares,
    Vector,
    reach_um,
    square_of_reach,
    squares,
    vector,
)
from geo.columns import CellChange, Columns, Slots
from geo.position import Point
from geo.sphere import MILE_M
from geo.surroundings import Surroundings, Table

Row = TypeVar("Row")

# From here on there are so many cells that comparing every row is faster than finding them.
_SWEEP_UM: Final = 500_000e6
# How many cells the nearest-k looks into before it compares every row.
_CELLS_TO_TRY: Final = (6, 64, 512)
_MILE_UM: Final = reach_um(MILE_M)
_MILE_CHORD: Final = _MILE_UM / UM_PER_RADIUS
# The circle of a mile is about a third of what lies beside a cell: with pins spread evenly, a circle that is
# this much smaller for each row there still holds about five times as many as are asked for.
_SHARE: Final = 16
# After so many cells it is asked whether there are too many rows already.
_CELLS_AT_ONCE: Final = 64
_NO_SLOTS: Final[Slots] = np.empty(0, np.intp)


class Found(NamedTuple):
    """Slots of rows and the squares of the chords to them."""

    slots: Slots
    squares: Squares


class Ground(Generic[Row]):
    """Rows in `Columns`, with the R-tree of their cells and the surroundings kept in step."""

    __slots__ = ("_columns", "_surroundings", "_tree")

    def __init__(self) -> None:
        self._columns: Columns[Row] = Columns()
        self._surroundings = Surroundings(self._columns)
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
        self._surroundings.drop(self._columns.cell(slot))
        self._follow(cells)
        return slot

    def change(self, slot: int, row: Row, point: Point, bit: int) -> None:
        """Store `row` in place of what `slot` holds."""
        before = self._columns.cell(slot)
        cells = self._columns.change(slot, row, point, bit)
        self._surroundings.drop(before)
        after = self._columns.cell(slot)
        if after != before:
            self._surroundings.drop(after)
            self._follow(cells)

    def remove(self, slot: int) -> None:
        """Give up `slot`."""
        self._surroundings.drop(self._columns.cell(slot))
        self._follow(self._columns.remove(slot))

    def fill(self, rows: Sequence[Row], points: Sequence[Point], bits: Sequence[int]) -> list[int]:
        """Store many rows where there are none yet, and return their slots."""
        slots = self._columns.fill(rows, points, bits)
        self._surroundings = Surroundings(self._columns)
        self._tree = CellTree(self._columns.cells)
        return slots

    def within(self, centre: Point, radius_m: float, bits: int) -> Found:
        """Return the rows on the layers `bits` at most `radius_m` from `centre`, nearest first."""
        at, reach = vector(centre), reach_um(radius_m)
        table = self._surroundings.of(cell_of(centre), bits) if radius_m <= MILE_M else None
        if table is None:
            found = self._in_reach(at, reach, bits)
        else:
            found = _up_to(_apart(table.band(at, (reach + 1) / UM_PER_RADIUS), at), square_of_reach(reach))
        order = found.squares.argsort()
        return Found(found.slots.take(order), found.squares.take(order))

    def nearest(self, centre: Point, k: int, bits: int) -> Found:
        """Return the `k` (1 or more) rows nearest to `centre`, nearest first, and what ties with the last."""
        at = vector(centre)
        table = self._surroundings.of(cell_of(centre), bits)
        if table is not None and len(table.slots) >= k:
            found = _nearby(table, at, k) or _first(_apart(table, at), k)
            # Beyond a mile there may be nearer ones than those beside the cell.
            if _chord(found.squares, k) <= _MILE_UM:
                return found
        return _first(self._around(at, k, bits), k)

    def in_area(self, area: Area, bits: int, most: float = inf) -> Slots | None:
        """Return the slots of the rows in `area`, in no order; None as soon as there are more than `most`."""
        cells = list({cell for box in area.boxes for cell in self._tree.over(box)})
        inside, count = [_NO_SLOTS], 0
        for start in range(0, len(cells), _CELLS_AT_ONCE):
            gathered = self._columns.gather(cells[start : start + _CELLS_AT_ONCE])
            slots = self._columns.on_layers(bits, gathered)
            inside.append(slots[area.mask(self._columns.lonlat.take(slots, axis=0))])
            count += len(inside[-1])
            if count > most:
                return None
        return np.concatenate(inside)

    def _follow(self, cells: CellChange) -> None:
        emptied, occupied = cells
        if emptied is not None:
            self._tree.drop(emptied)
        if occupied is not None:
            self._tree.add(occupied)

    def _in_reach(self, at: Vector, reach: float, bits: int) -> Found:
        """Return the rows within a chord of `reach` µm, however many cells that takes."""
        if reach <= _SWEEP_UM:
            table = self._surroundings.table(self._tree.around(at, reach / UM_PER_RADIUS), bits)
        else:
            slots = self._columns.on_layers(bits)
            table = Table(self._columns.xyz.take(slots, axis=1), slots)
        return _up_to(_apart(table, at), square_of_reach(reach))

    def _around(self, at: Vector, k: int, bits: int) -> Found:
        """Return rows among which the `k` nearest surely are: from ever more of the nearest cells."""
        for cells in _CELLS_TO_TRY:
            near = self._tree.nearest(at, cells)
            table = self._surroundings.table(near, bits)
            found = _apart(table, at)
            if len(near) < cells:
                return found
            if len(table.slots) >= k:
                reach = _chord(_first(found, k).squares, k)
                # No cell left out is nearer than the last one taken; short of that, nothing was missed.
                if reach < chord_to_cell_um(at, near[-1]) - 1:
                    return found
                return self._in_reach(at, reach, bits)
        return self._in_reach(at, reach_um(HALF_EARTH_M), bits)


def _apart(table: Table, at: Vector) -> Found:
    """Return the rows of `table` with the squares of the chords to `at`."""
    return Found(table.slots, squares(table.xyz, at))


def _nearby(table: Table, at: Vector, k: int) -> Found | None:
    """Return the first of many rows as `_first` does, out of ever larger circles up to a mile, or None."""
    if table.steps is None:
        return None
    chord = _MILE_CHORD * sqrt(_SHARE * k / len(table.slots))
    while chord < _MILE_CHORD:
        part = _up_to(_apart(table.band(at, chord), at), chord * chord)
        if len(part.slots) >= k:
            found = _first(part, k)
            # At the very edge, those that tie with the last might lie outside.
            if _chord(found.squares, k) < floor(chord * UM_PER_RADIUS):
                return found
        chord *= 2
    return None


def _first(found: Found, k: int) -> Found:
    """Return the `k` nearest of `found` (or all), nearest first, and what ties with the last."""
    order = found.squares.argsort()
    squares = found.squares.take(order)
    end = k
    if len(order) > k and squares[k] - squares[k - 1] <= TIE * sqrt(squares[k]):
        end = int(squares.searchsorted(square_of_reach(_chord(squares, k)), "right"))
    return Found(found.slots.take(order[:end]), squares[:end])


def _up_to(found: Found, square: float) -> Found:
    """Return the rows up to `square`."""
    close = (found.squares <= square).nonzero()[0]
    return Found(found.slots.take(close), found.squares.take(close))


def _chord(squares: Squares, k: int) -> int:
    """Return the `k`-th chord in µm."""
    return round(sqrt(squares.item(k - 1)) * UM_PER_RADIUS)
