"""What a transaction wants done after it: signals for all processes, jobs for a worker.

Both are rows of the same transaction, so they exist exactly if the change does. After the commit the signals
are published at once; should the process die in between, or the bus be down, any process's sweep finds
the rows left behind and publishes them. A signal may therefore come twice, never not at all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

import structlog
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json
from sqlalchemy import delete
from sqlmodel import Field, col, select

from realtime.signals import SIGNALS, AnySignal
from server.clock import now
from server.database import Database, Session, defer, deferred, do_last
from server.ids import new_id
from server.inserting import insert_all_new, insert_new
from server.tables import Row, document, long_text, moment

log = structlog.get_logger(__name__)

# Together at most the 5 s in which what was committed must be delivered: age of what counts as left behind,
# what clocks may differ by, how often we look, how long publishing may take.
LEFT_BEHIND = timedelta(seconds=2)
# From a moment to come: its writer's clock was wrong, or ours has been set back. Its age would tell nothing
# before that moment has come.
AHEAD = timedelta(seconds=0.5)
SWEEP_SECONDS = 1.0
SWEEP_ROWS = 100
PUBLISH_SECONDS = 1.5
BODIES: Final[TypeAdapter[list[AnySignal]]] = TypeAdapter(list[AnySignal])
_ROW = "outbox_row"


class SignalRow(Row, table=True):
    """The signals of one transaction, a JSON array, that are not known to be published yet."""

    __tablename__ = "outbox_signal"

    id: str = Field(primary_key=True, max_length=36)
    created_at: datetime = moment(index=True)
    body: str = long_text()


class JobRow(Row, table=True):
    """Something to do at `run_at` or soon after; `key` makes it once only, done or not."""

    __tablename__ = "outbox_job"

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=64)
    payload: dict[str, Any] = document()
    key: str | None = Field(default=None, max_length=200, unique=True)
    run_at: datetime = moment(index=True)
    attempts: int = 0
    done_at: datetime | None = moment(default=None)
    failed_at: datetime | None = moment(default=None)
    error: str | None = Field(default=None, max_length=500)
    created_at: datetime = moment()


class Emitted(NamedTuple):
    """A signal and the row that vouches for it."""

    row: str
    signal: AnySignal


class Enqueued(NamedTuple):
    """A job that was written and may be due."""

    run_at: datetime


def emit(session: Session, *signals: AnySignal) -> None:
    """Have `signals` published to all processes once the session's transaction is committed."""
    row = session.info.setdefault(_ROW, new_id())
    defer(session, *(Emitted(row, signal) for signal in signals))
    do_last(session, _write_down)


def leave_behind(session: Session, *signals: AnySignal) -> None:
    """Have `signals` published by the next sweep of any process: for a program that is gone by then."""
    body = BODIES.dump_json(list(signals)).decode()
    session.add(SignalRow(id=new_id(), created_at=now() - LEFT_BEHIND, body=body))


def _write_down(session: Session) -> None:
    """Write what the transaction emitted, all in one row: together is how it is published and deleted."""
    emitted = [thing for thing in deferred(session) if isinstance(thing, Emitted)]
    if emitted:
        body = BODIES.dump_json([one.signal for one in emitted]).decode()
        session.add(SignalRow(id=emitted[0].row, created_at=now(), body=body))


async def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, Any],
    *,
    run_at: datetime | None = None,
    key: str | None = None,
) -> bool:
    """Have the job `kind` done with `payload` after the commit, at `run_at` if given.

    With a `key`, a job of that key is written once: return whether it was this time. `payload` is JSON.
    """
    row = a_job(kind, payload, run_at=run_at, key=key)
    if not await insert_new(session, row):
        return False
    defer(session, Enqueued(row.run_at))
    return True


async def enqueue_all(session: Session, jobs: Sequence[JobRow]) -> None:
    """Have `jobs` done, each as by `enqueue`, whether or not one of its key was written before."""
    await insert_all_new(session, jobs)
    defer(session, *(Enqueued(row.run_at) for row in jobs))


def a_job(
    kind: str, payload: dict[str, Any], *, run_at: datetime | None = None, key: str | None = None
) -> JobRow:
    """Return the row of a job, for `enqueue_all`."""
    at = now()
    return JobRow(id=new_id(), kind=kind, payload=payload, key=key, run_at=run_at or at, created_at=at)


class Publisher(Protocol):
    """The side of the bus that the outbox needs."""

    def publish(self, signals: Sequence[AnySignal]) -> Awaitable[bool]:
        """Send `signals` to all processes, without waiting; the result says whether they went out."""
        ...


Anew = Callable[[Session, Sequence[AnySignal]], Awaitable[Sequence[AnySignal]]]


async def as_they_were(_: Session, signals: Sequence[AnySignal]) -> Sequence[AnySignal]:
    """Return `signals`."""
    return signals


class Outbox:
    """Publishes what transactions emitted, at once and, where that failed, by the sweep.

    `due` is told the time of each job that was written. What is swept is told late: `anew` returns it as it
    is by then, for who has missed what came in between.
    """

    def __init__(
        self,
        database: Database,
        bus: Publisher,
        due: Callable[[datetime], None],
        anew: Anew = as_they_were,
    ) -> None:
        self._anew = anew
        self._database = database
        self._bus = bus
        self._due = due
        self._published: list[str] = []
        database.after_commit = self._after_commit

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.settle()
                while await self.sweep():
                    # Else what is told at once during a long sweep would be found left behind.
                    await self.settle()
            except Exception as error:  # noqa: BLE001 - the database may be away: the next round finds out
                log.warning("sweep_failed", error=type(error).__name__)

    async def settle(self) -> None:
        """Delete the rows of signals that were published: many at a time, out of everybody's way."""
        done, self._published = self._published, []
        if not done:
            return
        try:
            async with self._database.write() as session:
                await session.exec(delete(SignalRow).where(col(SignalRow.id).in_(done)))
        except BaseException:
            self._published.extend(done)
            raise

    async def sweep(self) -> int:
        """Publish signals that were left behind, by whichever process; return how many."""
        left = (
            select(SignalRow)
            .where((SignalRow.created_at < now() - LEFT_BEHIND) | (SignalRow.created_at > now() + AHEAD))
            .order_by(SignalRow.id)
            .limit(SWEEP_ROWS)
        )
        async with self._database.read() as session:
            if (await session.exec(left.limit(1))).first() is None:
                return 0
        async with self._database.write() as session:
            # Another process that sweeps at the same time takes other rows.
            rows = (await session.exec(left.with_for_update(skip_locked=True))).all()
            signals = await self._anew(session, [signal for row in rows for signal in read(row)])
            async with asyncio.timeout(PUBLISH_SECONDS):
                if not await self._bus.publish(signals):
                    return 0
            await session.exec(delete(SignalRow).where(col(SignalRow.id).in_([row.id for row in rows])))
        return len(signals)

    def _after_commit(self, things: Sequence[Any]) -> None:
        signals = [thing for thing in things if isinstance(thing, Emitted)]
        if signals:
            sent = asyncio.ensure_future(self._bus.publish([one.signal for one in signals]))
            rows = {one.row for one in signals}
            sent.add_done_callback(lambda done: self._note(rows, done))
        for thing in things:
            if isinstance(thing, Enqueued):
                self._due(thing.run_at)

    def _note(self, rows: Iterable[str], done: "asyncio.Future[bool]") -> None:
        if not done.cancelled() and done.exception() is None and done.result():
            self._published.extend(rows)


def read(row: SignalRow) -> list[AnySignal]:
    """Return the signals in `row`, without those that another release wrote and this one cannot read."""
    try:
        return BODIES.validate_json(row.body)
    except ValidationError:
        return [signal for one in _parts(row.body) if (signal := _understood(row, one)) is not None]


def _parts(body: str) -> list[Any]:
    """Return the single signals; the first releases wrote one a row, without an array around it."""
    try:
        written = from_json(body)
    except ValueError:
        return [body]
    return written if isinstance(written, list) else [written]


def _understood(row: SignalRow, written: object) -> AnySignal | None:
    try:
        # From JSON again: strict numbers and moments are read otherwise from Python's objects.
        return SIGNALS.validate_json(to_json(written))
    except ValidationError:
        log.error("signal_unreadable", row=row.id)
        return None
