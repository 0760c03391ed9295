"""What is told to others when something on the board changes: the signals, written with the change itself."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.protocol import ListingChanged, ListingGone, ListingRestored, MessageChanged
from realtime.shapes import ListingState, Message
from realtime.signals import Broadcast, FeedNews, PinMoved, RightsChanged
from realtime.topics import conversation_topic, listing_topic, member_topic
from server.board import shaping
from server.board.finding import Posted, Said, Talk
from server.board.inbox import Beneath, Entry, Place, as_viewer, beneath, places
from server.board.models import ConversationRow, ListingRow, MessageRow, ParticipantRow
from server.board.projects import RECOUNT
from server.database import Session
from server.members.models import MemberRow
from server.outbox import emit, enqueue
from server.policy.matrix import may


async def tell_listing(
    session: Session,
    posted: Posted,
    reason: Literal["done", "ended"] = "ended",
    said: Beneath | None = None,
) -> Beneath:
    """Tell of a listing as it now is; return what is said under it (`said`, if the caller knows).

    Its pin goes to the map, itself to who has it open, a line to the feed, and its title and state to the
    inbox of everybody who talks under it.
    """
    row, author = posted.row, posted.author
    topics = [listing_topic(row.id), member_topic(row.author_id)]
    emit(
        session,
        pin_moved(row, author, reason),
        Broadcast(topics=topics, event=ListingChanged(listing=shaping.listing(row, author))),
        FeedNews(item=shaping.listing_in_feed(row, author)),
    )
    if said is None:
        said = await beneath(session, row.id)
    emit(session, *said.news())
    if row.project_id is not None:
        # Later: whoever holds a task's lock must not wait for its project's.
        await enqueue(session, RECOUNT, {"project": row.project_id})
    return said


async def close_to_strangers(session: Session, posted: Posted) -> None:
    """Have everybody who may no longer read what is under the listing leave it, on all screens.

    To be told first: what is told after it reaches only those who may still read.
    """
    gone = ListingGone(id=posted.row.id)
    # Whoever has a conversation open listens to the listing above it too.
    emit(session, RightsChanged(topic=listing_topic(posted.row.id), event=gone))
    readers = await _participants(session, posted)
    strangers = [
        reader.member.id for reader in readers if reader.member and not may(reader, "read", posted.facts)
    ]
    if strangers:
        emit(session, Broadcast(topics=[member_topic(member) for member in strangers], event=gone))


async def open_again(session: Session, posted: Posted) -> None:
    """Tell those who take part under a restored listing, and could not read it, that they can.

    They have left its topics, and what they support may have nothing said under it that their inbox would
    tell them of. Told late, it holds nothing but the id: who may still not read asks in vain.
    """
    hidden = replace(posted.facts, hidden=True)
    back = [
        reader.member.id
        for reader in await _participants(session, posted)
        if reader.member and may(reader, "read", posted.facts) and not may(reader, "read", hidden)
    ]
    if back:
        topics = [member_topic(member) for member in back]
        emit(session, Broadcast(topics=topics, event=ListingRestored(id=posted.row.id)))


async def tell_message(session: Session, said: Said, there: Sequence[Place] | None = None) -> Message:
    """Tell of a message as it now is: to the conversation, each participant and, if public, the feed.

    `there` are all places of the conversation, if the caller knows them.
    """
    row, author, talk = said.row, said.author, said.talk
    shape = shaping.message(row, author)
    emit(session, Broadcast(topics=[conversation_topic(talk.row.id)], event=MessageChanged(message=shape)))
    if there is None:
        there = await places(session, col(ParticipantRow.conversation_id) == talk.row.id)
    await tell_places(session, talk, there, said)
    if talk.row.answerer_id is None:
        emit(session, FeedNews(item=shaping.message_in_feed(row, author, talk.posted.row)))
    return shape


async def tell_places(session: Session, talk: Talk, there: Sequence[Place], said: Said | None = None) -> None:
    """Bring the conversation up to date in the inboxes of those who are `there`.

    `said`, if given, may be its last message.
    """
    if said is not None and said.row.seq == talk.row.last_seq:
        last, writer = said.row, said.author
    else:
        found = select(MessageRow, MemberRow).join(MemberRow, col(MemberRow.id) == col(MessageRow.author_id))
        place = col(MessageRow.conversation_id) == talk.row.id, col(MessageRow.seq) == talk.row.last_seq
        last, writer = (await session.exec(found.where(*place))).one()
    entry = Entry(talk.row, talk.posted.row, talk.posted.author, talk.answerer, last, writer)
    emit(session, *entry.news(there))


def pin_moved(row: ListingRow, author: MemberRow, reason: Literal["done", "ended"] | None = None) -> PinMoved:
    """Return the news of the listing's pin as it now is."""
    pin = shaping.pin(row, author) if shaping.has_pin(row, author) else None
    why = reason or ("done" if row.state == ListingState.DONE else "ended")
    return PinMoved(id=row.id, version=row.version, pin=pin, reason=why)


async def _participants(session: Session, posted: Posted) -> list[Viewer]:
    """Return who takes part in any conversation under the listing."""
    found = (
        select(MemberRow)
        .join(ParticipantRow, col(ParticipantRow.member_id) == col(MemberRow.id))
        .join(ConversationRow, col(ConversationRow.id) == col(ParticipantRow.conversation_id))
        .where(col(ConversationRow.listing_id) == posted.row.id)
        .distinct()
    )
    return [as_viewer(member) for member in await session.exec(found)]
