"""A conversation as one of its participants has it: with whom, the last words, how many wait unread."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.shapes import Conversation, ListingState
from server.board import shaping
from server.board.models import ConversationRow, ListingRow, MessageRow, ParticipantRow
from server.database import Session
from server.members.models import MemberRow
from server.policy import ConversationFacts, ListingFacts, may

Row = tuple[
    ParticipantRow, MemberRow, ConversationRow, ListingRow, MemberRow, MemberRow | None, MessageRow, MemberRow
]


async def conversations(session: Session, *where: ColumnElement[bool]) -> list[tuple[Viewer, Conversation]]:
    """Return, last active first, each participant's conversation that they may read and that has a message.

    `where` narrows by `ParticipantRow`, `ConversationRow` or `ListingRow`.
    """
    readers = [(as_viewer(row[1]), row) for row in await _rows(session, *where)]
    return [(viewer, _shape(row)) for viewer, row in readers if may(viewer, "read", _facts(row[2], row[3]))]


def as_viewer(member: MemberRow) -> Viewer:
    """Return a member as the policy sees them when an event, not a request of theirs, asks it."""
    return Viewer(address="", locale=member.locale, member=member.person(), moderator=member.moderator)


async def _rows(session: Session, *where: ColumnElement[bool]) -> Sequence[Row]:
    reader, author, answerer, writer = (aliased(MemberRow) for _ in range(4))
    found = (
        select(ParticipantRow, reader, ConversationRow, ListingRow, author, answerer, MessageRow, writer)  # type: ignore[call-overload]
        .join(reader, reader.id == ParticipantRow.member_id)
        .join(ConversationRow, col(ConversationRow.id) == ParticipantRow.conversation_id)
        .join(ListingRow, col(ListingRow.id) == ConversationRow.listing_id)
        .join(author, author.id == ListingRow.author_id)
        .outerjoin(answerer, answerer.id == ConversationRow.answerer_id)
        .join(
            MessageRow,
            (col(MessageRow.conversation_id) == ConversationRow.id)
            & (col(MessageRow.seq) == ConversationRow.last_seq),
        )
        .join(writer, writer.id == MessageRow.author_id)
        .where(*where)
        .order_by(col(ConversationRow.updated_at).desc(), col(ConversationRow.id).desc())
        # Counters are changed in the database, past what the session holds.
        .execution_options(populate_existing=True)
    )
    rows: Sequence[Row] = (await session.exec(found)).all()
    return rows


def _facts(row: ConversationRow, under: ListingRow) -> ConversationFacts:
    # Who else answered matters to nobody here: a thread's reader of a deleted listing has left its inbox.
    facts = ListingFacts(under.author_id, ListingState(under.state), under.hidden_at is not None)
    return ConversationFacts(facts, row.answerer_id)


def _shape(row: Row) -> Conversation:
    place, reader, talk, under, author, answerer, last, writer = row
    kind: Literal["thread", "dialog"] = "thread" if answerer is None else "dialog"
    other = None if answerer is None else (author if answerer.id == reader.id else answerer)
    return Conversation(
        id=talk.id,
        kind=kind,
        listing=shaping.brief(under),
        other=other.person() if other else None,
        last=shaping.message(last, writer),
        unread=place.unread,
        updated_at=talk.updated_at,
        # Each of the three only rises, under the lock of its row, and nothing shown changes without one.
        version=talk.seq + place.read_seq + under.version,
    )
