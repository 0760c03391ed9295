"""What a watch was shown, changed by the events it was sent, is what it would be shown afresh."""

from datetime import timedelta
from itertools import cycle
from math import inf

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from geo.chord import Vector, chord_um, reach_um, vector
from geo.position import Point
from geo.sphere import MILE_M
from realtime.counts import Counts
from realtime.nearest import Nearest
from realtime.pins import LiveIndex, placed
from realtime.projects import Outcome, Progress, Reach
from realtime.protocol import NEAREST_COUNT, Watch
from realtime.shapes import Layer, Pin, Place, Scale
from realtime.signals import PinMoved
from realtime.watches import Watches
from tests.counting import calls
from tests.realtime.mirror import Mirror
from tests.realtime.village import NOON, Village

WATCHING = 1000
SHOWN_AT_FIRST = frozenset({Layer.REQUEST, Layer.OFFER})
# Where maps go wrong, and where people live.
CENTRES = [(7.34, 47.75), (180.0, -16.5), (-179.995, 0.0), (30.0, 90.0), (-120.0, -89.99), (0.0, 85.05)]
# About 300 m apart, so that pins crowd, coincide and lie on both sides of a mile.
STEP_DEG = 0.0028
AVATAR = vector(Point(*CENTRES[0]))


def nearby(centre: tuple[float, float], east: int, north: int) -> Point:
    lon = centre[0] + east * STEP_DEG
    lat = max(-90.0, min(90.0, centre[1] + north * STEP_DEG))
    return Point((lon + 180.0) % 360.0 - 180.0, lat)


steps = st.integers(-8, 8)
points = st.one_of(
    st.builds(nearby, st.sampled_from(CENTRES[:2]), steps, steps),
    st.builds(nearby, st.sampled_from(CENTRES), steps, steps),
    st.builds(Point, st.floats(-180, 180), st.floats(-90, 90)),
)
watch_commands = st.builds(
    lambda point, scale, layers: watch_at(point, scale, layers),
    points,
    st.sampled_from(Scale),
    st.one_of(st.just(frozenset(Layer)), st.just(SHOWN_AT_FIRST), st.frozensets(st.sampled_from(Layer))),
)


moments = st.sampled_from([None, NOON, NOON + timedelta(hours=3)])
progress = Progress(
    outcome=Outcome.OPEN,
    reach=Reach.WIDE,
    closes_at=NOON,
    target_cents=50_000,
    promised_cents=0,
    received_cents=0,
    target_smiles=None,
    given_smiles=0,
    released=False,
    tasks=0,
    tasks_done=0,
    supporters=0,
)
# What is on a pin of any kind, what only a mag's has, and what only a project's.
edits = st.one_of(
    st.fixed_dictionaries({"title": st.sampled_from(["Soupe", "Échelle"])}),
    st.fixed_dictionaries({"cover": st.sampled_from([None, "a" * 22])}),
    st.fixed_dictionaries({"starts_at": moments, "ends_at": moments}),
    st.fixed_dictionaries(
        {"progress": st.integers(0, 99).map(lambda n: progress.model_copy(update={"promised_cents": n}))}
    ),
)


def watch_at(point: Point, scale: Scale = Scale.MILE, layers: frozenset[Layer] = SHOWN_AT_FIRST) -> Watch:
    return Watch(at=Place(lon=point.lon, lat=point.lat), scale=scale, layers=layers)


def where(pin: Pin) -> Vector:
    return vector(Point(pin.lon, pin.lat))


def afresh(pins: list[Pin], command: Watch) -> dict[str, Pin]:
    """Return what `command` shows of `pins`, by comparing every one of them."""
    at = vector(Point(command.at.lon, command.at.lat))
    ranked = sorted((chord_um(at, where(pin)), pin.id, pin) for pin in pins if pin.kind in command.layers)
    if command.scale is Scale.MILE:
        return {pin.id: pin for chord, _, pin in ranked if chord <= reach_um(MILE_M)}
    return {pin.id: pin for _, _, pin in ranked[:NEAREST_COUNT]}


class Neighbourhood(RuleBasedStateMachine):
    """Pins and avatars in any order; signals late, twice and overtaking each other."""

    pins = Bundle("pins")
    mirrors = Bundle("mirrors")

    def __init__(self) -> None:
        super().__init__()
        self.watches = Watches(LiveIndex(), Counts())
        self.village = Village()
        self.newest: dict[str, PinMoved] = {}
        self.heard: dict[str, PinMoved] = {}
        self.signals: list[PinMoved] = []
        self.looking: dict[Mirror, Watch] = {}

    def tell(self, moved: PinMoved) -> None:
        known = self.heard.get(moved.id)
        if known is None or known.version < moved.version:
            self.heard[moved.id] = moved
        self.watches.apply(moved)

    def change(self, pin_id: str, pin: Pin | None, *, late: bool) -> None:
        version = self.newest[pin_id].version + 1 if pin_id in self.newest else 1
        pin = pin and pin.model_copy(update={"version": version})
        moved = PinMoved(id=pin_id, version=version, pin=pin)
        self.newest[pin_id] = moved
        self.signals.append(moved)
        if not late:
            self.tell(moved)

    def latest(self, pin_id: str) -> Pin:
        shown = [moved.pin for moved in self.signals if moved.id == pin_id and moved.pin]
        return shown[-1]

    @initialize(target=pins, places=st.lists(points, min_size=8, max_size=30))
    def begin(self, places: list[Point]) -> MultipleResults[str]:
        """Publish more pins than a watch of the nearest keeps."""
        offers = [self.village.pin(point, layer) for point, layer in zip(places, cycle(Layer), strict=False)]
        for pin in offers:
            self.change(pin.id, pin, late=False)
        return multiple(*(pin.id for pin in offers))

    @rule(target=pins, point=points, layer=st.sampled_from(Layer), late=st.booleans())
    def publish(self, point: Point, layer: Layer, late: bool) -> str:
        pin = self.village.pin(point, layer)
        self.change(pin.id, pin, late=late)
        return pin.id

    @rule(pin_id=pins, edited=edits, late=st.booleans())
    def edit(self, pin_id: str, edited: dict[str, object], late: bool) -> None:
        self.change(pin_id, self.latest(pin_id).model_copy(update=edited), late=late)

    @rule(pin_id=pins, point=points, late=st.booleans())
    def move(self, pin_id: str, point: Point, late: bool) -> None:
        moved = self.latest(pin_id).model_copy(update={"lon": point.lon, "lat": point.lat})
        self.change(pin_id, moved, late=late)

    @rule(pin_id=pins, late=st.booleans())
    def close_or_hide(self, pin_id: str, late: bool) -> None:
        self.change(pin_id, None, late=late)

    @rule(which=st.integers(min_value=0))
    def hear_late_or_again(self, which: int) -> None:
        if self.signals:
            self.tell(self.signals[which % len(self.signals)])

    @rule(target=mirrors, command=watch_commands)
    def look(self, command: Watch) -> Mirror:
        mirror = Mirror()
        self.looking[mirror] = command
        self.watches.watch(mirror.connection, command)
        return mirror

    @rule(mirror=mirrors, command=watch_commands)
    def move_avatar_or_change_layers(self, mirror: Mirror, command: Watch) -> None:
        if mirror in self.looking:
            self.looking[mirror] = command
            self.watches.watch(mirror.connection, command)

    @rule(mirror=consumes(mirrors))
    def go(self, mirror: Mirror) -> None:
        self.looking.pop(mirror, None)
        self.watches.leave(mirror.connection)
        mirror.link.frames.clear()

    @invariant()
    def each_view_is_what_it_would_be_afresh(self) -> None:
        there = [moved.pin for moved in self.heard.values() if moved.pin]
        for mirror, command in self.looking.items():
            mirror.catch_up()
            assert mirror.pins == afresh(there, command)

    def teardown(self) -> None:
        for mirror in self.looking:
            self.watches.leave(mirror.connection)


TestNeighbourhood = Neighbourhood.TestCase
TestNeighbourhood.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


ranks = st.integers(0, 11)
around_here = st.builds(nearby, st.just(CENTRES[0]), steps, steps)
# End the pin of a rank, publish one, or move the pin of a rank.
changes = st.lists(st.one_of(ranks, around_here, st.tuples(ranks, around_here)), min_size=30, max_size=60)


class Street:
    """Pins by distance from an avatar at home, kept as plainly as can be."""

    def __init__(self) -> None:
        self.village = Village()
        self.pins = [
            self.village.pin(nearby(CENTRES[0], east, north))
            for east in range(-3, 4)
            for north in range(-3, 4)
        ]

    def ranking(self) -> list[tuple[float, str]]:
        return sorted((chord_um(AVATAR, where(pin)), pin.id) for pin in self.pins)

    def change(self, change: int | Point | tuple[int, Point]) -> PinMoved | None:
        """Make a change and return its signal; none if no pin has the rank."""
        if isinstance(change, Point):
            pin = self.village.pin(change)
        else:
            rank, to = change if isinstance(change, tuple) else (change, None)
            self.pins.sort(key=lambda pin: (chord_um(AVATAR, where(pin)), pin.id))
            if rank >= len(self.pins):
                return None
            old = self.pins.pop(rank)
            if to is None:
                return PinMoved(id=old.id, version=old.version + 1, pin=None)
            pin = old.model_copy(update={"lon": to.lon, "lat": to.lat, "version": old.version + 1})
        self.pins.append(pin)
        return PinMoved(id=pin.id, version=pin.version, pin=pin)


@given(changes=changes)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_five_nearest_renew_themselves_whatever_ends_and_moves(
    changes: list[int | Point | tuple[int, Point]],
) -> None:
    street, mirror, watches = Street(), Mirror(), Watches(LiveIndex(), Counts())
    command = watch_at(Point(*CENTRES[0]), Scale.NEAREST)
    for pin in street.pins:
        watches.apply(PinMoved(id=pin.id, version=1, pin=pin))
    watches.watch(mirror.connection, command)

    for change in changes:
        if moved := street.change(change):
            watches.apply(moved)
        mirror.catch_up()

        assert mirror.pins == afresh(street.pins, command)


@given(changes=changes)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_pin_nearer_than_the_bound_is_unknown_to_the_nearest(
    changes: list[int | Point | tuple[int, Point]],
) -> None:
    street, index = Street(), LiveIndex()
    index.load(placed(pin) for pin in street.pins)
    nearest = Nearest(Point(*CENTRES[0]), SHOWN_AT_FIRST, index)

    for change in changes:
        if moved := street.change(change):
            after = placed(moved.pin) if moved.pin else None
            if after:
                index.put(*after)
            else:
                index.remove(moved.id, moved.version)
            nearest.update(moved.id, after, index)

        assert nearest.ranked == [
            rank for rank in street.ranking() if rank <= nearest.bound or nearest.reach == inf
        ]
        assert len(nearest.ranked) >= min(NEAREST_COUNT, len(street.pins))


def test_one_change_in_a_crowded_town_costs_at_most_six_calls_for_each_who_watches() -> None:
    watches, village = Watches(LiveIndex(), Counts()), Village()
    spots = [nearby(CENTRES[0], east, north) for east in range(-8, 9) for north in range(-8, 9)]
    pins = [village.pin(spot) for spot in spots]
    for pin in pins:
        watches.apply(PinMoved(id=pin.id, version=1, pin=pin))
    for n in range(WATCHING):
        command = watch_at(spots[n % len(spots)], Scale.NEAREST if n % 2 else Scale.MILE)
        watches.watch(Mirror().connection, command)

    most = max(
        calls(lambda pin=pin: watches.apply(PinMoved(id=pin.id, version=2, pin=None)))  # type: ignore[misc]
        for pin in pins[::10]
    )

    assert most < 6 * WATCHING
