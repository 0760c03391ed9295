"""The bus: what every bus owes, and how the one over Redis tells of its losses."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest
import redis.asyncio

from realtime.bus import Bus, MemoryBus
from realtime.redis_bus import CHANNEL, RedisBus
from realtime.signals import AnySignal, Heartbeat, IdentityChanged
from tests.realtime.village import new_id
from tests.servers import RedisServer
from tests.waiting import PATIENCE_SECONDS

BEAT_SECONDS = 0.3


class Ear:
    """What one process hears, without heartbeats, and its gaps."""

    def __init__(self) -> None:
        self.batches: asyncio.Queue[Sequence[AnySignal]] = asyncio.Queue()
        self.gap = asyncio.Event()
        self.losses = 0

    def receive(self, signals: list[AnySignal]) -> None:
        if not any(isinstance(signal, Heartbeat) for signal in signals):
            self.batches.put_nowait(signals)

    async def next(self) -> Sequence[AnySignal]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.batches.get()

    def lost(self) -> None:
        self.losses += 1

    async def gap_told(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.gap.wait()


@contextlib.asynccontextmanager
async def listening(bus: Bus) -> AsyncIterator[Ear]:
    ear = Ear()
    await bus.start(ear.receive, ear.gap.set, ear.lost)
    try:
        yield ear
    finally:
        await bus.aclose()


def news() -> IdentityChanged:
    return IdentityChanged(member=new_id())


@pytest.fixture(params=["memory", "redis"])
def bus(request: pytest.FixtureRequest) -> Bus:
    if request.param == "memory":
        return MemoryBus()
    return RedisBus(request.getfixturevalue("redis_url"), beat_seconds=BEAT_SECONDS)


@pytest.fixture
def redis_bus(redis_url: str) -> RedisBus:
    return RedisBus(redis_url, beat_seconds=BEAT_SECONDS)


async def test_the_sender_hears_its_own_signals_in_the_order_they_were_sent(bus: Bus) -> None:
    sent = [news() for _ in range(100)]

    async with listening(bus) as ear:
        for signal in sent:
            bus.publish([signal])
        heard = [signal for _ in sent for signal in await ear.next()]

    assert heard == sent


async def test_signals_published_together_arrive_together(bus: Bus) -> None:
    together = [news(), news()]

    async with listening(bus) as ear:
        bus.publish(together)

        assert await ear.next() == together


async def test_nothing_arrives_in_the_middle_of_what_its_sender_is_doing(bus: Bus) -> None:
    async with listening(bus) as ear:
        bus.publish([news()])

        assert ear.batches.empty()


async def test_publishing_tells_that_it_went_out(bus: Bus) -> None:
    async with listening(bus):
        assert await bus.publish([news()])


async def test_a_closed_bus_tells_that_nothing_goes_out(bus: Bus) -> None:
    async with listening(bus):
        assert bus.healthy

    assert not bus.healthy
    assert not await bus.publish([news()])


async def test_a_bus_closes_in_the_middle_of_sending(redis_url: str) -> None:
    for turns in range(25):
        bus = RedisBus(redis_url, beat_seconds=BEAT_SECONDS)
        async with listening(bus), asyncio.timeout(PATIENCE_SECONDS):
            bus.publish([news()])
            for _ in range(turns):
                await asyncio.sleep(0)

            await bus.aclose()


async def test_every_process_hears_what_any_publishes(redis_url: str) -> None:
    here, there = (RedisBus(redis_url, beat_seconds=BEAT_SECONDS) for _ in range(2))
    signal = news()

    async with listening(here) as near, listening(there) as far:
        await here.publish([signal])

        assert await near.next() == await far.next() == [signal]


async def test_towns_on_one_redis_do_not_hear_each_other(redis_url: str) -> None:
    mulhouse, basel = (RedisBus(redis_url, channel=town, beat_seconds=BEAT_SECONDS) for town in "mb")
    ours = news()

    async with listening(mulhouse) as ear, listening(basel):
        await basel.publish([news()])
        await mulhouse.publish([ours])

        assert await ear.next() == [ours]


async def test_after_redis_was_killed_a_gap_is_told_and_signals_come_again(
    redis_bus: RedisBus, redis_server: RedisServer
) -> None:
    async with listening(redis_bus) as ear:
        await asyncio.to_thread(redis_server.kill)
        refused = not await redis_bus.publish([news()])
        await asyncio.to_thread(redis_server.start)
        await ear.gap_told()
        signal = news()
        went_out = await redis_bus.publish([signal])

        assert refused
        assert ear.losses == 1
        assert went_out
        assert await ear.next() == [signal]


async def test_a_line_that_is_open_but_dead_is_noticed(
    redis_bus: RedisBus, redis_server: RedisServer
) -> None:
    async with listening(redis_bus) as ear:
        redis_server.pause()
        async with asyncio.timeout(PATIENCE_SECONDS):
            # What is queued on a dead line is told to have failed when the line is given up.
            while await redis_bus.publish([news()]):
                pass
        assert ear.losses == 1
        redis_server.resume()
        await ear.gap_told()

        assert redis_bus.healthy


async def test_one_missing_heartbeat_is_a_gap(redis_bus: RedisBus, redis_url: str) -> None:
    async with listening(redis_bus) as ear, redis.asyncio.Redis.from_url(redis_url) as other:
        skipped = Heartbeat(process=redis_bus.process, count=1_000_000)
        await other.publish(CHANNEL, f"[{skipped.model_dump_json()}]")

        await ear.gap_told()


async def test_a_message_of_an_unknown_kind_is_passed_over(redis_bus: RedisBus, redis_url: str) -> None:
    signal = news()

    async with listening(redis_bus) as ear, redis.asyncio.Redis.from_url(redis_url) as newer:
        await newer.publish(CHANNEL, '[{"type":"telepathy"}]')
        await newer.publish(CHANNEL, b"\xff")
        await redis_bus.publish([signal])

        assert await ear.next() == [signal]


async def test_without_redis_a_process_starts_all_the_same_and_learns_later_that_it_is_back(
    redis_url: str, redis_server: RedisServer
) -> None:
    redis_bus = RedisBus(redis_url, beat_seconds=BEAT_SECONDS, start_seconds=0.2)
    await asyncio.to_thread(redis_server.stop)

    async with listening(redis_bus) as ear:
        started_without = not redis_bus.healthy
        await asyncio.to_thread(redis_server.start)
        await ear.gap_told()

    assert started_without
