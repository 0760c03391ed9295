"""The servers that tests run on keep their promises: they come back, start empty, and end with the run."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.local_server import ServerFailed
from tests.servers import PostgresServer, RedisServer

PROJECT = Path(__file__).parent.parent


def tables(postgresql_url: str) -> set[str]:
    with psycopg.connect(postgresql_url.replace("+psycopg", "")) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name for (name,) in rows}


def make_table(postgresql_url: str, name: str) -> None:
    with psycopg.connect(postgresql_url.replace("+psycopg", "")) as connection:
        connection.execute(f'CREATE TABLE "{name}" (id integer)'.encode())


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def test_a_redis_that_was_killed_comes_back_empty_at_the_same_address() -> None:
    with RedisServer() as server, redis.Redis.from_url(server.url) as client:
        client.set("kept", "no")

        server.kill()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        server.start()

        assert client.get("kept") is None


def test_a_paused_redis_answers_when_it_is_resumed() -> None:
    with RedisServer() as server, redis.Redis.from_url(server.url, socket_timeout=0.1) as client:
        client.set("kept", "yes")

        server.pause()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        server.resume()

        assert client.get("kept") == b"yes"


@pytest.mark.parametrize("left", ["full", "paused", "stopped", "killed", "shut down by a client"])
def test_a_test_gets_a_running_empty_redis_however_the_last_one_left_it(
    left: str, redis_server: RedisServer, request: pytest.FixtureRequest
) -> None:
    redis_server.start()
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("left by", left)
    leave: dict[str, Callable[[], object]] = {
        "full": lambda: None,
        "paused": redis_server.pause,
        "stopped": redis_server.stop,
        "killed": redis_server.kill,
        "shut down by a client": lambda: client.shutdown(nosave=True),
    }
    leave[left]()

    url = request.getfixturevalue("redis_url")

    with redis.Redis.from_url(url) as client:
        assert client.dbsize() == 0


def test_a_postgresql_that_was_killed_still_has_what_it_committed() -> None:
    with PostgresServer() as server:
        url = server.create_database()
        make_table(url, "committed")

        server.kill()
        assert not listens(server.port)
        server.start()

        assert tables(url) == {"committed"}


def test_a_database_is_empty_or_a_copy_of_the_one_it_shall_be_like(postgres_server: PostgresServer) -> None:
    first = postgres_server.create_database()
    make_table(first, "listing")

    empty, copy = postgres_server.create_database(), postgres_server.create_database(like=first)

    assert (tables(empty), tables(copy)) == (set(), {"listing"})


async def test_a_database_url_opens_an_empty_database_of_its_kind(database_url: str) -> None:
    engine = create_async_engine(database_url)
    kept_in = {"sqlite": "sqlite_master", "postgresql": "pg_tables WHERE schemaname = 'public'"}

    async with engine.connect() as connection:
        tables = await connection.scalar(text(f"SELECT count(*) FROM {kept_in[engine.dialect.name]}"))
    await engine.dispose()

    assert tables == 0


@pytest.mark.parametrize("kind", ["RedisServer", "PostgresServer"])
def test_a_server_ends_with_its_run_even_when_the_run_is_killed(kind: str) -> None:
    program = f"from tests.servers import {kind} as Server; s = Server(); s.start(); print(s.port, s.folder)"
    waits = f"{program}; input()"
    with subprocess.Popen(
        [sys.executable, "-uc", waits], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        port, folder = run.stdout.readline().decode().split()
        assert listens(int(port))

        run.kill()

    deadline = time.monotonic() + 20
    while listens(int(port)) or Path(folder).exists():
        assert time.monotonic() < deadline, f"{kind} outlived its run"
        time.sleep(0.05)


@pytest.mark.parametrize(("server", "missing"), [(RedisServer, "redis-server"), (PostgresServer, "initdb")])
def test_a_missing_server_fails_the_run_and_says_what_installs_it(
    server: type[RedisServer | PostgresServer], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("tests.servers.POSTGRES_PLACES", [])

    with (
        pytest.raises(ServerFailed, match=rf"{missing} is not installed: `\./dev test` installs it"),
        server(),
    ):
        pass
