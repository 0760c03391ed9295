"""Finding a listing, a conversation or a message for somebody who wants to do something with it.

Whoever may not know that it is there gets the same answer as if it were not; whoever may know but not do
it is told so. What is about to be changed is locked in one order (listing, conversation, message), so that
two changes wait for each other and never for ever.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeVarTuple

from sqlalchemy import bindparam
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from realtime.backend import Viewer
from realtime.projects import Progress
from realtime.refusals import Conflict, Forbidden, NotFound, Unauthenticated
from realtime.shapes import Layer, ListingState
from server.board.models import ConversationRow, ListingRow, MessageRow, ParticipantRow
from server.board.projects import TeamRow, is_supported
from server.clock import now
from server.database import AnySelect, Session
from server.members.finding import still_here
from server.members.models import MemberRow
from server.policy.conversations import ConversationFacts, MessageFacts
from server.policy.listings import ListingFacts
from server.policy.matrix import may
from server.policy.rules import Verb

Columns = TypeVarTuple("Columns")

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Posted:
    """A listing with its author and what the rules need to know of it, in one transaction."""

    row: ListingRow
    author: MemberRow
    answerers: frozenset[str]
    team: frozenset[str] = frozenset()

    @property
    def facts(self) -> ListingFacts:
        """What the rules need to know now."""
        row = self.row
        return ListingFacts(
            row.author_id,
            ListingState(row.state),
            row.hidden_at is not None,
            self.answerers,
            Layer(row.kind),
            event=row.ends_at is not None,
            over=row.ends_at is not None and row.ends_at <= now(),
            team=self.team,
            supported=row.progress is not None and is_supported(Progress.model_validate(row.progress)),
        )


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with the listing above it, in one transaction."""

    row: ConversationRow
    posted: Posted
    answerer: MemberRow | None

    @property
    def facts(self) -> ConversationFacts:
        """What the rules need to know now."""
        return ConversationFacts(self.posted.facts, self.row.answerer_id)


class Turn(NamedTuple):
    """A conversation locked for what a member is about to do in it.

    `place` is theirs, if they take part; `known` is the message they name, if there is one.
    """

    talk: Talk
    member: MemberRow
    place: ParticipantRow | None
    known: MessageRow | None


@dataclass(frozen=True, slots=True)
class Said:
    """A message with its author and the conversation it stands in, in one transaction."""

    row: MessageRow
    author: MemberRow
    talk: Talk

    @property
    def facts(self) -> MessageFacts:
        """What the rules need to know now."""
        row = self.row
        return MessageFacts(
            self.talk.facts,
            row.author_id,
            hidden=row.hidden_at is not None,
            gone=row.deleted_at is not None,
            card=row.card is not None,
        )


async def find_listing(session: Session, listing: str, *, lock: bool = False) -> Posted:
    """Return the listing, locked for a change if asked. Raises `NotFound`."""
    row = (await session.exec(_listing_of(lock=lock), params={"listing": listing})).one_or_none()
    if row is None:
        raise NotFound("not_found")
    found, author = row
    return Posted(found, author, await _answerers(session, found), await _team(session, found))


async def find_talk(session: Session, conversation: str, *, lock: bool = False) -> Talk:
    """Return the conversation; to change it, its listing is kept as it is meanwhile. Raises `NotFound`."""
    found = await session.exec(_talk_of(lock=lock), params={"conversation": conversation})
    row = found.one_or_none()
    if row is None:
        raise NotFound("not_found")
    return await _talk(session, *row)


async def find_turn(session: Session, conversation: str, member: str, message: str = "") -> Turn:
    """Return the conversation, locked for a change by `member`, who is there. Raises `NotFound`.

    Whether they take part, whether the message is known and how people are called is of the moment before the
    lock.
    """
    named = {"conversation": conversation, "member": member, "message": message}
    row = (await session.exec(_turn_of(), params=named)).one_or_none()
    if row is None:
        raise NotFound("not_found")
    talk, listing, author, answerer, me, place, known = row
    return Turn(await _talk(session, talk, listing, author, answerer), me, place, known)


async def find_message(session: Session, message: str) -> Said:
    """Return the message, with its conversation locked for a change. Raises `NotFound`."""
    row = await session.get(MessageRow, message)
    if row is None:
        raise NotFound("not_found")
    talk = await find_talk(session, row.conversation_id, lock=True)
    await session.refresh(row)
    return Said(row, await author_of(session, row.author_id), talk)


async def author_of(session: Session, member: str, *, lock: bool = False) -> MemberRow:
    """Return the member of that id, to whom a row or a session refers; `lock`: one thing at a time.

    Raises `Unauthenticated` if who is to be locked has left.
    """
    row = (await session.exec(_member_of(lock=lock), params={"member": member})).one()
    return still_here(row) if lock else row


async def stream(session: Session, wanted: Select[*Columns]) -> AsyncGenerator[tuple[*Columns]]:
    """Yield rows as they come, a thousand at a time: nobody needs them all, or all at once.

    To be closed by who stops early (`contextlib.aclosing`): the database keeps a cursor meanwhile.
    """
    result = await session.stream(wanted.execution_options(yield_per=_CHUNK))
    try:
        async for row in result:
            yield row
    finally:
        await result.close()


def require(viewer: Viewer, verb: Verb, thing: Posted | Talk | Said) -> None:
    """Raise the refusal that fits unless `viewer` may do `verb` to `thing`.

    Raises `NotFound` if they may not know of it, `Unauthenticated` if they are nobody, `Conflict` if it is
    theirs to do and the state is another, else `Forbidden`.
    """
    if may(viewer, verb, thing.facts):
        return
    if not may(viewer, "read", thing.facts):
        raise NotFound("not_found")
    if viewer.member is None:
        raise Unauthenticated("sign_in_first")
    if verb == "moderate" and not viewer.moderator:
        raise Forbidden("moderators_only")
    if verb in {"moderate", "write"} or viewer.member.id in _whose(verb, thing):
        raise Conflict("not_in_this_state")
    raise Forbidden("not_yours")


async def _talk(
    session: Session,
    row: ConversationRow,
    listing: ListingRow,
    author: MemberRow,
    answerer: MemberRow | None,
) -> Talk:
    return Talk(row, Posted(listing, author, await _answerers(session, listing)), answerer)


_AUTHOR, _ANSWERER, _ME = (aliased(MemberRow) for _ in range(3))


# Made once: making these statements takes longer than carrying them out.
@cache
def _listing_of(*, lock: bool) -> AnySelect:
    wanted: AnySelect = (
        select(ListingRow, MemberRow)
        .join(MemberRow, col(MemberRow.id) == col(ListingRow.author_id))
        .where(col(ListingRow.id) == bindparam("listing"))
    )
    if lock:
        wanted = wanted.with_for_update(of=ListingRow).execution_options(populate_existing=True)
    return wanted


@cache
def _member_of(*, lock: bool) -> SelectOfScalar[MemberRow]:
    wanted = select(MemberRow).where(col(MemberRow.id) == bindparam("member"))
    if lock:
        # Not against keys: others may go on referring to the member.
        wanted = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    return wanted


@cache
def _talk_of(*, lock: bool) -> AnySelect:
    wanted: AnySelect = _with_talk(select(ConversationRow, ListingRow, _AUTHOR, _ANSWERER))
    return _locked(wanted) if lock else wanted


@cache
def _turn_of() -> AnySelect:
    entities: Any = (ConversationRow, ListingRow, _AUTHOR, _ANSWERER, _ME, ParticipantRow, MessageRow)
    theirs = and_(
        col(ParticipantRow.conversation_id) == ConversationRow.id, col(ParticipantRow.member_id) == _ME.id
    )
    wanted: AnySelect = _with_talk(select(*entities)).join(_ME, col(_ME.id) == bindparam("member"))
    wanted = wanted.outerjoin(ParticipantRow, theirs)
    return _locked(wanted.outerjoin(MessageRow, col(MessageRow.id) == bindparam("message")))


def _with_talk(wanted: AnySelect) -> AnySelect:
    return (
        wanted.select_from(ConversationRow)
        .join(ListingRow, col(ListingRow.id) == ConversationRow.listing_id)
        .join(_AUTHOR, col(_AUTHOR.id) == ListingRow.author_id)
        .outerjoin(_ANSWERER, col(_ANSWERER.id) == ConversationRow.answerer_id)
        .where(col(ConversationRow.id) == bindparam("conversation"))
    )


def _locked(wanted: AnySelect) -> AnySelect:
    """Return the statement so that nobody hides or deletes the listing, nor changes the conversation."""
    # In this order, by one statement; SQLAlchemy knows but one clause. SQLite has one writer anyway.
    locks = "FOR SHARE OF listing FOR NO KEY UPDATE OF conversation"
    wanted = wanted.suffix_with(locks, dialect="postgresql")
    return wanted.execution_options(populate_existing=True)


async def _team(session: Session, row: ListingRow) -> frozenset[str]:
    if row.kind != Layer.PROJECT:
        return frozenset()
    return frozenset(await session.exec(select(TeamRow.member_id).where(col(TeamRow.listing_id) == row.id)))


def _whose(verb: Verb, thing: Posted | Talk | Said) -> frozenset[str]:
    """Return whose it would be to do `verb` in another state."""
    if isinstance(thing, Talk):
        return frozenset()
    team = thing.team if isinstance(thing, Posted) and verb == "edit" else frozenset()
    return team | {thing.row.author_id}


async def _answerers(session: Session, row: ListingRow) -> frozenset[str]:
    # Only under a deleted listing does it matter who they are (see the policy).
    if row.state != ListingState.DELETED:
        return frozenset()
    answerers = select(ConversationRow.answerer_id).where(col(ConversationRow.listing_id) == row.id)
    return frozenset(member for member in await session.exec(answerers) if member is not None)
