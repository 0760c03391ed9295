"""Every open pin, by id and by place: the answer to "who is within a mile?" and "which five are closest?".

An R-tree finds the mile cells that a question touches, numpy compares their pins; the answers are exactly
those of comparing every pin with `geo.chord`'s rule. Events may come late, twice or out of order: a pin's
version decides, and what was removed stays away from older news.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.areas import Area
from geo.cell_tree import CellTree, chord_to_cell_um
from geo.cells import Cell
from geo.chord import HALF_EARTH_M, UM_PER_RADIUS, Chords, Vector, chords_um, reach_um, vector
from geo.columns import Columns, Slots
from geo.position import Point
from geo.sphere import MILE_M

T = TypeVar("T")

LAYERS: Final = ("request", "offer", "project", "mag")
MAX_LAYERS: Final = 8

# Late news of a removed listing is seconds old; at 100 removals a second this remembers ten minutes.
TOMBSTONES: Final = 65_536

# From here on a circle holds so many cells that comparing every pin outright is faster than finding them.
_SWEEP_UM = 500_000e6
# How many cells the nearest-k looks into before it compares every pin of the layers outright.
_CELLS_TO_TRY = (6, 64, 512)

Cells: TypeAlias = tuple[Cell | None, Cell | None]
"""The cell that became empty and the one that became occupied, if any."""


class UnknownLayer(ValueError):
    """A layer that the index was not made for."""


class Placed(NamedTuple, Generic[T]):
    """A pin as the index holds it: whose it is, where, which version, on which layer, and the pin itself."""

    id: str
    point: Point
    version: int
    layer: str
    pin: T


class Change(NamedTuple, Generic[T]):
    """What a `put` or `remove` did: whether it was news, and what stood there before (None: nothing)."""

    accepted: bool
    before: Placed[T] | None


class PinIndex(Generic[T]):
    """Pins of any type `T` by id and place. `layers` (at most 8 names) are those a pin can be on.

    Wherever layers are asked for, None means all. Answers are in the order given; ties are broken by id.
    """

    def __init__(self, layers: Sequence[str] = LAYERS, tombstones: int = TOMBSTONES) -> None:
        if not 1 <= len(layers) <= MAX_LAYERS or len(set(layers)) != len(layers):
            raise ValueError(f"expected 1 to {MAX_LAYERS} different layers, got {list(layers)}")
        self._bit = {layer: 1 << i for i, layer in enumerate(layers)}
        self._all = (1 << len(layers)) - 1
        self._columns: Columns[Placed[T]] = Columns()
        self._tree = CellTree()
        self._slot: dict[str, int] = {}
        self._tombstones: OrderedDict[str, int] = OrderedDict()
        self._most_tombstones = tombstones

    def __len__(self) -> int:
        return len(self._slot)

    def get(self, pin_id: str) -> Placed[T] | None:
        """Return the pin with this id, or None."""
        slot = self._slot.get(pin_id)
        return None if slot is None else self._columns.rows[slot]

    def put(self, pin_id: str, point: Point, version: int, layer: str, pin: T) -> Change[T]:
        """Place, move or change a pin; refused if this version or a later one, or a removal, is known.

        Raises `UnknownLayer`.
        """
        change, cells = self._store(Placed(pin_id, point, version, layer, pin))
        self._retree(*cells)
        return change

    def remove(self, pin_id: str, version: int) -> Change[T]:
        """Remove a pin; refused if a later version is known. No `put` up to `version` brings it back.

        The memory of removals is bounded (`tombstones`, the oldest forgotten first).
        """
        slot = self._slot.get(pin_id)
        before: Placed[T] | None = None if slot is None else self._columns.rows[slot]
        if before is not None and version < before.version:
            return Change(False, before)
        self._bury(pin_id, version)
        if slot is None:
            return Change(False, None)
        del self._slot[pin_id]
        self._retree(self._columns.remove(slot), None)
        return Change(True, before)

    def load(self, pins: Iterable[Placed[T]]) -> int:
        """Put many pins by the same rules, faster if the index is empty; return how many were news.

        It adds and changes, it never removes: to start again from the database, load a new index, pass it
        the events that came meanwhile (versions make doubles harmless) and put it in the old one's place.
        """
        if self._slot:
            return sum(self.put(*placed).accepted for placed in pins)
        try:
            return sum(self._store(placed)[0].accepted for placed in pins)
        finally:
            self._tree = CellTree([*self._columns.blocks])

    def within(
        self, centre: Point, radius_m: float = MILE_M, layers: Iterable[str] | None = None
    ) -> list[Placed[T]]:
        """Return the pins at most `radius_m` from `centre`, nearest first; the edge belongs to the circle.

        Raises `UnknownLayer`, and `ValueError` for a radius that is negative or not finite.
        """
        at = vector(centre)
        return self._nearest_first(*self._in_reach(at, reach_um(radius_m), self._bits(layers)))

    def nearest(self, centre: Point, k: int, layers: Iterable[str] | None = None) -> list[Placed[T]]:
        """Return the `k` pins nearest to `centre`, however far, nearest first; all if there are fewer.

        Raises `UnknownLayer`, and `ValueError` for a negative `k`.
        """
        if k < 0:
            raise ValueError(f"expected 0 pins or more, got {k}")
        bits = self._bits(layers)
        if k == 0 or not bits:
            return []
        at = vector(centre)
        slots, chords = self._around_nearest(at, k, bits)
        if len(chords) > k:
            close = chords <= _kth(chords, k)
            slots, chords = slots[close], chords[close]
        return self._nearest_first(slots, chords)[:k]

    def in_area(self, area: Area, layers: Iterable[str] | None = None) -> list[Placed[T]]:
        """Return the pins in `area`, its edge included, in order of id. Raises `UnknownLayer`."""
        cells = {cell for box in area.boxes for cell in self._tree.over(box)}
        slots = self._on(self._columns.gather(cells), self._bits(layers))
        inside = slots[area.mask(self._columns.lonlat.take(slots, axis=0))]
        found: list[Placed[T]] = self._columns.rows.take(inside).tolist()
        return sorted(found, key=_id)

    def in_box(
        self, west: float, south: float, east: float, north: float, layers: Iterable[str] | None = None
    ) -> list[Placed[T]]:
        """Return the pins in a box of degrees (`west > east`: over the antimeridian), in order of id.

        Raises `InvalidArea` for a box that is none, and `UnknownLayer`.
        """
        return self.in_area(Area.from_bbox(west, south, east, north), layers)

    def _store(self, row: Placed[T]) -> tuple[Change[T], Cells]:
        """Store a pin if it is news; return also the cells that became empty and occupied by it."""
        bit = self._layer_bit(row.layer)
        slot = self._slot.get(row.id)
        if slot is None:
            if row.version <= self._tombstones.get(row.id, row.version - 1):
                return Change(False, None), (None, None)
            self._tombstones.pop(row.id, None)
            self._slot[row.id], occupied = self._columns.add(row, row.point, bit)
            return Change(True, None), (None, occupied)
        before: Placed[T] = self._columns.rows[slot]
        if row.version <= before.version:
            return Change(False, before), (None, None)
        return Change(True, before), self._columns.change(slot, row, row.point, bit)

    def _retree(self, emptied: Cell | None, occupied: Cell | None) -> None:
        if emptied is not None:
            self._tree.drop(emptied)
        if occupied is not None:
            self._tree.add(occupied)

    def _bury(self, pin_id: str, version: int) -> None:
        self._tombstones[pin_id] = max(version, self._tombstones.pop(pin_id, version))
        if len(self._tombstones) > self._most_tombstones:
            self._tombstones.popitem(last=False)

    def _layer_bit(self, layer: str) -> int:
        try:
            return self._bit[layer]
        except KeyError:
            raise UnknownLayer(f"expected one of {', '.join(self._bit)}, got {layer!r}") from None

    def _bits(self, layers: Iterable[str] | None) -> int:
        if layers is None:
            return self._all
        bits = 0
        for layer in layers:
            bits |= self._layer_bit(layer)
        return bits

    def _on(self, slots: Slots, bits: int) -> Slots:
        if bits == self._all:
            return slots
        on: Slots = slots[(self._columns.bits.take(slots) & bits).astype(bool)]
        return on

    def _in_reach(self, at: Vector, reach: float, bits: int) -> tuple[Slots, Chords]:
        """Return slots and chords of the pins within a chord of `reach` µm, in no order."""
        if reach > _SWEEP_UM:
            slots = self._columns.on_layers(bits)
        else:
            cells = self._tree.around(at, reach / UM_PER_RADIUS)
            slots = self._on(self._columns.gather(cells), bits)
        chords = chords_um(self._columns.xyz.take(slots, axis=0), at)
        close = chords <= reach
        return slots[close], chords[close]

    def _around_nearest(self, at: Vector, k: int, bits: int) -> tuple[Slots, Chords]:
        """Return slots and chords of pins among which the `k` nearest surely are, in no order."""
        for cells in _CELLS_TO_TRY:
            near = self._tree.nearest(at, cells)
            slots = self._on(self._columns.gather(near), bits)
            chords = chords_um(self._columns.xyz.take(slots, axis=0), at)
            if len(near) < cells:
                return slots, chords
            if len(chords) >= k:
                reach = _kth(chords, k)
                # No cell left out is nearer than the last one taken; within that, nothing was missed.
                if reach < chord_to_cell_um(at, near[-1]) - 1:
                    return slots, chords
                return self._in_reach(at, reach, bits)
        return self._in_reach(at, reach_um(HALF_EARTH_M), bits)

    def _nearest_first(self, slots: Slots, chords: Chords) -> list[Placed[T]]:
        order = chords.argsort()
        chords = chords[order]
        found: list[Placed[T]] = self._columns.rows.take(slots[order]).tolist()
        tied = chords[1:] == chords[:-1]
        if tied.any():
            _order_ties_by_id(found, tied)
        return found


def _kth(chords: Chords, k: int) -> float:
    return float(np.partition(chords, k - 1)[k - 1])


def _order_ties_by_id(found: list[Placed[T]], tied: NDArray[np.bool_]) -> None:
    """Sort each run of equally near pins by id, in place; `tied[i]` says that i and i + 1 are."""
    edges = np.flatnonzero(np.diff(tied, prepend=False, append=False)).tolist()
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        found[first : last + 1] = sorted(found[first : last + 1], key=_id)


def _id(placed: Placed[T]) -> str:
    return placed.id
