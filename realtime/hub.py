"""Who listens to what, and how one event reaches them all.

Delivery never waits. A listener of whom is not known yet whether it may hear (its snapshot is being read,
its rights have just changed) is on hold: its frames are kept, and sent or thrown away when that is known.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from realtime.connection import Connection, Link
from realtime.counts import Counts
from realtime.frames import Frame, event_frame
from realtime.protocol import Event
from realtime.topics import Topic

Skip: TypeAlias = Callable[[Event], bool]


class Hold:
    """Frames kept for one listener until it is known whether it may have them."""

    __slots__ = ("kept", "questions")

    def __init__(self) -> None:
        self.kept: list[tuple[Event, Frame]] = []
        # How many questions are open; the last answer ends the hold.
        self.questions = 0


class Listeners:
    """Who listens to one topic: those who just hear, each with the link to write to, and those on hold."""

    __slots__ = ("hearing", "holds")

    def __init__(self) -> None:
        self.hearing: dict[Connection, Link] = {}
        self.holds: dict[Connection, Hold] = {}

    def drop(self, connection: Connection) -> bool:
        """Forget `connection`; return whether anybody is left."""
        self.hearing.pop(connection, None)
        self.holds.pop(connection, None)
        return bool(self.hearing or self.holds)


class Hub:
    """Topics and their listeners."""

    def __init__(self, counts: Counts) -> None:
        self._topics: dict[Topic, Listeners] = {}
        self._counts = counts
        self._overheard: dict[int, set[Topic]] = {}

    def subscribe(self, connection: Connection, topic: Topic) -> None:
        """Let `connection` hear `topic` from now on. Twice is once."""
        listeners = self._topics.setdefault(topic, Listeners())
        if connection not in listeners.holds:
            listeners.hearing[connection] = connection.link
        connection.topics.add(topic)

    def unsubscribe(self, connection: Connection, topic: Topic) -> None:
        """Let `connection` hear `topic` no more, nor what was kept for it."""
        connection.topics.discard(topic)
        listeners = self._topics.get(topic)
        if listeners is not None and not listeners.drop(connection):
            del self._topics[topic]

    def leave(self, connection: Connection) -> None:
        """Forget `connection`."""
        for topic in tuple(connection.topics):
            self.unsubscribe(connection, topic)

    def listeners(self, topic: Topic) -> list[Connection]:
        """Return who listens to `topic`, on hold or not."""
        listeners = self._topics.get(topic)
        return [] if listeners is None else [*listeners.hearing, *listeners.holds]

    def topics(self) -> list[Topic]:
        """Return the topics that anybody listens to."""
        return list(self._topics)

    @contextmanager
    def overhearing(self) -> Iterator[set[Topic]]:
        """Note the topics of all that is delivered meanwhile: for who learns only then what to listen to."""
        heard: set[Topic] = set()
        self._overheard[id(heard)] = heard
        try:
            yield heard
        finally:
            del self._overheard[id(heard)]

    def deliver(self, topics: Iterable[Topic], event: Event, except_members: Iterable[str] = ()) -> int:
        """Write `event` once to each connection listening to any of `topics`; return how many.

        Never waits. A reader who has fallen behind is cut off instead, so that one slow phone cannot hold
        up a street; it comes back and resumes from its cursor.
        """
        topics = list(topics)
        for heard in self._overheard.values():
            heard.update(topics)
        hearing, holds = self._reached(topics)
        if excepted := frozenset(except_members):
            hearing = {c: link for c, link in hearing.items() if not _is_one_of(c, excepted)}
            holds = {c: hold for c, hold in holds.items() if not _is_one_of(c, excepted)}
        reached = len(hearing) + len(holds)
        if not reached:
            return 0
        made = event_frame(event)
        # Straight to the links: a thousand times for one message in a large room.
        for link in hearing.values():
            link.write(made)
        for hold in holds.values():
            hold.kept.append((event, made))
        self._counts.deliveries += reached
        return reached

    def hold(self, connection: Connection, topic: Topic) -> Hold:
        """Keep what comes to `topic` for `connection`, subscribing it first if need be; see `release`."""
        self.subscribe(connection, topic)
        listeners = self._topics[topic]
        listeners.hearing.pop(connection, None)
        hold = listeners.holds.setdefault(connection, Hold())
        hold.questions += 1
        return hold

    def stands(self, connection: Connection, topic: Topic, hold: Hold) -> bool:
        """Say whether `hold` still keeps what comes: `connection` was not unsubscribed meanwhile."""
        listeners = self._topics.get(topic)
        return listeners is not None and listeners.holds.get(connection) is hold

    def release(self, connection: Connection, topic: Topic, hold: Hold, skip: Skip | None = None) -> None:
        """Answer one question of `hold` with yes; after the last one, send what was kept.

        What has been kept so far and is to be `skip`ped is not, whichever answer is the last. Does nothing if
        `connection` was unsubscribed meanwhile: then there is nothing it may have.
        """
        if not self.stands(connection, topic, hold):
            return
        if skip is not None:
            hold.kept = [(event, made) for event, made in hold.kept if not skip(event)]
        hold.questions -= 1
        if hold.questions:
            return
        listeners = self._topics[topic]
        del listeners.holds[connection]
        listeners.hearing[connection] = connection.link
        for _, made in hold.kept:
            connection.write(made)

    def _reached(
        self, topics: Iterable[Topic]
    ) -> tuple[Mapping[Connection, Link], Mapping[Connection, Hold]]:
        """Return the listeners of `topics`, each once; one that just hears any of them just hears."""
        found = [listeners for topic in topics if (listeners := self._topics.get(topic)) is not None]
        if len(found) == 1:
            return found[0].hearing, found[0].holds
        hearing: dict[Connection, Link] = {}
        for listeners in found:
            hearing |= listeners.hearing
        holds: dict[Connection, Hold] = {}
        for listeners in found:
            for connection, hold in listeners.holds.items():
                if connection not in hearing:
                    holds.setdefault(connection, hold)
        return hearing, holds


def _is_one_of(connection: Connection, members: frozenset[str]) -> bool:
    member = connection.viewer.member
    return member is not None and member.id in members
