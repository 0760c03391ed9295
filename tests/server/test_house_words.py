"""The server's words, its settings' words, what it exports, and how it says that it is well."""

import re
import tomllib
from pathlib import Path

import pytest

from realtime.refusals import Invalid
from server import VERSION, catalogue, export, problems
from server.demo.town import Shift, town
from server.settings import Settings
from tests.server.house import House, open_house, problem
from tests.servers import PostgresServer

PROJECT = Path(__file__).parent.parent.parent


def test_both_languages_have_every_text() -> None:
    assert catalogue.keys("fr") == catalogue.keys("en")


@pytest.mark.parametrize("locale", catalogue.LOCALES)
def test_both_languages_fill_in_the_same_things(locale: str) -> None:
    import string

    def gaps(of: str, key: str) -> set[str]:
        text = catalogue._text(of, key, 2) or ""
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [key for key in catalogue.keys(locale) if gaps(locale, key) != gaps("fr", key)] == []


def test_french_has_its_spaces_and_its_apostrophes() -> None:
    texts = [catalogue._text("fr", key, 1) or "" for key in catalogue.keys("fr")]

    assert [text for text in texts if "'" in text or " ;" in text or " !" in text or " ?" in text] == []
    assert [text for text in texts if " :" in text or "· " in text] == []


@pytest.mark.parametrize("locale", catalogue.LOCALES)
def test_a_photo_is_called_a_photo(locale: str) -> None:
    texts = [catalogue._text(locale, key, 1) or "" for key in catalogue.keys(locale)]

    assert [text for text in texts if re.search(r"\b(picture|image)s?\b", text, re.IGNORECASE)] == []


@pytest.mark.parametrize(
    ("locale", "count", "text"),
    [
        ("fr", 0, "Au moins 0 caractère."),
        ("fr", 1, "Au moins 1 caractère."),
        ("fr", 2, "Au moins 2 caractères."),
        ("en", 0, "At least 0 characters."),
        ("en", 1, "At least 1 character."),
        ("fr-CA", 2, "Au moins 2 caractères."),
        ("de", 2, "Au moins 2 caractères."),
    ],
)
def test_numbers_have_their_plural(locale: str, count: int, text: str) -> None:
    assert catalogue.translate(locale, "refusal.field.too_short", count=count) == text


def test_a_refusal_without_words_of_its_own_still_has_some() -> None:
    assert problems.explain(Invalid("never_heard_of"), "fr") == "Cela n’est pas possible."


def test_every_setting_has_a_sentence_or_a_name_that_says_it() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]

    assert set(silent) <= {"port", "database_url", "argon2_time_cost", "argon2_memory_kib"}


def test_the_secret_is_in_no_text_of_the_settings() -> None:
    settings = Settings(secret="very secret indeed, and quite long")

    assert "very secret" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_one_secret_gives_each_purpose_its_own_key() -> None:
    settings = Settings(secret="very secret indeed, and quite long")

    assert settings.key("a") == settings.key("a") != settings.key("b")


def test_the_version_is_the_projects() -> None:
    assert tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_the_browsers_types_are_those_of_the_schemas() -> None:
    assert export.FILE.read_text("utf-8") == export.rest_typescript(), "run: python -m server export"


async def test_a_healthy_house_says_so(house: House) -> None:
    client = await house.visitor()

    answers = [await client.get(path) for path in ("/health/live", "/health/ready", "/health")]

    assert [answer.json()["status"] for answer in answers] == ["ok"] * 3
    assert answers[2].json() == {
        "status": "ok",
        "parts": {"database": "ok", "bus": "ok", "index": "ok"},
        "lag_seconds": 0.0,
    }


async def test_with_its_database_away_it_answers_fast_and_says_so(
    postgres_server: PostgresServer, postgresql_town_url: str
) -> None:
    async with open_house(postgresql_town_url) as house:
        client = await house.join("Ana")
        postgres_server.stop()

        refused = await client.get("/api/me/listings")
        ready, live = await client.get("/health/ready"), await client.get("/health/live")
        page = await (await house.visitor()).get("/api/config")

        assert problem(refused) == (503, "database_down")
        assert (ready.status_code, ready.json()["status"]) == (503, "failing")
        assert (live.status_code, page.status_code) == (200, 200)
        postgres_server.start()
        assert (await client.get("/api/me/listings")).status_code == 200


async def test_weaknesses_can_be_reported(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url, security_contact="mailto:security@mile.example") as house:
        text = (await (await house.visitor()).get("/.well-known/security.txt")).text

    fields = dict(line.split(": ", 1) for line in text.splitlines())
    assert fields["Contact"] == "mailto:security@mile.example"
    assert fields["Expires"].endswith("Z")


def test_the_demo_keeps_its_streets_wherever_it_is_laid() -> None:
    from geo.position import Point
    from geo.sphere import distance_m

    demo = town()
    shift = Shift(demo.centre, (179.99, -45.0))

    for listing in demo.listings[:40]:
        before = distance_m(Point(*demo.centre), Point(*listing.place))
        after = distance_m(Point(179.99, -45.0), Point(*shift.move(listing.place)))
        assert after == pytest.approx(before, rel=0.02, abs=5)
