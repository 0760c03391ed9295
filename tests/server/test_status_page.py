"""The page that says how the service is: words for everybody, figures for moderators, nothing of anybody."""

import re

import pytest

from server.about.checkup import Checkup
from server.about.status import FIGURES
from server.catalogue import translate
from server.database import Database
from server.edge.metrics import COUNTERS, GAUGES
from server.members import roles
from tests.server.house import House, open_house
from tests.servers import PostgresServer, RedisServer


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("fr", ("Tout fonctionne", "Base de données", "depuis")),
        ("en", ("Everything works", "Database", "for")),
    ],
)
async def test_a_healthy_service_says_so_in_the_readers_language(
    small_house: House, asked: str, words: tuple[str, ...]
) -> None:
    client = await small_house.visitor(**{"Accept-Language": asked})

    answer = await client.get("/status")

    assert answer.status_code == 200
    assert f'lang="{asked}"' in answer.text
    assert [word for word in words if word not in answer.text] == []
    assert "<script" not in answer.text


async def test_without_the_bus_it_works_with_delay_and_without_the_database_it_does_not(
    postgresql_town_url: str, postgres_server: PostgresServer, redis_url: str, redis_server: RedisServer
) -> None:
    redis_server.stop()
    async with open_house(postgresql_town_url, redis_url=redis_url) as house:
        client = await house.visitor(**{"Accept-Language": "en"})
        alone = await client.get("/status")
        postgres_server.stop()
        away = await client.get("/status")
        postgres_server.start()

    assert (alone.status_code, away.status_code) == (200, 503)
    assert translate("en", "status.standing.degraded") in alone.text
    assert translate("en", "status.standing.failing") in away.text
    assert away.text.count(translate("en", "status.state.failing")) == 2


async def test_how_long_it_has_been_so_is_counted_from_the_change(
    postgresql_town_url: str, postgres_server: PostgresServer
) -> None:
    async with open_house(postgresql_town_url) as house:
        checkup: Checkup = house.app.state.checkup
        before = (await checkup.look()).parts["database"]
        postgres_server.stop()
        first = (await checkup.look()).parts["database"]
        second = (await checkup.look()).parts["database"]
        postgres_server.start()

    assert (before.state, first.state) == ("ok", "failing")
    assert before.since < first.since == second.since


async def test_figures_are_shown_to_moderators_only(small_house: House) -> None:
    ana, josiane = await small_house.join("Ana"), await small_house.join("Josiane")
    database = Database(small_house.settings.database_url)
    assert await roles.set_moderator(database, "josiane@example.org", moderator=True)
    await database.aclose()
    label = translate("fr", "status.figure.sockets")

    pages = [(await one.get("/status")).text for one in (await small_house.visitor(), ana, josiane)]

    assert [label in page for page in pages] == [False, False, True]
    assert len(re.findall(r'class="number"', pages[2])) == len(FIGURES)


def test_the_figures_of_the_page_are_measured() -> None:
    counters = {f"onemile_realtime_{name}_total" for name in COUNTERS}

    assert {figure for figure, _ in FIGURES.values()} - {*GAUGES} - counters == set()
