"""SQLite by one hop to its thread for each statement, where aiosqlite takes four.

aiosqlite goes to the connection's thread to make a cursor, to execute, to fetch and to close, and each way
there and back costs more than what SQLite does in between: by py-spy 43 % of posting a message. Here the
first rows come along with the execution, and a cursor that has given all is closed on the way.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final, Self

from aiosqlite import Connection
from aiosqlite.core import _STOP_RUNNING_SENTINEL

FIRST_ROWS: Final = 256


class OneHopCursor:
    """A cursor as SQLAlchemy's dialect uses it."""

    __slots__ = ("_connection", "_cursor", "_more", "_rows")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._rows: list[Any] = []
        # Whether the database may have more than the rows that came along.
        self._more = False

    async def __aenter__(self) -> Self:
        """Begin: there is nothing to be done yet."""
        return self

    @property
    def description(self) -> Any:
        """What the columns are; None if there are none."""
        return self._cursor.description if self._cursor else None

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._cursor.rowcount if self._cursor else -1

    @property
    def lastrowid(self) -> int | None:
        """The number of the row that was inserted last."""
        return self._cursor.lastrowid if self._cursor else None

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Execute a statement and bring its first rows."""
        await self._hop(self._execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> Self:
        """Execute a statement for each of `parameters`."""
        await self._hop(self._execute_many, sql, parameters)
        return self

    async def fetchone(self) -> Any:
        """Return the next row; None if there is no other."""
        found = await self.fetchmany(1)
        return found[0] if found else None

    async def fetchmany(self, size: int) -> list[Any]:
        """Return the next rows, at most `size`."""
        if self._more and len(self._rows) < size:
            await self._hop(self._fetch, size - len(self._rows))
        found, self._rows = self._rows[:size], self._rows[size:]
        return found

    async def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        if self._more:
            await self._hop(self._fetch, None)
        found, self._rows = self._rows, []
        return found

    async def close(self) -> None:
        """Let go of what was not fetched."""
        if self._more and self._cursor:
            await self._hop(self._cursor.close)
        self._rows, self._more = [], False

    async def _hop(self, act: Callable[..., object], *arguments: object) -> None:
        await self._connection._execute(act, *arguments)  # type: ignore[no-untyped-call]

    # In the connection's thread.

    def _execute(self, sql: str, parameters: Sequence[Any]) -> None:
        self._cursor = self._connection._conn.execute(sql, parameters)
        self._rows, self._more = [], self._cursor.description is not None
        if self._more:
            self._fetch(FIRST_ROWS)
        else:
            self._cursor.close()

    def _execute_many(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        self._cursor = self._connection._conn.executemany(sql, parameters)
        self._rows, self._more = [], False
        self._cursor.close()

    def _fetch(self, size: int | None) -> None:
        if self._cursor is None:
            return
        found = self._cursor.fetchall() if size is None else self._cursor.fetchmany(size)
        self._rows += found
        if size is None or len(found) < size:
            self._more = False
            self._cursor.close()


class OneHopConnection(Connection):
    """A connection whose cursors are such."""

    def cursor(self) -> Any:
        """Return a cursor."""
        return OneHopCursor(self)

    def stop(self) -> None:
        """End the thread once it has done what it was given; nobody waits for that.

        aiosqlite's own answers to a future, whose loop may be closed by then: the thread would die of it.
        """
        self._running = False
        self._tx.put_nowait((None, self._close_and_end))

    def _close_and_end(self) -> object:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return _STOP_RUNNING_SENTINEL


def connect(database: str, **options: Any) -> OneHopConnection:
    """Return a connection to the file `database`, to be awaited. `options` are those of `sqlite3.connect`."""
    connection = OneHopConnection(lambda: sqlite3.connect(database, **options), iter_chunk_size=FIRST_ROWS)
    # As SQLAlchemy does for its own: a thread that waits for statements must not keep the process alive.
    connection._thread.daemon = True
    return connection
