"""Reading and writing: no update is lost, nothing half-done is seen, and what is refused leaves no trace."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import col, func, select

from realtime.signals import Heartbeat
from server import postgres
from server.clock import now
from server.database import Database
from server.ids import new_id
from server.members.models import MemberRow
from server.outbox import JobRow, SignalRow, emit, enqueue
from server.postgres import PatientConnection
from server.tables import Moment
from tests.faults.proxy import Proxy
from tests.servers import PostgresServer
from tests.waiting import PATIENCE_SECONDS


class Told(list[object]):
    """What was handed over after commits."""


@pytest.fixture
async def database(town_url: str) -> AsyncIterator[Database]:
    made = Database(town_url)
    yield made
    await made.aclose()


def a_member(name: str = "Ana") -> MemberRow:
    email = f"{new_id()}@example.org"
    return MemberRow(id=new_id(), email=email, name=name, kind="individual", locale="fr", created_at=now())


def beat(count: int = 1) -> Heartbeat:
    return Heartbeat(process="test", count=count)


async def count(database: Database, table: type[MemberRow | SignalRow | JobRow]) -> int:
    async with database.read() as session:
        return (await session.exec(select(func.count()).select_from(table))).one()


async def test_what_is_read_and_then_written_loses_no_update(database: Database) -> None:
    member = a_member("0")
    async with database.write() as session:
        session.add(member)

    async def add_one() -> None:
        async with database.write() as session:
            row = await session.get_one(MemberRow, member.id, with_for_update=True)
            await asyncio.sleep(0)
            row.name = str(int(row.name) + 1)

    await asyncio.gather(*(add_one() for _ in range(30)))

    async with database.read() as session:
        assert (await session.get_one(MemberRow, member.id)).name == "30"


async def test_two_processes_on_one_sqlite_file_lose_no_update_either(sqlite_town_url: str) -> None:
    # Two Database objects share no lock of ours: only BEGIN IMMEDIATE is between them.
    first, second = Database(sqlite_town_url), Database(sqlite_town_url)
    member = a_member("0")
    async with first.write() as session:
        session.add(member)

    async def add_ten(database: Database) -> None:
        for _ in range(10):
            async with database.write() as session:
                row = await session.get_one(MemberRow, member.id)
                await asyncio.sleep(0.001)
                row.name = str(int(row.name) + 1)

    await asyncio.gather(add_ten(first), add_ten(second))

    async with first.read() as session:
        assert (await session.get_one(MemberRow, member.id)).name == "20"
    await first.aclose()
    await second.aclose()


async def test_a_transaction_that_fails_leaves_no_row_no_signal_and_no_job(database: Database) -> None:
    told = Told()
    database.after_commit = told.extend

    async def act() -> None:
        async with database.write() as session:
            session.add(a_member())
            emit(session, beat())
            await enqueue(session, "test", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await act()

    assert [await count(database, table) for table in (MemberRow, SignalRow, JobRow)] == [0, 0, 0]
    assert told == []


async def test_signals_are_handed_over_after_the_commit_in_their_order(database: Database) -> None:
    told = Told()
    database.after_commit = told.extend

    async with database.write() as session:
        emit(session, beat(1), beat(2))
        emit(session, beat(3))
        before = list(told)

    assert before == []
    assert [one.signal.count for one in told] == [1, 2, 3]  # type: ignore[attr-defined]


async def test_a_transaction_inside_another_is_committed_with_it_or_not_at_all(database: Database) -> None:
    async def move_in() -> None:
        async with database.write() as session:
            session.add(a_member())

    async def act() -> None:
        async with database.write():
            await move_in()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await act()

    assert await count(database, MemberRow) == 0


async def test_a_transaction_inside_another_takes_only_its_own_back(database: Database) -> None:
    told = Told()
    database.after_commit = told.extend

    async def fail() -> None:
        async with database.write() as inner:
            inner.add(a_member())
            emit(inner, beat(2))
            raise RuntimeError

    async with database.write() as session:
        session.add(a_member())
        emit(session, beat(1))
        with pytest.raises(RuntimeError):
            await fail()

    assert await count(database, MemberRow) == 1
    assert await count(database, SignalRow) == 1
    assert [one.signal.count for one in told] == [1]  # type: ignore[attr-defined]


async def test_of_a_transaction_done_whole_nothing_stays_if_a_part_of_it_failed(database: Database) -> None:
    async def fail() -> None:
        async with database.write():
            raise ValueError("failed")

    async def go_on_all_the_same() -> None:
        async with database.write(whole=True) as session:
            session.add(a_member())
            with pytest.raises(ValueError, match="failed"):
                await fail()

    with pytest.raises(RuntimeError, match="whole or not at all"):
        await go_on_all_the_same()

    assert await count(database, MemberRow) == 0


async def test_a_task_begun_inside_a_transaction_is_not_part_of_it(database: Database) -> None:
    async def look() -> int:
        return await count(database, MemberRow)

    async with database.write() as session:
        session.add(a_member())
        await session.flush()
        seen_inside = await look()
        seen_outside = await asyncio.create_task(look())

    assert (seen_inside, seen_outside) == (1, 0)


async def test_a_job_with_a_key_is_written_once_by_however_many(database: Database) -> None:
    async def ask() -> bool:
        async with database.write() as session:
            return await enqueue(session, "test", {}, key="tonight")

    written = await asyncio.gather(*(ask() for _ in range(10)))

    assert sorted(written) == [False] * 9 + [True]
    assert await count(database, JobRow) == 1


async def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    moment = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
    member = a_member()
    member.created_at = moment
    async with database.write() as session:
        session.add(member)

    async with database.read() as session:
        kept = await session.get_one(MemberRow, member.id)
        later = (await session.exec(select(MemberRow).where(col(MemberRow.created_at) >= moment))).all()

    assert (kept.created_at, kept.created_at.tzinfo) == (moment, UTC)
    assert len(later) == 1


def test_a_moment_without_its_time_zone_is_refused() -> None:
    from sqlalchemy.dialects import sqlite

    with pytest.raises(ValueError, match="time zone"):
        Moment().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())  # noqa: DTZ001


@pytest.fixture
def net(postgres_server: PostgresServer) -> Iterator[Proxy]:
    """The net between us and PostgreSQL."""
    postgres_server.start()
    proxy = Proxy(postgres_server.port)
    yield proxy
    proxy.close()


async def test_a_database_of_which_nothing_comes_any_more_is_given_up_and_found_again(
    net: Proxy, migrated_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PatientConnection, "patience_seconds", 1.0)
    monkeypatch.setitem(postgres.CONNECT_OPTIONS, "connect_timeout", 1)
    database = Database(migrated_postgresql.replace(f":{net.target}/", f":{net.port}/"))

    async def answers() -> bool:
        async with database.read() as session:
            return bool(await session.scalar(select(1)))

    async with asyncio.timeout(PATIENCE_SECONDS):
        before = await answers()
        async with database.read() as reading:
            await reading.scalar(select(1))
            net.swallow()
            # In the middle of something; with a connection that was idle; with a new one.
            with pytest.raises(OperationalError):
                await reading.scalar(select(1))
        for _ in range(2):
            with pytest.raises(OperationalError):
                await answers()
        net.pass_on()
        after = await answers()
        await database.aclose()

    assert (before, after) == (True, True)


async def test_a_migration_takes_as_long_as_it_takes(
    postgres_server: PostgresServer, migrated_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres_server.start()
    monkeypatch.setattr(PatientConnection, "patience_seconds", 0.2)
    database = Database(migrated_postgresql)

    async with database.migration() as connection:
        await connection.execute(text("SELECT pg_sleep(0.5)"))
        limit = await connection.scalar(text("SHOW statement_timeout"))
    async with database.read() as session:
        usual = await session.scalar(text("SHOW statement_timeout"))
    await database.aclose()

    assert (limit, usual) == ("0", "4s")
