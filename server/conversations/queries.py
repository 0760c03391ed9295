"""What is read of conversations: the inbox, older messages, and what one missed."""

from typing import Final

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from realtime.backend import Opening, Viewer
from realtime.shapes import Message
from server.board import shaping
from server.board.finding import Talk, find_talk, require
from server.board.inbox import conversations
from server.board.models import MessageRow, ParticipantRow
from server.conversations.schemas import Inbox, MessagePage
from server.database import Session
from server.members.models import MemberRow
from server.site import Site

LATEST: Final = 50
# A reader who missed more starts again from the latest: scrolling back is cheaper than catching up.
MOST_MISSED: Final = 500


async def inbox(site: Site, viewer: Viewer) -> Inbox:
    """Return all conversations in which `viewer` takes part, the last active first."""
    if viewer.member is None:
        return Inbox(conversations=[], unread=0)
    async with site.database.read() as session:
        found = await conversations(session, col(ParticipantRow.member_id) == viewer.member.id)
    mine = [conversation for _, conversation in found]
    return Inbox(conversations=mine, unread=sum(conversation.unread for conversation in mine))


async def page(
    site: Site, viewer: Viewer, conversation: str, before: int | None = None, limit: int = LATEST
) -> MessagePage:
    """Return up to `limit` messages before the seq `before` (None: the latest), oldest first."""
    async with site.database.read() as session:
        require(viewer, "read", await find_talk(session, conversation))
        messages, earlier = await _latest(session, conversation, before, limit)
    return MessagePage(messages=messages, earlier=earlier)


async def opening(site: Site, viewer: Viewer, conversation: str, cursor: int | None) -> Opening:
    """Return the conversation as of one moment: what changed since `cursor`, or else its latest messages.

    A cursor beyond the conversation's own sequence is of another past (a restored backup): start again.
    """
    async with site.database.read() as session:
        talk = await find_talk(session, conversation)
        require(viewer, "read", talk)
        missed = None if cursor is None else await _missed(session, talk, cursor)
        if missed is not None:
            messages, earlier = missed, False
        else:
            messages, earlier = await _latest(session, conversation, None, LATEST)
        reads = await _reads(session, viewer, talk)
    row, posted = talk.row, talk.posted
    return Opening(
        conversation=row.id,
        listing=row.listing_id,
        listing_version=posted.row.version,
        reset=missed is None,
        messages=messages,
        # On PostgreSQL the messages may be a moment younger than the conversation's row. Whoever sees a
        # change sees all before it, since they were committed one after the other.
        cursor=max(row.seq, *(message.change for message in messages), 0),
        earlier=earlier,
        reads=reads,
    )


async def _missed(session: Session, talk: Talk, cursor: int) -> list[Message] | None:
    """Return what changed since `cursor`, in the conversation's order; None if one had better start again."""
    if cursor > talk.row.seq:
        return None
    since = col(MessageRow.change) > cursor
    messages = await _messages(session, talk.row.id, since, limit=MOST_MISSED + 1)
    return messages[::-1] if len(messages) <= MOST_MISSED else None


async def _latest(
    session: Session, conversation: str, before: int | None, limit: int
) -> tuple[list[Message], bool]:
    where = [] if before is None else [col(MessageRow.seq) < before]
    found = await _messages(session, conversation, *where, limit=limit + 1)
    return found[:limit][::-1], len(found) > limit


async def _messages(
    session: Session, conversation: str, *where: ColumnElement[bool], limit: int
) -> list[Message]:
    """Return up to `limit` messages, the newest first."""
    found = (
        select(MessageRow, MemberRow)
        .join(MemberRow, col(MemberRow.id) == col(MessageRow.author_id))
        .where(col(MessageRow.conversation_id) == conversation, *where)
        .order_by(col(MessageRow.seq).desc())
        .limit(limit)
    )
    return [shaping.message(row, author) for row, author in await session.exec(found)]


async def _reads(session: Session, viewer: Viewer, talk: Talk) -> dict[str, int]:
    """Return how far the other one in a dialog has read, if they show it."""
    if talk.row.answerer_id is None or viewer.member is None:
        return {}
    places = (
        select(ParticipantRow)
        .join(MemberRow, col(MemberRow.id) == col(ParticipantRow.member_id))
        .where(
            col(ParticipantRow.conversation_id) == talk.row.id,
            col(ParticipantRow.member_id) != viewer.member.id,
            col(MemberRow.shows_reads).is_(True),
        )
    )
    return {place.member_id: place.read_seq for place in await session.exec(places)}
