"""Pins by place, 100,000 and a million of them: our index and what else one could ask.

Clustered as people live; the same questions to each, each answer compared with ours before anything is timed.
"""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from math import sin
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final, Protocol, cast

import numpy as np
import psycopg
import redis
from rtree import index as rtree

from geo.chord import vector, vectors
from geo.index import PinIndex, Placed
from geo.position import Point
from geo.sphere import EARTH_RADIUS_M, MILE_M, boxes_around, distance_m
from tests.bench.arena import BENCH, SMOKE
from tests.bench.report import Section, middle, ratio, times
from tests.bench.town import LAYERS, clustered
from tests.servers import PostgresServer, RedisServer

SIZES: Final = (20_000,) if SMOKE else (100_000, 1_000_000)
ROUNDS: Final = 2 if SMOKE else 5
QUESTIONS: Final = 10 if SMOKE else 60
MOVES: Final = 50 if SMOKE else 500
FEW: Final = range(36, 47)
MANY: Final = range(100, 2_000) if SMOKE else range(900, 1_101)
CHECKED: Final = 20


class Index(Protocol):
    """Numbered pins, asked for those within a mile and for the five nearest."""

    def within(self, centre: Point) -> list[int]:
        """Return the pins within a mile, nearest first."""

    def nearest(self, centre: Point) -> list[int]:
        """Return the five nearest."""

    def move(self, pin: int, point: Point) -> None:
        """Put a pin elsewhere."""


class Ours:
    """The project's index."""

    def __init__(self, points: list[Point]) -> None:
        before, start = _resident_mib(), perf_counter()
        self._index: PinIndex[int] = PinIndex(LAYERS)
        self._index.load(Placed(str(n), point, 1, LAYERS[n % 4], n) for n, point in enumerate(points))
        self.load_seconds = perf_counter() - start
        self.mib = _resident_mib() - before
        self._version = 1

    def within(self, centre: Point) -> list[int]:
        """Return the pins within a mile, nearest first."""
        return [placed.pin for placed in self._index.within(centre)]

    def nearest(self, centre: Point) -> list[int]:
        """Return the five nearest."""
        return [placed.pin for placed in self._index.nearest(centre, 5)]

    def move(self, pin: int, point: Point) -> None:
        """Put a pin elsewhere."""
        self._version += 1
        self._index.put(str(pin), point, self._version, LAYERS[pin % 4], pin)

    def touch(self, pin: int) -> None:
        """Change a pin where it is."""
        known = self._index.get(str(pin))
        assert known is not None
        self.move(pin, known.point)


class UsualRtree:
    """One box per pin and a Python loop over what comes back: what most projects write."""

    def __init__(self, points: list[Point]) -> None:
        self._points = points.copy()
        self._tree = rtree.Index((n, (p.lon, p.lat, p.lon, p.lat), None) for n, p in enumerate(points))

    def within(self, centre: Point, radius_m: float = MILE_M) -> list[int]:
        """Return the pins within a mile, nearest first."""
        found = []
        for box in boxes_around(centre, radius_m):
            for n in self._tree.intersection(box):
                metres = distance_m(centre, self._points[n])
                if metres <= radius_m:
                    found.append((metres, n))
        return [n for _, n in sorted(found)]

    def nearest(self, centre: Point) -> list[int]:
        """Return the five nearest: the tree's own answer is planar, so it only says how far to look."""
        at = (centre.lon, centre.lat, centre.lon, centre.lat)
        planar = list(self._tree.nearest(at, 5))
        return self.within(centre, max(distance_m(centre, self._points[n]) for n in planar))[:5]

    def move(self, pin: int, point: Point) -> None:
        """Put a pin elsewhere."""
        old = self._points[pin]
        self._tree.delete(pin, (old.lon, old.lat, old.lon, old.lat))
        self._tree.insert(pin, (point.lon, point.lat, point.lon, point.lat))
        self._points[pin] = point


class PostGis:
    """PostGIS on the sphere, every question prepared."""

    _WITHIN = """SELECT id
        FROM pin, (SELECT ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography AS here) AS asked
        WHERE ST_DWithin(place, here, 1609.344, false) ORDER BY ST_Distance(place, here, false)"""
    _NEAREST = """SELECT id FROM pin
        ORDER BY place <-> ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography LIMIT 5"""
    _MOVE = "UPDATE pin SET place = ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography WHERE id = %s"

    def __init__(self, url: str, points: list[Point]) -> None:
        self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True, prepare_threshold=0)
        run = self._connection.execute
        run("CREATE EXTENSION IF NOT EXISTS postgis")
        run("DROP TABLE IF EXISTS pin")
        run("CREATE TABLE pin (id integer PRIMARY KEY, place geography(Point, 4326))")
        with self._connection.cursor().copy("COPY pin FROM STDIN") as copy:
            for n, point in enumerate(points):
                copy.write_row((n, f"SRID=4326;POINT({point.lon!r} {point.lat!r})"))
        run("CREATE INDEX ON pin USING gist (place)")
        run("VACUUM ANALYZE pin")

    def within(self, centre: Point) -> list[int]:
        """Return the pins within a mile, nearest first."""
        return [row[0] for row in self._connection.execute(self._WITHIN, (centre.lon, centre.lat))]

    def nearest(self, centre: Point) -> list[int]:
        """Return the five nearest."""
        return [row[0] for row in self._connection.execute(self._NEAREST, (centre.lon, centre.lat))]

    def move(self, pin: int, point: Point) -> None:
        """Put a pin elsewhere."""
        self._connection.execute(self._MOVE, (point.lon, point.lat, pin))


class RedisGeo:
    """Redis' own geometry: on a sphere a little larger than the Earth, positions rounded."""

    def __init__(self, url: str, points: list[Point]) -> None:
        self._client = redis.Redis.from_url(url)
        self._client.delete("pins")
        for start in range(0, len(points), 1_000):
            values: list[float | str] = []
            for n, point in enumerate(points[start : start + 1_000], start):
                values += [point.lon, point.lat, str(n)]
            self._client.geoadd("pins", values)

    def within(self, centre: Point) -> list[int]:
        """Return the pins within a mile, nearest first."""
        return self._ask(centre, MILE_M)

    def nearest(self, centre: Point) -> list[int]:
        """Return the five nearest: it must be told how far to look."""
        radius_m = MILE_M
        while len(found := self._ask(centre, radius_m, 5)) < 5:
            radius_m *= 4
        return found

    def move(self, pin: int, point: Point) -> None:
        """Put a pin elsewhere."""
        self._client.geoadd("pins", [point.lon, point.lat, str(pin)])

    def _ask(self, centre: Point, radius_m: float, count: int | None = None) -> list[int]:
        found = self._client.geosearch(
            "pins",
            longitude=centre.lon,
            latitude=centre.lat,
            radius=radius_m,
            unit="m",
            sort="ASC",
            count=count,
        )
        return [int(n) for n in cast("list[bytes]", found)]


class KdTree:
    """scipy's cKDTree over unit vectors: compiled, unable to move a pin, the limit of what is possible."""

    def __init__(self, points: list[Point]) -> None:
        # scipy lives in the bench's own environment, which was made from the same Python.
        sys.path.extend(str(path) for path in (BENCH / "venv").glob("lib/python*/site-packages"))
        self._block = vectors(points)
        self._tree = import_module("scipy.spatial").cKDTree(self._block)
        self._mile = 2 * sin(MILE_M / (2 * EARTH_RADIUS_M))

    def within(self, centre: Point) -> list[int]:
        """Return the pins within a mile, nearest first."""
        at = np.array(vector(centre))
        hits = np.array(self._tree.query_ball_point(at, self._mile))
        apart = self._block[hits] - at
        order: list[int] = hits[np.einsum("ij,ij->i", apart, apart).argsort()].tolist()
        return order

    def nearest(self, centre: Point) -> list[int]:
        """Return the five nearest."""
        found: list[int] = self._tree.query(vector(centre), 5)[1].tolist()
        return found

    def move(self, pin: int, point: Point) -> None:
        """Refuse."""
        raise NotImplementedError


def main() -> None:
    """Measure and report."""
    section = Section(
        "index",
        "Pins by place",
        "Pins clustered in 200 towns; all within a mile (nearest first) in a village and in a city, and the"
        " five nearest anywhere. Times in µs as a Python program has them, the way to a server included;"
        " after the semicolon how much faster ours is. Pins are looked at far more often than they change,"
        " so the moves come after the looking; what ours takes right after a change stands below.",
        ["", "pins", "a mile, about 41 hits", "a mile, about 1,000 hits", "nearest 5", "moves/s"],
    )
    for size in SIZES:
        with servers() as (postgres_url, redis_url):
            measure(section, size, postgres_url, redis_url)
        section.save()


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """Run PostgreSQL and Redis."""
    with ExitStack() as ending:
        postgres = ending.enter_context(cast("AbstractContextManager[PostgresServer]", PostgresServer()))
        bus = ending.enter_context(cast("AbstractContextManager[RedisServer]", RedisServer()))
        yield postgres.create_database(), bus.url


def measure(section: Section, size: int, postgres_url: str, redis_url: str) -> None:
    """Fill the indexes, compare their answers, let them take turns."""
    chance = random.Random(1)
    points = clustered(size, chance)
    ours = Ours(points)
    section.note(f"{size:,} pins in our index: loaded in {ours.load_seconds:.2f} s, {ours.mib:.0f} MiB.")
    indexes: dict[str, Index] = {
        "1Mile": ours,
        "rtree, the usual loop": UsualRtree(points),
        "PostGIS, prepared": PostGis(postgres_url, points),
        "Redis GEOSEARCH": RedisGeo(redis_url, points),
        "cKDTree, static": KdTree(points),
    }
    few, many = (places(ours, points, hits, chance) for hits in (FEW, MANY))
    anywhere = [_beside(point, chance) for point in chance.sample(points, QUESTIONS)]
    for label, index in indexes.items():
        wrong = differing(ours, index, [*few[:CHECKED], *many[:CHECKED]])
        if wrong:
            section.note(
                f"{label}, {size:,} pins: {wrong} of {2 * CHECKED} answers within a mile were not exact."
            )
    figures: dict[str, list[list[float]]] = {label: [[], [], [], []] for label in indexes}
    for _ in range(ROUNDS):
        for label, index in indexes.items():
            asked = (index.within, few), (index.within, many), (index.nearest, anywhere)
            for column, (ask, centres) in zip(figures[label], asked, strict=False):
                column.append(_median_us(ask, centres))
    for _ in range(ROUNDS):
        moved = [(n, _beside(points[n], chance)) for n in chance.sample(range(size), MOVES)]
        for label, index in indexes.items():
            if not isinstance(index, KdTree):
                figures[label][3].append(_moves_a_second(index, moved))
    questions = (ours.within, few), (ours.within, many), (ours.nearest, anywhere)
    fresh = [_just_changed_us(ours, ask, centres) for ask, centres in questions]
    section.note(
        f"{size:,} pins, ours, when a pin that near has changed since the last look:"
        f" {fresh[0]:.1f}, {fresh[1]:.1f} and {fresh[2]:.1f} µs."
    )
    for label, columns in figures.items():
        section.row(label, f"{size:,}", *(cell(columns, figures["1Mile"], n) for n in range(4)))
    aims(section, f"{size:,} pins", figures)


def aims(section: Section, where: str, figures: dict[str, list[list[float]]]) -> None:
    """Compare with what was to be reached."""
    ours = figures["1Mile"]
    for peer, column, least in (
        ("rtree, the usual loop", 0, 2.5),
        ("rtree, the usual loop", 1, 5),
        ("PostGIS, prepared", 0, 15),
        ("PostGIS, prepared", 1, 15),
        ("PostGIS, prepared", 2, 5),
        ("Redis GEOSEARCH", 0, 5),
        ("Redis GEOSEARCH", 1, 5),
    ):
        question = ("a mile with 41 hits", "a mile with 1,000 hits", "nearest 5")[column]
        section.aim(
            f"{question}, {where}, to {peer}", times(figures[peer][column], ours[column]), least=least
        )
    for column, question in ((0, "a mile with 41 hits"), (1, "a mile with 1,000 hits")):
        limit = times(ours[column], figures["cKDTree, static"][column])
        section.aim(f"{question}, {where}, time as a multiple of cKDTree's", limit, most=3)
    moves = times(ours[3], figures["rtree, the usual loop"][3])
    section.aim(f"moves, {where}, to rtree, the usual loop", moves, least=15)


def cell(columns: list[list[float]], ours: list[list[float]], n: int) -> str:
    """Return one figure with its ratio to ours."""
    if not columns[n]:
        return "–"
    if columns is ours:
        return middle(columns[n], 0 if n == 3 else 1)
    if n == 3:
        return f"{middle(columns[n])}; ours {ratio(ours[n], columns[n], 1)} ×"
    return f"{middle(columns[n], 1)}; ours {ratio(columns[n], ours[n], 1)} × as fast"


def places(index: Ours, points: list[Point], hits: range, chance: random.Random) -> list[Point]:
    """Return viewpoints beside pins, each with as many pins within a mile as `hits` allows."""
    found: list[Point] = []
    while len(found) < QUESTIONS:
        centre = _beside(chance.choice(points), chance)
        if len(index.within(centre)) in hits:
            found.append(centre)
    return found


def differing(ours: Index, other: Index, centres: list[Point]) -> int:
    """Return how many answers hold other pins than ours."""
    return sum(set(ours.within(centre)) != set(other.within(centre)) for centre in centres)


def _beside(point: Point, chance: random.Random) -> Point:
    return Point(point.lon + chance.gauss(0, 0.002), point.lat + chance.gauss(0, 0.002))


def _median_us(ask: Callable[[Point], object], centres: list[Point]) -> float:
    times = []
    for centre in centres:
        start = perf_counter()
        ask(centre)
        times.append(perf_counter() - start)
    return median(times) * 1e6


def _just_changed_us(ours: Ours, ask: Callable[[Point], object], centres: list[Point]) -> float:
    """Return the median of questions each of which comes right after a change of the nearest pin."""
    times = []
    for centre in centres:
        ours.touch(ours.nearest(centre)[0])
        start = perf_counter()
        ask(centre)
        times.append(perf_counter() - start)
    return median(times) * 1e6


def _moves_a_second(index: Index, moves: list[tuple[int, Point]]) -> float:
    start = perf_counter()
    for pin, point in moves:
        index.move(pin, point)
    return len(moves) / (perf_counter() - start)


def _resident_mib() -> float:
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
