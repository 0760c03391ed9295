"""What a transaction wants done after it: signals for all processes, jobs for a worker.

Both are rows of the same transaction, so they exist exactly if the change does. After the commit the signals
are published at once; should the process die in between, or the bus be down, any process's sweep finds
the rows left behind and publishes them. A signal may therefore come twice, never not at all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field

from realtime.signals import SIGNALS, AnySignal
from server.clock import now
from server.database import Session, defer
from server.ids import new_id
from server.tables import Row, document, long_text, moment


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
    written = await session.exec(
        dialect.insert(JobRow).values(values).on_conflict_do_nothing(index_elements=["key"])
    )
    if written.rowcount != 1:
        return False
    defer(session, Enqueued(moment_))
    return True


def emitted(things: Sequence[Any]) -> list[Emitted]:
    """Return the signals among what a transaction deferred, in their order."""
    return [thing for thing in things if isinstance(thing, Emitted)]
