"""The whole application as `python -m server serve` runs it, with one more door, for the bench.

What comes through the door, a signal on each line, is published on the process's own bus: a fan-out without
the database before it. The line "statements" is answered with how many SQL statements were executed.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import event
from starlette.applications import Starlette

from realtime.signals import SIGNALS
from server import logs
from server.app import create_app
from server.commands.serve import serve
from server.commands.starting import bound
from server.settings import Settings


class Door(asyncio.Protocol):
    """One caller at the bench's door."""

    def __init__(self, app: Starlette, statements: list[int]) -> None:
        self._live = app.state.live
        self._statements = statements
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
            else:
                self._live.publish([SIGNALS.validate_json(line)])


def with_door(app: Starlette, port: int) -> Starlette:
    """Return `app`, which from its start to its end also listens on `port`."""
    inner = app.router.lifespan_context
    statements = [0]

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # A transaction's brackets are no question.
        statements[0] += not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Any]:
        async with inner(app) as state:
            event.listen(app.state.site.database.engine.sync_engine, "before_cursor_execute", count)
            loop = asyncio.get_running_loop()
            async with await loop.create_server(lambda: Door(app, statements), "127.0.0.1", port):
                yield state

    app.router.lifespan_context = lifespan
    return app


def main() -> None:
    """Serve until stopped."""
    settings = Settings()
    logs.configure(settings.log_format)
    with bound(settings.host, settings.port) as listening:
        app = with_door(create_app(settings), int(os.environ["BENCH_DOOR"]))
        serve(settings, app, listening, lambda: print("ready", flush=True))


if __name__ == "__main__":
    main()
