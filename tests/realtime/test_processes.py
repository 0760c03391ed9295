"""Two processes of one town, with a Redis between them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from geo.position import Point
from realtime.protocol import (
    AvatarChanged,
    CloseCode,
    MessageChanged,
    Open,
    Opened,
    Paused,
    PinGone,
    PinPut,
    PresenceChanged,
    Resync,
    View,
    Watch,
    Welcome,
)
from realtime.redis_bus import RedisBus
from realtime.shapes import Layer, Place, Scale
from realtime.signals import Announced, IdentityChanged, PinMoved
from tests.realtime.served import Process, new_live, serving
from tests.realtime.village import Village
from tests.servers import RedisServer
from tests.waiting import PATIENCE_SECONDS

BEAT_SECONDS = 0.5
HERE = Watch(at=Place(lon=7.34, lat=47.75), scale=Scale.MILE, layers=frozenset({Layer.OFFER}))
AT_HOME = Point(7.341, 47.751)


@pytest.fixture
async def two(village: Village, redis_url: str) -> AsyncIterator[tuple[Process, Process]]:
    """Two running processes of `village`."""
    async with contextlib.AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(
                serving(new_live(village, RedisBus(redis_url, beat_seconds=BEAT_SECONDS), silent_seconds=6.0))
            )
            for _ in range(2)
        ]
        yield processes[0], processes[1]


async def test_a_pin_and_a_message_reach_the_neighbour_on_the_other_process(
    village: Village, two: tuple[Process, Process]
) -> None:
    ana = village.settle("ana")
    thread = village.talk()

    async with two[1].client() as bo:
        await bo.ask(HERE)
        await bo.next(View)
        await bo.ask(Open(conversation=thread))
        await bo.next(Opened)
        await village.put(village.pin(AT_HOME))
        await village.say(ana, thread, "Bonjour")

        assert (await bo.next(PinPut)).pin.title == "Soupe"
        assert (await bo.next(MessageChanged)).message.text == "Bonjour"


async def test_a_member_is_present_once_over_all_processes_and_tabs(
    village: Village, two: tuple[Process, Process]
) -> None:
    ana, bo = village.settle("ana"), village.settle("bo")
    dialog = village.talk(ana, bo)

    async with two[0].client("bo") as watching:
        await watching.ask(Open(conversation=dialog))
        await watching.next(Opened)
        async with two[1].client("ana") as there:
            await there.ask(Open(conversation=dialog))
            opened = await there.next(Opened)
            found = opened.present or [(await there.next(PresenceChanged)).member]
            came = await watching.next(PresenceChanged)
            async with two[0].client("ana") as here:
                await here.ask(Open(conversation=dialog))
                await here.next(Opened)
            after_one_tab = await watching.all_until_now()
        left = await watching.next(PresenceChanged)

    assert found == [bo]
    assert (came.member, came.here) == (ana, True)
    assert after_one_tab == []
    assert (left.member, left.here) == (ana, False)


async def test_who_was_on_a_process_that_died_is_no_longer_present(
    village: Village, two: tuple[Process, Process]
) -> None:
    ana, bo = village.settle("ana"), village.settle("bo")
    dialog = village.talk(ana, bo)

    async with two[0].client("bo") as watching, two[1].client("ana") as dying:
        await watching.ask(Open(conversation=dialog))
        await watching.next(Opened)
        await dying.ask(Open(conversation=dialog))
        await watching.next(PresenceChanged)
        await two[1].live.bus.aclose()
        left = await watching.next(PresenceChanged)

    assert (left.member, left.here) == (ana, False)


async def test_a_process_that_joins_later_learns_who_is_there(village: Village, redis_url: str) -> None:
    ana, bo = village.settle("ana"), village.settle("bo")
    dialog = village.talk(ana, bo)

    first, second = (RedisBus(redis_url, beat_seconds=BEAT_SECONDS) for _ in range(2))
    async with serving(new_live(village, first)) as earlier, earlier.client("ana") as early:
        await early.ask(Open(conversation=dialog))
        await early.next(Opened)
        async with serving(new_live(village, second)) as later, later.client("bo") as late:
            await late.ask(Open(conversation=dialog))
            opened = await late.next(Opened)
            learned = opened.present or [(await late.next(PresenceChanged)).member]

    assert learned == [ana]


async def test_what_happened_while_the_bus_was_away_is_made_good(
    village: Village, two: tuple[Process, Process], redis_server: RedisServer
) -> None:
    ana = village.settle("ana")
    thread = village.talk()
    old = await village.put(village.pin(AT_HOME, title="Ancienne"))

    async with two[1].client() as bo:
        await bo.ask(HERE)
        await bo.next(View)
        await bo.ask(Open(conversation=thread))
        cursor = (await bo.next(Opened)).cursor
        await asyncio.to_thread(redis_server.kill)
        await bo.next(Paused)
        await village.end(old)
        await village.put(village.pin(AT_HOME, title="Nouvelle"))
        await village.say(ana, thread, "Personne ne m’entend")
        await asyncio.to_thread(redis_server.start)
        await bo.next(Resync)
        repaired = {type(event): event for event in [await bo.next_event(), await bo.next_event()]}
        await bo.ask(Open(conversation=thread, cursor=cursor))
        opened = await bo.next(Opened)

    assert isinstance(new := repaired[PinPut], PinPut)
    assert new.pin.title == "Nouvelle"
    assert isinstance(gone := repaired[PinGone], PinGone)
    assert gone.id == old.id
    assert [message.text for message in opened.messages] == ["Personne ne m’entend"]


async def test_late_news_during_a_repair_bring_nothing_back_and_new_ones_stay(
    village: Village, two: tuple[Process, Process]
) -> None:
    fresh = village.pin(AT_HOME, title="Nouvelle")
    async with two[0].client() as bo:
        await bo.ask(HERE)
        await bo.next(View)
        ended = await village.put(village.pin(AT_HOME, title="Finie"))
        await bo.next(PinPut)
        # Its end was missed; that it had begun is swept from the outbox only now.
        del village.pinned[ended.id]

        async def meanwhile() -> None:
            await village.publish(PinMoved(id=ended.id, version=ended.version, pin=ended))
            await village.put(fresh)
            await bo.next(PinPut)

        village.after_reading = meanwhile
        await two[0].live.reload()
        gone = await bo.next(PinGone)

    assert gone.id == ended.id
    assert [one.id for one in two[0].live.index] == [fresh.id]


async def test_while_the_bus_is_away_every_page_is_told_that_live_updates_pause(
    two: tuple[Process, Process], redis_server: RedisServer
) -> None:
    async with two[0].client() as before:
        await asyncio.to_thread(redis_server.kill)
        await before.next(Paused)
        async with two[0].raw() as during:
            told_at_the_door = (await during.next(Welcome)).paused
        await asyncio.to_thread(redis_server.start)
        await before.next(Resync)
        async with two[0].raw() as after:
            told_afterwards = (await after.next(Welcome)).paused

    assert (told_at_the_door, told_afterwards) == (True, False)


async def test_while_the_bus_is_away_a_process_keeps_its_own_map_and_doors(
    village: Village, two: tuple[Process, Process], redis_server: RedisServer
) -> None:
    ana = village.settle("ana")
    pin = village.pin(AT_HOME, title="Sans bus")

    async with two[0].client() as bo, two[0].client("ana") as signing_out:
        await bo.ask(HERE)
        await bo.next(View)
        await asyncio.to_thread(redis_server.kill)
        await bo.next(Paused)
        went_out = await two[0].live.publish([PinMoved(id=pin.id, version=1, pin=pin)])
        hidden = AvatarChanged(avatar="a" * 22, hidden=True)
        await two[0].live.publish([Announced(event=hidden), IdentityChanged(member=ana.id)])

        assert not went_out
        assert (await bo.next(PinPut)).pin.title == "Sans bus"
        assert await bo.next(AvatarChanged) == hidden
        assert await signing_out.closed() == CloseCode.IDENTITY


async def test_who_signed_out_while_the_bus_was_away_is_cut_off_when_it_is_back(
    village: Village, two: tuple[Process, Process], redis_server: RedisServer
) -> None:
    ana = village.settle("ana")

    async with two[1].client("ana") as socket:
        await asyncio.to_thread(redis_server.kill)
        del village.members["ana"]
        await village.publish(IdentityChanged(member=ana.id))
        await asyncio.to_thread(redis_server.start)

        assert await socket.closed() == CloseCode.IDENTITY


async def test_who_lost_a_right_while_the_bus_was_away_hears_nothing_more(
    village: Village, two: tuple[Process, Process], redis_server: RedisServer
) -> None:
    ana = village.settle("ana")
    thread = village.talk()

    async with two[1].client() as bo:
        await bo.ask(Open(conversation=thread))
        await bo.next(Opened)
        await asyncio.to_thread(redis_server.kill)
        village.talks[thread].hidden = True
        asked = village.asked
        await asyncio.to_thread(redis_server.start)
        await bo.next(Paused)
        await bo.next(Resync)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while village.asked == asked:
                await bo.all_until_now()
        await village.say(ana, thread, "caché")

        assert await bo.all_until_now() == []
