"""How often one may: counted for each by themselves, together over processes, and never given up."""

from collections.abc import AsyncIterator, Iterator

import pytest
import time_machine

from realtime.refusals import TooMany
from server.clock import now
from server.limits import Limits, network
from tests.server.house import a_newcomer, open_counting_house, problem
from tests.servers import RedisServer


@pytest.fixture
def time_stands() -> Iterator[None]:
    """Nothing is counted over the end of an hour, where one more would be let through."""
    with time_machine.travel(now(), tick=False):
        yield


@pytest.fixture(params=["memory", "redis"])
async def limits(request: pytest.FixtureRequest) -> AsyncIterator[Limits]:
    """Limits by each of the two stores."""
    made = Limits(request.getfixturevalue("redis_url") if request.param == "redis" else None)
    yield made
    await made.aclose()


async def refused(limits: Limits, who: str, times: int, rule: str = "3/hour") -> list[bool]:
    found = []
    for _ in range(times):
        try:
            await limits.hit(rule, "test", who)
        except TooMany as error:
            found.append(0 < error.retry_after <= 3600)
        else:
            found.append(False)
    return found


@pytest.mark.usefixtures("time_stands")
async def test_who_exceeds_a_rule_is_told_when_to_come_again_and_others_are_not(limits: Limits) -> None:
    assert await refused(limits, "ana", 5) == [False, False, False, True, True]
    assert await refused(limits, "bo", 1) == [False]


@pytest.mark.usefixtures("time_stands")
async def test_processes_count_together_over_redis(redis_url: str) -> None:
    one, two = Limits(redis_url), Limits(redis_url)

    assert await refused(one, "ana", 2) == [False, False]
    assert await refused(two, "ana", 2) == [False, True]
    await one.aclose()
    await two.aclose()


@pytest.mark.usefixtures("time_stands")
async def test_without_redis_each_process_goes_on_counting_by_itself(
    redis_server: RedisServer, redis_url: str
) -> None:
    limits = Limits(redis_url)
    await refused(limits, "ana", 1)

    redis_server.stop()

    assert await refused(limits, "ana", 4) == [False, False, False, True]
    await limits.aclose()


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_household_counts_as_one(address: str, counted_as: str) -> None:
    assert network(address) == counted_as


async def test_a_door_closes_for_an_address_that_knocks_too_often(sqlite_town_url: str) -> None:
    async with open_counting_house(sqlite_town_url) as house:
        client = await house.visitor()
        for number in range(10):
            await client.post("/api/members", json=a_newcomer(email=f"{number}@example.org"))

        answer = await client.post("/api/members", json=a_newcomer())

    assert problem(answer) == (429, "too_many")
    assert 0 < int(answer.headers["retry-after"]) <= 3600


async def test_guessing_one_members_password_is_slowed_down_from_anywhere(sqlite_town_url: str) -> None:
    async with open_counting_house(sqlite_town_url) as house:
        await house.join("Ana")
        client = await house.visitor()
        guess = {"email": "ana@example.org", "password": "a guess"}

        answers = [await client.post("/api/session", json=guess) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
