"""The five closest pins that keep themselves current, event by event, without asking the index each time.

A few spare ones are kept behind the five. An arrival is ranked in, a departure lets the next one move up;
only when the spares run out is the index asked again. What is kept is always a whole beginning of the true
ranking: no pin unknown here is nearer than `bound`.
"""

from bisect import insort
from math import inf
from typing import Final, TypeAlias

from geo.chord import chord_um, vector
from geo.index import Placed
from geo.position import Point
from realtime.pins import EncodedPin, LiveIndex
from realtime.protocol import NEAREST_COUNT
from realtime.shapes import Layer

Rank: TypeAlias = tuple[float, str]
"""A chord in µm and a pin's id, which breaks ties as in the index."""

KEPT: Final = 2 * NEAREST_COUNT
_EVERYTHING: Final[Rank] = (inf, "")


class Nearest:
    """The ranking around one point over some layers, kept to its first `KEPT` pins."""

    __slots__ = ("_at", "_layers", "_point", "bound", "ranked")

    def __init__(self, point: Point, layers: frozenset[Layer], index: LiveIndex) -> None:
        self._point = point
        self._at = vector(point)
        self._layers = layers
        # The pins kept, nearest first: all that there are up to `bound`.
        self.ranked: list[Rank] = []
        self.bound: Rank = _EVERYTHING
        self._ask(index)

    @property
    def shown(self) -> list[str]:
        """The ids of the five closest, nearest first."""
        return [pin_id for _, pin_id in self.ranked[:NEAREST_COUNT]]

    @property
    def reach(self) -> float:
        """The chord in µm beyond which a pin's coming and going changes nothing here."""
        return self.bound[0]

    def update(self, pin_id: str, after: Placed[EncodedPin] | None, index: LiveIndex) -> None:
        """Take note that the pin `pin_id` is now as `after`, or nowhere; `index` knows it already."""
        self.ranked = [rank for rank in self.ranked if rank[1] != pin_id]
        if after is not None and after.layer in self._layers:
            self._rank_in((chord_um(self._at, vector(after.point)), pin_id))
        if len(self.ranked) < NEAREST_COUNT and self.bound != _EVERYTHING:
            self._ask(index)

    def _rank_in(self, rank: Rank) -> None:
        if rank > self.bound:
            return
        insort(self.ranked, rank)
        if len(self.ranked) > KEPT:
            self.ranked.pop()
            self.bound = self.ranked[-1]

    def _ask(self, index: LiveIndex) -> None:
        found = index.nearest(self._point, KEPT, self._layers)
        self.ranked = [(chord_um(self._at, vector(one.point)), one.id) for one in found]
        self.bound = self.ranked[-1] if len(found) == KEPT else _EVERYTHING
