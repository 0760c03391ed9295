"""Transfers a second through the ledger, beside the same tables driven by a bare script of SQL.

Eight who book, each transfer a transaction of its own: from many to one popular member, and between pairs who
have nothing to do with each other. The script does what double entry needs and nothing else: it locks, looks
whether there is enough, and writes; it tells nobody, knows no debts and asks for no purse.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final, NamedTuple, cast

import psycopg
from sqlalchemy import make_url

from server import migrations
from server.database import BUSY_MS, Database
from server.ids import new_id
from server.smiles import holds, ledger
from server.smiles.accounts import earned
from server.smiles.transfers import Transfer
from tests.bench.arena import SMOKE
from tests.bench.report import Section, middle, ratio
from tests.servers import PostgresServer

ROUNDS: Final = 1 if SMOKE else 3
SECONDS: Final = 0.1 if SMOKE else 1.0
TASKS: Final = 8
PLENTY: Final = 10**9

Booked: Final = "book"
Held: Final = "hold and release"


class Course(NamedTuple):
    """Who gives to whom: each task from `givers` to `takers` of the same place."""

    name: str
    givers: list[str]
    takers: list[str]


class Bare:
    """The script: one connection of a driver, one transaction a transfer."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._sqlite = parsed.get_backend_name() == "sqlite"
        if self._sqlite:
            self._connection: Any = sqlite3.connect(
                str(parsed.database), isolation_level=None, timeout=BUSY_MS / 1000, check_same_thread=False
            )
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
        else:
            self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def transfer(self, entries: dict[str, int], hold_of: str | None = None) -> None:
        """Book `entries`; the last account is a new hold if it is said of whom."""
        run, now, transfer = self._run, datetime.now(UTC).replace(tzinfo=None), new_id()
        moment: Any = str(now) if self._sqlite else now.replace(tzinfo=UTC)
        ids = sorted(entries)
        run("BEGIN IMMEDIATE" if self._sqlite else "BEGIN")
        locked = "" if self._sqlite else " FOR NO KEY UPDATE"
        marks = ", ".join("?" * len(ids))
        if hold_of is not None:
            run(
                "INSERT INTO smile_account"
                " (id, kind, owner_id, origin, balance, version, created_at, changed_at)"
                " VALUES (?, 'hold', ?, 'earned', 0, 0, ?, ?)",
                *([*entries][-1], hold_of, moment, moment),
            )
        there = run(f"SELECT id, balance FROM smile_account WHERE id IN ({marks}) ORDER BY id{locked}", *ids)
        assert all(balance + entries[account] >= 0 for account, balance in there.fetchall())
        run(
            "INSERT INTO smile_transfer (id, key, reason, at) VALUES (?, ?, 'correct', ?)",
            *(transfer, transfer, moment),
        )
        for account in ids:
            run(
                "UPDATE smile_account SET balance = balance + ?, version = version + 1, changed_at = ?"
                " WHERE id = ?",
                *(entries[account], moment, account),
            )
            run(
                "INSERT INTO smile_entry (account_id, transfer_id, amount) VALUES (?, ?, ?)",
                *(account, transfer, entries[account]),
            )
        run("COMMIT")

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _run(self, statement: str, *values: Any) -> Any:
        return self._connection.execute(statement if self._sqlite else statement.replace("?", "%s"), values)


def main() -> None:
    """Measure and report."""
    section = Section(
        "ledger",
        "The ledger",
        f"{TASKS} who book at once in one process, each transfer a transaction of its own. Beside it the same"
        " tables in the same database, driven by a bare script over as many connections in threads: it locks,"
        " checks, writes, and does nothing else; it tells no purse and knows no debt. SQLite writes each"
        " commit to the disk (synchronous=FULL); PostgreSQL is the tests' own, whose commits reach the kernel"
        " only, for both. The database shares the machine's two cores with who asks.",
        ["transfers a second", "the ledger", "bare SQL", "ledger / bare"],
    )
    with databases() as urls:
        for name, url in urls.items():
            measure(section, name, url)
    section.save()


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Make one database of each kind, with all tables."""
    with (
        cast("AbstractContextManager[PostgresServer]", PostgresServer()) as postgres,
        TemporaryDirectory() as folder,
    ):
        yield {
            "SQLite": f"sqlite+aiosqlite:///{Path(folder) / 'bench.sqlite3'}",
            "PostgreSQL": postgres.create_database(),
        }


def measure(section: Section, name: str, url: str) -> None:
    """Let ours and the script take turns on one database."""
    with asyncio.Runner() as runner:
        database = Database(url)
        runner.run(migrations.upgrade(database))
        courses = [runner.run(_course(database, popular=popular)) for popular in (False, True)]
        bare = [Bare(url) for _ in range(TASKS)]
        figures: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
        for _ in range(ROUNDS):
            for course in courses:
                for what in (Booked, Held):
                    ours, script = figures.setdefault((what, course.name), ([], []))
                    ours.append(runner.run(_our_rate(database, course, what)))
                    script.append(_bare_rate(bare, course, what))
        for (what, course_name), (ours, script) in figures.items():
            section.row(f"{name}, {what}, {course_name}", middle(ours), middle(script), ratio(ours, script))
        for one in bare:
            one.close()
        runner.run(database.aclose())


async def _course(database: Database, *, popular: bool) -> Course:
    givers = [new_id() for _ in range(TASKS)]
    takers = [new_id()] * TASKS if popular else [new_id() for _ in range(TASKS)]
    async with database.write() as session:
        for member in dict.fromkeys([*givers, *takers]):
            await ledger.give(session, "grant", member, PLENTY, key=f"grant:{member}")
    return Course("all to one" if popular else "each to another", givers, takers)


async def _our_rate(database: Database, course: Course, what: str) -> float:
    async def book(giver: str, taker: str) -> int:
        done, end = 0, perf_counter() + SECONDS
        while perf_counter() < end:
            key = new_id()
            if what == Booked:
                entries = {earned(giver): -1, earned(taker): 1}
                async with database.write() as session:
                    await ledger.book(session, Transfer(key, "correct", entries))
                done += 1
                continue
            async with database.write() as session:
                await holds.put_on_hold(session, key, giver, 1, key=key, by=None)
            async with database.write() as session:
                await holds.release(session, key, giver, taker, 1, key=key, by=None)
            done += 2
        return done

    start = perf_counter()
    done = await asyncio.gather(*map(book, course.givers, course.takers))
    return sum(done) / (perf_counter() - start)


def _bare_rate(bare: list[Bare], course: Course, what: str) -> float:
    def book(script: Bare, giver: str, taker: str) -> int:
        done, end = 0, perf_counter() + SECONDS
        start, goal = earned(giver).id, earned(taker).id
        while perf_counter() < end:
            if what == Booked:
                script.transfer({start: -1, goal: 1})
                done += 1
                continue
            hold = f"hold:{new_id()}:earned"
            script.transfer({start: -1, hold: 1}, hold_of=giver)
            script.transfer({hold: -1, goal: 1})
            done += 2
        return done

    return _timed(book, bare, course)


def _timed(book: Callable[[Bare, str, str], int], bare: list[Bare], course: Course) -> float:
    start = perf_counter()
    with ThreadPoolExecutor(len(bare)) as threads:
        done = sum(threads.map(book, bare, course.givers, course.takers))
    return done / (perf_counter() - start)


if __name__ == "__main__":
    main()
