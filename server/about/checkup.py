"""How the parts of this process are, and since when: asked often, answered at once whatever has failed.

Ready is who can serve requests: the database answers and the index is loaded. A bus that is down leaves us
`degraded`: one still reads and writes, live updates pause (the database is the truth).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import structlog
from sqlalchemy import func
from sqlmodel import col, select

from realtime.live import Live
from server.clock import now
from server.outbox import SignalRow
from server.problems import DATABASE_DOWN
from server.site import Site

# A database that has not answered by then is as good as away: those who ask have a deadline of their own.
ANSWER_SECONDS: Final = 1.0
# A question that is still open after this long is left to its fate, and another one is asked.
GIVEN_UP_SECONDS: Final = 5.0
MOST_OPEN: Final = 3
# What was committed is told within 5 s; more is a lag that one should know of.
LAG_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 5.0

Status = Literal["ok", "degraded", "failing"]
State = Literal["ok", "failing", "loading", "repairing", "behind"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """The state of one part, and since when it is so."""

    state: State
    since: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """How all parts are; `lag_seconds` is how far the index may be behind the database."""

    status: Status
    parts: Mapping[str, Part]
    lag_seconds: float


class Checkup:
    """Looks after the parts of one process."""

    def __init__(self, site: Site, live: Live) -> None:
        self._site = site
        self._live = live
        self._parts: dict[str, Part] = {}
        self._open: list[asyncio.Task[float | None]] = []
        self._asked_at = 0.0

    async def run(self) -> None:
        """Look for ever, so that `since` is true though nobody asks; then leave no question open."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            for one in self._open:
                one.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)

    async def look(self) -> Finding:
        """Return how all parts are now. Takes at most `ANSWER_SECONDS`."""
        untold = await self._oldest_untold_seconds()
        database = untold is not None
        lag = max(self._live.behind_seconds, untold if untold is not None and untold > LAG_SECONDS else 0.0)
        self._note("database", "ok" if database else "failing")
        self._note("bus", "ok" if self._site.bus.healthy else "failing")
        self._note("index", self._index(lag))
        return Finding(self._status(), dict(self._parts), round(lag, 3))

    def _index(self, lag: float) -> State:
        if not self._live.ready:
            return "loading"
        if self._live.repairing:
            return "repairing"
        return "behind" if lag > LAG_SECONDS else "ok"

    def _status(self) -> Status:
        states = {name: part.state for name, part in self._parts.items()}
        if states["database"] == "failing" or states["index"] == "loading":
            return "failing"
        return "ok" if set(states.values()) == {"ok"} else "degraded"

    def _note(self, name: str, state: State) -> None:
        known = self._parts.get(name)
        if known is None or known.state != state:
            self._parts[name] = Part(state, now())

    async def _oldest_untold_seconds(self) -> float | None:
        """Return the age of the oldest signal that is not known to be told; None if the database is away.

        Many who ask at once share one question, and one that hangs is not waited for: a line that swallows
        everything must neither hold up the answer nor take all connections.
        """
        clock = asyncio.get_running_loop().time
        self._open = [one for one in self._open if not one.done()]
        hangs = clock() - self._asked_at > GIVEN_UP_SECONDS
        if not self._open or (hangs and len(self._open) < MOST_OPEN):
            self._asked_at = clock()
            self._open.append(asyncio.create_task(self._ask(), name="checkup"))
        asked = self._open[-1]
        done, _ = await asyncio.wait({asked}, timeout=ANSWER_SECONDS)
        return asked.result() if done else None

    async def _ask(self) -> float | None:
        try:
            async with self._site.database.read() as session:
                oldest = (await session.exec(select(func.min(col(SignalRow.created_at))))).one()
        except Exception as error:  # noqa: BLE001 - the edge: whatever it is, it is no answer
            if not isinstance(error, DATABASE_DOWN):
                log.warning("checkup_failed", error=type(error).__name__)
            return None
        return max(timedelta(0), now() - oldest).total_seconds() if oldest is not None else 0.0
