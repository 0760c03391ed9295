"""Which circles hold a point: always what comparing every circle gives."""

import random
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from geo.chord import UM_PER_RADIUS, chord_um, reach_um, vector
from geo.position import Point
from geo.sphere import MILE_M
from realtime.circles import Circles
from tests.geo.positions import PLACE_DE_LA_REUNION, bearings, positions, walk

law = settings(deadline=None)
MILE_UM = reach_um(MILE_M)
reaches = (
    st.just(MILE_UM)
    | st.sampled_from([0, inf, int(2 * UM_PER_RADIUS)])
    | st.floats(5, 13.2).map(lambda exponent: float(round(10**exponent)))
)
masks = st.integers(1, 255)
bits = st.sampled_from([1, 2, 64, 128])
circles = st.tuples(positions, reaches, masks)
Circle = tuple[Point, float, int]


def holds(circle: Circle, point: Point, bit: int) -> bool:
    centre, reach, mask = circle
    return bool(mask & bit) and chord_um(vector(centre), vector(point)) <= reach


def holding(circles: dict[int, Circle], point: Point, bit: int) -> list[int]:
    """Return the keys of the circles that hold `point`, by comparing each."""
    return sorted(key for key, circle in circles.items() if holds(circle, point, bit))


class AnyHistory(RuleBasedStateMachine):
    """Circles come, move, grow, change their layers and go."""

    def __init__(self) -> None:
        super().__init__()
        self.circles: Circles[int] = Circles()
        self.known: dict[int, Circle] = {}

    @rule(key=st.integers(0, 15), circle=circles)
    def put(self, key: int, circle: Circle) -> None:
        self.circles.put(key, *circle)
        self.known[key] = circle

    @rule(key=st.integers(0, 15), bearing=bearings, metres=st.floats(0, 3000))
    def drag(self, key: int, bearing: float, metres: float) -> None:
        if key in self.known:
            centre, reach, mask = self.known[key]
            self.put(key, (walk(centre, metres, bearing), reach, mask))

    @rule(key=st.integers(0, 15))
    def remove(self, key: int) -> None:
        self.circles.remove(key)
        self.known.pop(key, None)

    @rule(point=positions, bit=bits)
    def ask_anywhere(self, point: Point, bit: int) -> None:
        assert sorted(self.circles.holding(point, bit)) == holding(self.known, point, bit)

    @rule(
        key=st.integers(0, 15),
        bearing=bearings,
        share=st.sampled_from([0.0, 0.5, 0.999, 1.0, 1.001]),
        bit=bits,
    )
    def ask_inside_and_at_the_edge(self, key: int, bearing: float, share: float, bit: int) -> None:
        centre, reach, _ = self.known.get(key, (PLACE_DE_LA_REUNION, MILE_UM, 1))
        metres = min(reach / 1e6, MILE_M * 100) * share

        self.ask_anywhere(walk(centre, metres, bearing), bit)

    @invariant()
    def each_is_there_once(self) -> None:
        assert len(self.circles) == len(self.known)


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(deadline=None, max_examples=40, stateful_step_count=25)


@law
@given(positions, bearings, st.integers(0, 60))
def test_a_mile_ends_at_the_same_micrometre_for_one_circle_and_among_many(
    avatar: Point, bearing: float, others: int
) -> None:
    """Few are compared one by one, many at once."""
    circles: Circles[int] = Circles()
    for key in range(others):
        circles.put(-1 - key, avatar, 0, 1)

    for key, off in enumerate(range(-3, 4)):
        point = walk(avatar, MILE_M + off * 1e-6, bearing)
        reach = chord_um(vector(avatar), vector(point))
        circles.put(key, avatar, reach, 1)

        assert key in circles.holding(point, 1)

        circles.put(key, avatar, reach - 1, 1)

        assert key not in circles.holding(point, 1)


def test_thousands_of_watchers_all_over_the_earth_are_found_while_they_move() -> None:
    chance = random.Random(7)
    towns = [Point(7.34, 47.75), Point(179.99, -17), Point(0, 89.97), Point(-120, -85.04), Point(0, 0)]
    circles: Circles[int] = Circles()
    known: dict[int, Circle] = {}

    for step in range(6000):
        key = chance.randrange(2000)
        start = (
            chance.choice(towns) if step % 10 else Point(chance.uniform(-180, 180), chance.uniform(-90, 90))
        )
        centre = walk(start, abs(chance.gauss(0, 4000)), chance.uniform(0, 360))
        reach = MILE_UM if step % 2 else round(10 ** chance.uniform(7.5, 11)) if step % 99 else inf
        known[key] = centre, reach, 1 + step % 3
        circles.put(key, *known[key])
        if step % 40 == 0:
            point = walk(chance.choice(towns), abs(chance.gauss(0, 4000)), chance.uniform(0, 360))
            assert sorted(circles.holding(point, 1)) == holding(known, point, 1)


def test_an_avatar_dragged_around_the_world_leaves_nothing_behind() -> None:
    circles: Circles[str] = Circles()
    circles.put("at home", PLACE_DE_LA_REUNION, MILE_UM, 1)
    for step in range(9000):
        circles.put("traveller", Point(step * 0.02 - 90, 10), MILE_UM, 1)

    assert circles.buckets < 2000
    assert circles.holding(PLACE_DE_LA_REUNION, 1) == ["at home"]
    assert circles.holding(Point(8999 * 0.02 - 90, 10), 1) == ["traveller"]
    assert circles.holding(Point(0, 10), 1) == []
