"""A new message: its number, its row, and one more that waits for whoever did not write it."""

from typing import Any, NamedTuple

from sqlalchemy import Row, ScalarSelect, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from realtime.refusals import Unauthenticated
from server.board.finding import Talk
from server.board.inbox import Place
from server.board.models import MessageRow, ParticipantRow
from server.board.talking import count_one_more, next_change
from server.clock import now
from server.database import Session
from server.members.models import MemberRow


class Words(NamedTuple):
    """What is said under which id: a text, or the card of a step; `by_clock` it is nobody's own.

    An `update` is what those behind a project tell its supporters.
    """

    id: str
    text: str | None = None
    card: dict[str, Any] | None = None
    by_clock: bool = False
    update: bool = False


class TakenMeanwhileError(Exception):
    """The id of a message was taken by another transaction, which we could not see."""


async def say(
    session: Session, talk: Talk, author: str, words: Words, *, newcomer: bool = False
) -> tuple[MessageRow, list[Place]]:
    """Write a message, count it for everybody else, and have a `newcomer` take part from now on.

    The conversation is locked by the caller. Raises `TakenMeanwhileError` if there is a message of that id by
    now, `Unauthenticated` if who says it has left. Returns the row, which the session does not know, and all
    places as they are then.
    """
    said_at = now()
    seq = await next_change(session, talk, said_at)
    row = MessageRow(
        conversation_id=talk.row.id,
        seq=seq,
        change=seq,
        author_id=author,
        created_at=said_at,
        **words._asdict(),
    )
    # Seen by the statement that writes it, once the conversation is locked: who leaves locks it as well.
    left_at = select(MemberRow.left_at).where(col(MemberRow.id) == author).scalar_subquery()
    written = await _insert(session, row, left_at)
    if written is None:
        raise TakenMeanwhileError
    if written[-1] is not None:
        raise Unauthenticated("sign_in_first")
    if newcomer:
        place = ParticipantRow(conversation_id=row.conversation_id, member_id=row.author_id, read_seq=seq)
        await _insert(session, place)
    return row, await count_one_more(session, row)


async def _insert(
    session: Session, row: MessageRow | ParticipantRow, *more: ScalarSelect[Any]
) -> Row[Any] | None:
    """Write the row, which the session need not know; return its key and `more`, or None if that is taken."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    key = inspect(type(row)).primary_key
    written = dialect.insert(type(row)).values(row.model_dump()).on_conflict_do_nothing(index_elements=key)
    return (await session.exec(written.returning(*key, *more))).first()  # type: ignore[no-any-return]
