"""Finding an exchange for somebody who wants to do something with it, locked with all that it hangs on.

The locks are taken in one order (listing, conversation, exchange; the ledger's come last), by people and by
the clock alike, so that two steps wait for each other and never for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from realtime.backend import Viewer
from realtime.exchanges import ExchangeState
from realtime.refusals import Conflict, NotFound, Unauthenticated
from server.board.exchanges import ExchangeRow
from server.board.finding import Posted, Talk, find_listing
from server.board.models import ConversationRow
from server.database import Session
from server.exchanges import states
from server.exchanges.states import Who
from server.members.models import MemberRow
from server.policy.exchanges import ExchangeFacts
from server.policy.matrix import may


@dataclass(frozen=True, slots=True)
class Bound:
    """An exchange with the dialog that it stands in and the two whom it binds, in one transaction."""

    row: ExchangeRow
    talk: Talk

    @property
    def state(self) -> ExchangeState:
        """Where it is in its life."""
        return ExchangeState(self.row.state)

    @property
    def helper(self) -> MemberRow:
        """Who helps."""
        return self.party(self.row.helper_id)

    @property
    def beneficiary(self) -> MemberRow:
        """Who is helped."""
        return self.party(self.row.beneficiary_id)

    @property
    def facts(self) -> ExchangeFacts:
        """What the rules need to know now."""
        both = (self.row.helper_id, self.row.beneficiary_id)
        return ExchangeFacts(
            acts={member: states.acts(self.state, self.roles(member)) for member in both},
            disputed=self.state is ExchangeState.DISPUTED,
            was_disputed=self.row.disputed_by_id is not None,
        )

    def party(self, member: str) -> MemberRow:
        """Return the one of the two. Raises `NotFound` for anybody else."""
        for one in parties(self.talk):
            if one.id == member:
                return one
        raise NotFound("not_found")

    def roles(self, member: str) -> frozenset[Who]:
        """Return what one of the two is in it."""
        side: Who = "helper" if member == self.row.helper_id else "beneficiary"
        return frozenset({side, "proposer" if member == self.row.proposed_by_id else "asked"})


def parties(talk: Talk) -> Iterator[MemberRow]:
    """Yield the two of a dialog."""
    yield talk.posted.author
    if talk.answerer is not None:
        yield talk.answerer


async def find_bound(session: Session, exchange: str) -> Bound:
    """Return the exchange, locked for a step with all that it hangs on. Raises `NotFound`."""
    above = (await session.exec(_above(), params={"exchange": exchange})).one_or_none()
    if above is None:
        raise NotFound("not_found")
    listing, conversation = above
    talk = await lock_talk(session, conversation, await find_listing(session, listing, lock=True))
    return Bound((await session.exec(_exchange_of(), params={"exchange": exchange})).one(), talk)


async def lock_talk(session: Session, conversation: str, posted: Posted) -> Talk:
    """Return the conversation, locked for a change, under its listing, which the caller has locked."""
    row, answerer = (await session.exec(_talk_of(), params={"conversation": conversation})).one()
    return Talk(row, posted, answerer)


async def require_both(session: Session, talk: Talk, me: str) -> None:
    """Keep the two of a dialog from leaving 1Mile meanwhile: nobody would end what they begin now.

    Raises `Conflict` if the other one has left, `Unauthenticated` if `me` have.
    """
    ids = [member.id for member in parties(talk)]
    gone = {member for member, left_at in await session.exec(_staying(), params={"ids": ids}) if left_at}
    if me in gone:
        raise Unauthenticated("sign_in_first")
    if gone:
        raise Conflict("other_has_left")


def require_party(viewer: Viewer, bound: Bound) -> MemberRow:
    """Return the one of the two who asks. Raises `NotFound` for anybody else."""
    if viewer.member is None or not may(viewer, "read", bound.facts):
        raise NotFound("not_found")
    return bound.party(viewer.member.id)


def require_version(bound: Bound, version: int) -> None:
    """Raise `Conflict` unless the exchange is the one that somebody was looking at."""
    if bound.row.version != version:
        raise Conflict("changed_meanwhile", version=bound.row.version)


# Made once: making these statements takes longer than carrying them out.
@cache
def _above() -> Select[str, str]:
    return select(ExchangeRow.listing_id, ExchangeRow.conversation_id).where(
        col(ExchangeRow.id) == bindparam("exchange")
    )


@cache
def _exchange_of() -> SelectOfScalar[ExchangeRow]:
    wanted = select(ExchangeRow).where(col(ExchangeRow.id) == bindparam("exchange"))
    return wanted.with_for_update(key_share=True).execution_options(populate_existing=True)


@cache
def _staying() -> Select[str, datetime | None]:
    wanted = select(MemberRow.id, MemberRow.left_at).where(
        col(MemberRow.id).in_(bindparam("ids", expanding=True))
    )
    return wanted.order_by(col(MemberRow.id)).with_for_update(read=True)


@cache
def _talk_of() -> Select[ConversationRow, MemberRow]:
    return (
        select(ConversationRow, MemberRow)
        .outerjoin(MemberRow, col(MemberRow.id) == ConversationRow.answerer_id)
        .where(col(ConversationRow.id) == bindparam("conversation"))
        .with_for_update(of=ConversationRow, key_share=True)
        .execution_options(populate_existing=True)
    )
