"""Circles on the globe, asked the other way round: which of them hold this point?

A mile watch is a circle of one mile, a watch of the nearest is one that reaches to its last pin. Circles of
like size lie on one level, each in the one cell of its centre, so that a moving avatar touches two buckets
at most; a point then asks, per level, only the cells from where a circle of that level can reach it.
"""

from bisect import bisect_left
from collections.abc import Hashable
from itertools import chain
from typing import Final, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.cells import CELL_ZOOM, Cell, cell_of, cells_around
from geo.chord import chords_um, reach_um, vector
from geo.position import Point
from geo.sphere import MILE_M

Key = TypeVar("Key", bound=Hashable)
Number = TypeVar("Number", np.float64, np.uint8)
Level: TypeAlias = int

# Level 0 holds circles up to a mile, each next one twice that; the last holds the whole Earth.
_LEVEL_M: Final = [MILE_M * 2**level for level in range(CELL_ZOOM + 1)]
_LEVEL_UM: Final = [reach_um(radius_m) for radius_m in _LEVEL_M]
_FIRST_SLOTS = 256


class Circles(Generic[Key]):
    """Circles by key: a centre, a reach (a chord in µm, the edge included) and a mask of layer bits."""

    def __init__(self) -> None:
        self._xyz = np.zeros((_FIRST_SLOTS, 3))
        self._reach = np.zeros(_FIRST_SLOTS)
        self._mask = np.zeros(_FIRST_SLOTS, np.uint8)
        self._keys: list[Key | None] = []
        self._free: list[int] = []
        self._slot: dict[Key, int] = {}
        # Where each slot lies, and per level the slots in each cell.
        self._home: list[tuple[Level, Cell]] = []
        self._levels: list[dict[Cell, set[int]]] = [{} for _ in _LEVEL_M]

    def __len__(self) -> int:
        return len(self._slot)

    def put(self, key: Key, centre: Point, reach: float, mask: int) -> None:
        """Place the circle of `key`, or move, resize and mask it anew. `reach` may be infinite."""
        slot = self._slot.get(key)
        if slot is None:
            slot = self._slot[key] = self._new_slot(key)
        else:
            self._leave_bucket(slot)
        self._xyz[slot] = vector(centre)
        self._reach[slot] = reach
        self._mask[slot] = mask
        level = min(bisect_left(_LEVEL_UM, reach), CELL_ZOOM)
        cell = cell_of(centre, CELL_ZOOM - level)
        self._home[slot] = level, cell
        self._levels[level].setdefault(cell, set()).add(slot)

    def remove(self, key: Key) -> None:
        """Forget the circle of `key`, if there is one."""
        slot = self._slot.pop(key, None)
        if slot is None:
            return
        self._leave_bucket(slot)
        self._keys[slot] = None
        self._free.append(slot)

    def holding(self, point: Point, bit: int) -> list[Key]:
        """Return the keys of the circles with `bit` in their mask that hold `point`, in no order."""
        buckets = [
            bucket
            for level, cells in enumerate(self._levels)
            if cells
            for cell in cells_around(point, _LEVEL_M[level], CELL_ZOOM - level)
            if (bucket := cells.get(cell)) is not None
        ]
        if not buckets:
            return []
        slots = np.fromiter(chain.from_iterable(buckets), np.int64)
        slots = slots[(self._mask[slots] & bit) != 0]
        hit = slots[chords_um(self._xyz[slots], vector(point)) <= self._reach[slots]]
        return [key for slot in hit.tolist() if (key := self._keys[slot]) is not None]

    def _leave_bucket(self, slot: int) -> None:
        level, cell = self._home[slot]
        bucket = self._levels[level][cell]
        bucket.discard(slot)
        if not bucket:
            del self._levels[level][cell]

    def _new_slot(self, key: Key) -> int:
        if self._free:
            slot = self._free.pop()
            self._keys[slot] = key
            return slot
        slot = len(self._keys)
        self._keys.append(key)
        self._home.append((0, 0))
        if slot == len(self._reach):
            self._xyz = _doubled(self._xyz)
            self._reach = _doubled(self._reach)
            self._mask = _doubled(self._mask)
        return slot


def _doubled(array: NDArray[Number]) -> NDArray[Number]:
    return np.concatenate([array, np.zeros_like(array)])
