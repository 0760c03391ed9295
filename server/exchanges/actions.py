"""What the two of a dialog do with an exchange, and what the clock does to it if they do nothing.

Each verb is one transaction, with its card and its smiles.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.exchanges import Act, Exchange, ExchangeState, ExchangeStep
from realtime.people import Person
from realtime.refusals import Conflict, Invalid, NotFound, Unauthenticated
from server.board.exchanges import ExchangeRow
from server.board.finding import Talk, find_listing, find_talk, require
from server.board.holds import claim
from server.clock import now
from server.database import Session
from server.exchanges import cards
from server.exchanges.finding import (
    Bound,
    find_bound,
    lock_talk,
    parties,
    require_both,
    require_party,
    require_version,
)
from server.exchanges.later import DUE, still
from server.exchanges.schemas import Amendment, ExchangeDraft
from server.exchanges.states import HELD, UNDER_WAY, rule_for
from server.exchanges.steps import Taken, carry_out, tell_moderators
from server.jobs import job
from server.policy.listings import HELPING
from server.policy.matrix import may
from server.site import Site

# A form that was open for a while is not refused for it.
GRACE: Final = timedelta(minutes=5)
FARTHEST: Final = timedelta(days=366)
_COMPARED: Final = {"smiles", "agreed_for", "note"}


async def propose(site: Site, viewer: Viewer, conversation: str, draft: ExchangeDraft) -> Exchange:
    """Propose an exchange to the other one of a dialog. Sent twice under one id, it exists once.

    Raises `Conflict` if one is under way in the dialog, the other one has left, or the id is that of another
    exchange or of a gift.
    """
    async with site.database.write() as session:
        me, talk = await _dialog(session, viewer, conversation)
        known = await session.get(ExchangeRow, draft.id)
        if known is not None:
            return _known(talk, known, me, draft)
        if not may(viewer, "propose", talk.facts):
            helping = talk.facts.listing.kind in HELPING
            raise Conflict("not_in_this_state" if helping else "no_exchange_here")
        await require_both(session, talk, me.id)
        bound = Bound(_row(talk, me, draft), talk)
        await _require_room(session, conversation)
        await claim(session, draft.id)
        session.add(bound.row)
        taken = Taken(ExchangeStep.PROPOSE, ExchangeState.PROPOSED, me)
        await carry_out(session, site.settings, bound, taken)
        return cards.exchange(bound)


async def amend(site: Site, viewer: Viewer, exchange: str, change: Amendment) -> Exchange:
    """Propose it otherwise: who amends is the proposer from now on, and the other one is asked."""
    async with site.database.write() as session:
        bound = await find_bound(session, exchange)
        me, taken = _step(viewer, bound, "amend", change.version)
        _apply(bound, change)
        bound.row.proposed_by_id = me.id
        await carry_out(session, site.settings, bound, taken)
        return cards.exchange(bound)


async def take(
    site: Site, viewer: Viewer, exchange: str, act: Act, version: int, words: str | None = None
) -> Exchange:
    """Do `act` to the exchange, which is `version` to who does it.

    Raises `Conflict` if it changed meanwhile, or it is not the state or the time for it.
    """
    async with site.database.write() as session:
        bound = await find_bound(session, exchange)
        _, taken = _step(viewer, bound, act, version, words)
        await carry_out(session, site.settings, bound, taken)
        return cards.exchange(bound)


async def share(site: Site, viewer: Viewer, exchange: str) -> Exchange:
    """Let moderators read the whole dialog while the exchange is disputed; the other one is told at once.

    Done already, nothing happens.
    """
    async with site.database.write() as session:
        bound = await find_bound(session, exchange)
        require_party(viewer, bound)
        if not may(viewer, "share", bound.facts):
            raise Conflict("not_in_this_state")
        if bound.row.shared_at is None:
            bound.row.shared_at = now()
            await cards.retell(session, bound)
            await tell_moderators(session, bound)
        return cards.exchange(bound)


async def exchanges(site: Site, viewer: Viewer, conversation: str) -> list[Exchange]:
    """Return all exchanges of a dialog, the newest first. Raises `NotFound` for all but the two."""
    async with site.database.read() as session:
        talk = await find_talk(session, conversation)
        if not may(viewer, "list", talk.facts):
            raise NotFound("not_found")
        found = select(ExchangeRow).where(col(ExchangeRow.conversation_id) == conversation)
        newest_first = found.order_by(col(ExchangeRow.created_at).desc(), col(ExchangeRow.id).desc())
        return [cards.exchange(Bound(row, talk)) for row in await session.exec(newest_first)]


async def beneath(site: Site, viewer: Viewer, listing: str) -> list[Exchange]:
    """Return what was agreed under one's own listing and is not over, the newest first.

    That is what its author ends by closing it for all that they know, and does not. Raises the refusal that
    fits for who may not close it.
    """
    async with site.database.read() as session:
        posted = await find_listing(session, listing)
        require(viewer, "close", posted)
        found = select(ExchangeRow).where(
            col(ExchangeRow.listing_id) == listing, col(ExchangeRow.state).in_(HELD)
        )
        newest_first = found.order_by(col(ExchangeRow.created_at).desc(), col(ExchangeRow.id).desc())
        rows = (await session.exec(newest_first)).all()
        return [cards.exchange(Bound(row, await find_talk(session, row.conversation_id))) for row in rows]


@job(DUE)
async def due(site: Site, payload: dict[str, Any]) -> None:
    """Do what is due, if it still is."""
    async with site.database.write() as session:
        bound = await still(session, payload)
        if bound is None or bound.row.due is None or bound.row.due_at is None or bound.row.due_at > now():
            return
        step = ExchangeStep(bound.row.due)
        rule = rule_for(bound.state, step, frozenset({"clock"}), bound.row.agreed_for, now())
        await carry_out(session, site.settings, bound, Taken(step, rule.to, flow=rule.flow))


async def _dialog(session: Session, viewer: Viewer, conversation: str) -> tuple[Person, Talk]:
    """Return who asks, and their dialog, locked. Raises `NotFound` unless they are one of the two."""
    if viewer.member is None:
        raise Unauthenticated("sign_in_first")
    talk = await find_talk(session, conversation)
    if not may(viewer, "list", talk.facts):
        raise NotFound("not_found")
    posted = await find_listing(session, talk.posted.row.id, lock=True)
    return viewer.member, await lock_talk(session, conversation, posted)


def _known(talk: Talk, row: ExchangeRow, me: Person, draft: ExchangeDraft) -> Exchange:
    """Return what was proposed under this id before. Once it changed it cannot be compared: then it is."""
    wanted = {"helper_id": draft.helper, **draft.model_dump(include=_COMPARED)}
    same = row.version > 1 or all(getattr(row, name) == value for name, value in wanted.items())
    if row.conversation_id != talk.row.id or (row.version == 1 and row.proposed_by_id != me.id) or not same:
        raise Conflict("id_taken", field="id")
    return cards.exchange(Bound(row, talk))


def _row(talk: Talk, me: Person, draft: ExchangeDraft) -> ExchangeRow:
    at = now()
    _require_time(draft.agreed_for, at)
    return ExchangeRow(
        conversation_id=talk.row.id,
        listing_id=talk.posted.row.id,
        helper_id=draft.helper,
        beneficiary_id=_other(talk, draft.helper),
        state=ExchangeState.PROPOSED,
        proposed_by_id=me.id,
        created_at=at,
        updated_at=at,
        # Counted by its first step.
        version=0,
        **draft.model_dump(include={"id", *_COMPARED}),
    )


async def _require_room(session: Session, conversation: str) -> None:
    under_way = select(ExchangeRow.id).where(
        col(ExchangeRow.conversation_id) == conversation, col(ExchangeRow.state).in_(UNDER_WAY)
    )
    if (await session.exec(under_way)).first() is not None:
        raise Conflict("exchange_under_way")


def _other(talk: Talk, helper: str) -> str:
    """Return the one of the two who is not the helper. Raises `Invalid` if the helper is neither."""
    ids = [member.id for member in parties(talk)]
    if helper not in ids:
        raise Invalid("helper_elsewhere", field="helper")
    return next(member for member in ids if member != helper)


def _require_time(agreed_for: datetime | None, at: datetime) -> None:
    if agreed_for is None:
        return
    if agreed_for < at - GRACE:
        raise Invalid("agreed_for_past", field="agreed_for")
    if agreed_for > at + FARTHEST:
        raise Invalid("agreed_for_far", field="agreed_for")


def _step(
    viewer: Viewer, bound: Bound, act: Act, version: int, words: str | None = None
) -> tuple[Person, Taken]:
    """Return who acts and what they do by that. Raises the refusal that fits unless they may, now."""
    me = require_party(viewer, bound).person()
    require_version(bound, version)
    step = ExchangeStep(act)
    rule = rule_for(bound.state, step, bound.roles(me.id), bound.row.agreed_for, now())
    if not may(viewer, act, bound.facts):
        raise Conflict("not_in_this_state")
    return me, Taken(step, rule.to, me, words or None, rule.flow)


def _apply(bound: Bound, change: Amendment) -> None:
    row = bound.row
    wanted: dict[str, Any] = change.model_dump(include={"smiles", "note"}, exclude_none=True)
    if change.helper is not None:
        wanted |= {"helper_id": change.helper, "beneficiary_id": _other(bound.talk, change.helper)}
    if "agreed_for" in change.model_fields_set:
        wanted["agreed_for"] = change.agreed_for
    news = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not news:
        raise Invalid("nothing_changed")
    _require_time(news.get("agreed_for"), now())
    for name, value in news.items():
        setattr(row, name, value)
