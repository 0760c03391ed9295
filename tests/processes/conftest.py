"""A town with two web processes, for the tests of this folder.

The processes stay for all tests of a module, since starting them takes longest: each test has a place of its
own on the map, and neighbours of its own.
"""

import itertools
from collections.abc import AsyncIterator, Iterator

import pytest

from realtime.shapes import Place
from tests.processes.street import WebProcess
from tests.server.board.town import Town, migrated_postgresql, migrated_sqlite, sqlite_town_url, town_at
from tests.servers import PostgresServer, RedisServer

__all__ = ["migrated_postgresql", "migrated_sqlite", "sqlite_town_url"]

_places = itertools.count()


@pytest.fixture
def somewhere() -> Place:
    """A place where nobody has published yet."""
    return Place(lon=1.5 + 0.25 * next(_places), lat=46.5)


@pytest.fixture(scope="module")
def database_of_all(postgres_server: PostgresServer, migrated_postgresql: str) -> Iterator[str]:
    """The address of the database that the processes share."""
    postgres_server.start()
    url = postgres_server.create_database(like=migrated_postgresql)
    yield url
    postgres_server.start()
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def both(database_of_all: str, redis_server: RedisServer) -> Iterator[tuple[WebProcess, WebProcess]]:
    """Two web processes with a database and a bus between them."""
    redis_server.start()
    with (
        WebProcess(database_of_all, redis_server.url) as one,
        WebProcess(database_of_all, redis_server.url) as two,
    ):
        yield one, two


@pytest.fixture
def west(both: tuple[WebProcess, WebProcess], redis_server: RedisServer) -> WebProcess:
    """The one process; running, whatever became of it before."""
    redis_server.start()
    both[0].start()
    return both[0]


@pytest.fixture
def east(both: tuple[WebProcess, WebProcess], redis_server: RedisServer) -> WebProcess:
    """The other process; running, whatever became of it before."""
    redis_server.start()
    both[1].start()
    return both[1]


@pytest.fixture
async def town(database_of_all: str) -> AsyncIterator[Town]:
    """The database that the processes share, to let members live there."""
    async with town_at(database_of_all) as made:
        yield made
