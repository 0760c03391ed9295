"""The database: one way to read, one way to write, the same on SQLite and PostgreSQL.

SQLite begins a transaction only when it must and then may find that it is too late ("database is locked",
or, read first, an update lost without a word). So a writing session says BEGIN IMMEDIATE from the start.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel.ext.asyncio.session import AsyncSession as Session
from sqlmodel.sql.expression import Select

from server import one_hop
from server.together import A, Q, Together

__all__ = ["AnySelect", "Database", "Session", "come_through", "defer", "deferred", "do_last"]

POOL_SIZE = 10
BUSY_MS = 5_000
# Any number that nobody else uses for an advisory lock in this database.
MIGRATION_LOCK = 1_609_344

T = TypeVar("T")
Deferred = Any
AfterCommit = Callable[[Sequence[Deferred]], None]
# A statement of whatever columns: kept, it is made once.
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
Reading: TypeAlias = Callable[[Session, Sequence[Q]], Awaitable[Mapping[Q, A]]]

# PostgreSQL's codes for a transaction that it ended so that another could go on: to be begun anew.
_GAVE_WAY = frozenset({"40001", "40P01"})
_MOST_TRIES = 5

_DEFERRED = "deferred"
_LAST = "last"
_WHOLE = "whole"
_BROKEN = "broken"
_joined: ContextVar[tuple[asyncio.Task[Any] | None, Session] | None] = ContextVar("joined", default=None)


def defer(session: Session, *things: Deferred) -> None:
    """Keep `things` until the session's transaction is committed; rolled back, they are forgotten."""
    session.info.setdefault(_DEFERRED, []).extend(things)


def deferred(session: Session) -> list[Deferred]:
    """Return what is kept until the session's transaction is committed."""
    kept: list[Deferred] = session.info.get(_DEFERRED, [])
    return kept


def do_last(session: Session, act: Callable[[Session], None]) -> None:
    """Have `act` done as the last thing before the session's transaction is committed; twice is once."""
    session.info.setdefault(_LAST, {})[act] = None


async def come_through(transaction: Callable[[], Awaitable[T]]) -> T:
    """Carry out a whole `transaction`; begin it anew if the database ended it to let another one through."""
    for _ in range(_MOST_TRIES - 1):
        try:
            return await transaction()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _GAVE_WAY:
                raise
    return await transaction()


class Database:
    """A database by its URL (`sqlite+aiosqlite:///…` or `postgresql+psycopg://…`).

    `after_commit` is called with what was deferred, right after the commit of a transaction that deferred
    something.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self.after_commit: AfterCommit = lambda _: None
        # SQLite has one writer at a time. Waiting here is fair and quick; its own busy wait is neither.
        self._writer = asyncio.Lock() if self.is_sqlite else None
        self._together: dict[Reading[Any, Any], Together[Any, Any]] = {}

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Session]:
        """Open a session to read with: one moment's view on SQLite, committed rows on PostgreSQL."""
        joined = self._ambient()
        if joined is not None:
            yield joined
            return
        async with Session(self.engine, expire_on_commit=False) as session:
            yield session

    async def ask(self, reading: Reading[Q, A], question: Q) -> A | None:
        """Return what `reading` finds for `question`, or None; asked together with others of this moment.

        `reading` answers many questions in few statements, whoever asks. The answer is read after this call
        began. What it raises is raised to all who asked with it.
        """
        joined = self._ambient()
        if joined is not None:
            return (await reading(joined, [question])).get(question)
        together = self._together.get(reading)
        if together is None:

            async def answer(questions: Sequence[Q]) -> Mapping[Q, A]:
                async with self.read() as session:
                    return await reading(session, questions)

            together = self._together[reading] = Together(answer)
        found: A | None = await together.ask(question)
        return found

    @asynccontextmanager
    async def write(self, *, whole: bool = False) -> AsyncIterator[Session]:
        """Open a session to write with; commit on leaving, roll back on an exception.

        Inside another `write` of the same task it joins that transaction as a savepoint, so that a whole
        request (an idempotency key, its effect and its answer) is committed or forgotten as one. If that one
        is `whole`, an exception of an inner `write` is the end of it all: then none needs a savepoint.
        """
        outer = self._ambient()
        if outer is not None and outer.info.get(_WHOLE):
            try:
                yield outer
            except BaseException:
                outer.info[_BROKEN] = True
                raise
            return
        if outer is not None:
            async with _savepoint(outer):
                yield outer
            return
        if self._writer is not None:
            async with self._writer, self._transaction(whole=whole) as session:
                yield session
        else:
            async with self._transaction(whole=whole) as session:
                yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """Open a session that sees one moment, on either database, and may take its time meanwhile."""
        async with Session(self.engine, expire_on_commit=False) as session:
            if self.is_sqlite:
                yield session
                return
            from server.postgres import in_its_own_time

            connection = await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            async with in_its_own_time(connection):
                yield session

    @asynccontextmanager
    async def migration(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection that changes the tables, in one transaction, alone."""
        async with self.engine.connect() as bare:
            connection = await bare.execution_options(onemile_writes=True)
            async with connection.begin():
                if self.is_sqlite:
                    yield connection
                    return
                from server.postgres import in_its_own_time

                async with in_its_own_time(connection):
                    await connection.execute(
                        text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK}
                    )
                    yield connection

    async def aclose(self) -> None:
        """Close all connections."""
        await self.engine.dispose()

    @asynccontextmanager
    async def _transaction(self, *, whole: bool) -> AsyncIterator[Session]:
        async with Session(self.engine, expire_on_commit=False) as session:
            session.info[_WHOLE] = whole
            await session.connection(execution_options={"onemile_writes": True})
            token = _joined.set((asyncio.current_task(), session))
            try:
                yield session
            finally:
                _joined.reset(token)
            if session.info.get(_BROKEN):
                raise RuntimeError("a part of what is done whole or not at all has failed")
            for act in session.info.pop(_LAST, {}):
                act(session)
            await session.commit()
            things = session.info.pop(_DEFERRED, [])
        if things:
            self.after_commit(things)

    def _ambient(self) -> Session | None:
        """Return the session of the transaction that this task is in; a task it started has its own."""
        joined = _joined.get()
        if joined is None or joined[0] is not asyncio.current_task() or joined[1].bind is not self.engine:
            return None
        return joined[1]


@asynccontextmanager
async def _savepoint(session: Session) -> AsyncIterator[None]:
    before = len(session.info.get(_DEFERRED, []))
    try:
        async with session.begin_nested():
            yield
    except BaseException:
        del session.info.get(_DEFERRED, [])[before:]
        raise


def _engine(url: str) -> AsyncEngine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_async_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=BUSY_MS / 1000,
            hide_parameters=True,
            connect_args={"async_creator_fn": one_hop.connect},
        )
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine
    # Imported here: a start with SQLite need not load PostgreSQL's client.
    from server.postgres import CONNECT_OPTIONS, CONNECT_SECONDS

    return create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=True,
        # An error's text holds the statement; what people wrote stays out of the log.
        hide_parameters=True,
        connect_args=dict(CONNECT_OPTIONS),
    )


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # Python's module would begin transactions by itself, but not for a SELECT: see the module's docstring.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: what was answered with success is on the disk, even if the power fails.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("onemile_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
