"""A migrated database is served: where, on what, until it is stopped; or it is said why it cannot be."""

import re
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable

import httpx

from tests.server.commands.running import FREE_PORT, PROJECT, Said, environment, started
from tests.waiting import PATIENCE_SECONDS


def test_a_migrated_database_is_served_until_it_is_stopped(sqlite_town_url: str) -> None:
    with started("serve", *FREE_PORT, ONEMILE_DATABASE_URL=sqlite_town_url) as server:
        ready = server.get("/health/ready")
        code = server.stop()

    assert ready.json()["status"] == "ok"
    assert code == 0


def test_serving_allows_itself_all_the_files_that_it_may_have_and_says_so(
    sqlite_town_url: str,
) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        with started("serve", *FREE_PORT, ONEMILE_DATABASE_URL=sqlite_town_url) as server:
            found = re.search(r"with room for (\d+) files and connections", server.said[-1])
            server.stop()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert found is not None
    assert 256 < int(found[1]) <= before[1] or before[1] == resource.RLIM_INFINITY


def test_plain_names_of_procfile_platforms_are_understood(postgresql_town_url: str) -> None:
    plain = postgresql_town_url.replace("postgresql+psycopg://", "postgres://")

    with started("serve", *FREE_PORT, DATABASE_URL=plain) as server:
        ready = server.get("/health/ready")
        code = server.stop(signal.SIGINT)

    assert ready.json()["parts"]["database"] == "ok"
    assert code == 0


def test_several_processes_share_one_address_and_one_redis(postgresql_town_url: str, redis_url: str) -> None:
    with started(
        "serve",
        *FREE_PORT,
        *("--processes", "2"),
        ONEMILE_DATABASE_URL=postgresql_town_url,
        ONEMILE_REDIS_URL=redis_url,
    ) as server:
        transport = httpx.HTTPTransport(retries=20)
        with httpx.Client(transport=transport, base_url=server.address, timeout=PATIENCE_SECONDS) as client:
            ready = client.get("/health/ready")
            counted = client.get("/metrics")
        code = server.stop()

    assert ready.json()["parts"] == {"database": "ok", "bus": "ok", "index": "ok"}
    assert "onemile_http_requests_total" in counted.text
    assert code == 0


def test_processes_of_which_none_can_start_end_with_a_failure(sqlite_town_url: str, redis_url: str) -> None:
    settings = environment(
        ONEMILE_DATABASE_URL=sqlite_town_url, ONEMILE_REDIS_URL=redis_url, ONEMILE_GAZETTEER="/no/where"
    )
    command = [sys.executable, "-m", "server", "serve", *FREE_PORT, "--processes", "2"]

    ended = subprocess.run(
        command, cwd=PROJECT, env=settings, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )

    assert ended.returncode == 1
    assert "it could not start" in ended.stderr


def test_a_database_without_tables_is_not_served(run: Callable[..., Said], sqlite_url: str) -> None:
    code, _, wrong = run("serve", ONEMILE_DATABASE_URL=sqlite_url)

    assert code == 1
    assert "python -m server migrate" in wrong


def test_a_database_that_is_away_is_said_so(run: Callable[..., Said]) -> None:
    code, _, wrong = run("serve", ONEMILE_DATABASE_URL="postgresql://localhost:1/nothing")

    assert code == 1
    assert wrong.startswith("onemile: the database does not answer")


def test_a_port_that_is_taken_is_said_so(run: Callable[..., Said], sqlite_town_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        code, _, wrong = run("serve", "--port", port, ONEMILE_DATABASE_URL=sqlite_town_url)

    assert code == 1
    assert "choose another with --port" in wrong


def test_migrate_makes_the_tables_and_then_has_nothing_to_do(
    run: Callable[..., Said], sqlite_url: str
) -> None:
    _, first, _ = run("migrate", ONEMILE_DATABASE_URL=sqlite_url)
    _, second, _ = run("migrate", ONEMILE_DATABASE_URL=sqlite_url)

    assert first.startswith("migrated: 0001")
    assert second == "migrated: nothing to do\n"
