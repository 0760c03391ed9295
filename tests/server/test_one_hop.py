"""SQLite by one hop a statement: the same rows as ever, however many, and nothing left open."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from server import one_hop
from server.database import Database
from server.one_hop import FIRST_ROWS, OneHopConnection

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :last) SELECT i FROM n"


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[OneHopConnection]:
    """A connection to an empty file."""
    opened = one_hop.connect(str(tmp_path / "file.sqlite3"))
    async with opened:
        yield opened


@pytest.mark.parametrize("last", [1, FIRST_ROWS - 1, FIRST_ROWS, FIRST_ROWS + 1, 3 * FIRST_ROWS])
async def test_all_rows_come_however_many_there_are(connection: OneHopConnection, last: int) -> None:
    by_one, by_some, at_once = [await connection.cursor().execute(NUMBERS, [last]) for _ in range(3)]

    ones = [row async for row in _one_by_one(by_one)]
    some = [row for _ in range(0, last + 1, 7) for row in await by_some.fetchmany(7)]

    assert await at_once.fetchall() == ones == some == [(n,) for n in range(1, last + 1)]
    assert await at_once.fetchall() == []
    assert await by_one.fetchone() is None


async def test_what_is_not_fetched_to_its_end_holds_nothing_up(connection: OneHopConnection) -> None:
    await connection.cursor().execute("CREATE TABLE thing (id INTEGER)")
    cursor = await connection.cursor().execute(NUMBERS, [5 * FIRST_ROWS])
    await cursor.fetchmany(3)

    await cursor.close()

    assert await cursor.fetchall() == []
    await connection.cursor().execute("DROP TABLE thing")


async def test_a_change_says_how_many_rows_and_which(connection: OneHopConnection) -> None:
    await connection.cursor().execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
    await connection.cursor().executemany("INSERT INTO thing (name) VALUES (?)", [("a",), ("b",)])

    changed = await connection.cursor().execute("UPDATE thing SET name = 'c'")
    added = await connection.cursor().execute("INSERT INTO thing (name) VALUES ('d')")
    told = await connection.cursor().execute("UPDATE thing SET name = 'e' WHERE id > 1 RETURNING id")

    assert (changed.rowcount, changed.description) == (2, None)
    assert added.lastrowid == 3
    assert await told.fetchall() == [(2,), (3,)]


def test_a_connection_that_is_stopped_as_its_loop_ends_ends_in_peace(tmp_path: Path) -> None:
    busy = threading.Event()

    async def stopped() -> OneHopConnection:
        connection = one_hop.connect(str(tmp_path / "file.sqlite3"))
        await connection
        connection._tx.put_nowait((None, busy.wait))
        connection.stop()
        return connection

    connection = asyncio.run(stopped())
    busy.set()
    connection._thread.join()

    assert connection._connection is None


async def test_a_statement_takes_one_hop(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(sqlite_url)
    hops: list[object] = []
    goes_on = OneHopConnection._execute

    async def count(connection: OneHopConnection, act: object, *arguments: object) -> object:
        hops.append(act)
        return await goes_on(connection, act, *arguments)  # type: ignore[no-untyped-call]

    async with database.read() as session:
        await session.exec(text("SELECT 1"))  # type: ignore[call-overload]
        monkeypatch.setattr(OneHopConnection, "_execute", count)
        await session.exec(text("SELECT 2"))  # type: ignore[call-overload]
        monkeypatch.undo()
    await database.aclose()

    assert len(hops) == 1


async def test_readers_at_once_each_get_their_own(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    async def ask(last: int) -> int:
        async with database.read() as session:
            rows = await session.exec(text(NUMBERS), params={"last": last})  # type: ignore[call-overload]
            return len(rows.all())

    assert await asyncio.gather(*(ask(n) for n in range(1, 600, 37))) == [*range(1, 600, 37)]
    await database.aclose()


async def _one_by_one(cursor: one_hop.OneHopCursor) -> AsyncIterator[object]:
    while (row := await cursor.fetchone()) is not None:
        yield row
