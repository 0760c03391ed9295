"""A conversation's numbers: the next change, and how many messages wait for whom."""

from sqlalchemy import ScalarSelect
from sqlmodel import col, func, select, update

from server.board.finding import Talk
from server.board.models import ConversationRow, MessageRow, ParticipantRow
from server.database import Session


async def next_change(session: Session, talk: Talk) -> int:
    """Take the conversation's next sequence number, for a change in this transaction."""
    taken = (
        update(ConversationRow)
        .where(col(ConversationRow.id) == talk.row.id)
        .values(seq=ConversationRow.seq + 1)
        .returning(col(ConversationRow.seq))
        .execution_options(synchronize_session=False)
    )
    seq: int = (await session.exec(taken)).scalar_one()
    return seq


async def count_one_more(session: Session, message: MessageRow) -> None:
    """Count a new message for every participant but its author."""
    counted = (
        update(ParticipantRow)
        .where(
            col(ParticipantRow.conversation_id) == message.conversation_id,
            col(ParticipantRow.member_id) != message.author_id,
        )
        .values(unread=ParticipantRow.unread + 1)
        .execution_options(synchronize_session=False)
    )
    await session.exec(counted)


async def count_unread(session: Session, conversation: str, *members: str) -> None:
    """Set the counter of each participant, or of `members` only, to what waits for them.

    That is every message of somebody else's that they have not read and that can still be read. The caller
    holds the conversation's lock, so nothing is posted while this counts.
    """
    await session.flush()
    counted = (
        update(ParticipantRow)
        .where(col(ParticipantRow.conversation_id) == conversation)
        .values(unread=_waiting())
        .execution_options(synchronize_session=False)
    )
    if members:
        counted = counted.where(col(ParticipantRow.member_id).in_(members))
    await session.exec(counted)


def _waiting() -> ScalarSelect[int]:
    count = select(func.count()).select_from(MessageRow)
    return count.where(
        col(MessageRow.conversation_id) == ParticipantRow.conversation_id,
        col(MessageRow.seq) > ParticipantRow.read_seq,
        col(MessageRow.author_id) != ParticipantRow.member_id,
        col(MessageRow.deleted_at).is_(None),
        col(MessageRow.hidden_at).is_(None),
    ).scalar_subquery()
