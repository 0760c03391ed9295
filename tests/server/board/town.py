"""A town for tests: a whole 1Mile without its doors, on a real database.

What was told is read from the outbox itself: the rows that the transactions wrote, in their order.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from sqlalchemy import event, text
from sqlmodel import select

from geo.index import PinIndex
from realtime.backend import Viewer
from realtime.bus import MemoryBus
from realtime.exchanges import Purse
from realtime.inboxes import activities
from realtime.people import MemberKind
from realtime.protocol import Event, PurseChanged
from realtime.shapes import Message, Place
from realtime.signals import AnySignal, Broadcast, InboxNews
from realtime.topics import member_topic
from server import migrations
from server.clock import now
from server.conversations import actions as conversations
from server.conversations.schemas import MessageDraft
from server.database import Database
from server.ids import new_id
from server.jobs import Worker
from server.limits import Limits
from server.listings import actions as listings
from server.listings.schemas import ListingDraft, ListingView
from server.live import SiteBackend
from server.members import sessions
from server.members.actions import settle
from server.members.models import MemberRow
from server.outbox import SignalRow, read
from server.passwords import Passwords
from server.places.choice import Off
from server.schema import METADATA
from server.settings import Settings
from server.site import Site
from tests.servers import PostgresServer
from tests.waiting import PATIENCE_SECONDS

REUNION = Place(lon=7.3389, lat=47.7466)
REBBERG = Place(lon=7.3437, lat=47.7371)

S = TypeVar("S")
E = TypeVar("E", bound=Event)

# Whether what this task does in a database is counted; a task that it begins takes it over.
_is_counted: ContextVar[bool] = ContextVar("is_counted", default=False)


class Town:
    """Members who act through the very functions that REST and the sockets call."""

    def __init__(self, database: Database, **settings: Any) -> None:
        self.settings = Settings(
            **{"database_url": database.url, "limits": False, "mail": "page", **settings}
        )
        self.database = database
        self.site = Site(
            settings=self.settings,
            database=database,
            limits=Limits(None, on=self.settings.limits),
            passwords=Passwords(1, 8),
            geocoder=Off(),
            identify=sessions.identify,
            bus=MemoryBus(),
            index=PinIndex(),
        )
        self.backend = SiteBackend(self.site)

    async def member(self, name: str, *, home: Place | None = None, **facts: Any) -> Viewer:
        """Let somebody live here whose address is verified; return them as they act."""
        email = f"{new_id()}@example.org"
        usual = {"kind": MemberKind.INDIVIDUAL, "locale": "fr", "email": email, "verified_at": now()}
        row = MemberRow(id=new_id(), name=name, created_at=now(), **{**usual, **facts})
        settle(self.settings, row, home)
        async with self.database.write() as session:
            session.add(row)
        return Viewer(address="192.0.2.1", member=row.person(), moderator=row.moderator)

    async def publish(self, author: Viewer, **draft: Any) -> ListingView:
        """Publish a request by `author`, with whatever `draft` says otherwise."""
        return await listings.publish(self.site, author, a_request(**draft))

    async def post(self, author: Viewer, conversation: str, text: str = "Bonjour !") -> Message:
        """Say something new."""
        return await conversations.post(self.site, author, conversation, MessageDraft(id=new_id(), text=text))

    async def dialog(self, answerer: Viewer, listing: str) -> str:
        """Open the private dialog of `answerer` under the listing."""
        return (await conversations.open_dialog(self.site, answerer, listing)).conversation

    async def signals(self, kind: type[S]) -> list[S]:
        """Return what was told of one kind, in order."""
        return [signal for signal in await self.told() if isinstance(signal, kind)]

    async def events(self, kind: type[E], *topics: str) -> list[E]:
        """Return the events of one kind that were sent to any of `topics` (none: to anybody), in order."""
        return [
            event
            for signal in await self.told()
            for to, event in _sent(signal)
            if isinstance(event, kind) and (not topics or {*topics} & {*to})
        ]

    async def purses_told(self) -> dict[str, Purse]:
        """Return what each member was told last of what is in their purse."""
        return {
            topic: event.purse
            for signal in await self.told()
            for topics, event in _sent(signal)
            if isinstance(event, PurseChanged)
            for topic in topics
        }

    async def told(self) -> list[AnySignal]:
        """Return all signals that were written, in order."""
        async with self.database.read() as session:
            rows = await session.exec(select(SignalRow).order_by(SignalRow.id))
            return [signal for row in rows for signal in read(row)]

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """Note the statements that this task carries out meanwhile, or one that it begins.

        A transaction's brackets are none, nor is what a house that is running does by the clock.
        """
        noted: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if _is_counted.get() and not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
                noted.append(statement)

        engine = self.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        token = _is_counted.set(True)
        try:
            yield noted
        finally:
            _is_counted.reset(token)
            event.remove(engine, "before_cursor_execute", note)

    async def until_waiting(self, transactions: int) -> None:
        """Wait until so many transactions (of PostgreSQL) wait for a lock of another."""
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(PATIENCE_SECONDS), self.database.engine.connect() as connection:
            watching = await connection.execution_options(isolation_level="AUTOCOMMIT")
            while (await watching.execute(waiting)).scalar_one() < transactions:  # noqa: ASYNC110 - locks tell nobody
                await asyncio.sleep(0.01)

    async def work(self) -> int:
        """Carry out the jobs that are due."""
        return await Worker(self.site).drain()


def a_request(**draft: Any) -> ListingDraft:
    """Return a request to publish, with whatever `draft` says otherwise."""
    usual = {
        "id": new_id(),
        "kind": "request",
        "title": "Tondre la pelouse",
        "text": "Une heure, samedi matin.",
        "category": "garden",
        "smiles": 3,
        "place": REUNION,
    }
    return ListingDraft(**{**usual, **draft})


def _sent(signal: AnySignal) -> list[tuple[list[str], Event]]:
    """Return what a signal has sent to the listeners of which topics."""
    if isinstance(signal, Broadcast):
        return [(signal.topics, signal.event)]
    if isinstance(signal, InboxNews):
        return [([member_topic(member)], event) for member, event in activities(signal)]
    return []


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables, to be copied."""
    path = tmp_path_factory.mktemp("town") / "migrated.sqlite3"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgres_server: PostgresServer) -> str:
    """The address of a PostgreSQL database with all tables, which the tests take turns to fill."""
    postgres_server.start()
    url = postgres_server.create_database()
    asyncio.run(_migrate(url))
    return url


@pytest.fixture
def sqlite_town_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The address of an SQLite database with all tables and nobody in them."""
    path = tmp_path / "town.sqlite3"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def postgresql_town_url(postgres_server: PostgresServer, migrated_postgresql: str) -> str:
    """The address of a PostgreSQL database with all tables and nobody in them."""
    postgres_server.start()
    with psycopg.connect(migrated_postgresql.replace("+psycopg", ""), autocommit=True) as connection:
        # As a replica applies changes: without the triggers, which refuse to empty the audit.
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {', '.join(METADATA.tables)}".encode())
    return migrated_postgresql


@asynccontextmanager
async def town_at(url: str) -> AsyncIterator[Town]:
    """Open the town whose database is at `url`."""
    database = Database(url)
    made = Town(database)
    try:
        yield made
    finally:
        made.site.passwords.close()
        await database.aclose()


@pytest.fixture(params=["sqlite", "postgresql"])
def town_url(request: pytest.FixtureRequest) -> str:
    """The address of a database with all tables and nobody in them, once of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_town_url")
    return url


@pytest.fixture
async def town(town_url: str) -> AsyncIterator[Town]:
    """A town with nobody in it yet, on each kind of database."""
    async with town_at(town_url) as made:
        yield made


@pytest.fixture
async def postgresql_town(postgresql_town_url: str) -> AsyncIterator[Town]:
    """A town with nobody in it yet, for what only several writers at once can do."""
    database = Database(postgresql_town_url)
    made = Town(database)
    yield made
    made.site.passwords.close()
    await database.aclose()


async def _migrate(url: str) -> None:
    database = Database(url)
    await migrations.upgrade(database)
    await database.aclose()
