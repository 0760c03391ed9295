"""The whole application as `python -m server serve` runs it, with one more door, for the bench.

What comes through the door, a signal on each line, is published on the process's own bus: a fan-out without
the database before it. The line "statements" is answered with how many SQL statements were executed, "lag"
with how many ms of processor time the loop kept others waiting since the last time: the 99th percentile and
the worst.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import event
from starlette.applications import Starlette

from realtime.signals import SIGNALS
from server import logs
from server.app import create_app, in_background
from server.commands.serve import serve
from server.commands.starting import bound
from server.settings import Settings

LOOK_SECONDS = 0.005


class Door(asyncio.Protocol):
    """One caller at the bench's door."""

    def __init__(self, app: Starlette, statements: list[int], lags: list[float]) -> None:
        self._live = app.state.live
        self._statements = statements
        self._lags = lags
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where answers go."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Carry out each whole line."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line == b"statements":
                self._transport.write(b"%d\n" % self._statements[0])
            elif line == b"lag":
                late = sorted(self._lags) or [0.0]
                self._lags.clear()
                self._transport.write(b"%.1f %.1f\n" % (late[int(len(late) * 0.99)], late[-1]))
            else:
                self._live.publish([SIGNALS.validate_json(line)])


def with_door(app: Starlette, port: int) -> Starlette:
    """Return `app`, which from its start to its end also listens on `port`."""
    inner = app.router.lifespan_context
    statements = [0]
    lags: list[float] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # A transaction's brackets are no question.
        statements[0] += not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Any]:
        async with inner(app) as state:
            event.listen(app.state.site.database.engine.sync_engine, "before_cursor_execute", count)
            loop = asyncio.get_running_loop()
            door = await loop.create_server(lambda: Door(app, statements, lags), "127.0.0.1", port)
            async with door, in_background(_watch_the_loop(lags)):
                yield state

    app.router.lifespan_context = lifespan
    return app


async def _watch_the_loop(lags: list[float]) -> None:
    """Note all the time how many ms the loop computed before our turn; other programs do not stretch it."""
    loop = asyncio.get_running_loop()
    while True:
        due, before = loop.time() + LOOK_SECONDS, time.thread_time()
        await asyncio.sleep(LOOK_SECONDS)
        late, computed = loop.time() - due, time.thread_time() - before
        lags.append(max(0.0, min(late, computed)) * 1000)


def main() -> None:
    """Serve until stopped."""
    settings = Settings()
    logs.configure(settings.log_format)
    with bound(settings.host, settings.port) as listening:
        app = with_door(create_app(settings), int(os.environ["BENCH_DOOR"]))
        serve(settings, app, listening, lambda: print("ready", flush=True))


if __name__ == "__main__":
    main()
