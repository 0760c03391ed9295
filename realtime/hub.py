"""Who listens to what, and how one event reaches them all.

Delivery never waits. A listener of whom is not known yet whether it may hear (its snapshot is being read,
its rights have just changed) is on hold: its frames are kept, and sent or thrown away when that is known.
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from realtime.connection import Connection
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


class Hub:
    """Topics and their listeners. A listener is mapped to its hold, or to None: it just hears."""

    def __init__(self, counts: Counts) -> None:
        self._topics: dict[Topic, dict[Connection, Hold | None]] = {}
        self._counts = counts

    def subscribe(self, connection: Connection, topic: Topic) -> None:
        """Let `connection` hear `topic` from now on. Twice is once."""
        self._topics.setdefault(topic, {}).setdefault(connection, None)
        connection.topics.add(topic)

    def unsubscribe(self, connection: Connection, topic: Topic) -> None:
        """Let `connection` hear `topic` no more, nor what was kept for it."""
        connection.topics.discard(topic)
        listeners = self._topics.get(topic)
        if listeners is None:
            return
        listeners.pop(connection, None)
        if not listeners:
            del self._topics[topic]

    def leave(self, connection: Connection) -> None:
        """Forget `connection`."""
        for topic in tuple(connection.topics):
            self.unsubscribe(connection, topic)

    def listeners(self, topic: Topic) -> list[Connection]:
        """Return who listens to `topic`, on hold or not."""
        return list(self._topics.get(topic, ()))

    def topics(self) -> list[Topic]:
        """Return the topics that anybody listens to."""
        return list(self._topics)

    def deliver(self, topics: Iterable[Topic], event: Event, except_members: Iterable[str] = ()) -> int:
        """Write `event` once to each connection listening to any of `topics`; return how many.

        Never waits. A reader who has fallen behind is cut off instead, so that one slow phone cannot hold
        up a street; it comes back and resumes from its cursor.
        """
        reached = self._reached(topics)
        if excepted := frozenset(except_members):
            reached = {c: hold for c, hold in reached.items() if not _is_one_of(c, excepted)}
        if not reached:
            return 0
        made = event_frame(event)
        for connection, hold in reached.items():
            if hold is None:
                connection.write(made)
            else:
                hold.kept.append((event, made))
        self._counts.deliveries += len(reached)
        return len(reached)

    def hold(self, connection: Connection, topic: Topic) -> Hold:
        """Keep what comes to `topic` for `connection`, subscribing it first if need be; see `release`."""
        self.subscribe(connection, topic)
        listeners = self._topics[topic]
        hold = listeners[connection]
        if hold is None:
            hold = listeners[connection] = Hold()
        hold.questions += 1
        return hold

    def release(self, connection: Connection, topic: Topic, hold: Hold, skip: Skip | None = None) -> None:
        """Answer one question of `hold` with yes; after the last one, send what was kept, except `skip`.

        Does nothing if `connection` was unsubscribed meanwhile: then there is nothing it may have.
        """
        listeners = self._topics.get(topic, {})
        if listeners.get(connection) is not hold:
            return
        hold.questions -= 1
        if hold.questions:
            return
        listeners[connection] = None
        for event, made in hold.kept:
            if skip is None or not skip(event):
                connection.write(made)

    def _reached(self, topics: Iterable[Topic]) -> dict[Connection, Hold | None]:
        """Return the listeners of `topics`, each once; one that just hears by any of them just hears."""
        reached: dict[Connection, Hold | None] = {}
        for topic in topics:
            for connection, hold in self._topics.get(topic, {}).items():
                if hold is None or connection not in reached:
                    reached[connection] = hold
        return reached


def _is_one_of(connection: Connection, members: frozenset[str]) -> bool:
    member = connection.viewer.member
    return member is not None and member.id in members
