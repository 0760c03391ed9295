"""What a transaction wants done after it: signals for all processes, jobs for a worker.

Both are rows of the same transaction, so they exist exactly if the change does. After the commit the signals
are published at once; should the process die in between, or the bus be down, any process's sweep finds
the rows left behind and publishes them. A signal may therefore come twice, never not at all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

import structlog
from pydantic import ValidationError
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, col, select

from realtime.signals import SIGNALS, AnySignal
from server.clock import now
from server.database import Database, Session, defer
from server.ids import new_id
from server.tables import Row, document, long_text, moment

log = structlog.get_logger(__name__)

# Together at most the 5 s in which what was committed must be delivered: age of what counts as left behind,
# what clocks may differ by, how often we look, how long publishing may take.
LEFT_BEHIND = timedelta(seconds=2)
# From a moment to come: its writer's clock was wrong, or ours has been set back. Its age would tell nothing
# before that moment has come.
AHEAD = timedelta(seconds=0.5)
SWEEP_SECONDS = 1.0
SWEEP_ROWS = 500
PUBLISH_SECONDS = 1.5


class SignalRow(Row, table=True):
    """A signal that is not known to be published yet."""

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
    for signal in signals:
        row = SignalRow(id=new_id(), created_at=now(), body=SIGNALS.dump_json(signal).decode())
        session.add(row)
        defer(session, Emitted(row.id, signal))


def leave_behind(session: Session, *signals: AnySignal) -> None:
    """Have `signals` published by the next sweep of any process: for a program that is gone by then."""
    for signal in signals:
        body = SIGNALS.dump_json(signal).decode()
        session.add(SignalRow(id=new_id(), created_at=now() - LEFT_BEHIND, body=body))


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
    moment_ = run_at or now()
    values = {
        "id": new_id(),
        "kind": kind,
        "payload": payload,
        "key": key,
        "run_at": moment_,
        "attempts": 0,
        "created_at": now(),
    }
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(JobRow).values(values).on_conflict_do_nothing(index_elements=["key"])
    # What comes back says whether it was written; a row count is not given for it on every database.
    if (await session.exec(insert.returning(col(JobRow.id)))).first() is None:
        return False
    defer(session, Enqueued(moment_))
    return True


class Publisher(Protocol):
    """The side of the bus that the outbox needs."""

    def publish(self, signals: Sequence[AnySignal]) -> Awaitable[bool]:
        """Send `signals` to all processes, without waiting; the result says whether they went out."""
        ...


class Outbox:
    """Publishes what transactions emitted, at once and, where that failed, by the sweep.

    `due` is told the time of each job that was written.
    """

    def __init__(self, database: Database, bus: Publisher, due: Callable[[datetime], None]) -> None:
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
                await self.sweep()
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
            signals = [signal for row in rows if (signal := _read(row)) is not None]
            async with asyncio.timeout(PUBLISH_SECONDS):
                if not await self._bus.publish(signals):
                    return 0
            await session.exec(delete(SignalRow).where(col(SignalRow.id).in_([row.id for row in rows])))
        return len(signals)

    def _after_commit(self, things: Sequence[Any]) -> None:
        signals = [thing for thing in things if isinstance(thing, Emitted)]
        if signals:
            sent = asyncio.ensure_future(self._bus.publish([one.signal for one in signals]))
            sent.add_done_callback(lambda done: self._note([one.row for one in signals], done))
        for thing in things:
            if isinstance(thing, Enqueued):
                self._due(thing.run_at)

    def _note(self, rows: list[str], done: "asyncio.Future[bool]") -> None:
        if not done.cancelled() and done.exception() is None and done.result():
            self._published.extend(rows)


def _read(row: SignalRow) -> AnySignal | None:
    """Return the signal in `row`; None if another release wrote it in a way that this one cannot read."""
    try:
        return SIGNALS.validate_json(row.body)
    except ValidationError:
        log.error("signal_unreadable", row=row.id)
        return None
