"""A backup taken under writes, restored into an empty place, is the town as of one moment."""

import asyncio
import io
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from realtime.backend import Viewer
from server.__main__ import main
from server.board.models import ConversationRow, ListingRow, MessageRow
from server.board.restored import LEAP
from server.commands import backups
from server.commands.failure import CommandFailed
from server.database import Database
from server.ids import new_id
from server.members.models import SessionRow
from server.outbox import SignalRow
from server.schema import METADATA
from server.settings import Settings
from tests.server.board.town import town_at
from tests.server.house import a_request, open_house, settings
from tests.servers import PostgresServer
from tests.waiting import until

MakeEmpty = Callable[[str], str]
# What a restore changes on purpose.
COUNTED = {("conversation", "seq"), ("listing", "version")}
ANEW = {"session", "outbox_signal"}


@pytest.fixture
def empty_like(tmp_path: Path, postgres_server: PostgresServer) -> MakeEmpty:
    """Returns the address of an empty database of the same kind."""

    def make(url: str) -> str:
        if url.startswith("sqlite"):
            return f"sqlite+aiosqlite:///{tmp_path / 'restored' / 'town.sqlite3'}"
        return postgres_server.create_database()

    return make


async def rows_of(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all there is in a database, but for what a restore changes on purpose."""
    database = Database(url)
    found: dict[str, list[tuple[Any, ...]]] = {}
    async with database.read() as session:
        connection = await session.connection()
        for name, table in METADATA.tables.items():
            columns = [one for one in table.columns if (name, one.name) not in COUNTED]
            order = list(table.primary_key.columns)
            found[name] = [tuple(row) for row in await connection.execute(select(*columns).order_by(*order))]
    await database.aclose()
    return {name: rows for name, rows in found.items() if name not in ANEW}


async def carried_over(given: Settings, to: str, file: Path) -> Settings:
    """Back the database of `given` up and restore it as `to`."""
    restored = settings(to)
    await asyncio.to_thread(backups.backup, given, str(file))
    await asyncio.to_thread(backups.restore, restored, str(file))
    return restored


async def test_a_backup_taken_while_people_write_holds_all_that_was_answered_before_and_no_half(
    town_url: str, empty_like: MakeEmpty, tmp_path: Path
) -> None:
    async with town_at(town_url) as town:
        ana = await town.member("Ana")
        threads = [(await town.publish(ana)).listing.thread for _ in range(4)]
        answered: list[str] = []
        stop = asyncio.Event()

        async def write(thread: str) -> None:
            while not stop.is_set():
                answered.append((await town.post(ana, thread)).id)

        async with asyncio.TaskGroup() as group:
            for thread in threads:
                group.create_task(write(thread))
            await until(lambda: len(answered) >= 20, "messages")
            before = set(answered)
            restored = await carried_over(settings(town_url), empty_like(town_url), tmp_path / "town.backup")
            stop.set()

    async with town_at(restored.database_url) as town, town.database.read() as session:
        kept = {row.id: row for row in await session.exec(select(MessageRow))}
        for talk in await session.exec(select(ConversationRow)):
            seqs = sorted(row.seq for row in kept.values() if row.conversation_id == talk.id)
            assert seqs == list(range(1, talk.last_seq + 1))
    assert before <= set(kept)


async def test_what_is_restored_is_what_was_backed_up(
    town_url: str, empty_like: MakeEmpty, tmp_path: Path
) -> None:
    async with open_house(town_url) as house:
        ana, bo = await house.join("Ana"), await house.join("Bo")
        draft = a_request()
        published = await ana.post("/api/listings", json=draft, headers={"Idempotency-Key": draft["id"]})
        thread = published.json()["listing"]["thread"]
        for client in (ana, bo):
            said = {"id": new_id(), "text": "Bonjour"}
            await client.post(
                f"/api/conversations/{thread}/messages", json=said, headers={"Idempotency-Key": new_id()}
            )

    restored = await carried_over(house.settings, empty_like(town_url), tmp_path / "town.backup")

    found = await rows_of(restored.database_url)
    assert found == await rows_of(town_url)
    assert (len(found["member"]), len(found["listing"]), len(found["message"])) == (2, 1, 2)


async def test_after_a_restore_everybody_starts_again_and_misses_nothing_that_is_new(
    town_url: str, empty_like: MakeEmpty, tmp_path: Path
) -> None:
    async with town_at(town_url) as town:
        ana = await town.member("Ana")
        published = await town.publish(ana)
        thread = published.listing.thread
        await town.post(ana, thread, "Avant")
        restored = await carried_over(town.settings, empty_like(town_url), tmp_path / "town.backup")
        # Written after the backup: a browser has it, and the restored town never heard of it.
        for n in range(3):
            await town.post(ana, thread, f"Perdu {n}")
        cursor = (await town.backend.opening(Viewer(address=""), thread, None)).cursor

    async with town_at(restored.database_url) as again:
        for n in range(5):
            await again.post(ana, thread, f"Nouveau {n}")
        opened = await again.backend.opening(Viewer(address=""), thread, cursor)
        later = await again.backend.opening(Viewer(address=""), thread, opened.cursor)
        async with again.database.read() as session:
            version = (await session.exec(select(col(ListingRow.version)))).one()
            left = [(await session.exec(select(table))).all() for table in (SessionRow,)]

    assert opened.reset
    assert [message.text for message in opened.messages] == ["Avant", *(f"Nouveau {n}" for n in range(5))]
    assert opened.cursor == LEAP + 1 + 5
    assert (later.reset, later.messages) == (False, [])
    assert version > published.listing.version
    assert left == [[]]


async def test_a_restored_town_is_served(town_url: str, empty_like: MakeEmpty, tmp_path: Path) -> None:
    async with open_house(town_url) as house:
        ana = await house.join("Ana")
        draft = a_request()
        await ana.post("/api/listings", json=draft, headers={"Idempotency-Key": draft["id"]})
        cookies = ana.cookies

    restored = await carried_over(house.settings, empty_like(town_url), tmp_path / "town.backup")

    async with open_house(restored.database_url) as house:
        client = await house.visitor()
        around = await client.post("/api/listings/around", json={"at": draft["place"]})
        client.cookies = cookies
        known = await client.get("/api/me/listings")
        told = await signals(house.site.database)
    assert [one["properties"]["title"] for one in around.json()["features"]] == [draft["title"]]
    assert known.status_code == 401
    assert told == 0


async def signals(database: Database) -> int:
    async with database.read() as session:
        return len((await session.exec(select(SignalRow))).all())


def test_a_backup_overwrites_nothing_and_only_its_owner_can_read_it(
    sqlite_town_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "town.backup"
    backups.backup(settings(sqlite_town_url), str(file))

    with pytest.raises(CommandFailed, match="overwrites nothing"):
        backups.backup(settings(sqlite_town_url), str(file))

    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.glob("town.backup*")] == ["town.backup"]


def test_nothing_is_restored_over_a_town_that_is_there(town_url: str, tmp_path: Path) -> None:
    given, file = settings(town_url), tmp_path / "town.backup"
    backups.backup(given, str(file))

    with pytest.raises(CommandFailed, match="not empty"):
        backups.restore(given, str(file))


def test_what_is_no_backup_or_of_another_database_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    nothing, other = tmp_path / "nothing", tmp_path / "other"
    nothing.write_bytes(b"Bonjour")
    other.write_bytes(b"PGDMP and so on")

    with pytest.raises(CommandFailed, match="is no backup"):
        backups.restore(settings(sqlite_url), str(nothing))
    with pytest.raises(CommandFailed, match="of PostgreSQL, and the settings name a database of SQLite"):
        backups.restore(settings(sqlite_url), str(other))
    with pytest.raises(CommandFailed, match="there is no backup"):
        backups.restore(settings(sqlite_url), str(tmp_path / "not there"))


def test_a_backup_that_cannot_be_finished_leaves_no_file(sqlite_town_url: str, tmp_path: Path) -> None:
    damaged = Path(sqlite_town_url.partition("///")[2])
    with sqlite3.connect(damaged) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    data = bytearray(damaged.read_bytes())
    data[4096 * 3 : 4096 * 6] = b"\xff" * 4096 * 3
    damaged.write_bytes(data)

    with pytest.raises(CommandFailed, match=r"town\.sqlite3"):
        backups.backup(settings(sqlite_town_url), str(tmp_path / "town.backup"))

    assert not list(tmp_path.glob("town.backup*"))


def test_a_backup_goes_through_a_pipe(
    town_url: str, empty_like: MakeEmpty, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("ONEMILE_DATABASE_URL", town_url)
    assert main(["backup", "-"]) == 0
    written = out.buffer.getvalue()
    to = empty_like(town_url)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written)))
    monkeypatch.setenv("ONEMILE_DATABASE_URL", to)

    assert main(["restore", "-"]) == 0

    assert asyncio.run(rows_of(to)) == asyncio.run(rows_of(town_url))
