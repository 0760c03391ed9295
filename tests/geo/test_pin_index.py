"""The index answers as if it had compared every pin, whatever happened before."""

import random
from collections.abc import Iterable
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from geo.areas import Area
from geo.chord import HALF_EARTH_M, chord_um, reach_um, vector
from geo.index import LAYERS, Change, PinIndex, Placed, TooManyPins, UnknownLayer
from geo.sphere import MILE_M, Point
from tests.geo.positions import PLACE_DE_LA_REUNION, bearings, positions, walk

law = settings(deadline=None)
layers = st.none() | st.sets(st.sampled_from(LAYERS))
radii = st.just(MILE_M) | st.floats(0, 7.3).map(lambda exponent: 10**exponent) | st.just(HALF_EARTH_M)
counts = st.integers(0, 12)
pins = st.lists(st.tuples(positions, st.sampled_from(LAYERS)), max_size=40)
Pins = Iterable[Placed[str]]


def placed(number: int, point: Point, layer: str = "request", version: int = 1) -> Placed[str]:
    return Placed(f"{number:04}", point, version, layer, f"pin {number} v{version}")


def filled(pins: Pins) -> PinIndex[str]:
    index: PinIndex[str] = PinIndex()
    for pin in pins:
        assert index.put(*pin).accepted
    return index


def by_distance(pins: Pins, centre: Point, on: Iterable[str] | None) -> list[tuple[int, Placed[str]]]:
    """Return all pins on the layers with their chords, nearest first: one by one, without any index."""
    here, shown = vector(centre), LAYERS if on is None else set(on)
    chords = [(chord_um(here, vector(pin.point)), pin) for pin in pins if pin.layer in shown]
    return sorted(chords, key=lambda found: (found[0], found[1].id))


def all_within(pins: Pins, centre: Point, radius_m: float, on: Iterable[str] | None) -> list[Placed[str]]:
    return [pin for chord, pin in by_distance(pins, centre, on) if chord <= reach_um(radius_m)]


def all_nearest(pins: Pins, centre: Point, k: int, on: Iterable[str] | None) -> list[Placed[str]]:
    return [pin for _, pin in by_distance(pins, centre, on)[:k]]


@law
@given(pins, positions, radii, layers)
def test_within_is_what_comparing_every_pin_gives(
    drawn: list[tuple[Point, str]], centre: Point, radius_m: float, on: set[str] | None
) -> None:
    pins = [placed(i, point, layer) for i, (point, layer) in enumerate(drawn)]

    assert filled(pins).within(centre, radius_m, on) == all_within(pins, centre, radius_m, on)


@law
@given(pins, positions, counts, layers)
def test_the_nearest_are_what_comparing_every_pin_gives(
    drawn: list[tuple[Point, str]], centre: Point, k: int, on: set[str] | None
) -> None:
    pins = [placed(i, point, layer) for i, (point, layer) in enumerate(drawn)]

    assert filled(pins).nearest(centre, k, on) == all_nearest(pins, centre, k, on)


@law
@given(positions, st.lists(st.tuples(bearings, st.floats(0, 2 * MILE_M)), max_size=40), counts)
def test_a_crowd_around_the_avatar_is_ordered_exactly(
    avatar: Point, steps: list[tuple[float, float]], k: int
) -> None:
    pins = [placed(i, walk(avatar, metres, bearing)) for i, (bearing, metres) in enumerate(steps)]
    index = filled(pins)

    assert index.within(avatar) == all_within(pins, avatar, MILE_M, None)
    assert index.nearest(avatar, k) == all_nearest(pins, avatar, k, None)


def test_thousands_of_pins_all_over_the_earth_are_found_exactly() -> None:
    chance = random.Random(2014)
    towns = [Point(7.34, 47.75), Point(179.99, -17), Point(0, 89.97), Point(-120, -85.05), Point(0, 0)]
    pins = []
    for i in range(3000):
        start = chance.choice(towns) if i % 10 else Point(chance.uniform(-180, 180), chance.uniform(-90, 90))
        point = walk(start, abs(chance.gauss(0, 4000)), chance.uniform(0, 360))
        pins.append(placed(i, point, "mag" if i % 500 == 0 else LAYERS[i % 3]))
    index, loaded = filled(pins), PinIndex[str]()
    assert loaded.load(pins) == 3000

    for question in range(120):
        centre = walk(chance.choice(pins).point, chance.uniform(0, 3000), chance.uniform(0, 360))
        on = None if question % 3 == 0 else chance.sample(LAYERS, 2) if question % 3 == 1 else ["mag"]
        k, radius_m = chance.choice([1, 5, 40, 700]), chance.choice([MILE_M, 10 ** chance.uniform(1, 7.3)])
        ordered = by_distance(pins, centre, on)

        nearest = [pin for _, pin in ordered[:k]]
        within = [pin for chord, pin in ordered if chord <= reach_um(radius_m)]

        assert index.nearest(centre, k, on) == loaded.nearest(centre, k, on) == nearest
        assert index.within(centre, radius_m, on) == loaded.within(centre, radius_m, on) == within


@pytest.mark.parametrize("town", [PLACE_DE_LA_REUNION, Point(179.999, -17), Point(0, 0), Point(-120, 84.9)])
def test_in_a_dense_town_a_part_of_it_gives_the_answer_of_all(town: Point) -> None:
    chance = random.Random(94)
    pins: list[Placed[str]] = []
    for i in range(2500):
        metres = 200 if i % 10 == 0 else abs(chance.gauss(0, 600)) if i % 3 else chance.uniform(0, 5000)
        point = walk(town, metres, chance.uniform(0, 360))
        # Some live under one roof.
        pins.append(placed(i, pins[-1].point if i % 7 == 0 and pins else point, LAYERS[i % 3]))
    index: PinIndex[str] = PinIndex()
    index.load(chance.sample(pins, len(pins)))

    for question in range(60):
        centre = town if question % 6 == 0 else walk(town, abs(chance.gauss(0, 1500)), chance.uniform(0, 360))
        on = None if question % 2 else LAYERS[:2]
        radius_m = MILE_M if question % 3 else chance.uniform(0, MILE_M)
        ordered = by_distance(pins, centre, on)

        for k in (1, 5, 60, 700):
            assert index.nearest(centre, k, on) == [pin for _, pin in ordered[:k]]
        within = [pin for chord, pin in ordered if chord <= reach_um(radius_m)]
        assert index.within(centre, radius_m, on) == within


def test_ties_at_the_edge_of_the_part_that_is_looked_at_first_are_ordered_by_id() -> None:
    """Of 1,009 pins beside the cell, the nearest is sought within the root of 16 / 1,009 of a mile first."""
    avatar, chance = PLACE_DE_LA_REUNION, random.Random(8)
    edge_m = reach_um(MILE_M) * sqrt(16 / 1009) / 1e6
    far = [placed(i, walk(avatar, chance.uniform(300, 1500), i)) for i in range(100, 1069)]
    for start in range(-45, 5):
        tied = [
            placed(i, walk(avatar, edge_m + (start + 39 - i) * 2e-8, chance.uniform(0, 360)))
            for i in range(40)
        ]
        index: PinIndex[str] = PinIndex()
        index.load([*tied, *far])

        assert index.nearest(avatar, 1) == all_nearest(tied, avatar, 1, None)


def test_a_pin_at_exactly_one_mile_is_shown_and_one_centimetre_further_is_not() -> None:
    avatar = PLACE_DE_LA_REUNION
    index = filled([placed(1, walk(avatar, 1609.344, 30)), placed(2, walk(avatar, 1609.354, 30))])

    assert [pin.id for pin in index.within(avatar)] == ["0001"]


def test_pins_equally_far_are_ordered_by_id() -> None:
    avatar = PLACE_DE_LA_REUNION
    east, west = walk(avatar, 400, 90), walk(avatar, 400, 270)
    index = filled([placed(3, east), placed(1, west), placed(2, east), placed(0, walk(avatar, 500, 0))])

    assert [pin.id for pin in index.within(avatar)] == ["0001", "0002", "0003", "0000"]
    assert [pin.id for pin in index.nearest(avatar, 2)] == ["0001", "0002"]


@law
@given(pins, positions, positions, layers)
def test_a_box_holds_what_its_area_holds(
    drawn: list[tuple[Point, str]], corner: Point, other: Point, on: set[str] | None
) -> None:
    pins = [placed(i, point, layer) for i, (point, layer) in enumerate(drawn)]
    south, north = sorted((corner.lat, other.lat))
    if corner.lon == other.lon or south == north:
        return
    area = Area.from_bbox(corner.lon, south, other.lon, north)
    inside = [pin for pin in pins if area.contains(pin.point) and (on is None or pin.layer in on)]

    assert filled(pins).in_box(corner.lon, south, other.lon, north, on) == inside


def test_an_area_of_many_parts_finds_each_pin_once() -> None:
    pins = [placed(i, Point(7.0 + i / 10, 47.5)) for i in range(30)]
    squares = [
        [[[lon, 47.45], [lon + 0.02, 47.45], [lon + 0.02, 47.55], [lon, 47.55], [lon, 47.45]]]
        for lon in (6.99 + i / 5 for i in range(15))
    ]
    area = Area.from_geojson({"type": "MultiPolygon", "coordinates": squares})

    assert filled(pins).in_area(area) == pins[::2]


def test_an_older_or_the_same_version_changes_nothing() -> None:
    index = filled([placed(1, Point(7, 47), version=5)])
    before = index.get("0001")

    for version in (5, 4):
        assert index.put("0001", Point(8, 48), version, "offer", "late") == Change(False, before)

    assert index.get("0001") == before
    assert index.nearest(Point(8, 48), 1) == [before]


def test_a_newer_version_replaces_place_layer_and_pin_and_tells_what_was() -> None:
    index = filled([placed(1, Point(7, 47))])
    before = index.get("0001")

    assert index.put("0001", Point(8, 48), 2, "offer", "moved") == Change(True, before)

    assert index.get("0001") == Placed("0001", Point(8, 48), 2, "offer", "moved")
    assert index.within(Point(7, 47)) == []
    assert [pin.pin for pin in index.within(Point(8, 48), layers=["offer"])] == ["moved"]
    assert len(index) == 1


def test_a_removed_pin_does_not_come_back_by_older_news() -> None:
    index = filled([placed(1, Point(7, 47), version=3)])

    assert index.remove("0001", 4).before is not None
    assert not index.put(*placed(1, Point(7, 47), version=4)).accepted
    assert not index.put(*placed(1, Point(7, 47), version=2)).accepted

    assert index.get("0001") is None
    assert index.put(*placed(1, Point(7, 47), version=5)).accepted


def test_a_removal_that_overtakes_its_pin_keeps_it_away() -> None:
    index: PinIndex[str] = PinIndex()

    assert index.remove("0001", 7) == Change(False, None)

    assert not index.put(*placed(1, Point(7, 47), version=7)).accepted
    assert index.load([placed(1, Point(7, 47), version=6), placed(2, Point(7, 47))]) == 1


def test_a_removal_older_than_the_pin_is_refused() -> None:
    index = filled([placed(1, Point(7, 47), version=3)])

    assert index.remove("0001", 2) == Change(False, index.get("0001"))
    assert len(index) == 1


def test_removals_are_remembered_in_bounded_number_the_latest_longest() -> None:
    index: PinIndex[str] = PinIndex(tombstones=3)
    for number in (1, 2, 3, 1, 4):
        index.remove(f"{number:04}", 9)

    remembered = [n for n in (1, 2, 3, 4) if not index.put(*placed(n, Point(7, 47))).accepted]

    assert remembered == [1, 3, 4]


def test_loading_keeps_the_latest_version_of_each_pin() -> None:
    index: PinIndex[str] = PinIndex()
    latest = placed(1, Point(8, 48), version=3)

    index.load([placed(1, Point(7, 47), version=2), latest, placed(1, Point(7, 47), version=1)])
    index.load([placed(1, Point(7, 47), version=2), placed(2, Point(9, 49))])

    assert sorted(index) == [latest, placed(2, Point(9, 49))]
    assert index.nearest(Point(7, 47), 1) == [latest]


def test_who_looked_before_the_pins_were_loaded_sees_them_afterwards() -> None:
    index: PinIndex[str] = PinIndex(tombstones=0)
    assert index.within(PLACE_DE_LA_REUNION) == []
    index.put(*placed(1, PLACE_DE_LA_REUNION))
    index.remove("0001", 2)
    assert index.nearest(PLACE_DE_LA_REUNION, 5) == []
    pins = [placed(2, PLACE_DE_LA_REUNION), placed(3, walk(PLACE_DE_LA_REUNION, 500, 30))]

    index.load(pins)

    assert index.within(PLACE_DE_LA_REUNION) == index.nearest(PLACE_DE_LA_REUNION, 5) == pins
    assert index.put(*placed(4, PLACE_DE_LA_REUNION)).accepted
    assert len(index.within(PLACE_DE_LA_REUNION)) == 3


def test_an_area_with_more_pins_than_asked_for_at_most_is_refused_and_one_with_as_many_is_not() -> None:
    index = filled(placed(i, Point(i / 3 - 50, i % 50), LAYERS[i % 2]) for i in range(300))
    world = Area.from_bbox(-180, -90, 180, 90)

    assert len(index.in_area(world, most=300)) == 300
    assert len(index.in_area(world, [LAYERS[0]], most=150)) == 150
    with pytest.raises(TooManyPins, match="299"):
        index.in_area(world, most=299)
    with pytest.raises(TooManyPins):
        index.in_area(world, [LAYERS[0]], most=149)


def test_an_empty_index_finds_nothing() -> None:
    index: PinIndex[str] = PinIndex()

    assert index.within(Point(0, 0), HALF_EARTH_M) == index.nearest(Point(0, 0), 5) == []
    assert index.in_box(-180, -90, 180, 90) == []
    assert index.get("0001") is None


def test_no_layers_show_no_pins() -> None:
    index = filled([placed(1, Point(7, 47))])

    assert index.within(Point(7, 47), layers=[]) == index.nearest(Point(7, 47), 5, layers=[]) == []


def test_what_cannot_be_asked_is_refused() -> None:
    index = filled([placed(1, Point(7, 47))])

    with pytest.raises(UnknownLayer, match="'advert'"):
        index.put("0002", Point(7, 47), 1, "advert", "buy")
    with pytest.raises(UnknownLayer):
        index.within(Point(7, 47), layers=["advert"])
    with pytest.raises(ValueError, match="0 pins"):
        index.nearest(Point(7, 47), -1)
    with pytest.raises(ValueError, match="0 metres"):
        index.within(Point(7, 47), float("nan"))
    assert len(index) == 1


@pytest.mark.parametrize("names", [[], ["a", "a"], list("abcdefghi")])
def test_an_index_has_one_to_eight_different_layers(names: list[str]) -> None:
    with pytest.raises(ValueError, match="1 to 8"):
        PinIndex(names)


class OneStreet(RuleBasedStateMachine):
    """Some who keep looking while pins come, move a little and go: nobody sees what was there before."""

    watchers = (PLACE_DE_LA_REUNION, Point(179.9999, -16.5), Point(3, 85.03), Point(10, 89.999))

    def __init__(self) -> None:
        super().__init__()
        self.index: PinIndex[str] = PinIndex()
        self.pins: dict[str, Placed[str]] = {}
        self.version = 0

    @initialize(
        start=st.lists(st.tuples(st.sampled_from(watchers), bearings, st.floats(0, 4000)), max_size=30)
    )
    def load(self, start: list[tuple[Point, float, float]]) -> None:
        pins = [placed(n, walk(at, metres, bearing)) for n, (at, bearing, metres) in enumerate(start)]
        self.index.load(pins)
        self.pins = {pin.id: pin for pin in pins}

    @rule(
        number=st.integers(0, 40),
        at=st.sampled_from(watchers),
        bearing=bearings,
        metres=st.floats(0, 4000),
        layer=st.sampled_from(LAYERS),
    )
    def put(self, number: int, at: Point, bearing: float, metres: float, layer: str) -> None:
        self.version += 2
        pin = placed(number, walk(at, metres, bearing), layer, self.version)
        self.index.put(*pin)
        self.pins[pin.id] = pin

    @rule(number=st.integers(0, 40))
    def remove(self, number: int) -> None:
        self.version += 2
        self.index.remove(f"{number:04}", self.version)
        self.pins.pop(f"{number:04}", None)

    @invariant()
    def all_who_look_see_what_is_there(self) -> None:
        pins = self.pins.values()
        for watcher in self.watchers:
            for on in (None, LAYERS[:2]):
                assert self.index.within(watcher, MILE_M, on) == all_within(pins, watcher, MILE_M, on)
                assert self.index.nearest(watcher, 5, on) == all_nearest(pins, watcher, 5, on)


TestOneStreet = OneStreet.TestCase
TestOneStreet.settings = settings(deadline=None, max_examples=25, stateful_step_count=20)


class AnyHistory(RuleBasedStateMachine):
    """Pins come, move, change and go, with news late, doubled and out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.index: PinIndex[str] = PinIndex()
        self.pins: dict[str, Placed[str]] = {}
        self.removed: dict[str, int] = {}

    @rule(number=st.integers(0, 9), point=positions, version=st.integers(1, 9), layer=st.sampled_from(LAYERS))
    def put(self, number: int, point: Point, version: int, layer: str) -> None:
        pin = placed(number, point, layer, version)
        before = self.pins.get(pin.id)
        known = max(before.version if before else 0, self.removed.get(pin.id, 0))

        assert self.index.put(*pin) == Change(version > known, before)

        if version > known:
            self.pins[pin.id] = pin

    @rule(number=st.integers(0, 9), version=st.integers(1, 9))
    def remove(self, number: int, version: int) -> None:
        pin_id = f"{number:04}"
        before = self.pins.get(pin_id)
        newer = before is not None and version >= before.version

        assert self.index.remove(pin_id, version) == Change(newer, before)

        if before is None or newer:
            self.pins.pop(pin_id, None)
            self.removed[pin_id] = max(version, self.removed.get(pin_id, 0))

    @rule(centre=positions, radius_m=radii, k=counts, on=layers)
    def ask(self, centre: Point, radius_m: float, k: int, on: set[str] | None) -> None:
        pins = self.pins.values()

        assert self.index.within(centre, radius_m, on) == all_within(pins, centre, radius_m, on)
        assert self.index.nearest(centre, k, on) == all_nearest(pins, centre, k, on)

    @invariant()
    def everything_is_there_once(self) -> None:
        everything = sorted(self.pins.values())

        assert len(self.index) == len(everything)
        assert sorted(self.index) == self.index.in_box(-180, -90, 180, 90) == everything
        assert all(self.index.get(pin.id) == pin for pin in everything)


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)
