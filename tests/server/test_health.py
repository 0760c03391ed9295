"""How a process says that it is well: at once, whatever has failed, and never better than it is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from server.about.checkup import MOST_OPEN
from server.clock import now
from server.ids import new_id
from server.outbox import SignalRow
from tests.faults.proxy import Proxy
from tests.server.house import House, open_house
from tests.servers import RedisServer
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
async def line(postgresql_town_url: str) -> AsyncIterator[Proxy]:
    """The line between a house and its database, which can swallow everything."""
    port = make_url(postgresql_town_url).port
    assert port is not None
    proxy = Proxy(port)
    yield proxy
    proxy.pass_on()
    proxy.close()


def through(line: Proxy, url: str) -> str:
    return make_url(url).set(port=line.port).render_as_string(hide_password=False)


async def said_once(house: House, holds: Callable[[dict[str, Any]], bool]) -> tuple[int, dict[str, Any]]:
    """Return what `/health/ready` says once `holds` is true of it."""
    client = await house.visitor()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = await client.get("/health/ready")
            if holds(answer.json()):
                return answer.status_code, answer.json()
            await asyncio.sleep(0)


def caught_up(said: dict[str, Any]) -> bool:
    """All is well, and the index is as the database was a moment ago."""
    return bool(said["status"] == "ok" and said["lag_seconds"] < 2)


async def test_a_database_that_swallows_everything_is_said_to_fail_within_a_second_or_so(
    line: Proxy, postgresql_town_url: str
) -> None:
    async with open_house(through(line, postgresql_town_url)) as house:
        client = await house.visitor()
        before = await client.get("/health/ready")
        line.swallow()

        answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(40)))
        hanging = [question for question in house.app.state.checkup._open if not question.done()]
        live = await client.get("/health/live")
        line.pass_on()

        assert before.status_code == 200
        assert {answer.status_code for answer in answers} == {503}
        assert answers[0].json()["parts"]["database"] == "failing"
        # They were answered while the database still was not.
        assert 1 <= len(hanging) <= MOST_OPEN
        assert live.status_code == 200
        assert (await said_once(house, lambda said: said["status"] == "ok"))[0] == 200


async def test_a_process_that_starts_without_the_bus_is_not_ready_while_it_repairs_afterwards(
    postgresql_town_url: str, redis_url: str, redis_server: RedisServer
) -> None:
    redis_server.stop()
    async with open_house(postgresql_town_url, redis_url=redis_url) as house:
        alone = await (await house.visitor()).get("/health/ready")
        with locked_listings(postgresql_town_url) as lock:
            redis_server.start()

            loading = await said_once(house, lambda said: said["parts"]["index"] != "ok")

            lock.rollback()
            after = await said_once(house, caught_up)

    assert (alone.status_code, alone.json()["status"]) == (200, "degraded")
    assert (loading[0], loading[1]["parts"]) == (503, {"database": "ok", "bus": "ok", "index": "loading"})
    assert after[0] == 200


async def test_a_bus_that_was_away_leaves_a_process_ready_and_says_how_far_it_is_behind(
    postgresql_town_url: str, redis_url: str, redis_server: RedisServer
) -> None:
    async with open_house(postgresql_town_url, redis_url=redis_url) as house:
        redis_server.stop()
        down = await said_once(house, lambda said: said["parts"]["bus"] == "failing")
        longer = await said_once(house, lambda said: said["lag_seconds"] > down[1]["lag_seconds"])
        with locked_listings(postgresql_town_url) as lock:
            redis_server.start()
            repairing = await said_once(house, lambda said: said["parts"]["index"] == "repairing")
            lock.rollback()
        after = await said_once(house, caught_up)

    assert (down[0], down[1]["status"]) == (200, "degraded")
    assert (repairing[0], repairing[1]["status"]) == (200, "degraded")
    assert repairing[1]["lag_seconds"] > longer[1]["lag_seconds"]
    assert after[0] == 200


async def test_what_was_written_and_never_told_is_how_far_the_index_is_behind(
    postgresql_town_url: str, redis_url: str, redis_server: RedisServer
) -> None:
    redis_server.stop()
    async with open_house(postgresql_town_url, redis_url=redis_url) as house:
        async with house.site.database.write() as session:
            session.add(SignalRow(id=new_id(), created_at=now() - timedelta(hours=1), body="{}"))

        _, said = await said_once(house, lambda said: said["parts"]["index"] == "behind")

    assert 3600 <= said["lag_seconds"] < 3600 + PATIENCE_SECONDS


def locked_listings(url: str) -> psycopg.Connection:
    """Return a connection in whose transaction nobody else can read listings."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(plain)
    connection.execute("LOCK TABLE listing IN ACCESS EXCLUSIVE MODE")
    return connection
