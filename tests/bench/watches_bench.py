"""Which watches see a new listing, and what a move of an avatar costs: our cells, and an R-tree of boxes."""

import random
from collections.abc import Callable, Iterable
from statistics import median
from time import perf_counter
from typing import Final, Protocol, TypeVar

import numpy as np
from rtree import index as rtree

from geo.chord import chord_um, reach_um, square_of_reach, squares, vector
from geo.index import PinIndex, Placed
from geo.position import Point
from geo.sphere import MILE_M, boxes_around, distance_m
from realtime.circles import Circles
from tests.bench.arena import SMOKE
from tests.bench.report import Section, middle, ratio, times
from tests.bench.town import LAYERS, clustered

T = TypeVar("T")

PINS: Final = 2_000 if SMOKE else 100_000
WATCHES: Final = (1_000,) if SMOKE else (10_000, 100_000)
QUESTIONS: Final = 20 if SMOKE else 300
MOVES: Final = 50 if SMOKE else 1_000
ROUNDS: Final = 2 if SMOKE else 5
# As many pins as a watch of the nearest keeps.
KEPT: Final = 10
# About a screen of a map's drag, in degrees.
DRAG: Final = 0.01


class Circle:
    """What one watch sees: everything up to `radius_m` from `centre`."""

    def __init__(self, key: int, centre: Point, radius_m: float) -> None:
        self.key, self.centre, self.radius_m = key, centre, radius_m
        self.reach = reach_um(radius_m)


class Index(Protocol):
    """Circles, asked which of them hold a point."""

    def put(self, circle: Circle) -> None:
        """Place a circle or move it."""

    def holding(self, point: Point) -> list[int]:
        """Return the keys of the circles that hold `point`."""
        ...


class OurCircles:
    """The index of `realtime.watches`."""

    def __init__(self, circles: Iterable[Circle]) -> None:
        self._circles: Circles[int] = Circles()
        for circle in circles:
            self.put(circle)

    def put(self, circle: Circle) -> None:
        """Place a circle or move it."""
        self._circles.put(circle.key, circle.centre, circle.reach, 1)

    def holding(self, point: Point) -> list[int]:
        """Return the keys of the circles that hold `point`."""
        return self._circles.holding(point, 1)


class BoxesOfCircles:
    """An R-tree with the box of each circle, and the distance to each that it finds."""

    def __init__(self, circles: Iterable[Circle]) -> None:
        self._circles = {circle.key: circle for circle in circles}
        self._tree = rtree.Index(
            (key, box, None) for key, circle in self._circles.items() for box in _boxes(circle)
        )

    def put(self, circle: Circle) -> None:
        """Place a circle or move it."""
        before = self._circles[circle.key]
        for box in _boxes(before):
            self._tree.delete(circle.key, box)
        for box in _boxes(circle):
            self._tree.insert(circle.key, box)
        self._circles[circle.key] = circle

    def holding(self, point: Point) -> list[int]:
        """Return the keys of the circles that hold `point`, by a loop over what the tree found."""
        at = vector(point)
        return [
            key
            for key in self._found(point)
            if chord_um(vector((circle := self._circles[key]).centre), at) <= circle.reach
        ]

    def _found(self, point: Point) -> Iterable[int]:
        return self._tree.intersection((point.lon, point.lat, point.lon, point.lat))


class BoxesAndNumpy(BoxesOfCircles):
    """The same, with all that the tree found compared in one step."""

    def __init__(self, circles: Iterable[Circle]) -> None:
        super().__init__(circles)
        size = max(self._circles) + 1
        self._xyz, self._reach = np.zeros((3, size)), np.zeros(size)
        for circle in self._circles.values():
            self._note(circle)

    def put(self, circle: Circle) -> None:
        """Place a circle or move it."""
        super().put(circle)
        self._note(circle)

    def holding(self, point: Point) -> list[int]:
        """Return the keys of the circles that hold `point`."""
        keys = np.fromiter(self._found(point), np.int64)
        kept: list[int] = keys[squares(self._xyz[:, keys], vector(point)) <= self._reach[keys]].tolist()
        return kept

    def _note(self, circle: Circle) -> None:
        self._xyz[:, circle.key] = vector(circle.centre)
        self._reach[circle.key] = square_of_reach(circle.reach)


def main() -> None:
    """Measure and report."""
    section = Section(
        "watches",
        "A new listing to all who watch, and an avatar that moves",
        "Watches where people live, every second one a mile, every other one reaching to its"
        f" {KEPT}th nearest of {PINS:,} pins. Times in µs; each answer was compared with the others' before.",
        ["", "watches", "watches found (median)", "lookup", "ours is faster", "move", "ours is faster"],
    )
    chance = random.Random(2)
    points = clustered(PINS, chance)
    for count in WATCHES:
        circles = mixed(count, points, chance)
        measure(section, circles, chance)
    section.save()


def mixed(count: int, points: list[Point], chance: random.Random) -> list[Circle]:
    """Return circles of both scales."""
    pins: PinIndex[int] = PinIndex(LAYERS)
    pins.load(Placed(str(n), point, 1, LAYERS[n % 4], n) for n, point in enumerate(points))
    circles = []
    for key, home in enumerate(chance.choices(points, k=count)):
        centre = Point(home.lon + chance.gauss(0, 0.003), home.lat + chance.gauss(0, 0.003))
        radius_m = MILE_M if key % 2 else _reach_m(pins, centre)
        circles.append(Circle(key, centre, radius_m))
    return circles


def measure(section: Section, circles: list[Circle], chance: random.Random) -> None:
    """Let the indexes take turns over the same questions, and add their lines."""
    indexes: dict[str, Index] = {
        "1Mile": OurCircles(circles),
        "R-tree of boxes, loop": BoxesOfCircles(circles),
        "R-tree of boxes, numpy": BoxesAndNumpy(circles),
    }
    places = [circle.centre for circle in chance.sample(circles, QUESTIONS)]
    check(indexes, places[:50])
    found = median(len(indexes["1Mile"].holding(place)) for place in places)
    lookups: dict[str, list[float]] = {label: [] for label in indexes}
    moves: dict[str, list[float]] = {label: [] for label in indexes}
    for _ in range(ROUNDS):
        moved = [_dragged(circle, chance) for circle in chance.sample(circles, MOVES)]
        for label, index in indexes.items():
            lookups[label].append(_median_us(index.holding, places))
            moves[label].append(_median_us(index.put, moved))
    check(indexes, places[:50])
    for label in indexes:
        section.row(
            label,
            f"{len(circles):,}",
            f"{found:.0f}",
            middle(lookups[label], 1),
            f"{ratio(lookups[label], lookups['1Mile'], 1)} ×",
            middle(moves[label], 1),
            f"{ratio(moves[label], moves['1Mile'], 1)} ×",
        )
    for what, figures, least in (("lookup", lookups, 3), ("move", moves, 10)):
        compared = times(figures["R-tree of boxes, loop"], figures["1Mile"])
        section.aim(f"{what} in {len(circles):,} watches, to an R-tree of boxes", compared, least=least)


def check(indexes: dict[str, Index], places: list[Point]) -> None:
    """Raise unless all give the same answers."""
    for place in places:
        answers = {label: sorted(set(index.holding(place))) for label, index in indexes.items()}
        if len({tuple(answer) for answer in answers.values()}) != 1:
            raise AssertionError(f"different answers at {place}")


def _median_us(act: Callable[[T], object], things: list[T]) -> float:
    times = []
    for thing in things:
        start = perf_counter()
        act(thing)
        times.append(perf_counter() - start)
    return median(times) * 1e6


def _dragged(circle: Circle, chance: random.Random) -> Circle:
    lon, lat = circle.centre.lon + chance.gauss(0, DRAG), circle.centre.lat + chance.gauss(0, DRAG)
    return Circle(circle.key, Point(lon, lat), circle.radius_m)


def _reach_m(pins: PinIndex[int], centre: Point) -> float:
    farthest = pins.nearest(centre, KEPT)[-1].point
    # A metre more: the chord back from this radius must not fall short of the pin itself.
    return distance_m(centre, farthest) + 1.0


def _boxes(circle: Circle) -> list[tuple[float, float, float, float]]:
    return list(boxes_around(circle.centre, circle.radius_m))


if __name__ == "__main__":
    main()
