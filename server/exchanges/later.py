"""What becomes of exchanges by the clock, and the letters that remind of them.

Each is a job with a key, written with the step before it. When it runs it asks the exchange again: changed
meanwhile, there is nothing to do.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from realtime.exchanges import ExchangeState
from realtime.refusals import NotFound
from server import catalogue, mail
from server.board.exchanges import ExchangeRow
from server.board.inbox import as_viewer
from server.board.shaping import address_of
from server.clock import now
from server.database import Session
from server.exchanges.finding import Bound, find_bound
from server.inserting import insert_new
from server.jobs import job
from server.members.models import MemberRow
from server.outbox import JobRow, a_job, enqueue_all
from server.policy.matrix import may
from server.settings import Settings
from server.site import Site

DUE: Final = "exchange.due"
REMIND: Final = "exchange.remind"
WRITTEN: Final = "exchange.reminded"
DAY: Final = timedelta(days=1)

Letter = Literal["asked", "soon", "after", "lapsing", "done", "releasing", "missed", "returning"]
# To whom each goes.
_TO: Final[dict[Letter, tuple[Literal["asked", "helper", "beneficiary"], ...]]] = {
    "asked": ("asked",),
    "soon": ("helper", "beneficiary"),
    "after": ("helper", "beneficiary"),
    "lapsing": ("helper", "beneficiary"),
    "done": ("beneficiary",),
    "releasing": ("beneficiary",),
    "missed": ("helper",),
    "returning": ("helper",),
}


class Reminder(NamedTuple):
    """A letter to be written at a moment, unless the exchange has changed by then."""

    letter: Letter
    at: datetime


async def plan(session: Session, settings: Settings, row: ExchangeRow) -> None:
    """Have the clock do what is due, and remind of it before, unless the exchange changes first."""
    jobs = [_job(REMIND, row, one.at, one.letter) for one in reminders(settings, row)]
    if row.due_at is not None:
        jobs.append(_job(DUE, row, row.due_at))
    if jobs:
        await enqueue_all(session, jobs)


def reminders(settings: Settings, row: ExchangeRow) -> Iterator[Reminder]:
    """Yield what to remind of in the state that the exchange has just come to.

    None after the clock has done what it reminds of, and none of what is less than a day away.
    """
    for one in _reminders(settings, row):
        if one.at >= row.updated_at and (row.due_at is None or one.at < row.due_at):
            yield one


def _reminders(settings: Settings, row: ExchangeRow) -> Iterator[Reminder]:
    later = row.updated_at + timedelta(days=settings.exchange_remind_days)
    match row.state, row.due_at:
        case ExchangeState.PROPOSED, _:
            yield Reminder("asked", later)
        case ExchangeState.ACCEPTED, datetime() as due:
            if row.agreed_for is not None:
                yield Reminder("soon", row.agreed_for - DAY)
                yield Reminder("after", row.agreed_for + DAY)
            # Who forgot to say that it was done would be thanked by nobody.
            yield Reminder("lapsing", due - DAY)
        case ExchangeState.DONE, datetime() as due:
            yield Reminder("done", later)
            if due - DAY > later:
                yield Reminder("releasing", due - DAY)
        case ExchangeState.MISSED, datetime() as due:
            yield Reminder("missed", row.updated_at)
            if due - DAY > row.updated_at:
                yield Reminder("returning", due - DAY)


def _job(kind: str, row: ExchangeRow, at: datetime, letter: str = "") -> JobRow:
    payload = {"exchange": row.id, "version": row.version, "letter": letter}
    return a_job(kind, payload, run_at=at, key=f"{kind}:{row.id}:{row.version}:{letter}")


@job(REMIND)
async def remind(site: Site, payload: dict[str, Any]) -> None:
    """Write a letter about an exchange that waits for somebody."""
    async with site.database.write() as session:
        bound = await still(session, payload)
        if bound is None:
            return
        letter: Letter = payload["letter"]
        if not await _for_the_first_time(session, bound.row, letter):
            return
        for to in _addressees(bound, letter):
            await _write(session, site.settings, bound, letter, to)


async def still(session: Session, payload: dict[str, Any]) -> Bound | None:
    """Return the exchange, locked, if it stands as it did when the job was written."""
    try:
        bound = await find_bound(session, payload["exchange"])
    except NotFound:
        return None
    return bound if bound.row.version == payload["version"] else None


async def _for_the_first_time(session: Session, row: ExchangeRow, letter: Letter) -> bool:
    """Say whether these letters are written only now: a job may run twice.

    The mark is a job that is done already; it holds no address.
    """
    mark = a_job(WRITTEN, {}, key=f"{WRITTEN}:{row.id}:{row.version}:{letter}")
    mark.done_at = now()
    return await insert_new(session, mark)


def _addressees(bound: Bound, letter: Letter) -> Iterator[MemberRow]:
    for member in (bound.helper, bound.beneficiary):
        if not bound.roles(member.id).isdisjoint(_TO[letter]):
            yield member


async def _write(session: Session, settings: Settings, bound: Bound, letter: Letter, to: MemberRow) -> None:
    row, under = bound.row, bound.talk.posted
    other = bound.helper if to.id == row.beneficiary_id else bound.beneficiary
    # A title may be what a listing was hidden for: who may not read it is not told it by a letter either.
    read = may(as_viewer(to), "read", under.facts)
    await mail.write(
        session,
        to,
        f"exchange_{letter}" if read else f"exchange_hidden_{letter}",
        link=address_of(settings, under.row),
        other=other.name,
        **({"title": under.row.title} if read else {}),
        **_smiles(bound, to, other),
    )


def _smiles(bound: Bound, to: MemberRow, other: MemberRow) -> dict[str, str]:
    """Return how many smiles it is about, and `back`: that they go back, if there are any, and to whom."""
    count = bound.row.smiles
    if count == 0:
        return {"smiles": catalogue.translate(to.locale, "mail.exchange.no_smiles"), "back": ""}
    whose = "you" if to.id == bound.row.beneficiary_id else "other"
    return {
        "smiles": catalogue.translate(to.locale, "mail.exchange.smiles", count=count),
        "back": catalogue.translate(
            to.locale, f"mail.exchange.back_to_{whose}", count=count, other=other.name
        ),
    }
