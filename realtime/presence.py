"""Who has which conversation open, over all processes; each member once, however many tabs.

Every process tells what begins and ends in it, itself included: what a process shows is only what came over
the bus. A process whose heartbeat is missing is forgotten with all who were there. Members who hide their
presence are never told of.
"""

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice
from time import monotonic

from realtime.connection import Connection
from realtime.hub import Hub
from realtime.people import Person
from realtime.protocol import PRESENCE_LIMIT, PresenceChanged
from realtime.signals import AnySignal, PresenceAsked, PresenceTold
from realtime.topics import conversation_topic

Publish = Callable[[Sequence[AnySignal]], object]

# Three beats of the bus, and some.
SILENT_SECONDS = 8.0
# Each is an event in a room: so many are some ms for whoever hears them.
_TOLD_PER_TURN = 200


class Presence:
    """Rooms and the members in them."""

    def __init__(
        self,
        process: str,
        publish: Publish,
        hub: Hub,
        *,
        silent_seconds: float = SILENT_SECONDS,
        wait: Callable[[], bool] = lambda: False,
    ) -> None:
        """Make it empty. Nothing is told while `wait` says so: more is about to happen."""
        self._silent_seconds = silent_seconds
        self._wait = wait
        # What is to be told: conversation and member → what is true of them now, in the order it became so.
        self._news: dict[tuple[str, str], PresenceTold] = {}
        self._telling = False
        self._process = process
        self._publish = publish
        self._hub = hub
        # Ours: conversation → member → their sockets here.
        self._sockets: dict[str, dict[str, set[Connection]]] = {}
        # Everybody's: conversation → member → the processes in which they are.
        self._rooms: dict[str, dict[str, tuple[Person, set[str]]]] = {}
        self._heard: dict[str, float] = {}

    def enter(self, connection: Connection, conversation: str) -> None:
        """Note that `connection` has `conversation` open, and tell if its member was not there yet."""
        member = connection.viewer.member
        if member is None or not connection.viewer.shows_presence:
            return
        sockets = self._sockets.setdefault(conversation, {}).setdefault(member.id, set())
        sockets.add(connection)
        if len(sockets) == 1:
            self._tell(conversation, member, here=True)

    def leave(self, connection: Connection, conversation: str) -> None:
        """Note that `connection` has left, and tell if it was its member's last socket there."""
        member = connection.viewer.member
        room = self._sockets.get(conversation, {})
        sockets = room.get(member.id) if member else None
        if member is None or sockets is None or connection not in sockets:
            return
        sockets.discard(connection)
        if sockets:
            return
        del room[member.id]
        if not room:
            del self._sockets[conversation]
        self._tell(conversation, member, here=False)

    def present(self, conversation: str, besides: Person | None) -> list[Person]:
        """Return who is there except `besides`, at most `PRESENCE_LIMIT`, in order of arrival."""
        room = self._rooms.get(conversation, {})
        others = [person for person, _ in room.values() if besides is None or person.id != besides.id]
        return others[:PRESENCE_LIMIT]

    def told(self, signal: PresenceTold) -> None:
        """Take in what a process tells, and let the room know if it makes a difference."""
        if signal.here:
            self._come(signal)
        else:
            self._go(signal.conversation, signal.member.id, signal.process)

    def asked(self) -> None:
        """Tell all who are here: some process does not know yet."""
        for conversation, room in self._sockets.items():
            for sockets in room.values():
                member = next(iter(sockets)).viewer.member
                assert member is not None, "only members are counted"  # noqa: S101 - see `enter`
                self._tell(conversation, member, here=True)

    def heard(self, process: str) -> None:
        """Note that `process` is alive; ask a new one who is there, forget those not heard for long."""
        at = monotonic()
        if process != self._process and process not in self._heard:
            self._publish([PresenceAsked(process=self._process)])
        self._heard[process] = at
        for other, last in list(self._heard.items()):
            if at - last > self._silent_seconds:
                del self._heard[other]
                self._forget(other)

    def start_anew(self) -> None:
        """Forget everybody and ask all processes: some news was lost."""
        self._rooms.clear()
        self._publish([PresenceAsked(process=self._process)])

    def _come(self, signal: PresenceTold) -> None:
        room = self._rooms.setdefault(signal.conversation, {})
        known = room.get(signal.member.id)
        if known is not None:
            known[1].add(signal.process)
            return
        room[signal.member.id] = signal.member, {signal.process}
        if len(room) <= PRESENCE_LIMIT:
            self._show(signal.conversation, signal.member, here=True)

    def _go(self, conversation: str, member: str, process: str) -> None:
        room = self._rooms.get(conversation, {})
        if member not in room:
            return
        person, processes = room[member]
        processes.discard(process)
        if processes:
            return
        if len(room) <= PRESENCE_LIMIT:
            self._show(conversation, person, here=False)
        del room[member]
        if not room:
            del self._rooms[conversation]

    def _forget(self, process: str) -> None:
        for conversation, room in list(self._rooms.items()):
            for member in [member for member, (_, processes) in room.items() if process in processes]:
                self._go(conversation, member, process)

    def _show(self, conversation: str, member: Person, *, here: bool) -> None:
        event = PresenceChanged(conversation=conversation, member=member, here=here)
        self._hub.deliver([conversation_topic(conversation)], event, [member.id])

    def _tell(self, conversation: str, member: Person, *, here: bool) -> None:
        """Have it told with all else of this turn of the loop: who only changes tabs is not told of twice."""
        self._news.pop((conversation, member.id), None)
        self._news[conversation, member.id] = PresenceTold(
            process=self._process, conversation=conversation, member=member, here=here
        )
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_soon(self._tell_all)

    def _tell_all(self) -> None:
        if not self._wait():
            some = list(islice(self._news, _TOLD_PER_TURN))
            self._publish([self._news.pop(key) for key in some])
        self._telling = bool(self._news)
        if self._telling:
            asyncio.get_running_loop().call_soon(self._tell_all)
