"""What lies around a mile cell, side by side in memory for whoever looks from there next.

Everybody who looks a mile around from somewhere in a cell sees some of the same pins: those in the cells
beside it. Putting them side by side takes longer than comparing them, and pins are looked at a thousand
times more often than one of them changes. So they stay side by side until one does.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from math import sqrt
from typing import Any, Final, NamedTuple

import numpy as np

from geo.cells import Cell
from geo.chord import Block, Vector, squares
from geo.columns import Columns, Slots
from geo.covers import cells_beside, cells_leaning_on, mile_around

# 32 bytes each, so 32 MB: the surroundings of a thousand cells in the middle of a city, of ten thousand
# cells in the country.
MOST_PINS: Final = 1_000_000
# Also of cells where nothing is: somebody may walk through an ocean.
MOST_CELLS: Final = 16_384
# From so many rows on, leaving out the corners and laying the rest down from south to north costs less than
# the questions save by it.
_WORTH_ORDERING: Final = 256
# 6 µm, far above the rounding of a square.
_MARGIN: Final = 1e-12
_STEPS: Final = 255


class Table(NamedTuple):
    """Rows side by side: their unit vectors and their slots.

    Many rows lie in steps from south to north: `steps` is the step of each, from 0 to 255, where `south` is
    the z at which step 0 begins and `per_step` how many of them there are in a unit of z.
    """

    xyz: Block
    slots: Slots
    steps: bytes | None = None
    south: float = 0.0
    per_step: float = 0.0

    def band(self, at: Vector, chord: float) -> "Table":
        """Return at least the rows within `chord` (in Earth radii) of `at`: of many rows one slice, uncopied.

        No chord is shorter than the difference in z of its ends, anywhere on Earth.
        """
        steps, south, per_step = self.steps, self.south, self.per_step
        if steps is None:
            return self
        chord += _MARGIN
        first = bisect_left(steps, int((at[2] - chord - south) * per_step))
        end = bisect_right(steps, int((at[2] + chord - south) * per_step), first)
        return Table(self.xyz[:, first:end], self.slots[first:end])


class Surroundings:
    """Tables of the rows beside a cell, per cell and layers, as long as no row in them changes."""

    __slots__ = ("_columns", "_most", "_most_cells", "_tables", "kept")

    def __init__(self, columns: Columns[Any], most: int = MOST_PINS, most_cells: int = MOST_CELLS) -> None:
        """Make it empty, over `columns`: at most `most` rows in all tables, of at most `most_cells` cells."""
        self._columns = columns
        self._most, self._most_cells = most, most_cells
        # How many rows are in all tables together.
        self.kept = 0
        self._tables: dict[Cell, dict[int, Table]] = {}

    def __len__(self) -> int:
        return len(self._tables)

    def of(self, cell: Cell, bits: int) -> Table | None:
        """Return the rows on the layers `bits` that may be within a mile of a point of `cell`.

        None where a mile reaches a polar cap: there are too many cells to list.
        """
        tables = self._tables.get(cell)
        table = tables.get(bits) if tables else None
        return self._make(cell, bits) if table is None else table

    def drop(self, cell: Cell) -> None:
        """Forget what no longer holds, since a row in `cell` has come, changed or gone."""
        tables = self._tables
        for leaning in cells_leaning_on(cell):
            if leaning in tables:
                self._forget(leaning)

    def table(self, cells: Iterable[Cell], bits: int) -> Table:
        """Return the rows on the layers `bits` in the given cells, made anew."""
        slots = self._columns.on_layers(bits, self._columns.gather(cells))
        return Table(self._columns.xyz.take(slots, axis=1), slots)

    def _make(self, cell: Cell, bits: int) -> Table | None:
        cells = cells_beside(cell)
        if cells is None:
            return None
        table = self.table(cells, bits)
        if len(table.slots) > _WORTH_ORDERING:
            table = _ordered(table, cell)
        self.kept += len(table.slots)
        self._tables.setdefault(cell, {})[bits] = table
        while self.kept > self._most or len(self._tables) > self._most_cells:
            self._forget(next(iter(self._tables)))
        return table

    def _forget(self, cell: Cell) -> None:
        self.kept -= sum(len(table.slots) for table in self._tables.pop(cell).values())


def _ordered(table: Table, cell: Cell) -> Table:
    """Return the rows of `table` that are within a mile of the circle around `cell`, in steps northwards."""
    centre, square = mile_around(cell)
    close = (squares(table.xyz, centre) <= square).nonzero()[0]
    reach = sqrt(square) + _MARGIN
    south, per_step = centre[2] - reach, _STEPS / (2 * reach)
    steps = ((table.xyz[2].take(close) - south) * per_step).astype(np.uint8)
    # A byte each, so that numpy counts instead of comparing.
    order = steps.argsort(kind="stable")
    northwards = close.take(order)
    xyz = table.xyz.take(northwards, axis=1)
    return Table(xyz, table.slots.take(northwards), steps.take(order).tobytes(), south, per_step)
