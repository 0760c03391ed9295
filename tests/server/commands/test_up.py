"""The demo that `up` lays, who lives in it, and the house that it starts without one."""

import contextlib
import re
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.commands.running import (
    FREE_PORT,
    SECRET,
    Said,
    Started,
    started,
)


def count(folder: Path, table: str) -> int:
    with contextlib.closing(sqlite3.connect(folder / "onemile.sqlite3")) as connection:
        found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return found


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
