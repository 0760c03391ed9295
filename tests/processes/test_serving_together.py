"""Several processes behind one address: counted together, replaced one by one, stopped as one."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from realtime.protocol import CloseCode, Ping
from tests.faults.phones import Closed, Phone, phone
from tests.processes.street import SERVE, WebProcess
from tests.servers import PostgresServer, RedisServer
from tests.waiting import PATIENCE_SECONDS, until

TOGETHER = (*SERVE, "--processes", "2")
REPLACED = "another one takes its place"
HALF_A_REQUEST = (
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
)


class Supervised(WebProcess):
    """Processes under a supervisor, which starts them anew from their command line."""

    forked = False


@pytest.fixture(scope="module")
def web_of_module(database_of_all: str, redis_server: RedisServer) -> Iterator[WebProcess]:
    """Two processes under one address, which the tests of this module share: to start them takes longest."""
    redis_server.start()
    with Supervised(database_of_all, redis_server.url, TOGETHER) as process:
        yield process


@pytest.fixture
def web(web_of_module: WebProcess) -> WebProcess:
    """The processes; running, whatever became of them before."""
    web_of_module.start()
    return web_of_module


class Figures:
    """What `/metrics` says, all processes together."""

    def __init__(self, page: str) -> None:
        self._samples = [one for family in text_string_to_metric_families(page) for one in family.samples]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of what is said of `name` under these labels."""
        found = [one for one in self._samples if one.name == name and labels.items() <= one.labels.items()]
        return sum(one.value for one in found)

    @property
    def pids(self) -> set[int]:
        """The processes that are counted as running."""
        named = [one for one in self._samples if one.name == "onemile_process_start_seconds"]
        return {int(one.labels["pid"]) for one in named}


async def figures(web: WebProcess) -> Figures:
    """Ask whichever process answers."""
    # Each request on a connection of its own; one that is cut off by a kill is asked again.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                async with httpx.AsyncClient(base_url=web.address, timeout=20, verify=False) as client:
                    return Figures((await client.get("/metrics")).text)
            except httpx.TransportError:
                await asyncio.sleep(0.03)


async def once(web: WebProcess, holds: Callable[[Figures], bool]) -> Figures:
    """Return the first figures of which `holds` is true; samples are taken every few seconds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds(found := await figures(web)):
            pass
    return found


async def two_running(web: WebProcess) -> Figures:
    return await once(web, lambda found: len(found.pids) == 2)


@contextlib.asynccontextmanager
async def sockets_at(web: WebProcess, count: int) -> AsyncIterator[list[Phone]]:
    """Open so many sockets."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(phone(web)) for _ in range(count)]


async def test_all_processes_are_counted_whichever_is_asked(web: WebProcess) -> None:
    await two_running(web)
    async with sockets_at(web, 12):
        found = await once(
            web,
            lambda found: (
                found.total("onemile_realtime_sockets") == 12
                and 0 < found.total("onemile_bus_lag_seconds") < 5
            ),
        )

        assert found.total("onemile_bus_up") == found.total("onemile_database_up") == 1
        assert found.total("onemile_process_resident_bytes") > 2 * 20_000_000
    await once(web, lambda found: found.total("onemile_realtime_sockets") == 0)


async def test_a_killed_process_leaves_the_gauges_and_what_it_counted_stays(web: WebProcess) -> None:
    before = await two_running(web)
    async with sockets_at(web, 12) as sockets:
        assert [await answers(one) for one in sockets] == [True] * 12
        asked = before.total("onemile_realtime_commands_total") + 12
        full = await once(
            web,
            lambda found: (
                (found.total("onemile_realtime_commands_total"), found.total("onemile_realtime_sockets"))
                == (asked, 12)
            ),
        )
        victim = min(before.pids)

        os.kill(victim, signal.SIGKILL)
        after = await once(web, lambda found: len(found.pids) == 2 and victim not in found.pids)

        left = sum([await answers(one) for one in sockets])
        await once(web, lambda found: found.total("onemile_realtime_sockets") == left)
    for name in ("onemile_http_requests_total", "onemile_command_seconds_count"):
        assert after.total(name) >= full.total(name) > 0, name
    assert after.total("onemile_realtime_commands_total") == asked


async def answers(one: Phone) -> bool:
    """Say whether the other end is there."""
    try:
        one.ask(Ping(ref=1))
        await one.hears("pong")
    except Closed:
        return False
    return True


async def test_a_rolling_restart_replaces_all_and_refuses_nobody(web: WebProcess) -> None:
    before = await two_running(web)
    statuses: list[int | str] = []
    stop = asyncio.Event()

    async def ask() -> None:
        while not stop.is_set():
            async with httpx.AsyncClient(base_url=web.address, timeout=20, verify=False) as client:
                try:
                    statuses.append((await client.get("/api/config")).status_code)
                except (httpx.RemoteProtocolError, httpx.ReadError):
                    # Taken by the old one in its last moment: a proxy asks again, and so do we.
                    continue
                except httpx.TransportError as error:
                    statuses.append(type(error).__name__)

    asking = [asyncio.create_task(ask()) for _ in range(4)]
    async with sockets_at(web, 6) as sockets:
        web.send(signal.SIGHUP)

        await once(web, lambda found: len(found.pids) == 2 and not found.pids & before.pids)
        stop.set()
        await asyncio.gather(*asking)
        codes = [await one.closed() for one in sockets]

    assert set(codes) == {CloseCode.RESTART}
    assert set(statuses) == {200}
    assert len(statuses) > 20


async def test_asked_to_stop_all_say_goodbye_and_end_without_failure(web: WebProcess) -> None:
    await two_running(web)
    async with sockets_at(web, 6) as sockets:
        web.send(signal.SIGTERM)

        assert await asyncio.to_thread(web.ended) == 0
        assert {await one.closed() for one in sockets} == {CloseCode.RESTART}
    with pytest.raises(ConnectionRefusedError):
        await Phone.call(web)


async def test_asked_twice_to_stop_they_are_gone_before_a_request_has_ended(web: WebProcess) -> None:
    found = await two_running(web)
    # A request that is not finished keeps its process for the grace, and is answered after it.
    held = await Phone.call(web)
    held.writer.write(HALF_A_REQUEST)
    async with sockets_at(web, 1) as sockets:
        web.send(signal.SIGTERM)
        assert await sockets[0].closed() == CloseCode.RESTART

        web.send(signal.SIGTERM)
        await asyncio.to_thread(web.ended)

    assert not [pid for pid in found.pids if is_running(pid)]
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        answer = await held.reader.read()
    assert answer == b""
    held.hang_up()


async def test_without_the_one_that_looks_after_them_they_say_goodbye_and_end(web: WebProcess) -> None:
    found = await two_running(web)
    async with sockets_at(web, 4) as sockets:
        web.kill()

        assert {await one.closed() for one in sockets} == {CloseCode.RESTART}
    await until(lambda: not any(map(is_running, found.pids)), "the end of all")


async def test_with_the_database_away_a_process_that_died_is_tried_again_and_the_other_goes_on(
    web: WebProcess, postgres_server: PostgresServer
) -> None:
    before = await two_running(web)
    victim, other = sorted(before.pids)
    already = web.written().count(REPLACED)
    postgres_server.stop()
    os.kill(victim, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while web.written().count(REPLACED) < already + 3:
            await figures(web)
    async with httpx.AsyncClient(base_url=web.address, timeout=20, verify=False) as client:
        ready = await client.get("/health/ready")
    postgres_server.start()

    assert ready.status_code == 503
    after = await two_running(web)
    assert other in after.pids


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
