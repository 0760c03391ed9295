"""Opened conversations: entered with a permission and a snapshot, left when either is gone.

Subscribe, then snapshot: from the moment somebody asks to come in, what comes is kept for them; with the
permission it follows the snapshot, less what the snapshot already holds, and without it is thrown away. When
rights change, each listener is on hold until the rules have answered for it again. So nothing leaks, and
nothing is missed.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from realtime.backend import Backend, Opening, Viewer
from realtime.connection import Connection
from realtime.hub import Hold, Hub
from realtime.people import Person
from realtime.presence import Presence
from realtime.protocol import Event, MessageChanged, Open, Opened, Resync
from realtime.refusals import Conflict, Refusal
from realtime.topics import Topic, conversation_topic, listing_topic

OPEN_CONVERSATIONS = 50
# Questions to the rules at once, when a busy conversation's rights change: the server asks them together.
QUESTIONS_AT_ONCE = 64

_log = logging.getLogger("onemile.rooms")


class Seat(NamedTuple):
    """One socket's place in one conversation, on hold while the rules are asked."""

    connection: Connection
    conversation: str
    holds: list[tuple[Topic, Hold]]

    def holds_back(self, topic: Topic) -> bool:
        """Whether nothing of `topic` reaches the socket meanwhile."""
        return any(held == topic for held, _ in self.holds)


class Rooms:
    """Which socket has which conversation open."""

    def __init__(self, backend: Backend, hub: Hub, presence: Presence) -> None:
        self._backend = backend
        self._hub = hub
        self._presence = presence
        # Who is coming in, with the topics of which rights have changed meanwhile.
        self._coming: dict[Connection, set[Topic]] = {}
        self._asking: set[asyncio.Task[None]] = set()
        self._turnstile = asyncio.Semaphore(QUESTIONS_AT_ONCE)

    async def open(self, connection: Connection, command: Open) -> None:
        """Let `connection` into a conversation and send it the snapshot.

        Raises `Refusal`; then it is out, also if it was inside before.
        """
        conversation = command.conversation
        inside = connection.conversations
        if conversation not in inside and len(inside) >= OPEN_CONVERSATIONS:
            raise Conflict("too_many_conversations", most=OPEN_CONVERSATIONS)
        known = inside.get(conversation)
        seat = self._sit_down(connection, conversation, [] if known is None else [listing_topic(known)])
        try:
            opening = await self._snapshot(seat, command.cursor)
        except BaseException:
            self._turn_away(seat)
            raise
        if not self._holds(seat):
            # Let out by a change of rights meanwhile, of this conversation (and now welcome again) or of
            # another one under the listing: what came since was not kept.
            self._turn_away(seat)
            await self.open(connection, command)
            return
        inside[conversation] = opening.listing
        present = self._presence.present(conversation, connection.viewer.member)
        connection.tell(_opened(command, opening, present=present))
        self._presence.enter(connection, conversation)
        self._stand_by(seat, after=opening.cursor)

    def leave(self, connection: Connection, conversation: str) -> None:
        """Let `connection` out of a conversation: it hears no more of it."""
        listing = connection.conversations.pop(conversation, None)
        if listing is None:
            return
        self._hub.unsubscribe(connection, conversation_topic(conversation))
        if listing not in connection.conversations.values():
            self._hub.unsubscribe(connection, listing_topic(listing))
        self._presence.leave(connection, conversation)

    def leave_all(self, connection: Connection) -> None:
        """Let `connection` out of all its conversations."""
        for conversation in tuple(connection.conversations):
            self.leave(connection, conversation)

    def ask_again(self, topic: Topic, event: Event | None) -> None:
        """Hold back `topic` from each listener until the rules have answered for it again.

        Who may no longer read is let out and told `event`.
        """
        for changed in self._coming.values():
            changed.add(topic)
        seats = [
            self._sit_down(connection, conversation, [topic])
            for connection in self._hub.listeners(topic)
            for conversation, listing in connection.conversations.items()
            if topic in (conversation_topic(conversation), listing_topic(listing))
        ]
        for same in _by_question(seats):
            task = asyncio.create_task(self._ask(same, event), name="ask again")
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    @property
    def asking(self) -> int:
        """How many questions to the rules are open."""
        return len(self._asking)

    async def answered(self) -> None:
        """Wait until the rules have answered all that has been asked again."""
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def aclose(self) -> None:
        """Stop asking."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def _snapshot(self, seat: Seat, cursor: int | None) -> Opening:
        """Return the conversation, read after the last known change of rights to it or its listing.

        Only the first reading may say which listing that is. Its topic is held from then on; what was told
        of it before is in the second reading.
        """
        connection, conversation = seat.connection, seat.conversation
        changed = self._coming[connection] = set()
        try:
            while True:
                changed.clear()
                with self._hub.overhearing() as heard:
                    opening = await self._backend.opening(connection.viewer, conversation, cursor)
                above = listing_topic(opening.listing)
                if not seat.holds_back(above):
                    seat.holds.append((above, self._hub.hold(connection, above)))
                    if above in heard:
                        continue
                if changed.isdisjoint((conversation_topic(conversation), above)):
                    return opening
        finally:
            del self._coming[connection]

    def _turn_away(self, seat: Seat) -> None:
        """Let nobody in: also who was inside before hears no more of the conversation."""
        connection = seat.connection
        self.leave(connection, seat.conversation)
        others = {listing_topic(listing) for listing in connection.conversations.values()}
        for topic, _ in seat.holds:
            if topic not in others:
                self._hub.unsubscribe(connection, topic)
        self._stand_by(seat)

    async def _ask(self, seats: Sequence[Seat], event: Event | None) -> None:
        """Ask once for several sockets to which the same answer applies, and act on it."""
        first = seats[0]
        try:
            async with self._turnstile:
                await self._backend.admit(first.connection.viewer, first.conversation)
        except Refusal:
            self._show_out(seats, event)
        except Exception:  # noqa: BLE001 - a task's edge: whatever it was, nobody may stay in unasked
            _log.exception("The rules gave no answer: the conversation is closed until the client asks again")
            self._show_out(seats, Resync(within_ms=5_000))
        else:
            for seat in seats:
                self._stand_by(seat)

    def _show_out(self, seats: Iterable[Seat], event: Event | None) -> None:
        for seat in seats:
            inside = seat.conversation in seat.connection.conversations
            self.leave(seat.connection, seat.conversation)
            # The listing's own topic may be shared with a conversation that stays open.
            self._stand_by(seat)
            if inside and event is not None:
                seat.connection.tell(event)

    def _sit_down(self, connection: Connection, conversation: str, topics: Iterable[Topic]) -> Seat:
        """Hold back the conversation, and `topics`, from `connection`."""
        held = dict.fromkeys([conversation_topic(conversation), *topics])
        return Seat(connection, conversation, [(topic, self._hub.hold(connection, topic)) for topic in held])

    def _holds(self, seat: Seat) -> bool:
        return all(self._hub.stands(seat.connection, topic, hold) for topic, hold in seat.holds)

    def _stand_by(self, seat: Seat, after: int = -1) -> None:
        """End the hold: send what was kept, except messages whose change is not after `after`."""
        for topic, hold in seat.holds:
            self._hub.release(
                seat.connection,
                topic,
                hold,
                lambda event: isinstance(event, MessageChanged) and event.message.change <= after,
            )


def _opened(command: Open, opening: Opening, present: list[Person]) -> Opened:
    return Opened(
        ref=command.ref,
        conversation=opening.conversation,
        reset=opening.reset,
        messages=opening.messages,
        cursor=opening.cursor,
        earlier=opening.earlier,
        reads=opening.reads,
        present=present,
        listing_version=opening.listing_version,
    )


def _by_question(seats: Iterable[Seat]) -> list[list[Seat]]:
    """Group seats for which the rules give the same answer: one member's tabs, all who are nobody."""
    groups: dict[tuple[str, str, bool], list[Seat]] = {}
    for seat in seats:
        groups.setdefault((seat.conversation, *_who(seat.connection.viewer)), []).append(seat)
    return list(groups.values())


def _who(viewer: Viewer) -> tuple[str, bool]:
    return viewer.member.id if viewer.member else "", viewer.moderator
