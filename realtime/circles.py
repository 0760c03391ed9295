"""Circles on the globe, asked the other way round: which of them hold this point?

A mile watch is a circle of one mile, a watch of the nearest is one that reaches to its last pin. Circles of
like size lie on one level, each in the bucket of its centre's cell, so that a moving avatar touches two
buckets at most. Which buckets can reach a cell is remembered and kept up to date: it changes only when a
bucket is made, not with what is in it.

A bucket is a string of bytes, as C would hold it: many of them are put together by one copy of memory, and
what is compared lies side by side. As tuples of floats all over the memory it took three times as long.
"""

from array import array
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Mapping
from itertools import chain
from math import degrees
from struct import Struct
from typing import Final, Generic, TypeAlias, TypeVar

import numpy as np

from geo.cells import CELL_ZOOM, Cell, above, below, bounds, cell_of
from geo.chord import EARTH_RADIUS_M, Vector, reach_um, square_of_reach, squares, vector
from geo.covers import cells_beside, cells_leaning_on
from geo.position import Point
from geo.sphere import MILE_M

Key = TypeVar("Key", bound=Hashable)
Level: TypeAlias = int

# A circle: the unit vector of its centre, the greatest square of a chord within its reach, slot << 8 | mask.
_CIRCLE: Final = Struct("4dq")
_SIZE: Final = _CIRCLE.size
# Level 0 holds circles up to a mile, each next one twice that; the last holds the whole Earth.
_LEVEL_M: Final = [MILE_M * 2**level for level in range(CELL_ZOOM + 1)]
_LEVEL_UM: Final = [reach_um(radius_m) for radius_m in _LEVEL_M]
# For the lower levels, up to eight miles, one list says what can reach a mile cell; most circles lie there.
_LOW: Final = 4
# Up to so many circles a loop is faster than numpy.
_FEW: Final = 48
# So many empty buckets are kept for who comes next, and of so many cells it is known what reaches them.
_SPARE: Final = 1_024
_CELLS_KNOWN: Final = 16_384
_MARGIN_DEG: Final = 1e-8


class Circles(Generic[Key]):
    """Circles by key: a centre, a reach (a chord in µm, the edge included) and a mask of layer bits."""

    def __init__(self) -> None:
        self._slot: dict[Key, int] = {}
        # By slot: whose circle it is, in which bucket, and from which byte on.
        self._keys: list[Key | None] = []
        self._bucket: list[bytearray] = []
        self._start = array("q")
        self._free: list[int] = []
        self._levels: list[dict[Cell, bytearray]] = [{} for _ in _LEVEL_M]
        self._made = 0
        # By mile cell: the buckets of the lower levels that can reach it. By cell of a higher level: of that.
        self._reaching: dict[Cell, list[bytearray]] = {}
        self._high: list[Level] = []

    def __len__(self) -> int:
        return len(self._slot)

    @property
    def buckets(self) -> int:
        """How many buckets there are, empty ones among them."""
        return self._made

    def put(self, key: Key, centre: Point, reach: float, mask: int) -> None:
        """Place the circle of `key`, or move, resize and mask it anew. `reach` may be infinite."""
        level = bisect_left(_LEVEL_UM, reach, hi=CELL_ZOOM)
        cell = cell_of(centre, CELL_ZOOM - level)
        bucket = self._levels[level].get(cell)
        if bucket is None:
            bucket = self._make_bucket(level, cell)
        slot = self._slot.get(key)
        if slot is None:
            slot = self._new_slot(key)
        elif self._bucket[slot] is bucket:
            start, number = self._start[slot], slot << 8 | mask
            _CIRCLE.pack_into(bucket, start, *vector(centre), square_of_reach(reach), number)
            return
        else:
            self._leave(slot)
        self._bucket[slot], self._start[slot] = bucket, len(bucket)
        bucket += _CIRCLE.pack(*vector(centre), square_of_reach(reach), slot << 8 | mask)

    def remove(self, key: Key) -> None:
        """Forget the circle of `key`, if there is one."""
        slot = self._slot.pop(key, None)
        if slot is None:
            return
        self._leave(slot)
        self._keys[slot] = None
        self._free.append(slot)

    def holding(self, point: Point, bit: int) -> list[Key]:
        """Return the keys of the circles with `bit` in their mask that hold `point`, in no order."""
        cell = cell_of(point)
        reaching = self._reaching.get(cell)
        if reaching is None:
            reaching = self._find(cell, cell, range(_LOW))
        circles = b"".join(reaching)
        for level in self._high:
            wide = above(cell, level)
            reaching = self._reaching.get(wide)
            circles += b"".join(self._find(wide, cell, (level,)) if reaching is None else reaching)
        some = len(circles) <= _FEW * _SIZE
        slots = _some_holding(circles, vector(point), bit) if some else _holding(circles, vector(point), bit)
        keys = self._keys
        return [key for slot in slots if (key := keys[slot]) is not None]

    def _make_bucket(self, level: Level, cell: Cell) -> bytearray:
        if self._made > 2 * len(self._slot) + _SPARE:
            self._sweep()
        bucket = self._levels[level][cell] = bytearray()
        self._made += 1
        if level >= _LOW and level not in self._high:
            self._high.append(level)
        for reached in _names_of_reached(level, cell):
            if (reaching := self._reaching.get(reached)) is not None:
                reaching.append(bucket)
        return bucket

    def _sweep(self) -> None:
        """Give up the empty buckets: somebody may drag an avatar around the world."""
        self._levels = [{cell: bucket for cell, bucket in level.items() if bucket} for level in self._levels]
        self._made = sum(map(len, self._levels))
        self._high = [level for level in self._high if self._levels[level]]
        self._reaching.clear()

    def _find(self, name: Cell, cell: Cell, levels: Iterable[Level]) -> list[bytearray]:
        """Return the buckets of `levels` that can reach the mile cell `cell`, and remember them by `name`."""
        found: list[bytearray] = []
        listed = True
        for level in levels:
            buckets, at = self._levels[level], above(cell, level)
            beside = cells_beside(at)
            if beside is None:
                listed = False
                found += _between(at, level, buckets)
            else:
                found += [buckets[near] for near in beside if near in buckets]
        if listed:
            if len(self._reaching) >= _CELLS_KNOWN:
                self._reaching.clear()
            self._reaching[name] = found
        return found

    def _leave(self, slot: int) -> None:
        """Take the circle of `slot` out of its bucket; the last one there takes its place."""
        bucket, start = self._bucket[slot], self._start[slot]
        last = bucket[-_SIZE:]
        del bucket[-_SIZE:]
        if start < len(bucket):
            bucket[start : start + _SIZE] = last
            self._start[_CIRCLE.unpack(last)[4] >> 8] = start

    def _new_slot(self, key: Key) -> int:
        if self._free:
            slot = self._free.pop()
            self._keys[slot] = key
        else:
            slot = len(self._keys)
            self._keys.append(key)
            self._bucket.append(bytearray())
            self._start.append(0)
        self._slot[key] = slot
        return slot


def _names_of_reached(level: Level, cell: Cell) -> Iterable[Cell]:
    """Return by which names what `cell` of `level` can reach is remembered."""
    leaning = cells_leaning_on(cell)
    return chain.from_iterable(below(one, level) for one in leaning) if level < _LOW else leaning


def _between(cell: Cell, level: Level, buckets: Mapping[Cell, bytearray]) -> list[bytearray]:
    """Return the buckets that are not too far to the north or the south of `cell` for circles of `level`.

    It is for where the cells cannot be listed: by the poles, where nobody lives, and for circles that see
    a continent, whose cells are few.
    """
    _, south, _, north = bounds(cell)
    reach = degrees(_LEVEL_M[level] / EARTH_RADIUS_M) + _MARGIN_DEG
    return [
        bucket
        for other, bucket in buckets.items()
        if bounds(other)[1] <= north + reach and bounds(other)[3] >= south - reach
    ]


def _some_holding(circles: bytes, point: Vector, bit: int) -> list[int]:
    """Return the slots of the circles that hold `point`, one by one."""
    x, y, z = point
    slots = []
    for at_x, at_y, at_z, reach, number in _CIRCLE.iter_unpack(circles):
        # The square of `geo.chord.chord_um` before its root is taken, to the last bit.
        to_x, to_y, to_z = at_x - x, at_y - y, at_z - z
        if number & bit and to_x * to_x + to_y * to_y + to_z * to_z <= reach:
            slots.append(number >> 8)
    return slots


def _holding(circles: bytes, point: Vector, bit: int) -> list[int]:
    """Return the slots of the circles that hold `point`, all at once."""
    table = np.frombuffer(circles, np.float64).reshape(-1, _SIZE // 8)
    numbers = table[:, 4].view(np.int64)
    near = (squares(table[:, :3].T, point) <= table[:, 3]) & (numbers & bit).astype(bool)
    slots: list[int] = (numbers.compress(near) >> 8).tolist()
    return slots
