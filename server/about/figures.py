"""What is measured of this process now and then, outside of everybody's way, for `/metrics` and `/status`."""

import asyncio
from typing import Any, Final

import structlog
from sqlalchemy import func
from sqlmodel import col, select

from realtime.live import Live
from server.about.checkup import Checkup
from server.clock import now
from server.edge.metrics import SAMPLE_SECONDS, Metrics, Sample
from server.edge.pulse import Pulse
from server.outbox import JobRow, SignalRow
from server.payments.models import REFUSED, PaymentEventRow
from server.problems import DATABASE_DOWN
from server.site import Site

# Counting rows is work for the database; what it tells changes slowly.
BACKLOG_SECONDS: Final = 15.0

log = structlog.get_logger(__name__)


class Figures:
    """Takes samples of one process into its metrics."""

    def __init__(self, metrics: Metrics, site: Site, live: Live, checkup: Checkup) -> None:
        self._metrics = metrics
        self._site = site
        self._live = live
        self._checkup = checkup
        self._pulse = Pulse()
        self._backlog: dict[str, float] = {}

    async def run(self) -> None:
        """Sample for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pulse.run())
            group.create_task(self._count_for_ever())
            group.create_task(self._sample_for_ever())

    async def sample(self) -> None:
        """Take one sample."""
        found = await self._checkup.look()
        live = self._live
        gauges = {
            "onemile_realtime_sockets": live.counts.sockets,
            "onemile_realtime_watches": live.counts.watches,
            "onemile_pins": len(live.index),
            "onemile_index_lag_seconds": found.lag_seconds,
            "onemile_bus_up": float(live.bus.healthy),
            "onemile_bus_lag_seconds": live.bus.lag_seconds,
            "onemile_database_up": float(found.parts["database"].state == "ok"),
        }
        self._metrics.sample(Sample(live.counts, {**gauges, **self._pulse.gauges(), **self._backlog}))

    async def count(self) -> None:
        """Count what waits in the database; away, it is counted when it is back."""
        try:
            self._backlog = await backlog(self._site)
        except DATABASE_DOWN as error:
            log.warning("not_counted", error=type(error).__name__)

    async def _sample_for_ever(self) -> None:
        while True:
            await self.sample()
            await asyncio.sleep(SAMPLE_SECONDS)

    async def _count_for_ever(self) -> None:
        while True:
            await self.count()
            await asyncio.sleep(BACKLOG_SECONDS)


async def backlog(site: Site) -> dict[str, float]:
    """Return how much waits to be published and done, as gauges."""
    at = now()
    signals: Any = select(func.count(), func.min(col(SignalRow.created_at))).select_from(SignalRow)
    waiting = select(func.count()).where(col(JobRow.done_at).is_(None), col(JobRow.failed_at).is_(None))
    due = waiting.where(col(JobRow.run_at) <= at)
    again = waiting.where(col(JobRow.error).is_not(None))
    failed = select(func.count()).where(col(JobRow.failed_at).is_not(None))
    refused = select(func.count()).where(col(PaymentEventRow.outcome).startswith(REFUSED))
    async with site.database.read() as session:
        count, oldest = (await session.exec(signals)).one()
        return {
            "onemile_outbox_signals": count,
            "onemile_outbox_oldest_seconds": max(0.0, (at - oldest).total_seconds()) if oldest else 0.0,
            "onemile_jobs_due": (await session.exec(due)).one(),
            "onemile_jobs_retried": (await session.exec(again)).one(),
            "onemile_jobs_failed": (await session.exec(failed)).one(),
            "onemile_payments_refused": (await session.exec(refused)).one(),
        }
