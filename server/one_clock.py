"""All processes of a town go by one clock, their database's, whatever their own machines say.

A process whose clock is an hour off would end sign-in links before they are read, take over jobs that others
are at, and leave jobs and signals that nobody touches for an hour. SQLite's processes are on one machine and
have one clock anyway.
"""

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text

from server import clock
from server.database import Database

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
# What machines that keep their time differ by. Two processes then differ by at most twice that, which is what
# the sweep of the outbox allows for (`server.outbox.AHEAD`).
TOLERANCE = timedelta(seconds=0.25)

_THEIR_TIME = text("SELECT clock_timestamp()")


async def agree(database: Database) -> None:
    """Correct our clock if it differs from that of `database`, by what it does."""
    if database.is_sqlite:
        return
    async with database.engine.connect() as connection:
        # The first question opens a transaction; only the second is measured.
        await connection.execute(_THEIR_TIME)
        asked = clock.now()
        theirs: datetime = (await connection.execute(_THEIR_TIME)).scalar_one()
        unsure = (clock.now() - asked) / 2
        ours = asked + unsure
    # A process that was stopped in between, or a slow network, is no wrong clock.
    if abs(ours - theirs) > TOLERANCE + unsure:
        clock.set_back(ours - theirs)
        log.warning("clock_corrected", seconds=round((ours - theirs).total_seconds(), 3))


async def follow(database: Database) -> None:
    """Keep our clock in agreement with that of `database`, for ever."""
    while not database.is_sqlite:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await agree(database)
        except Exception as error:  # noqa: BLE001 - the database may be away: the next round finds out
            log.warning("clock_alone", error=type(error).__name__)
