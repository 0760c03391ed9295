"""Disputes: what moderators see of an exchange that waits for them, and how they settle it.

They see the exchange's cards and why it is disputed. The dialog is the two's own, unless one of them shares
it.
"""

from functools import cache
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, select

from realtime.backend import Viewer
from realtime.exchanges import ExchangeState, ExchangeStep
from realtime.people import Person
from realtime.refusals import Forbidden, Invalid, NotFound
from realtime.shapes import Message
from server.board import shaping
from server.board.exchanges import ExchangeRow, StepRow
from server.board.finding import Posted, Talk
from server.board.models import ConversationRow, ListingRow, MessageRow
from server.clock import now
from server.database import AnySelect, Session
from server.exchanges import cards
from server.exchanges.finding import Bound, find_bound, require_version
from server.exchanges.history import disputed
from server.exchanges.schemas import Dispute, Disputes, DisputeView, Settlement
from server.exchanges.states import rule_for
from server.exchanges.steps import Taken, carry_out
from server.members.models import MemberRow
from server.moderation.actions import note
from server.policy.matrix import may
from server.policy.site import NEIGHBOURHOOD
from server.site import Site

# The latest of a long dialog: what the two disagree about is not in its beginnings.
MOST_MESSAGES = 200

_AUTHOR, _ANSWERER = aliased(MemberRow), aliased(MemberRow)


async def open_ones(site: Site, viewer: Viewer) -> Disputes:
    """Return the disputes that are open, the oldest first. Raises `Forbidden` for who is no moderator."""
    _require_moderator(viewer)
    async with site.database.read() as session:
        return Disputes(disputes=[_open_one(*row) for row in await session.exec(_open_ones())])


async def look(site: Site, viewer: Viewer, exchange: str) -> DisputeView:
    """Return a dispute for a moderator who is neither of the two; that they looked is noted.

    Shared, the dialog is theirs to read until the dispute is over, not what the two write after it.
    """
    _require_moderator(viewer)
    async with site.database.write() as session:
        bound = await find_bound(session, exchange)
        _require_neither(viewer, bound)
        note(session, viewer, "look", ("exchange", bound.row.id), "")
        return await _view(session, bound)


async def settle(site: Site, viewer: Viewer, exchange: str, settlement: Settlement) -> DisputeView:
    """Have so many smiles pass to the helper and the rest go back, with a line in the audit.

    Raises `Conflict` if it changed meanwhile, `Forbidden` to one of the two.
    """
    moderator = _require_moderator(viewer)
    async with site.database.write() as session:
        bound = await find_bound(session, exchange)
        _require_neither(viewer, bound)
        require_version(bound, settlement.version)
        rule = rule_for(bound.state, ExchangeStep.SETTLE, frozenset({"moderator"}), None, now())
        if settlement.to_helper > bound.row.smiles:
            raise Invalid("more_than_held", field="to_helper", most=bound.row.smiles)
        taken = Taken(
            rule.step, rule.to, moderator, settlement.reason, rule.flow, to_helper=settlement.to_helper
        )
        await carry_out(session, site.settings, bound, taken)
        note(session, viewer, "settle", ("exchange", bound.row.id), settlement.reason)
        return await _view(session, bound)


def _require_moderator(viewer: Viewer) -> Person:
    if viewer.member is None or not may(viewer, "moderate", NEIGHBOURHOOD):
        raise Forbidden("moderators_only")
    return viewer.member


def _require_neither(viewer: Viewer, bound: Bound) -> None:
    """Raise `Forbidden` to one of the two, `NotFound` for what was never disputed."""
    if may(viewer, "moderate", bound.facts):
        return
    if may(viewer, "read", bound.facts):
        raise Forbidden("own_exchange")
    raise NotFound("not_found")


def _open_one(
    row: ExchangeRow,
    why: StepRow,
    talk: ConversationRow,
    listing: ListingRow,
    author: MemberRow,
    answerer: MemberRow,
) -> Dispute:
    return _dispute(Bound(row, Talk(talk, Posted(listing, author, frozenset()), answerer)), why)


@cache
def _open_ones() -> AnySelect:
    """Return the question for all open disputes, however many, in one statement."""
    entities: Any = (ExchangeRow, StepRow, ConversationRow, ListingRow, _AUTHOR, _ANSWERER)
    opened = and_(
        col(StepRow.exchange_id) == col(ExchangeRow.id), col(StepRow.state) == ExchangeState.DISPUTED
    )
    wanted: AnySelect = (
        select(*entities)
        .select_from(ExchangeRow)
        .join(StepRow, opened)
        .join(ConversationRow, col(ConversationRow.id) == col(ExchangeRow.conversation_id))
        .join(ListingRow, col(ListingRow.id) == col(ExchangeRow.listing_id))
        .join(_AUTHOR, col(_AUTHOR.id) == col(ListingRow.author_id))
        .join(_ANSWERER, col(_ANSWERER.id) == col(ConversationRow.answerer_id))
        .where(col(ExchangeRow.state) == ExchangeState.DISPUTED)
    )
    return wanted.order_by(col(ExchangeRow.updated_at), col(ExchangeRow.id))


def _dispute(bound: Bound, why: StepRow) -> Dispute:
    return Dispute(
        exchange=cards.exchange(bound),
        listing=shaping.brief(bound.talk.posted.row),
        by=bound.party(why.by_id or "").person(),
        words=why.words or "",
        at=why.at,
        shared=bound.row.shared_at is not None,
    )


async def _view(session: Session, bound: Bound) -> DisputeView:
    await session.flush()
    found = (
        select(MessageRow, MemberRow)
        .join(MemberRow, col(MemberRow.id) == col(MessageRow.author_id))
        .where(col(MessageRow.conversation_id) == bound.row.conversation_id)
        .order_by(col(MessageRow.seq).desc())
    )
    laid = [
        shaping.message(*row) for row in await session.exec(found.where(col(MessageRow.card).is_not(None)))
    ]
    messages: list[Message] | None = None
    if bound.row.shared_at is not None and bound.state is ExchangeState.DISPUTED:
        latest = await session.exec(found.limit(MOST_MESSAGES))
        messages = [shaping.message(*row) for row in latest][::-1]
    return DisputeView(
        dispute=_dispute(bound, await disputed(session, bound.row)),
        cards=[one for one in laid[::-1] if one.card is not None and one.card.exchange.id == bound.row.id],
        messages=messages,
    )
