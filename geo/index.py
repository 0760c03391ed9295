"""Every open pin, by id and by place: the answer to "who is within a mile?" and "which five are closest?".

The answers are exactly those of comparing every pin with `geo.chord`'s rule. Events may come late, twice or
out of order: a pin's version decides, and what was removed stays away from older news.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from math import inf, sqrt
from typing import Final, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.areas import Area
from geo.chord import TIE, um_of
from geo.ground import Found, Ground
from geo.position import Point
from geo.sphere import MILE_M

T = TypeVar("T")

LAYERS: Final = ("request", "offer", "project", "mag")
MAX_LAYERS: Final = 8

# Late news of a removed listing is seconds old; at 100 removals a second this remembers ten minutes.
TOMBSTONES: Final = 65_536


class UnknownLayer(ValueError):
    """A layer that the index was not made for."""


class TooManyPins(ValueError):
    """More pins than were asked for at most."""


class Placed(NamedTuple, Generic[T]):
    """A pin as the index holds it: whose it is, where, which version, on which layer, and the pin itself."""

    id: str
    point: Point
    version: int
    layer: str
    pin: T


class Change(NamedTuple, Generic[T]):
    """What a `put` or `remove` did: whether anything, and what stood there before (None: nothing)."""

    accepted: bool
    before: Placed[T] | None


class PinIndex(Generic[T]):
    """Pins of any type `T` by id and place. `layers` (at most 8 names) are those a pin can be on.

    Wherever layers are asked for, None means all, and `UnknownLayer` is raised for a name not among them.
    For one thread: an answer is computed in arrays that the next one uses again.
    """

    def __init__(self, layers: Sequence[str] = LAYERS, tombstones: int = TOMBSTONES) -> None:
        if not 1 <= len(layers) <= MAX_LAYERS or len(set(layers)) != len(layers):
            raise ValueError(f"expected 1 to {MAX_LAYERS} different layers, got {list(layers)}")
        self._bit = {layer: 1 << i for i, layer in enumerate(layers)}
        self._all_bits = (1 << len(layers)) - 1
        self._ground: Ground[Placed[T]] = Ground()
        self._slot: dict[str, int] = {}
        self._tombstones: OrderedDict[str, int] = OrderedDict()
        self._most_tombstones = tombstones

    def __len__(self) -> int:
        return len(self._slot)

    def get(self, pin_id: str) -> Placed[T] | None:
        """Return the pin with this id, or None."""
        slot = self._slot.get(pin_id)
        return None if slot is None else self._ground.row(slot)

    def put(self, pin_id: str, point: Point, version: int, layer: str, pin: T) -> Change[T]:
        """Place, move or change a pin; refused if this version or a later one, or a removal, is known."""
        placed = Placed(pin_id, point, version, layer, pin)
        bit = self._layer_bit(layer)
        slot = self._slot.get(pin_id)
        if slot is None:
            if self._is_buried(pin_id, version):
                return Change(False, None)
            self._tombstones.pop(pin_id, None)
            self._slot[pin_id] = self._ground.add(placed, point, bit)
            return Change(True, None)
        before = self._ground.row(slot)
        if version <= before.version:
            return Change(False, before)
        self._ground.change(slot, placed, point, bit)
        return Change(True, before)

    def remove(self, pin_id: str, version: int) -> Change[T]:
        """Remove a pin unless a later version of it is known. No `put` up to `version` brings it back.

        So it does even if the pin was not there, which a removal that overtakes its `put` finds; that
        answers with `accepted` False. The memory is bounded by `tombstones`, the oldest forgotten first.
        """
        before = self.get(pin_id)
        if before is not None and version < before.version:
            return Change(False, before)
        self._bury(pin_id, version)
        if before is None:
            return Change(False, None)
        self._ground.remove(self._slot.pop(pin_id))
        return Change(True, before)

    def load(self, pins: Iterable[Placed[T]]) -> int:
        """Put many pins by the same rules, faster into an empty index; return how many are there then.

        It adds and changes, it never removes: to start again from the database, load a new index, pass it
        the events that came meanwhile (versions make doubles harmless) and put it in the old one's place.
        """
        if self._slot or self._tombstones:
            for placed in pins:
                self.put(*placed)
            return len(self)
        latest: dict[str, Placed[T]] = {}
        for placed in pins:
            known = latest.get(placed.id)
            if known is None or known.version < placed.version:
                latest[placed.id] = placed
        rows = list(latest.values())
        slots = self._ground.fill(
            rows, [placed.point for placed in rows], [self._layer_bit(placed.layer) for placed in rows]
        )
        self._slot = dict(zip(latest, slots, strict=True))
        return len(self)

    def within(
        self, centre: Point, radius_m: float = MILE_M, layers: Iterable[str] | None = None
    ) -> list[Placed[T]]:
        """Return the pins at most `radius_m` from `centre`, the edge included; nearest first, ties by id.

        Raises `ValueError` for a radius that is negative or not finite.
        """
        return self._placed(self._ground.within(centre, radius_m, self._bits(layers)))

    def nearest(self, centre: Point, k: int, layers: Iterable[str] | None = None) -> list[Placed[T]]:
        """Return the `k` pins nearest to `centre`, however far, all if there are fewer; ties by id.

        Raises `ValueError` for a negative `k`.
        """
        if k < 0:
            raise ValueError(f"expected 0 pins or more, got {k}")
        bits = self._bits(layers)
        if k == 0 or not bits:
            return []
        return self._placed(self._ground.nearest(centre, k, bits))[:k]

    def in_area(self, area: Area, layers: Iterable[str] | None = None, most: float = inf) -> list[Placed[T]]:
        """Return the pins in `area`, its edge included, in order of id.

        Raises `TooManyPins` as soon as it is known that there are more than `most`.
        """
        slots = self._ground.in_area(area, self._bits(layers), most)
        if slots is None:
            raise TooManyPins(f"more than {most} pins")
        return sorted(self._ground.rows(slots), key=_id)

    def in_box(
        self, west: float, south: float, east: float, north: float, layers: Iterable[str] | None = None
    ) -> list[Placed[T]]:
        """Return the pins in a box of degrees (`west > east`: over the antimeridian), in order of id.

        Raises `InvalidArea` for a box that is none.
        """
        return self.in_area(Area.from_bbox(west, south, east, north), layers)

    def __iter__(self) -> Iterator[Placed[T]]:
        """Yield every pin, in no particular order."""
        return (self._ground.row(slot) for slot in self._slot.values())

    def _is_buried(self, pin_id: str, version: int) -> bool:
        removed = self._tombstones.get(pin_id)
        return removed is not None and version <= removed

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
            return self._all_bits
        bits = 0
        for layer in layers:
            bits |= self._layer_bit(layer)
        return bits

    def _placed(self, found: Found) -> list[Placed[T]]:
        """Return the pins that were found nearest first, ties by id."""
        slots, squares = found
        placed = self._ground.rows(slots)
        if not placed:
            return placed
        if np.count_nonzero(squares[1:] - squares[:-1] <= TIE * sqrt(squares.item(-1))):
            chords = um_of(squares)
            _order_ties_by_id(placed, chords[1:] == chords[:-1])
        return placed


def _order_ties_by_id(placed: list[Placed[T]], tied: NDArray[np.bool_]) -> None:
    """Sort each run of equally near pins by id, in place; `tied[i]` says that i and i + 1 are."""
    edges = np.flatnonzero(np.diff(tied, prepend=False, append=False)).tolist()
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        placed[first : last + 1] = sorted(placed[first : last + 1], key=_id)


def _id(placed: Placed[T]) -> str:
    return placed.id
