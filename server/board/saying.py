"""A new message: its number, its row, and one more that waits for whoever did not write it."""

from typing import Any, NamedTuple

from server.board.finding import Talk
from server.board.inbox import Place
from server.board.models import MessageRow, ParticipantRow
from server.board.talking import count_one_more, next_change
from server.clock import now
from server.database import Session
from server.inserting import insert_new


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
    seq = await next_change(session, talk, said_at, author)
    row = MessageRow(
        conversation_id=talk.row.id,
        seq=seq,
        change=seq,
        author_id=author,
        created_at=said_at,
        **words._asdict(),
    )
    if not await insert_new(session, row):
        raise TakenMeanwhileError
    if newcomer:
        place = ParticipantRow(conversation_id=row.conversation_id, member_id=row.author_id, read_seq=seq)
        await insert_new(session, place)
    return row, await count_one_more(session, row)
