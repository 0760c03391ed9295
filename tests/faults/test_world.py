"""The faults themselves: a test that thinks it has broken something must have broken it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from realtime.protocol import Open
from realtime.shapes import Place
from server.clock import now
from server.ids import new_id
from tests.faults.crash_points import CRASH_POINTS
from tests.faults.proxy import Proxy
from tests.faults.world import World
from tests.processes.photos import PHOTO, send
from tests.processes.street import moves_in
from tests.server.board.town import Town
from tests.waiting import PATIENCE_SECONDS, until

PLACE = Place(lon=7.33, lat=47.74)


def a_project(days: float) -> dict[str, Any]:
    """Return what is published as a project that closes in so many days."""
    closes_at = (now() + timedelta(days=days)).isoformat()
    terms = {"reach": "local", "target_cents": 100, "closes_at": closes_at, "instructions": "En espèces."}
    return {"kind": "project", "category": "other", "project": terms}


class Line:
    """One connection through the proxy to a server that says everything again."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def hears(self, word: bytes, seconds: float = PATIENCE_SECONDS) -> bool:
        """Say whether `word` comes in time."""
        try:
            async with asyncio.timeout(seconds):
                return await self.reader.readexactly(len(word)) == word
        except TimeoutError:
            return False

    async def ends(self) -> bool:
        """Say whether the line breaks."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with contextlib.suppress(ConnectionError):
                return await self.reader.read(1) == b""
        return True


@contextlib.asynccontextmanager
async def line_to(proxy: Proxy) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield Line(reader, writer)
    finally:
        writer.transport.abort()


@pytest.fixture
async def echo() -> AsyncIterator[Proxy]:
    """A proxy before a server that says everything again."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(1024):
                writer.write(chunk)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy = Proxy(server.sockets[0].getsockname()[1])
    yield proxy
    proxy.close()
    server.close()


async def test_a_proxy_passes_both_ways_and_the_end_too(echo: Proxy) -> None:
    async with line_to(echo) as line:
        line.writer.write(b"hello")
        line.writer.write_eof()

        assert await line.hears(b"hello")
        assert await line.ends()


async def test_a_proxy_that_is_cut_breaks_what_is_there_and_what_comes(echo: Proxy) -> None:
    async with line_to(echo) as line:
        line.writer.write(b"one")
        assert await line.hears(b"one")

        echo.cut()

        assert await line.ends()
    # Perhaps before the connection is even known to stand.
    with contextlib.suppress(ConnectionError):
        async with line_to(echo) as late:
            assert await late.ends()
    echo.pass_on()
    async with line_to(echo) as again:
        again.writer.write(b"two")
        assert await again.hears(b"two")


async def test_a_black_hole_keeps_every_connection_and_passes_nothing_until_it_ends(echo: Proxy) -> None:
    async with line_to(echo) as old:
        old.writer.write(b"one")
        assert await old.hears(b"one")

        echo.swallow()

        async with line_to(echo) as new:
            for line in (old, new):
                line.writer.write(b"two")
            assert not await old.hears(b"two", 0.2)
            assert not await new.hears(b"two", 0.2)
            echo.pass_on()
            assert await old.hears(b"two")
            assert await new.hears(b"two")


@pytest.mark.parametrize("point", CRASH_POINTS)
async def test_a_process_dies_at_the_crash_point_that_is_armed(world: World, town: Town, point: str) -> None:
    ana = await moves_in(town, "Ana")
    left, middle, right = world.webs
    thread = (await ana.publish(right, place=PLACE))["thread"]

    with contextlib.suppress(httpx.TransportError, ConnectionClosed):
        match point:
            case "before a snapshot is sent":
                left.arm(point)
                async with ana.socket(left) as screen:
                    await screen.ask(Open(conversation=thread))
                    await screen.closed()
            case "in a sweep":
                # Somebody has to leave something behind; any of the others finds it.
                for web in (left, middle):
                    web.arm(point)
                right.arm("after commit")
                await ana.publish(right, place=PLACE)
            case "after a deadline":
                for web in world.webs:
                    web.arm(point)
                await ana.publish(right, **a_project(days=0))
            case "while a project is settled":
                project = await ana.publish(right, **a_project(days=1))
                address = f"/api/projects/{project['id']}"
                bo = await moves_in(town, "Bo")
                await bo.ask(right, "POST", f"{address}/pledges", {"id": new_id(), "cents": 100})
                for web in world.webs:
                    web.arm(point)
                await ana.ask(right, "POST", f"{address}/cancel", {"version": project["version"] + 1})
            case "between a photo's files and its row":
                left.arm(point)
                await send(left, ana, PHOTO, new_id())
            case _:
                left.arm(point)
                await ana.publish(left, place=PLACE)

    await until(lambda: not all(web.running for web in world.webs), f"a death {point}")


async def test_a_process_whose_clock_is_wrong_goes_by_the_one_of_the_town(world: World, town: Town) -> None:
    wrong = world.webs[0]
    ana = await moves_in(town, "Ana")
    wrong.kill()
    wrong.sabotage("clock ahead")
    try:
        wrong.start()
        begun, listing = now(), await ana.publish(wrong, place=PLACE)
    finally:
        wrong.sabotage()
        wrong.kill()

    assert "clock_corrected" in wrong.written()
    assert abs(datetime.fromisoformat(listing["created_at"]) - begun) < timedelta(minutes=1)
