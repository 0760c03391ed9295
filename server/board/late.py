"""What was left behind and is told late, as it is by then.

Most of what is told is safe by the numbers that its readers keep: what is older than what they know changes
nothing. Not so a pin (who missed its end, and has read since that there is none, would take the late news of
its beginning for a new one), nor what somebody may have taken back meanwhile: a raw frame is read before any
number is looked at.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlmodel import col, or_, select

from realtime.people import Person
from realtime.protocol import AvatarChanged, MessageChanged
from realtime.shapes import FeedItem, Message
from realtime.signals import (
    Announced,
    AnySignal,
    AuthorNews,
    Broadcast,
    FeedNews,
    IdentityChanged,
    InboxNews,
    PinMoved,
    RightsChanged,
)
from server.board import shaping
from server.board.inbox import Entry, Place, entries, places
from server.board.models import ConversationRow, ListingRow, MessageRow, ParticipantRow
from server.board.news import pin_moved
from server.database import Session
from server.members.models import MemberRow


class _Now(NamedTuple):
    """How it is now: pins, talks and authors by id, the messages without a text any more, avatars in use."""

    pins: dict[str, PinMoved]
    silent: dict[str, MessageRow]
    talks: dict[str, Entry]
    there: dict[str, list[Place]]
    avatars: set[str]
    authors: dict[str, Person]


async def as_of_now(session: Session, signals: Sequence[AnySignal]) -> Sequence[AnySignal]:
    """Return `signals`, which are told late, as they are to be told now.

    Pins, inboxes, avatars and authors are as they are now; a message keeps the number of the change that is
    told, since its readers count them, but not a text that is hidden or gone. What takes something away
    comes first.
    """
    talks = {signal.conversation.id for signal in signals if isinstance(signal, InboxNews)}
    now = _Now(
        await _pins(session, {signal.id for signal in signals if isinstance(signal, PinMoved)}),
        await _silent(session, {told for signal in signals if (told := _message_in(signal)) is not None}),
        # Before the places: an entry that is older than its places has a version that the next news exceed.
        {entry.talk.id: entry for entry in await entries(session, col(ConversationRow.id).in_(talks))},
        defaultdict(list),
        await _avatars(session, {told for signal in signals if (told := _avatar_in(signal)) is not None}),
        await _authors(session, {signal.author.id for signal in signals if isinstance(signal, AuthorNews)}),
    )
    for place in await places(session, col(ParticipantRow.conversation_id).in_(talks)):
        now.there[place.conversation].append(place)
    # Who may no longer read is let out before anything else: what is told next may be newer than that.
    in_order = sorted(signals, key=lambda signal: not isinstance(signal, RightsChanged | IdentityChanged))
    return [told for signal in in_order for told in _told_now(signal, now)]


def _told_now(signal: AnySignal, now: _Now) -> Iterable[AnySignal]:
    match signal:
        case PinMoved():
            return [now.pins.get(signal.id, signal)]
        case AuthorNews():
            return [AuthorNews(author=now.authors.get(signal.author.id, signal.author))]
        case InboxNews():
            entry = now.talks.get(signal.conversation.id)
            theirs = [place for place in now.there[signal.conversation.id] if place.member in signal.places]
            return [] if entry is None else entry.news(theirs)
        case Broadcast(event=MessageChanged() as event) if row := now.silent.get(event.message.id):
            said = _without_text(event.message, row)
            return [signal.model_copy(update={"event": event.model_copy(update={"message": said})})]
        case FeedNews() if row := now.silent.get(signal.item.id):
            return [signal.model_copy(update={"item": _in_feed(signal.item, row)})]
        case Announced(event=AvatarChanged(avatar=avatar)):
            return [Announced(event=AvatarChanged(avatar=avatar, hidden=avatar not in now.avatars))]
    return [signal]


def _without_text(message: Message, row: MessageRow) -> Message:
    return message.model_copy(update={"text": None, "state": shaping.message_state(row)})


def _in_feed(item: FeedItem, row: MessageRow) -> FeedItem:
    # Moderators see what is hidden.
    return item if row.deleted_at is None else item.model_copy(update={"text": ""})


def _message_in(signal: AnySignal) -> str | None:
    """Return the id of the message whose text is told, if one is."""
    match signal:
        case Broadcast(event=MessageChanged(message=message)):
            return message.id
        case FeedNews(item=FeedItem(kind="message") as item):
            return item.id
    return None


def _avatar_in(signal: AnySignal) -> str | None:
    """Return the name of the avatar that is told of, if one is."""
    match signal:
        case Announced(event=AvatarChanged(avatar=avatar)):
            return avatar
    return None


async def _avatars(session: Session, names: set[str]) -> set[str]:
    """Return by which of these somebody is seen."""
    if not names:
        return set()
    found = await session.exec(select(MemberRow.avatar).where(col(MemberRow.avatar).in_(names)))
    return {name for name in found if name is not None}


async def _authors(session: Session, ids: set[str]) -> dict[str, Person]:
    if not ids:
        return {}
    found = await session.exec(select(MemberRow).where(col(MemberRow.id).in_(ids)))
    return {member.id: member.person() for member in found}


async def _pins(session: Session, ids: set[str]) -> dict[str, PinMoved]:
    found = (
        select(ListingRow, MemberRow)
        .join(MemberRow, col(MemberRow.id) == col(ListingRow.author_id))
        .where(col(ListingRow.id).in_(ids))
    )
    return {row.id: pin_moved(row, author) for row, author in await session.exec(found)}


async def _silent(session: Session, ids: set[str]) -> dict[str, MessageRow]:
    gone = or_(col(MessageRow.deleted_at).is_not(None), col(MessageRow.hidden_at).is_not(None))
    found = await session.exec(select(MessageRow).where(col(MessageRow.id).in_(ids), gone))
    return {row.id: row for row in found}
