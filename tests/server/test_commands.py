"""The commands as people run them: real processes that start, stop, and say clearly what is wrong."""

import asyncio
import contextlib
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from sqlalchemy import delete

from realtime.shapes import Layer
from server.__main__ import main
from server.clock import now
from server.listings.kinds import LIFETIMES
from server.outbox import SignalRow
from tests.server.board.town import town_at
from tests.waiting import PATIENCE_SECONDS

PROJECT = Path(__file__).parent.parent.parent
SECRET = "a secret that is long enough for tests"
FREE_PORT = ["--port", "0"]


def environment(**settings: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "ONEMILE_ARGON2_MEMORY_KIB": "8",
        "ONEMILE_ARGON2_TIME_COST": "1",
        **settings,
    }


Said = tuple[int, str, str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Carry out a command that ends by itself; return its exit code, what it said and what went wrong."""

    def carry_out(*arguments: str, **settings: str) -> Said:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        try:
            code = main(arguments)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        return code, *capsys.readouterr()

    return carry_out


class Started:
    """A command that goes on, and its address once it has said it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self.address = ""
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(line)
            found = re.search(r"(?:1Mile on|→) (http://\S+)", line)
            if found:
                self.address = found[1].replace("localhost", "127.0.0.1")
                return

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.address + path, timeout=PATIENCE_SECONDS)

    def post(self, path: str, body: object) -> Any:
        return httpx.post(self.address + path, json=body, timeout=PATIENCE_SECONDS).json()

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(by)
        return self.process.wait(timeout=PATIENCE_SECONDS)


@contextlib.contextmanager
def started(*arguments: str, **settings: str) -> Iterator[Started]:
    command = [sys.executable, "-m", "server", *arguments]
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Started(process)
        finally:
            if process.poll() is None:
                process.kill()


def count(folder: Path, table: str) -> int:
    with contextlib.closing(sqlite3.connect(folder / "onemile.sqlite3")) as connection:
        found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return found


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("serve",),
        ("up",),
        ("migrate",),
        ("jobs",),
        ("moderator",),
        ("backup",),
        ("restore",),
        ("settings",),
        ("ledger",),
        ("ledger", "check"),
        ("ledger", "correct"),
        ("export",),
    ],
)
def test_every_command_has_its_help(run: Callable[..., Said], command: tuple[str, ...]) -> None:
    code, said, _ = run(*command, "--help")

    assert code == 0
    assert said.startswith(" ".join(["usage: onemile", *command]))


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


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"ONEMILE_ENVIRONMENT": "production"}, "ONEMILE_SECRET"),
    ({"ONEMILE_ENVIRONMENT": "production", "ONEMILE_SECRET": "short"}, "ONEMILE_SECRET"),
    ({"ONEMILE_ENVIRONMENT": "production", "ONEMILE_SECRET": SECRET}, "ONEMILE_PUBLIC_URL=https://"),
    (
        {
            "ONEMILE_ENVIRONMENT": "production",
            "ONEMILE_SECRET": SECRET,
            "ONEMILE_PUBLIC_URL": "https://mile.example",
            "ONEMILE_MAIL": "page",
        },
        "ONEMILE_MAIL=smtp://",
    ),
    ({"ONEMILE_PROCESSES": "2"}, "ONEMILE_REDIS_URL"),
    ({"ONEMILE_ZOOM": "far"}, "ONEMILE_ZOOM"),
    ({"ONEMILE_MAIL": "pigeon"}, "ONEMILE_MAIL"),
]


def test_one_file_holds_the_settings_and_the_environment_goes_before_it(
    sqlite_town_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "settings"
    file.write_text(
        f"ONEMILE_DATABASE_URL={sqlite_town_url}\nONEMILE_TOWN='Saint-Louis'\nONEMILE_NAME=Mine\n"
    )

    with started("--settings", str(file), "serve", *FREE_PORT, ONEMILE_NAME="Ours") as server:
        config = server.get("/api/config").json()
        server.stop()

    assert (config["town"], config["name"]) == ("Saint-Louis", "Ours")


def test_several_processes_read_the_same_file(
    postgresql_town_url: str, redis_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "settings"
    addresses = f"ONEMILE_DATABASE_URL={postgresql_town_url}\nONEMILE_REDIS_URL={redis_url}\n"
    file.write_text(f"{addresses}ONEMILE_PROCESSES=2\nONEMILE_TOWN=Kembs\n")

    with started("--settings", str(file), "serve", *FREE_PORT) as server:
        with httpx.Client(transport=httpx.HTTPTransport(retries=20), timeout=PATIENCE_SECONDS) as client:
            config = client.get(f"{server.address}/api/config").json()
        server.stop()

    assert config["town"] == "Kembs"
    assert "2 processes" in "".join(server.said)


@pytest.mark.parametrize(
    ("written", "named"),
    [(None, "there are no settings in"), (b"ONEMILE_TWON=Mulhouse", "ONEMILE_TWON"), (b"\xff", "not text")],
)
def test_a_file_that_is_not_there_or_sets_what_there_is_not_is_refused(
    run: Callable[..., Said], tmp_path: Path, written: bytes | None, named: str
) -> None:
    file = tmp_path / "settings"
    if written is not None:
        file.write_bytes(written)

    code, _, wrong = run("serve", ONEMILE_SETTINGS=str(file))

    assert code == 1
    assert named in wrong


@pytest.mark.parametrize(("settings", "named"), REFUSED)
def test_settings_that_cannot_be_are_refused_naming_what_to_set(
    run: Callable[..., Said], settings: dict[str, str], named: str
) -> None:
    code, _, wrong = run("serve", **settings)

    assert code == 1
    assert wrong.startswith("onemile: these settings cannot be:")
    assert named in wrong


def test_a_database_without_tables_is_not_served(run: Callable[..., Said], sqlite_url: str) -> None:
    code, _, wrong = run("serve", ONEMILE_DATABASE_URL=sqlite_url)

    assert code == 1
    assert "python -m server migrate" in wrong


def test_a_database_that_is_away_is_said_so(run: Callable[..., Said]) -> None:
    code, _, wrong = run("serve", ONEMILE_DATABASE_URL="postgresql://localhost:1/nothing")

    assert code == 1
    assert wrong.startswith("onemile: the database does not answer")


def test_migrate_makes_the_tables_and_then_has_nothing_to_do(
    run: Callable[..., Said], sqlite_url: str
) -> None:
    _, first, _ = run("migrate", ONEMILE_DATABASE_URL=sqlite_url)
    _, second, _ = run("migrate", ONEMILE_DATABASE_URL=sqlite_url)

    assert first.startswith("migrated: 0001")
    assert second == "migrated: nothing to do\n"


def test_the_worker_carries_out_jobs_and_stops_when_asked(sqlite_town_url: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "jobs"],
        cwd=PROJECT,
        env=environment(ONEMILE_DATABASE_URL=sqlite_town_url),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1Mile's worker is working\n"
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=PATIENCE_SECONDS) == 0


def test_without_redis_what_the_worker_changes_is_left_for_the_web_process_to_tell(
    sqlite_town_url: str,
) -> None:
    path = sqlite_town_url.partition("///")[2]
    asyncio.run(_publish_one_that_ends_now(sqlite_town_url))
    worker = [sys.executable, "-m", "server", "jobs"]
    settings = environment(ONEMILE_DATABASE_URL=sqlite_town_url)

    with subprocess.Popen(worker, cwd=PROJECT, env=settings) as process:
        told = 0
        with contextlib.closing(sqlite3.connect(path)) as database:
            for _ in range(1200):
                question = 'SELECT count(*) FROM outbox_signal WHERE body LIKE \'%"type":"pin"%null%\''
                (told,) = database.execute(question).fetchone()
                if told:
                    break
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE_SECONDS)

    with contextlib.closing(sqlite3.connect(path)) as database:
        assert told == database.execute(question).fetchone()[0] == 1


async def _publish_one_that_ends_now(url: str) -> None:
    async with town_at(url) as town:
        with time_machine.travel(now() - LIFETIMES[Layer.REQUEST], tick=True):
            await town.publish(await town.member("Ana"))
        async with town.database.write() as session:
            await session.exec(delete(SignalRow))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `up` has laid the demo."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    with started("up", *FREE_PORT, "--data", str(folder)) as server:
        assert server.stop(signal.SIGINT) == 0
    return folder


def sign_in(server: Started, email: str) -> dict[str, Any]:
    body = {"email": email, "password": "bonjour-voisin"}
    member: dict[str, Any] = server.post("/api/session", body)["member"]
    return member


def test_up_shows_the_demo_town_and_lets_one_sign_in(demo: Path) -> None:
    with started("up", *FREE_PORT, "--data", str(demo)) as server:
        around = {"at": {"lon": 7.3389, "lat": 47.7466}}
        pins = server.post("/api/listings/around", around)["features"]
        found = server.post("/api/places", {"text": "place de la reu"})
        member = sign_in(server, "ana@demo.example")
        moderator = sign_in(server, "josiane@demo.example")
        config = server.get("/api/config").json()
        said = "".join(server.said)

    assert str(demo) in said
    assert "ana@demo.example" in said
    assert 35 <= len(pins) <= 55
    assert found["places"][0]["label"] == "Place de la Réunion"
    assert (member["moderator"], moderator["moderator"]) == (False, True)
    assert (config["town"], config["mail_page"]) == ("Mulhouse", True)


def test_the_demos_secret_is_made_once_and_readable_by_its_owner_only(demo: Path) -> None:
    secret = demo / "secret"

    assert secret.stat().st_mode & 0o777 == 0o600
    assert len(secret.read_text()) >= 43


def test_the_demo_can_be_laid_elsewhere_as_long_as_nobody_has_used_it(
    run: Callable[..., Said], tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    with started("up", *FREE_PORT, "--data", str(folder), "--town", "7.4246,43.7384") as server:
        around = {"at": {"lon": 7.4246, "lat": 43.7384}}
        pins = server.post("/api/listings/around", around)["features"]
        server.stop()

    with started("up", *FREE_PORT, "--data", str(folder), "--town", "7.3389,47.7466") as server:
        moved = server.post("/api/listings/around", around)["features"]
        sign_in(server, "ana@demo.example")
        server.stop()
    with contextlib.closing(sqlite3.connect(folder / "onemile.sqlite3")) as connection:
        connection.execute(
            "UPDATE listing SET version = version + 1 WHERE id = (SELECT min(id) FROM listing)"
        )
        connection.commit()
    code, _, wrong = run("up", *FREE_PORT, "--data", str(folder), "--town", "7.4246,43.7384")

    assert len(pins) >= 35
    assert moved == []
    assert code == 1
    assert "--data OTHER_FOLDER" in wrong
    assert count(folder, "listing") == 135


def test_a_demo_that_somebody_used_is_left_as_it_is(demo: Path) -> None:
    with contextlib.closing(sqlite3.connect(demo / "onemile.sqlite3")) as connection:
        connection.execute("UPDATE listing SET title = 'Changed', version = version + 1")
        connection.commit()
    # As if it had been laid long ago: an untouched one would be laid anew.
    record = (demo / "demo.json").read_text()
    (demo / "demo.json").write_text(re.sub(r'"seeded_at": "\d+', '"seeded_at": "2020', record))

    with started("up", *FREE_PORT, "--data", str(demo)) as server:
        server.stop()

    with contextlib.closing(sqlite3.connect(demo / "onemile.sqlite3")) as connection:
        assert connection.execute("SELECT DISTINCT title FROM listing").fetchall() == [("Changed",)]


def test_empty_starts_without_the_demo(tmp_path: Path) -> None:
    with started("up", *FREE_PORT, "--data", str(tmp_path), "--empty") as server:
        said = "".join(server.said)
        server.stop()

    assert (count(tmp_path, "member"), count(tmp_path, "listing")) == (0, 0)
    assert "sign in" not in said


def test_up_is_not_for_production(run: Callable[..., Said], tmp_path: Path) -> None:
    production = {
        "ONEMILE_ENVIRONMENT": "production",
        "ONEMILE_SECRET": SECRET,
        "ONEMILE_PUBLIC_URL": "https://mile.example",
    }

    code, _, wrong = run("up", *FREE_PORT, "--data", str(tmp_path / "data"), **production)

    assert code == 1
    assert "production is started by serve" in wrong
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("town", ["here", "7.3", "7.3;47.7", "47.7,187.3", "nan,1", "200,10"])
def test_a_town_that_is_no_position_is_refused(run: Callable[..., Said], town: str) -> None:
    code, _, wrong = run("up", "--town", town)

    assert code == 2
    assert "argument --town" in wrong


def test_a_port_that_is_taken_is_said_so(run: Callable[..., Said], sqlite_town_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        code, _, wrong = run("serve", "--port", port, ONEMILE_DATABASE_URL=sqlite_town_url)

    assert code == 1
    assert "choose another with --port" in wrong


def test_moderator_gives_and_takes_the_role(run: Callable[..., Said], demo: Path) -> None:
    url = {"ONEMILE_DATABASE_URL": f"sqlite:///{demo / 'onemile.sqlite3'}"}

    given = run("moderator", "add", "ana@demo.example", **url)
    listed = run("moderator", "list", **url)
    taken = run("moderator", "remove", "ana@demo.example", **url)
    unknown = run("moderator", "add", "nobody@demo.example", **url)

    assert given == (0, "ana@demo.example is now a moderator\n", "")
    assert listed == (0, "ana@demo.example\njosiane@demo.example\n", "")
    assert taken == (0, "ana@demo.example is no longer a moderator\n", "")
    assert unknown[0] == 1
    assert "they must join first" in unknown[2]
