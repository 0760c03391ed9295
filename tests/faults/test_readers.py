"""Clients that do not read, read hardly at all, or vanish: little is kept for them, and not for long (R1)."""

import asyncio
import contextlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from realtime.protocol import Open, Typing
from tests.faults.phones import Phone, handshake, phone
from tests.faults.watched import Watched
from tests.processes.street import Neighbour, moves_in
from tests.server.board.town import town_at
from tests.waiting import until

# So many that what the process grows by for itself meanwhile (the caches of its database) hardly counts.
READERS = 60
MOST_KIB = 256
# In UTF-8 twice as many bytes: 8 KiB a message.
LONG = "é" * 4000


@pytest.fixture(scope="module")
def web(migrated_sqlite: Path) -> Iterator[Watched]:
    with Watched(migrated_sqlite) as process:
        yield process


@pytest.fixture(scope="module")
def hasty(migrated_sqlite: Path) -> Iterator[Watched]:
    """A process with a tenth of the patience, for what ends by nothing but time."""
    with Watched(migrated_sqlite, hurry=True) as process:
        yield process


def kernel_kib(web: Watched) -> float:
    """Return what the kernel keeps for the server's connections (Linux; elsewhere 0: nobody tells)."""
    if shutil.which("ss") is None:
        return 0.0
    asked = ["ss", "-tmnH", "state", "connected", "sport", "=", f":{web.port}"]
    told = subprocess.run(asked, capture_output=True, check=True, text=True).stdout
    kept = [re.search(r"skmem:\(r(\d+),.*?,f(\d+),w(\d+),", line) for line in told.splitlines()]
    return sum(int(number) for found in kept if found for number in found.groups()) / 1024


async def sip(one: Phone) -> None:
    """Read 100 bytes a second."""
    with contextlib.suppress(ConnectionError):
        while await one.reader.read(10):  # noqa: ASYNC110 - slowness is what this is about
            await asyncio.sleep(0.1)


async def test_those_who_never_read_or_hardly_cost_little_are_gone_soon_and_are_not_waited_for(
    web: Watched,
) -> None:
    async with town_at(web.database_url) as town, AsyncExitStack() as stack:
        ana, bo = await moves_in(town, "Ana"), await moves_in(town, "Bo")
        warm, thread = [(await ana.publish(web))["thread"] for _ in range(2)]
        for _ in range(10):
            await ana.say(web, warm, LONG)
        reads = await stack.enter_async_context(phone(web, bo))
        slow = [await stack.enter_async_context(phone(web, pocket=4096)) for _ in range(READERS)]
        for one in (reads, *slow):
            one.ask(Open(conversation=thread))
            await one.hears("opened")
        sipping = [asyncio.create_task(sip(one)) for one in slow[::2]]

        said, most = 0, 0.0
        await web.sockets()  # To say how many takes memory of its own, once.
        before = web.resident_kib() + kernel_kib(web)
        while await web.sockets() > 1:
            for _ in range(4):
                said += 1
                assert (await ana.say(web, thread, LONG)).status_code == 201
                assert (await reads.hears("message"))["message"]["seq"] == said
                most = max(most, web.resident_kib() + kernel_kib(web) - before)

        for task in sipping:
            task.cancel()
    assert most / READERS < MOST_KIB


async def test_one_who_does_not_read_the_little_that_is_said_is_found_too(hasty: Watched) -> None:
    async with town_at(hasty.database_url) as town, phone(hasty, pocket=4096) as deaf:
        ana = await moves_in(town, "Ana")
        thread = (await ana.publish(hasty))["thread"]
        deaf.ask(Open(conversation=thread))
        await deaf.hears("opened")

        for _ in range(3):
            await ana.say(hasty, thread, LONG)

        await hasty.keeps_sockets(0)


async def test_one_who_vanishes_without_a_word_is_no_longer_present_and_misses_nothing(
    hasty: Watched,
) -> None:
    async with town_at(hasty.database_url) as town:
        ana, bo = await moves_in(town, "Ana"), await moves_in(town, "Bo")
        thread = (await ana.publish(hasty))["thread"]
        async with phone(hasty, bo) as stays, phone(hasty, ana) as tunnel:
            stays.ask(Open(conversation=thread))
            await stays.hears("opened")
            tunnel.ask(Open(conversation=thread))
            cursor = (await tunnel.hears("opened"))["cursor"]
            arrived = await stays.hears("presence")

            tunnel.vanish()
            await bo.say(hasty, thread, "Tu es là ?")
            left = await stays.hears("presence")
            await bo.say(hasty, thread, "À plus tard")

            async with phone(hasty, ana) as back:
                back.ask(Open(conversation=thread, cursor=cursor))
                opened = await back.hears("opened")

    assert [(one["member"]["name"], one["here"]) for one in (arrived, left)] == [
        ("Ana", True),
        ("Ana", False),
    ]
    assert (opened["reset"], [one["text"] for one in opened["messages"]]) == (
        False,
        ["Tu es là ?", "À plus tard"],
    )


def half_requests(web: Watched, who: Neighbour) -> dict[str, bytes]:
    """Return what clients begin and never end, or end and never read the answer of."""
    cookie = who._headers(web)["Cookie"]
    head = f"Host: 127.0.0.1:{web.port}\r\nOrigin: {web.address}\r\nCookie: {cookie}\r\n"
    json = f"{head}Content-Type: application/json\r\nIdempotency-Key: 12345678\r\n"
    return {
        "nothing": b"",
        "half a head": f"GET / HTTP/1.1\r\n{head}".encode(),
        "half a body": f'POST /api/listings HTTP/1.1\r\n{json}Content-Length: 5000\r\n\r\n{{"id":'.encode(),
        "half a handshake": handshake(web, who)[:-2],
        "an answer that nobody reads": f"GET / HTTP/1.1\r\n{head}\r\n".encode() * 20,
    }


async def test_requests_that_never_end_and_answers_that_nobody_reads_are_given_up(hasty: Watched) -> None:
    async with town_at(hasty.database_url) as town, AsyncExitStack() as stack:
        ana = await moves_in(town, "Ana")
        # So many at once that the database has all the connections it may.
        await asyncio.gather(*(ana.ask(hasty, "GET", "/api/inbox") for _ in range(30)))
        before = await hasty.kept()

        for begun in half_requests(hasty, ana).values():
            for _ in range(5):
                one = await Phone.call(hasty, pocket=4096)
                stack.callback(one.hang_up)
                transport: asyncio.Transport = one.writer.transport  # type: ignore[assignment]
                transport.pause_reading()
                one.writer.write(begun)

        async def begun_ones() -> bool:
            return (await hasty.kept()).get("server.edge.patience.PatientProtocol", 0) >= 20

        async def none_is_left() -> bool:
            return (await hasty.kept()).get("server.edge.patience.PatientProtocol", 0) == 0

        await until(begun_ones, "the connections stand")
        await until(none_is_left, "the connections are given up")
        after = await hasty.kept()

    assert after["tasks"] < before["tasks"] + 5
    assert after["descriptors"] < before["descriptors"] + 5


async def test_who_types_into_the_room_of_one_who_vanished_is_not_held_up(hasty: Watched) -> None:
    async with town_at(hasty.database_url) as town:
        ana, bo = await moves_in(town, "Ana"), await moves_in(town, "Bo")
        thread = (await ana.publish(hasty))["thread"]
        async with phone(hasty, bo) as types, phone(hasty, ana) as gone:
            for one in (types, gone):
                one.ask(Open(conversation=thread))
                await one.hears("opened")
            gone.vanish()

            for ref in range(20):
                types.ask(Typing(conversation=thread))
                types.ask(f'{{"type":"ping","ref":{ref}}}')
                assert (await types.hears("pong"))["ref"] == ref
