"""The worker beside the web process."""

import asyncio
import contextlib
import signal
import sqlite3
import subprocess
import sys

import time_machine
from sqlalchemy import delete

from realtime.shapes import Layer
from server.clock import now
from server.listings.kinds import LIFETIMES
from server.outbox import SignalRow
from tests.server.board.town import town_at
from tests.server.commands.running import (
    PROJECT,
    environment,
)
from tests.waiting import PATIENCE_SECONDS


def test_the_worker_carries_out_jobs_and_stops_when_asked(sqlite_town_url: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "jobs"],
        cwd=PROJECT,
        env=environment(ONEMILE_DATABASE_URL=sqlite_town_url),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1Mile's worker is working\n"
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=PATIENCE_SECONDS) == 0


def test_without_redis_what_the_worker_changes_is_left_for_the_web_process_to_tell(
    sqlite_town_url: str,
) -> None:
    path = sqlite_town_url.partition("///")[2]
    asyncio.run(_publish_one_that_ends_now(sqlite_town_url))
    worker = [sys.executable, "-m", "server", "jobs"]
    settings = environment(ONEMILE_DATABASE_URL=sqlite_town_url)

    with subprocess.Popen(worker, cwd=PROJECT, env=settings) as process:
        told = 0
        with contextlib.closing(sqlite3.connect(path)) as database:
            for _ in range(1200):
                question = 'SELECT count(*) FROM outbox_signal WHERE body LIKE \'%"type":"pin"%null%\''
                (told,) = database.execute(question).fetchone()
                if told:
                    break
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE_SECONDS)

    with contextlib.closing(sqlite3.connect(path)) as database:
        assert told == database.execute(question).fetchone()[0] == 1


async def _publish_one_that_ends_now(url: str) -> None:
    async with town_at(url) as town:
        with time_machine.travel(now() - LIFETIMES[Layer.REQUEST], tick=True):
            await town.publish(await town.member("Ana"))
        async with town.database.write() as session:
            await session.exec(delete(SignalRow))
