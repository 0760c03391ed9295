"""One step of an exchange, whoever takes it: all that belongs to it, in the caller's transaction.

The row and its history, the smiles, the listing above, the card in the dialog, what the clock does next, and
what moderators see.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from realtime.exchanges import ExchangeState, ExchangeStep
from realtime.people import Person
from realtime.signals import FeedNews
from server.board import shaping
from server.board.exchanges import COMPLETED, ExchangeRow, StepRow
from server.clock import now
from server.database import Session
from server.exchanges import cards, later, turning
from server.exchanges.finding import Bound
from server.exchanges.history import disputed
from server.exchanges.states import CLOCKS, HELD, UNDER_WAY, Flow, Period
from server.inserting import insert
from server.outbox import emit, enqueue
from server.settings import Settings
from server.smiles import holds

# How long something waits in this 1Mile.
_PERIODS: Final[dict[Period, Callable[[Settings], timedelta]]] = {
    "answer": lambda settings: timedelta(days=settings.exchange_answer_days),
    "lapse": lambda settings: timedelta(days=settings.exchange_lapse_days),
    "release": lambda settings: timedelta(days=settings.exchange_release_days),
    "objection": lambda settings: timedelta(hours=settings.exchange_objection_hours),
}
# What these do ends a hold.
_ENDING: Final = frozenset({"release", "return", "split"})


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that is taken: by whom (null: the clock), to which state, and what becomes of the smiles."""

    step: ExchangeStep
    to: ExchangeState
    by: Person | None = None
    words: str | None = None
    flow: Flow | None = None
    # Of a split: how many pass.
    to_helper: int = 0


async def carry_out(session: Session, settings: Settings, bound: Bound, taken: Taken) -> None:
    """Carry out a step that is allowed. Raises `Conflict` `not_enough_smiles`: then nothing has changed."""
    before = bound.state
    _turn(settings, bound.row, taken)
    await session.flush()
    await insert(session, _noted(bound.row, taken))
    await _move_smiles(session, bound, taken)
    if taken.flow == "hold":
        await turning.begin(session, bound)
    elif before in HELD and bound.state not in HELD:
        await turning.end(session, bound, passed=_passed(bound.row))
    await session.flush()
    await cards.lay(session, bound, taken.step, taken.by, taken.words)
    await later.plan(session, settings, bound.row)
    if ExchangeState.DISPUTED in (before, bound.state):
        await tell_moderators(session, bound)
    if before in HELD and _passed(bound.row):
        await _tell_that_it_is_completed(session, bound.row)


def _first_due(settings: Settings, row: ExchangeRow, at: datetime) -> None:
    """Note on `row` what the clock does next, and when."""
    clock = CLOCKS.get(ExchangeState(row.state))
    if clock is None:
        row.due = row.due_at = None
        return
    begins = at
    if clock.after == "lapse" and row.agreed_for is not None:
        begins = max(at, row.agreed_for)
    row.due, row.due_at = clock.due, begins + _PERIODS[clock.after](settings)


def _turn(settings: Settings, row: ExchangeRow, taken: Taken) -> None:
    at = now()
    row.state = taken.to
    row.version += 1
    row.updated_at = at
    _first_due(settings, row, at)
    if taken.to is ExchangeState.DISPUTED and taken.by is not None:
        row.disputed_by_id = taken.by.id
    if taken.step is ExchangeStep.CONFIRM:
        row.thanks = taken.words or None
    if taken.to not in UNDER_WAY:
        row.ended_at = at
    if taken.flow in _ENDING:
        row.to_helper = {"release": row.smiles, "split": taken.to_helper}.get(taken.flow, 0)


def _noted(row: ExchangeRow, taken: Taken) -> StepRow:
    return StepRow(
        exchange_id=row.id,
        version=row.version,
        step=taken.step,
        by_id=None if taken.by is None else taken.by.id,
        at=row.updated_at,
        words=taken.words or None,
        state=row.state,
        smiles=row.smiles,
        agreed_for=row.agreed_for,
        note=row.note,
    )


async def _move_smiles(session: Session, bound: Bound, taken: Taken) -> None:
    row, by = bound.row, None if taken.by is None else taken.by.id
    if row.smiles == 0 or taken.flow is None:
        return
    if taken.flow == "hold":
        key = f"exchange:{row.id}:hold"
        await holds.put_on_hold(session, row.id, row.beneficiary_id, row.smiles, key=key, by=by)
    else:
        key = f"exchange:{row.id}:end"
        await holds.release(
            session, row.id, row.beneficiary_id, row.helper_id, row.to_helper or 0, key=key, by=by
        )


def _passed(row: ExchangeRow) -> bool:
    """Say whether somebody was helped in the end."""
    return row.state == ExchangeState.CONFIRMED or (
        row.state == ExchangeState.SETTLED and (row.to_helper or 0) > 0
    )


async def tell_moderators(session: Session, bound: Bound) -> None:
    """Tell those who follow disputes that there is something new about this one."""
    why = await disputed(session, bound.row)
    under = bound.talk.posted.row
    item = shaping.dispute_in_feed(bound.row, why, bound.party(why.by_id or ""), under)
    emit(session, FeedNews(item=item))


async def _tell_that_it_is_completed(session: Session, row: ExchangeRow) -> None:
    told = {"exchange": row.id, "helper": row.helper_id, "beneficiary": row.beneficiary_id}
    await enqueue(session, COMPLETED, told, key=f"{COMPLETED}:{row.id}")
