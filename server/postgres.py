"""A PostgreSQL connection that gives up a server of which nothing comes any more.

Over a net that swallows everything, or to a server that is frozen, a connection stands for ever: the server's
own `statement_timeout` does not help, and TCP notices after minutes, or never. So each wait has an end of
ours. It is ended at the socket, which every library above takes for what it is: a lost connection.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from psycopg import AsyncConnection, OperationalError
from psycopg.abc import PQGen
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection as Connection

CONNECT_SECONDS = 3
# The server says no to a statement after this long, and a second later we stop waiting for its word.
STATEMENT_SECONDS = 4.0
ANSWER_SECONDS = 5.0
# Tables change in their own time.
_A_DAY_SECONDS = 86_400.0

T = TypeVar("T")


class PatientConnection(AsyncConnection[Any]):
    """Waits `patience_seconds` for each answer, and then hangs up."""

    patience_seconds = ANSWER_SECONDS

    async def wait(self, gen: PQGen[T], *args: Any, **options: Any) -> T:
        """Do as psycopg does. Raises `OperationalError` if it takes too long."""
        end = asyncio.get_running_loop().call_later(self.patience_seconds, self._hang_up)
        try:
            return await super().wait(gen, *args, **options)
        finally:
            end.cancel()

    def _hang_up(self) -> None:
        with (
            contextlib.suppress(OSError, OperationalError),
            socket.socket(fileno=os.dup(self.pgconn.socket)) as same,
        ):
            same.shutdown(socket.SHUT_RDWR)


CONNECT_OPTIONS: dict[str, Any] = {
    "async_creator_fn": PatientConnection.connect,
    "connect_timeout": CONNECT_SECONDS,
    # What nobody waits for: a host that has gone is noticed while a connection is idle, too.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": int(ANSWER_SECONDS * 1000),
    "options": f"-c statement_timeout={int(STATEMENT_SECONDS * 1000)} -c timezone=UTC",
}


@asynccontextmanager
async def in_its_own_time(connection: Connection) -> AsyncIterator[None]:
    """Let each statement in the block, within a transaction, take as long as it takes."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    driver.patience_seconds = _A_DAY_SECONDS
    try:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        yield
    finally:
        driver.patience_seconds = ANSWER_SECONDS
