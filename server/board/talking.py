"""A conversation's numbers: the next change, and how many messages wait for whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, case, true
from sqlalchemy.orm import Mapped
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col, func, select, update

from server.board.finding import Talk
from server.board.inbox import Place
from server.board.models import ConversationRow, MessageRow, ParticipantRow
from server.database import Session
from server.members.models import MemberRow


async def next_change(session: Session, talk: Talk, said_at: datetime | None = None) -> int:
    """Take the conversation's next sequence number, for a change in this transaction.

    `said_at` is given for a new message: the number is its place too, and the last one.
    """
    row = talk.row
    values: dict[str, Any] = {"seq": ConversationRow.seq + 1}
    if said_at is not None:
        values |= {"last_seq": ConversationRow.seq + 1, "updated_at": said_at}
    taken = (
        update(ConversationRow)
        .where(col(ConversationRow.id) == row.id)
        .values(values)
        .returning(col(ConversationRow.seq), col(ConversationRow.last_seq), col(ConversationRow.updated_at))
        .execution_options(synchronize_session=False)
    )
    seq, last_seq, updated_at = (await session.exec(taken)).one()
    for name, value in (("seq", seq), ("last_seq", last_seq), ("updated_at", updated_at)):
        # The row is as the database has it: nothing is left to write.
        set_committed_value(row, name, value)
    return row.seq


async def count_one_more(session: Session, message: MessageRow) -> list[Place]:
    """Count a new message for every participant but its author; return all places as they are then.

    What the clock says waits for everybody.
    """
    others = true() if message.by_clock else col(ParticipantRow.member_id) != message.author_id
    counted = (
        update(ParticipantRow)
        .where(col(ParticipantRow.conversation_id) == message.conversation_id)
        .values(unread=ParticipantRow.unread + case((others, 1), else_=0))
        .returning(
            col(ParticipantRow.conversation_id),
            col(ParticipantRow.member_id),
            col(ParticipantRow.read_seq),
            col(ParticipantRow.unread),
        )
        .execution_options(synchronize_session=False)
    )
    return [Place._make((*row, False)) for row in await session.exec(counted)]


async def mark_read(session: Session, conversation: str, reader: MemberRow, upto: int) -> Place | None:
    """Note that a participant has read up to `upto`, and count anew; return their place.

    None if they had read as far, perhaps only since the caller looked: two screens of one member may wait
    for the same lock.
    """
    theirs = col(ParticipantRow.conversation_id) == conversation, col(ParticipantRow.member_id) == reader.id
    marked = (
        update(ParticipantRow)
        .where(*theirs, col(ParticipantRow.read_seq) < upto)
        .values(read_seq=upto, unread=_waiting(upto))
        .returning(col(ParticipantRow.unread))
        .execution_options(synchronize_session=False)
    )
    unread = (await session.exec(marked)).scalar_one_or_none()
    return None if unread is None else Place(conversation, reader.id, upto, unread, reader.moderator)


async def count_unread(session: Session, conversation: str) -> None:
    """Set the counter of each participant to what waits for them.

    That is every message of somebody else's, or of the clock's, that they have not read and that can still be
    read. The caller
    holds the conversation's lock, so nothing is posted while this counts.
    """
    await session.flush()
    counted = (
        update(ParticipantRow)
        .where(col(ParticipantRow.conversation_id) == conversation)
        .values(unread=_waiting(col(ParticipantRow.read_seq)))
        .execution_options(synchronize_session=False)
    )
    await session.exec(counted)


def _waiting(read_seq: Mapped[int] | int) -> ScalarSelect[int]:
    count = select(func.count()).select_from(MessageRow)
    return count.where(
        col(MessageRow.conversation_id) == ParticipantRow.conversation_id,
        col(MessageRow.seq) > read_seq,
        (col(MessageRow.author_id) != ParticipantRow.member_id) | col(MessageRow.by_clock),
        col(MessageRow.deleted_at).is_(None),
        col(MessageRow.hidden_at).is_(None),
    ).scalar_subquery()
