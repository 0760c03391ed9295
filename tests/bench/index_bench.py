"""How fast the index answers: `python tests/bench/index_bench.py [pins]`, no arguments needed.

Clustered points (200 towns), the same questions to each: the project's index, rtree with the usual Python
loop, and scipy's cKDTree (static: it cannot move) where scipy is installed. Each answer is checked to be
the same before anything is timed. Medians in µs; compare ratios, not machines.
"""

import random
import sys
import time
from collections.abc import Callable
from importlib import import_module
from math import sin
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from rtree import index as rtree

from geo.chord import vector, vectors
from geo.index import PinIndex, Placed
from geo.sphere import EARTH_RADIUS_M, MILE_M, Point, boxes_around, distance_m

QUESTIONS = 400
MOVES = 20_000
Answer = Callable[[Point], object]


class UsualRtree:
    """One box per pin and a Python loop over what comes back: what most projects write."""

    def __init__(self, points: list[Point]) -> None:
        self.points = dict(enumerate(points))
        self.tree = rtree.Index((i, (p.lon, p.lat, p.lon, p.lat), None) for i, p in self.points.items())

    def within(self, centre: Point, radius_m: float = MILE_M) -> list[int]:
        found = []
        for box in boxes_around(centre, radius_m):
            for i in self.tree.intersection(box):
                metres = distance_m(centre, self.points[i])
                if metres <= radius_m:
                    found.append((metres, i))
        return [i for _, i in sorted(found)]

    def nearest(self, centre: Point, k: int) -> list[int]:
        at = (centre.lon, centre.lat, centre.lon, centre.lat)
        planar = list(self.tree.nearest(at, k))
        return self.within(centre, max(distance_m(centre, self.points[i]) for i in planar))[:k]

    def move(self, i: int, point: Point) -> None:
        old = self.points[i]
        self.tree.delete(i, (old.lon, old.lat, old.lon, old.lat))
        self.tree.insert(i, (point.lon, point.lat, point.lon, point.lat))
        self.points[i] = point


def clustered(pins: int, chance: random.Random) -> list[Point]:
    """Return points as people live: 200 towns of about 3 km, the n-th a n-th as populous as the first."""
    towns = [(chance.uniform(-5, 8), chance.uniform(43, 50)) for _ in range(200)]
    homes = chance.choices(towns, [1 / (n + 1) for n in range(len(towns))], k=pins)
    return [Point(chance.gauss(lon, 0.04), chance.gauss(lat, 0.027)) for lon, lat in homes]


def places(index: PinIndex[int], points: list[Point], hits: range, chance: random.Random) -> list[Point]:
    """Return viewpoints beside pins, each with as many pins within a mile as `hits` allows."""
    found: list[Point] = []
    while len(found) < QUESTIONS:
        p = chance.choice(points)
        centre = Point(p.lon + chance.gauss(0, 0.002), p.lat + chance.gauss(0, 0.002))
        if len(index.within(centre)) in hits:
            found.append(centre)
    return found


def microseconds(answer: Answer, centres: list[Point]) -> float:
    """Return the median time of one answer."""
    times = []
    for centre in centres:
        start = time.perf_counter()
        answer(centre)
        times.append(time.perf_counter() - start)
    return median(times) * 1e6


def moves_per_second(move: Callable[[int, Point], object], moves: list[tuple[int, Point]]) -> float:
    """Return how many pins are moved in a second."""
    start = time.perf_counter()
    for i, point in moves:
        move(i, point)
    return len(moves) / (time.perf_counter() - start)


def show(name: str, within: Answer, nearest: Answer, centres: tuple[list[Point], ...]) -> None:
    """Print one line of times: within a mile in a village and in a city, the nearest five anywhere."""
    few, many, anywhere = centres
    times = microseconds(within, few), microseconds(within, many), microseconds(nearest, anywhere)
    print(f"{name:30}" + "".join(f"{t:12.1f}" for t in times), flush=True)


def main() -> None:
    """Build, check, time and print."""
    pins = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    chance = random.Random(1)
    points = clustered(pins, chance)
    layers = ("request", "offer", "project", "mag")

    start = time.perf_counter()
    ours: PinIndex[int] = PinIndex(layers)
    ours.load(Placed(str(i), p, 1, layers[i % 4], i) for i, p in enumerate(points))
    print(f"{pins:,} pins loaded in {time.perf_counter() - start:.2f} s")
    usual = UsualRtree(points)

    hits = range(35, 48), range(850, 1150)
    centres = *(places(ours, points, h, chance) for h in hits), chance.sample(points, QUESTIONS)
    for c in (c for group in centres for c in group[:50]):
        assert {p.pin for p in ours.within(c)} == set(usual.within(c))
        assert {p.pin for p in ours.nearest(c, 5)} == set(usual.nearest(c, 5))
    print(f"{'median µs':30}{'mile, ~41':>12}{'mile, ~1000':>12}{'nearest 5':>12}")
    two = layers[:2]
    show("PinIndex", ours.within, lambda c: ours.nearest(c, 5), centres)
    show(
        "PinIndex, 2 layers of 4",
        lambda c: ours.within(c, MILE_M, two),
        lambda c: ours.nearest(c, 5, two),
        centres,
    )
    show("rtree, the usual loop", usual.within, lambda c: usual.nearest(c, 5), centres)
    show_kd_tree(points, centres)

    moves = []
    for i in chance.sample(range(pins), min(pins, MOVES)):
        p = points[i]
        moves.append((i, Point(p.lon + chance.gauss(0, 0.01), p.lat + chance.gauss(0, 0.01))))
    ours_moves = moves_per_second(lambda i, p: ours.put(str(i), p, 2, layers[i % 4], i), moves)
    usual_moves = moves_per_second(usual.move, moves[:2000])
    print(f"moves/s: PinIndex {ours_moves:,.0f}, rtree {usual_moves:,.0f}")


def show_kd_tree(points: list[Point], centres: tuple[list[Point], ...]) -> None:
    """Print the line of scipy's cKDTree over unit vectors, hits sorted by distance as the others do."""
    try:
        spatial = import_module("scipy.spatial")
    except ImportError:
        print("scipy is not installed: no cKDTree line")
        return
    block = vectors(points)
    tree = spatial.cKDTree(block)
    mile = 2 * sin(MILE_M / (2 * EARTH_RADIUS_M))

    def within(centre: Point) -> list[int]:
        at = np.array(vector(centre))
        hits = np.array(tree.query_ball_point(at, mile))
        apart = block[hits] - at
        order: list[int] = hits[np.einsum("ij,ij->i", apart, apart).argsort()].tolist()
        return order

    show("cKDTree, static", within, lambda c: tree.query(vector(c), 5), centres)


if __name__ == "__main__":
    main()
