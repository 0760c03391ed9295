"""The settings of a command: from a file, from the environment, and refused when they cannot be."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.server.commands.running import FREE_PORT, SECRET, Said, started
from tests.waiting import PATIENCE_SECONDS

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
