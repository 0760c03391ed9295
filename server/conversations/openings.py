"""Opening a conversation, or coming back to it: what it takes to answer, read for many at once.

One reading says what the rules need to know and how far the conversation has come; a second one fetches the
messages, and is left out if there are none to fetch. Neither depends on who asks, so that a room that comes
back together is read once. Whether somebody may have the answer is decided for each by the policy.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, bindparam, case
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import and_, col, func, or_, select
from sqlmodel.sql.expression import Select

from realtime.backend import Opening, Viewer
from realtime.refusals import NotFound
from realtime.shapes import ListingState, Message
from server.board import shaping
from server.board.models import ConversationRow, ListingRow, MessageRow, ParticipantRow
from server.database import Database, Session
from server.members.models import MemberRow
from server.policy.conversations import ConversationFacts
from server.policy.listings import ListingFacts
from server.policy.matrix import may

LATEST: Final = 50
# A reader who missed more starts again from the latest: scrolling back is cheaper than catching up.
MOST_MISSED: Final = 500


class Standing(NamedTuple):
    """A conversation as it stands, with as much of its listing as one needs to open it."""

    conversation: str
    seq: int
    answerer: str | None
    listing: str
    version: int
    author: str
    state: str
    hidden_at: datetime | None
    # Who answered, between commas; only under a deleted listing does it matter (see the policy).
    answerers: str | None
    # How far the two of a dialog have read; null if they do not show it.
    answerer_read: int | None
    author_read: int | None

    @property
    def facts(self) -> ConversationFacts:
        """What the rules need to know now."""
        answerers = frozenset((self.answerers or "").split(",")) - {""}
        hidden = self.hidden_at is not None
        return ConversationFacts(
            ListingFacts(self.author, ListingState(self.state), hidden, answerers), self.answerer
        )


class Missed(NamedTuple):
    """What somebody lacks: all that changed in a conversation after `cursor`, at most `changes` messages."""

    conversation: str
    cursor: int
    changes: int


async def admit(database: Database, viewer: Viewer, conversation: str) -> Standing:
    """Return the conversation as it stands. Raises `NotFound` unless `viewer` may read it now."""
    standing = await database.ask(_standings, conversation)
    if standing is None or not may(viewer, "read", standing.facts):
        raise NotFound("not_found")
    return standing


async def opening(database: Database, viewer: Viewer, conversation: str, cursor: int | None) -> Opening:
    """Return the conversation as of one moment: what changed since `cursor`, or else its latest messages.

    A cursor beyond the conversation's own sequence is of another past, and one far before it of the past of a
    backup that was restored (`server.board.restored`): start again.
    """
    standing = await admit(database, viewer, conversation)
    changes = None if cursor is None else standing.seq - cursor
    messages: Sequence[Message] = ()
    if cursor is None or changes is None or not 0 <= changes <= MOST_MISSED:
        messages = await database.ask(_latest, conversation) or ()
        reset, earlier, messages = True, len(messages) > LATEST, messages[-LATEST:]
    else:
        reset, earlier = False, False
        if changes:
            messages = await database.ask(_changed, Missed(conversation, cursor, changes)) or ()
    return Opening(
        conversation=conversation,
        listing=standing.listing,
        listing_version=standing.version,
        reset=reset,
        messages=[*messages],
        # The messages may be a moment younger than what we knew of the conversation. Whoever sees a change
        # sees all before it, since they were committed one after the other.
        cursor=max(standing.seq, *(message.change for message in messages), 0),
        earlier=earlier,
        reads=_reads(viewer, standing),
    )


async def latest(
    session: Session, conversation: str, before: int | None, limit: int
) -> tuple[list[Message], bool]:
    """Return up to `limit` messages before the seq `before` (None: the latest), oldest first.

    Also whether there are older ones.
    """
    where = col(MessageRow.conversation_id) == conversation
    if before is not None:
        where &= col(MessageRow.seq) < before
    newest_first = _messages(where).order_by(col(MessageRow.seq).desc()).limit(limit + 1)
    found = [shaping.message(*row) for row in await session.exec(newest_first)]
    return found[:limit][::-1], len(found) > limit


def _reads(viewer: Viewer, standing: Standing) -> dict[str, int]:
    """Return how far the other one in a dialog has read, if they show it."""
    if standing.answerer is None or viewer.member is None:
        return {}
    places = {standing.answerer: standing.answerer_read, standing.author: standing.author_read}
    return {
        member: read for member, read in places.items() if read is not None and member != viewer.member.id
    }


async def _standings(session: Session, conversations: Sequence[str]) -> dict[str, Standing]:
    found = await session.exec(_standing_of(), params={"conversations": [*conversations]})
    return {row[0]: Standing._make(row) for row in found}


@cache
def _standing_of() -> Select[Any]:
    """Return the statement, made once: making it costs more than carrying it out."""
    answerer, author = aliased(MemberRow), aliased(MemberRow)
    theirs, authors = aliased(ParticipantRow), aliased(ParticipantRow)
    others = aliased(ConversationRow)
    answerers = (
        select(func.aggregate_strings(col(others.answerer_id), ","))
        .where(others.listing_id == ListingRow.id)
        .scalar_subquery()
    )
    # Of a thread nobody is told how far somebody has read.
    in_dialog = col(ConversationRow.answerer_id).is_not(None)
    wanted: Select[Any] = (
        select(  # type: ignore[call-overload]
            ConversationRow.id,
            ConversationRow.seq,
            ConversationRow.answerer_id,
            ListingRow.id,
            ListingRow.version,
            ListingRow.author_id,
            ListingRow.state,
            ListingRow.hidden_at,
            case((col(ListingRow.state) == ListingState.DELETED, answerers)),
            case((col(answerer.shows_reads).is_(True), theirs.read_seq)),
            case((col(author.shows_reads).is_(True), authors.read_seq)),
        )
        .join(ListingRow, col(ListingRow.id) == ConversationRow.listing_id)
        .join(author, author.id == ListingRow.author_id)
        .outerjoin(answerer, answerer.id == ConversationRow.answerer_id)
        .outerjoin(theirs, _place(theirs, col(ConversationRow.answerer_id)))
        .outerjoin(authors, _place(authors, col(ListingRow.author_id)) & in_dialog)
        .where(col(ConversationRow.id).in_(bindparam("conversations", expanding=True)))
    )
    return wanted


async def _latest(session: Session, conversations: Sequence[str]) -> dict[str, list[Message]]:
    """Return the latest of each, and one more if there are older ones."""
    return {one: (await latest(session, one, None, LATEST + 1))[0] for one in conversations}


async def _changed(session: Session, missed: Sequence[Missed]) -> dict[Missed, list[Message]]:
    """Return what each lacks, in the conversation's order."""
    found: dict[Missed, list[Message]] = {one: [] for one in missed}
    for some in _portions(missed):
        lacking: dict[str, list[Missed]] = {}
        for one in some:
            lacking.setdefault(one.conversation, []).append(one)
        ranges = [
            and_(col(MessageRow.conversation_id) == one, col(MessageRow.change) > min(m.cursor for m in each))
            for one, each in lacking.items()
        ]
        for row in await session.exec(_messages(or_(*ranges)).order_by(col(MessageRow.seq))):
            message = shaping.message(*row)
            for one in lacking[message.conversation]:
                if message.change > one.cursor:
                    found[one].append(message)
    return found


def _portions(missed: Sequence[Missed]) -> Iterator[list[Missed]]:
    """Yield them by so many that one statement does not bring more than one reader may miss."""
    some: list[Missed] = []
    for one in missed:
        if some and sum(each.changes for each in some) + one.changes > MOST_MISSED:
            yield some
            some = []
        some.append(one)
    yield some


def _messages(where: ColumnElement[bool]) -> Select[MessageRow, MemberRow]:
    author = col(MemberRow.id) == col(MessageRow.author_id)
    return select(MessageRow, MemberRow).join(MemberRow, author).where(where)


def _place(of: type[ParticipantRow], member: Mapped[str] | Mapped[str | None]) -> ColumnElement[bool]:
    return and_(col(of.conversation_id) == ConversationRow.id, col(of.member_id) == member)
