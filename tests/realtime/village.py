"""A village that keeps its rules in dictionaries: the sockets' backend, small but whole.

Changes are published as the server's outbox does: after they are made, to all processes.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from geo.position import Point
from realtime.backend import Opening, Viewer
from realtime.bus import Bus
from realtime.people import MemberKind, Person
from realtime.protocol import MessageChanged, ReadSeen
from realtime.refusals import NotFound, Refusal
from realtime.shapes import Category, Layer, Listing, ListingState, Message, MessageState, Pin, Precision
from realtime.signals import AnySignal, Broadcast, PinMoved
from realtime.topics import conversation_topic

Happening: TypeAlias = Callable[[], Awaitable[object]]

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PAGE = 50


def new_id() -> str:
    """Return an id."""
    return str(uuid.uuid4())


def person(name: str) -> Person:
    """Return a member called `name`."""
    return Person(id=new_id(), name=name, kind=MemberKind.INDIVIDUAL)


@dataclass
class Talk:
    """A conversation: public, or between two members."""

    listing: str
    between: frozenset[str] | None = None
    hidden: bool = False
    # Of the listing above.
    version: int = 1
    seq: int = 0
    messages: dict[str, Message] = field(default_factory=dict)
    reads: dict[str, int] = field(default_factory=dict)


async def _nothing() -> None:
    """Let nothing happen."""


class Village:
    """Members by their cookie, pins, conversations. One village may serve several processes."""

    def __init__(self) -> None:
        self.members: dict[str, Person] = {}
        self.moderators: set[str] = set()
        self.discreet: set[str] = set()
        self.pinned: dict[str, Pin] = {}
        self.talks: dict[str, Talk] = {}
        self.buses: list[Bus] = []
        self.down = False
        # Called before a snapshot is read and before it is returned: where tests let things happen.
        self.before_reading: Happening = _nothing
        self.after_reading: Happening = _nothing
        self.after_identifying: Happening = _nothing
        self.answers_may_come = asyncio.Event()
        self.answers_may_come.set()
        self.asked = 0

    # What happens in the village.

    def settle(self, name: str, *, moderator: bool = False, discreet: bool = False) -> Person:
        """Let a member join; their cookie is `session=<name>`."""
        member = self.members[name] = person(name)
        if moderator:
            self.moderators.add(name)
        if discreet:
            self.discreet.add(name)
        return member

    def talk(self, *between: Person) -> str:
        """Begin a conversation under a listing of its own: public, or between two."""
        conversation = new_id()
        self.talks[conversation] = Talk(new_id(), frozenset(p.id for p in between) or None)
        return conversation

    def pin(self, point: Point, layer: Layer = Layer.OFFER, title: str = "Soupe") -> Pin:
        """Return a pin that is not yet published."""
        return Pin(
            id=new_id(),
            kind=layer,
            title=title,
            category=Category.FOOD,
            smiles=0,
            state=ListingState.OPEN,
            lon=point.lon,
            lat=point.lat,
            precision=Precision.APPROXIMATE,
            author=person("Ana"),
            created_at=NOON,
            expires_at=NOON + timedelta(days=30),
            version=1,
        )

    async def publish(self, *signals: AnySignal) -> None:
        """Publish as one process would, and wait until it is out."""
        await self.buses[0].publish(signals)

    async def put(self, pin: Pin) -> Pin:
        """Publish a pin, or change it."""
        self.pinned[pin.id] = pin
        await self.publish(PinMoved(id=pin.id, version=pin.version, pin=pin))
        return pin

    async def end(self, pin: Pin) -> None:
        """Take a pin off the map: done."""
        del self.pinned[pin.id]
        await self.publish(PinMoved(id=pin.id, version=pin.version + 1, pin=None, reason="done"))

    async def say(self, author: Person, conversation: str, text: str) -> Message:
        """Post a message by REST, as it were."""
        return await self._post(author, conversation, new_id(), text)

    async def reword(self, message: Message, text: str) -> Message:
        """Edit a message."""
        talk = self.talks[message.conversation]
        talk.seq += 1
        edited = message.model_copy(update={"text": text, "change": talk.seq, "edited_at": NOON})
        talk.messages[message.id] = edited
        await self._broadcast(message.conversation, MessageChanged(message=edited))
        return edited

    # What the sockets ask.

    async def pins(self) -> AsyncIterator[Pin]:
        read = list(self.pinned.values())
        await self.after_reading()
        for pin in read:
            self._check_up()
            yield pin

    async def identify(self, headers: Mapping[str, str], address: str) -> Viewer:
        self._check_up()
        name = headers.get("cookie", "").removeprefix("session=")
        member = self.members.get(name)
        moderator = name in self.moderators
        await self.after_identifying()
        if member is None:
            return Viewer(address)
        return Viewer(
            address,
            member=member,
            session=name,
            moderator=moderator,
            shows_presence=name not in self.discreet,
        )

    async def admit(self, viewer: Viewer, conversation: str) -> str:
        self._check_up()
        self.asked += 1
        await self.answers_may_come.wait()
        return self._readable(viewer, conversation).listing

    async def opening(self, viewer: Viewer, conversation: str, cursor: int | None) -> Opening:
        self._check_up()
        await self.before_reading()
        talk = self._readable(viewer, conversation)
        found = sorted(talk.messages.values(), key=lambda message: message.seq)
        if cursor is not None:
            found = [message for message in found if message.change > cursor]
        opening = Opening(
            conversation=conversation,
            listing=talk.listing,
            listing_version=talk.version,
            reset=cursor is None,
            messages=found[-PAGE:],
            cursor=talk.seq,
            earlier=len(found) > PAGE,
            reads=dict(talk.reads),
        )
        await self.after_reading()
        return opening

    async def send(self, viewer: Viewer, conversation: str, message_id: str, text: str) -> Message:
        self._check_up()
        talk = self._readable(viewer, conversation)
        assert viewer.member is not None
        known = talk.messages.get(message_id)
        return known or await self._post(viewer.member, conversation, message_id, text)

    async def read(self, viewer: Viewer, conversation: str, seq: int) -> None:
        talk = self._readable(viewer, conversation)
        assert viewer.member is not None
        talk.reads[viewer.member.id] = seq
        event = ReadSeen(conversation=conversation, member=viewer.member.id, seq=seq)
        await self.publish(
            Broadcast(
                topics=[conversation_topic(conversation)], event=event, except_members=(viewer.member.id,)
            )
        )

    def explain(self, refusal: Refusal, locale: str) -> str:
        return f"{locale}: {refusal.code}"

    def listing(self, conversation: str) -> Listing:
        """Return the listing above a conversation."""
        talk = self.talks[conversation]
        pin = self.pin(Point(7.3, 47.7)).model_copy(update={"id": talk.listing, "version": talk.version})
        return Listing(**pin.model_dump(), text="", thread=conversation, edited_at=None, hidden=False)

    def _check_up(self) -> None:
        if self.down:
            raise ConnectionError("the village's book is closed")

    def _readable(self, viewer: Viewer, conversation: str) -> Talk:
        talk = self.talks.get(conversation)
        if talk is None or (talk.hidden and not viewer.moderator):
            raise NotFound("not_found")
        if talk.between is not None and (viewer.member is None or viewer.member.id not in talk.between):
            raise NotFound("not_found")
        return talk

    async def _post(self, author: Person, conversation: str, message_id: str, text: str) -> Message:
        talk = self.talks[conversation]
        talk.seq += 1
        message = Message(
            id=message_id,
            conversation=conversation,
            seq=talk.seq,
            change=talk.seq,
            author=author,
            text=text,
            state=MessageState.VISIBLE,
            created_at=NOON,
            edited_at=None,
        )
        talk.messages[message_id] = message
        await self._broadcast(conversation, MessageChanged(message=message))
        return message

    async def _broadcast(self, conversation: str, event: MessageChanged) -> None:
        await self.publish(Broadcast(topics=[conversation_topic(conversation)], event=event))
