"""A conversation's numbers: the next change, and how many messages wait for whom."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, Integer, ScalarSelect, String, bindparam, case
from sqlalchemy.orm import Mapped
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import col, func, select, update

from realtime.refusals import Unauthenticated
from server.board.finding import Talk
from server.board.inbox import Place
from server.board.models import ConversationRow, MessageRow, ParticipantRow
from server.database import Session
from server.members.models import MemberRow


async def next_change(
    session: Session, talk: Talk, said_at: datetime | None = None, speaker: str | None = None
) -> int:
    """Take the conversation's next sequence number, for a change in this transaction.

    `said_at` is given for a new message: the number is its place too, and the last one. Raises
    `Unauthenticated` if its `speaker` has left: who leaves locks the conversation as well.
    """
    row = talk.row
    taken = _taken(said=said_at is not None)
    named: dict[str, Any] = {"conversation": row.id, "speaker": speaker, **_asked(talk)}
    if said_at is not None:
        named["said_at"] = said_at
    seq, last_seq, updated_at, left_at, *names = (await session.exec(taken, params=named)).one()
    if left_at is not None:
        raise Unauthenticated("sign_in_first")
    for name, value in (("seq", seq), ("last_seq", last_seq), ("updated_at", updated_at)):
        # The row is as the database has it: nothing is left to write.
        set_committed_value(row, name, value)
    await _call_anew(session, talk, names)
    return row.seq


async def count_one_more(session: Session, message: MessageRow) -> list[Place]:
    """Count a new message for every participant but its author; return all places as they are then.

    What the clock says waits for everybody.
    """
    named = {"conversation": message.conversation_id, "but": None if message.by_clock else message.author_id}
    return [Place._make((*row, False)) for row in await session.exec(_counted(), params=named)]


async def mark_read(session: Session, talk: Talk, reader: MemberRow, upto: int) -> Place | None:
    """Note that a participant has read up to `upto`, and count anew; return their place.

    None if they had read as far, perhaps only since the caller looked: two screens of one member may wait
    for the same lock.
    """
    named = {"conversation": talk.row.id, "reader": reader.id, "upto": upto, **_asked(talk)}
    row = (await session.exec(_marked(), params=named)).one_or_none()
    if row is None:
        return None
    unread, *names = row
    await _call_anew(session, talk, names)
    return Place(talk.row.id, reader.id, upto, unread, reader.moderator)


async def count_unread(session: Session, conversation: str) -> None:
    """Set the counter of each participant to what waits for them.

    That is every message of somebody else's, or of the clock's, that they have not read and that can still be
    read. The caller holds the conversation's lock, so nothing is posted while this counts.
    """
    await session.flush()
    counted = (
        update(ParticipantRow)
        .where(col(ParticipantRow.conversation_id) == conversation)
        .values(unread=_waiting(col(ParticipantRow.read_seq)))
        .execution_options(synchronize_session=False)
    )
    await session.exec(counted)


def _asked(talk: Talk) -> dict[str, str | None]:
    return {"author": talk.posted.author.id, "answerer": talk.row.answerer_id}


async def _call_anew(session: Session, talk: Talk, names: Sequence[str | None]) -> None:
    """Read the people of a locked conversation again if they are called otherwise by now.

    PostgreSQL brings a row that it waited for as it is by then, and what is joined to it as it was before: so
    somebody who left meanwhile would be told of by the name that they had.
    """
    people = [talk.posted.author, talk.answerer]
    if [one and one.name for one in people] != names:
        for one in people:
            if one is not None:
                await session.refresh(one)


# Made once: making these statements takes longer than carrying them out.
@cache
def _taken(*, said: bool) -> ReturningUpdate[*tuple[Any, ...]]:
    values: dict[str, Any] = {"seq": ConversationRow.seq + 1}
    if said:
        values |= {"last_seq": ConversationRow.seq + 1, "updated_at": bindparam("said_at")}
    return (
        update(ConversationRow)
        .where(col(ConversationRow.id) == bindparam("conversation"))
        .values(values)
        .returning(
            col(ConversationRow.seq),
            col(ConversationRow.last_seq),
            col(ConversationRow.updated_at),
            _of(MemberRow.left_at, "speaker"),
            *_NAMES,
        )
        .execution_options(synchronize_session=False)
    )


@cache
def _counted() -> ReturningUpdate[*tuple[Any, ...]]:
    # Null: nobody has said it, and it waits for everybody.
    others = col(ParticipantRow.member_id).is_distinct_from(bindparam("but", type_=String))
    return (
        update(ParticipantRow)
        .where(col(ParticipantRow.conversation_id) == bindparam("conversation"))
        .values(unread=ParticipantRow.unread + case((others, 1), else_=0))
        .returning(
            col(ParticipantRow.conversation_id),
            col(ParticipantRow.member_id),
            col(ParticipantRow.read_seq),
            col(ParticipantRow.unread),
        )
        .execution_options(synchronize_session=False)
    )


@cache
def _marked() -> ReturningUpdate[*tuple[Any, ...]]:
    upto = bindparam("upto", type_=Integer)
    return (
        update(ParticipantRow)
        .where(
            col(ParticipantRow.conversation_id) == bindparam("conversation"),
            col(ParticipantRow.member_id) == bindparam("reader"),
            col(ParticipantRow.read_seq) < upto,
        )
        .values(read_seq=upto, unread=_waiting(upto))
        .returning(col(ParticipantRow.unread), *_NAMES)
        .execution_options(synchronize_session=False)
    )


def _of(what: Any, who: str) -> ScalarSelect[Any]:
    return select(what).where(col(MemberRow.id) == bindparam(who, type_=String)).scalar_subquery()


# How the author of what it is about, and who answered it, are called: read once the conversation is locked.
_NAMES: Final = (_of(MemberRow.name, "author"), _of(MemberRow.name, "answerer"))


def _waiting(read_seq: Mapped[int] | BindParameter[int]) -> ScalarSelect[int]:
    count = select(func.count()).select_from(MessageRow)
    return count.where(
        col(MessageRow.conversation_id) == ParticipantRow.conversation_id,
        col(MessageRow.seq) > read_seq,
        (col(MessageRow.author_id) != ParticipantRow.member_id) | col(MessageRow.by_clock),
        col(MessageRow.deleted_at).is_(None),
        col(MessageRow.hidden_at).is_(None),
    ).scalar_subquery()
