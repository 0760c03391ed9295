"""What every test may ask for: a Redis, a PostgreSQL, an empty database.

An area's own fixtures live in `tests/<area>/conftest.py`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import PostgresServer, RedisServer

# The settings of the developer's own shell: a test that read them could write into a real database.
for name in [*os.environ]:
    if name.startswith("ONEMILE_") or name in {"PORT", "DATABASE_URL", "REDIS_URL"}:
        del os.environ[name]


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The run's Redis. A test may stop, kill or pause it: the next one finds it running again."""
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The run's PostgreSQL. A test may stop or kill it: the next one finds it running again."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of a running, empty Redis."""
    redis_server.start()
    redis_server.flush()
    return redis_server.url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of an SQLite database that is not there yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'onemile.sqlite3'}"


@pytest.fixture
def postgresql_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database, deleted after the test."""
    postgres_server.start()
    url = postgres_server.create_database()
    yield url
    postgres_server.start()
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, once of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
