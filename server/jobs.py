"""Jobs: what a transaction left to be done later, and what comes round by the clock.

The table is the queue. A worker takes a job by moving it into the future by a lease; one that dies lets the
lease run out and another takes over. A job may thus run twice: each must be written so that this does no
harm.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import delete
from sqlmodel import col, select

from server.clock import now
from server.outbox import JobRow, enqueue
from server.site import Site

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
# After each failure twice as long, up to an hour: a mail server may be away for two days.
MOST_ATTEMPTS = 60
LONGEST_WAIT = timedelta(hours=1)
POLL_SECONDS = 1.0
AT_ONCE = 4
# What a process that ends waits for a job in hand.
GRACE_SECONDS = 5.0
# A job with a key is remembered this long after it was done, so that the key means "once".
KEPT = timedelta(days=60)

Work = Callable[[Site, dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: what to do, and how often it comes round by itself, if it does."""

    work: Work
    every: timedelta | None


KINDS: dict[str, Kind] = {}


class Hopeless(Exception):
    """Raised by a job that no further attempt would bring anywhere."""


def job(kind: str, *, every: timedelta | None = None) -> Callable[[Work], Work]:
    """Register a function `(site, payload)` as what to do for jobs of `kind`; `every` makes it come round."""

    def register(work: Work) -> Work:
        KINDS[kind] = Kind(work, every)
        return work

    return register


class Taken(NamedTuple):
    """A job in hand, and when it was due."""

    row: JobRow
    due: datetime


class Worker:
    """Carries out the jobs of one database, a few at a time."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._woken = asyncio.Event()
        self._planned: dict[str, int] = {}
        self._ending = False

    def wake(self, run_at: datetime) -> None:
        """Look for work now if a job of `run_at` is due; otherwise the poll will find it."""
        if run_at <= now():
            self._woken.set()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Work until the block ends; then end what is in hand, if that takes no longer than the grace.

        What was cut off in the middle would wait for its lease to run out, and be done twice.
        """
        task = asyncio.create_task(self._run(), name="jobs")
        try:
            yield
        finally:
            self._ending = True
            self._woken.set()
            await asyncio.wait({task}, timeout=GRACE_SECONDS)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work())

    async def drain(self) -> int:
        """Carry out all that is due, and return how many jobs that were."""
        done = 0
        while await self.step():
            done += 1
        return done

    async def step(self) -> bool:
        """Carry out one job that is due; return whether there was one."""
        taken = await self._take()
        if taken is None:
            return False
        try:
            async with asyncio.timeout(LEASE.total_seconds() / 2):
                await KINDS[taken.row.kind].work(self._site, taken.row.payload)
        except Exception as error:  # noqa: BLE001 - a job's fault is noted, and the worker goes on
            await self._failed(taken.row, error)
        else:
            await self._done(taken)
        return True

    async def plan(self) -> None:
        """Write the jobs that come round by the clock, each once in its period whoever asks first."""
        for name, kind in KINDS.items():
            if kind.every is None:
                continue
            period = int(now().timestamp() // kind.every.total_seconds())
            if self._planned.get(name) != period:
                async with self._site.database.write() as session:
                    await enqueue(session, name, {}, key=f"{name}:{period}")
                self._planned[name] = period

    async def _work(self) -> None:
        while not self._ending:
            try:
                await self.plan()
                while not self._ending and await self.step():
                    pass
            except Exception as error:  # noqa: BLE001 - the database may be away: the next round finds out
                log.warning("jobs_paused", error=type(error).__name__)
            if self._ending:
                return
            self._woken.clear()
            # Not wait_for: on Python 3.11 it swallows a cancellation that comes together with the event.
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()

    async def _take(self) -> Taken | None:
        due = (
            select(JobRow)
            .where(
                col(JobRow.done_at).is_(None),
                col(JobRow.failed_at).is_(None),
                col(JobRow.run_at) <= now(),
                col(JobRow.kind).in_(KINDS),
            )
            .order_by(col(JobRow.run_at))
            .limit(1)
        )
        async with self._site.database.read() as session:
            if (await session.exec(due)).first() is None:
                return None
        async with self._site.database.write() as session:
            row = (await session.exec(due.with_for_update(skip_locked=True))).first()
            if row is None:
                return None
            taken = Taken(row, row.run_at)
            row.attempts += 1
            row.run_at = now() + LEASE
            return taken

    async def _done(self, taken: Taken) -> None:
        async with self._site.database.write() as session:
            if taken.due > now():
                # Our clock was ahead, and is right again: the job may have found that its time had not come.
                (await session.get_one(JobRow, taken.row.id)).run_at = taken.due
            elif taken.row.key is None:
                await session.exec(delete(JobRow).where(col(JobRow.id) == taken.row.id))
            else:
                row = await session.get_one(JobRow, taken.row.id)
                row.done_at = now()

    async def _failed(self, taken: JobRow, error: Exception) -> None:
        # The kind of error only: its text may hold an address.
        log.error(
            "job_failed", kind=taken.kind, job=taken.id, attempts=taken.attempts, error=type(error).__name__
        )
        async with self._site.database.write() as session:
            row = await session.get_one(JobRow, taken.id)
            row.error = type(error).__name__
            row.run_at = now() + timedelta(seconds=min(2**taken.attempts, LONGEST_WAIT.total_seconds()))
            if taken.attempts >= MOST_ATTEMPTS or isinstance(error, Hopeless):
                row.failed_at = now()


@job("jobs.prune", every=timedelta(days=1))
async def prune(site: Site, _: dict[str, Any]) -> None:
    """Forget jobs that were done long ago."""
    async with site.database.write() as session:
        await session.exec(delete(JobRow).where(col(JobRow.done_at) < now() - KEPT))
