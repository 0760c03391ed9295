"""Two web processes with PostgreSQL and Redis between them are one town."""

import httpx
import pytest

from realtime.protocol import MessageChanged, Open, Opened, PinPut, View, Watch
from realtime.shapes import Layer, Place, Scale
from server.ids import new_id
from tests.processes.street import Neighbour, WebProcess, moves_in
from tests.realtime.served import Client
from tests.server.board.town import Town
from tests.servers import RedisServer


def look(place: Place) -> Watch:
    return Watch(at=place, scale=Scale.MILE, layers=frozenset({Layer.REQUEST}))


async def next_pin(client: Client) -> str:
    """Return the title of the next pin that comes, after whatever else."""
    while not isinstance(event := await client.next_event(), PinPut):
        pass
    return event.pin.title


async def test_a_listing_published_at_one_process_is_a_pin_at_the_other(
    town: Town, west: WebProcess, east: WebProcess, somewhere: Place
) -> None:
    ana = await moves_in(town, "Ana")
    async with Neighbour().socket(east) as screen:
        await screen.ask(look(somewhere))
        assert (await screen.next(View)).entered == []

        await ana.publish(west, title="Soupe", place=somewhere)

        assert await next_pin(screen) == "Soupe"
        lookup = {"at": somewhere.model_dump(), "layers": ["request"]}
        found = (await Neighbour().ask(east, "POST", "/api/listings/around", lookup)).json()
        assert [feature["properties"]["title"] for feature in found["features"]] == ["Soupe"]


async def test_a_conversation_over_two_processes_loses_and_doubles_nothing(
    town: Town, west: WebProcess, east: WebProcess, somewhere: Place
) -> None:
    ana, bo = await moves_in(town, "Ana"), await moves_in(town, "Bo")
    thread = (await ana.publish(west, place=somewhere))["thread"]
    async with ana.socket(west) as at_west, bo.socket(east) as at_east:
        for screen in (at_west, at_east):
            await screen.ask(Open(conversation=thread))
            while not isinstance(await screen.next_event(), Opened):
                pass

        for n in range(10):
            who, where = [(ana, west), (bo, east)][n % 2]
            assert (await who.say(where, thread, f"Mot {n}")).status_code == 201

        for screen in (at_west, at_east):
            heard: list[str | None] = []
            while len(heard) < 10:
                event = await screen.next_event()
                if isinstance(event, MessageChanged):
                    heard.append(event.message.text)
            assert sorted(filter(None, heard)) == [f"Mot {n}" for n in range(10)]


async def test_what_was_committed_is_told_although_the_process_died_before_telling(
    town: Town, east: WebProcess, redis_server: RedisServer, somewhere: Place
) -> None:
    ana = await moves_in(town, "Ana")
    fault = ["tests.processes.crashing"]
    with WebProcess(town.database.url, redis_server.url, fault) as doomed:
        async with Neighbour().socket(east) as screen:
            await screen.ask(look(somewhere))
            await screen.next(View)

            with pytest.raises(httpx.TransportError):
                await ana.publish(doomed, title="Adieu", place=somewhere)

            assert await next_pin(screen) == "Adieu"
    assert "Adieu" in [pin.title async for pin in town.backend.pins()]


async def test_who_comes_back_after_the_server_was_killed_misses_and_doubles_nothing(
    town: Town, west: WebProcess, east: WebProcess, somewhere: Place
) -> None:
    ana, bo = await moves_in(town, "Ana"), await moves_in(town, "Bo")
    thread = (await ana.publish(west, place=somewhere))["thread"]
    sent_twice = new_id()
    async with ana.socket(east) as before:
        await before.ask(Open(conversation=thread))
        await before.next(Opened)
        await bo.say(west, thread, "Un")
        while not isinstance(event := await before.next_event(), MessageChanged):
            pass
        cursor = event.message.change
        east.kill()
    await bo.say(west, thread, "Deux", sent_twice)
    await bo.say(west, thread, "Trois")

    east.start()
    await bo.say(east, thread, "Deux", sent_twice)
    async with ana.socket(east) as after:
        await after.ask(Open(conversation=thread, cursor=cursor))
        while not isinstance(opened := await after.next_event(), Opened):
            pass

    assert not opened.reset
    assert [message.text for message in opened.messages] == ["Deux", "Trois"]


async def test_without_the_bus_one_reads_and_writes_and_it_is_told_once_the_bus_is_back(
    town: Town, west: WebProcess, east: WebProcess, redis_server: RedisServer, somewhere: Place
) -> None:
    ana = await moves_in(town, "Ana")
    async with Neighbour().socket(east) as screen:
        await screen.ask(look(somewhere))
        await screen.next(View)
        redis_server.kill()

        listing = await ana.publish(west, title="Sans bus", place=somewhere)
        seen = await Neighbour().ask(east, "GET", f"/api/listings/{listing['id']}")
        redis_server.start()

        assert seen.status_code == 200
        assert await next_pin(screen) == "Sans bus"
