"""Subscribing, holding, releasing and leaving in any order, against a model in plain lists."""

from dataclasses import dataclass, field
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from realtime.backend import Viewer
from realtime.connection import Connection
from realtime.counts import Counts
from realtime.frames import Frame, event_frame
from realtime.hub import Hold, Hub
from realtime.protocol import Event, Pong
from realtime.topics import Topic

ROOM, LISTING, MEMBER = Topic("room"), Topic("listing"), Topic("member")
# Of what goes to two topics, one is never held: a member's own.
TOGETHER: Final = [(ROOM,), (LISTING,), (MEMBER,), (LISTING, MEMBER), (MEMBER, LISTING)]
SOCKETS = st.integers(0, 2)
HELD = st.sampled_from([ROOM, LISTING])


class Ear:
    """A link that notes what is written to it."""

    def __init__(self) -> None:
        self.heard: list[Frame] = []

    def write(self, made: Frame) -> None:
        """Note it."""
        self.heard.append(made)

    async def drain(self) -> None:
        """Wait for nothing."""

    def close(self, code: int) -> None:
        """Close nothing."""


@dataclass
class Kept:
    """What a model keeps for one who is on hold: event by number, and how many questions are open."""

    hold: Hold
    numbers: list[int] = field(default_factory=list)
    questions: int = 0


class AnyOrder(RuleBasedStateMachine):
    """Three sockets, three topics."""

    def __init__(self) -> None:
        super().__init__()
        self.hub = Hub(Counts())
        self.ears = [Ear() for _ in range(3)]
        self.sockets = [Connection(ear, Viewer(""), {}) for ear in self.ears]
        self.heard: list[list[int]] = [[], [], []]
        # By socket and topic: None while it just hears.
        self.places: dict[tuple[int, Topic], Kept | None] = {}
        # Holds with a question that nobody has answered, those that were forgotten meanwhile among them.
        self.open: list[tuple[int, Topic, Hold]] = []
        self.said = 0

    @rule(socket=SOCKETS, topic=st.sampled_from([ROOM, LISTING, MEMBER]))
    def subscribe(self, socket: int, topic: Topic) -> None:
        self.hub.subscribe(self.sockets[socket], topic)
        self.places.setdefault((socket, topic), None)

    @rule(socket=SOCKETS, topic=HELD)
    def hold(self, socket: int, topic: Topic) -> None:
        hold = self.hub.hold(self.sockets[socket], topic)
        kept = self.places.get((socket, topic)) or Kept(hold)
        kept.questions += 1
        self.places[socket, topic] = kept
        self.open.append((socket, topic, hold))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), upto=st.integers(-1, 30))
    def release(self, data: st.DataObject, upto: int) -> None:
        socket, topic, hold = self.open.pop(data.draw(st.integers(0, len(self.open) - 1)))
        kept = self.places.get((socket, topic))
        stands = kept is not None and kept.hold is hold
        assert self.hub.stands(self.sockets[socket], topic, hold) == stands

        self.hub.release(self.sockets[socket], topic, hold, lambda event: _number(event) <= upto)

        if kept is None or not stands:
            return
        kept.numbers = [number for number in kept.numbers if number > upto]
        kept.questions -= 1
        if not kept.questions:
            self.heard[socket] += kept.numbers
            self.places[socket, topic] = None

    @rule(socket=SOCKETS, topic=st.sampled_from([ROOM, LISTING, MEMBER]))
    def unsubscribe(self, socket: int, topic: Topic) -> None:
        self.hub.unsubscribe(self.sockets[socket], topic)
        self.places.pop((socket, topic), None)

    @rule(socket=SOCKETS)
    def leave(self, socket: int) -> None:
        self.hub.leave(self.sockets[socket])
        self.places = {place: kept for place, kept in self.places.items() if place[0] != socket}

    @rule(topics=st.sampled_from(TOGETHER))
    def deliver(self, topics: tuple[Topic, ...]) -> None:
        self.said += 1
        reached = self.hub.deliver(topics, Pong(ref=self.said))

        expected = 0
        for socket in range(3):
            theirs = [self.places[socket, topic] for topic in topics if (socket, topic) in self.places]
            expected += bool(theirs)
            if None in theirs:
                self.heard[socket].append(self.said)
            elif theirs and (kept := theirs[0]) is not None:
                kept.numbers.append(self.said)
        assert reached == expected

    @invariant()
    def each_has_heard_what_the_model_says(self) -> None:
        for ear, numbers in zip(self.ears, self.heard, strict=True):
            assert ear.heard == [event_frame(Pong(ref=number)) for number in numbers]

    @invariant()
    def nothing_is_kept_of_topics_that_nobody_listens_to(self) -> None:
        assert {*self.hub.topics()} == {topic for _, topic in self.places}
        for socket, connection in enumerate(self.sockets):
            assert connection.topics == {topic for one, topic in self.places if one == socket}
        for topic in self.hub.topics():
            here = [self.sockets[socket] for socket, theirs in self.places if theirs == topic]
            assert len(self.hub.listeners(topic)) == len(here)
            assert {*self.hub.listeners(topic)} == {*here}


def _number(event: Event) -> int:
    assert isinstance(event, Pong)
    assert event.ref is not None
    return event.ref


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(deadline=None, max_examples=60, stateful_step_count=40)
