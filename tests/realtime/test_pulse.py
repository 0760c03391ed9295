"""Pings from one timer: each socket in its time, and one that does not answer is dropped."""

import asyncio

from realtime.bus import MemoryBus
from realtime.pulse import BEATS, Pulse
from tests.realtime.served import new_live, serving
from tests.realtime.village import Village
from tests.waiting import PATIENCE_SECONDS, until

INTERVAL_SECONDS = 0.2


class Clock:
    """A socket that notes when it was called."""

    def __init__(self) -> None:
        self.called_at: list[float] = []
        self.called = asyncio.Event()

    def send_keepalive_ping(self) -> None:
        """Note it."""
        self.called_at.append(asyncio.get_running_loop().time())
        self.called.set()


async def test_each_socket_is_called_once_an_interval_after_it_was_noted() -> None:
    loop = asyncio.get_running_loop()
    pulse = Pulse(loop, INTERVAL_SECONDS)
    first, gone, second = Clock(), Clock(), Clock()

    noted_at = loop.time()
    pulse.note(first)
    pulse.note(gone).discard(gone)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await first.called.wait()
        pulse.note(second)
        await second.called.wait()

    (first_at,), (second_at,) = first.called_at, second.called_at
    least = INTERVAL_SECONDS * (BEATS - 1) / BEATS
    assert first_at - noted_at >= least
    assert second_at - first_at >= least
    assert gone.called_at == []


async def test_a_client_that_answers_pings_stays_and_one_that_does_not_is_dropped(village: Village) -> None:
    live = new_live(village, MemoryBus())
    async with (
        serving(live, ws_ping_interval=INTERVAL_SECONDS, ws_ping_timeout=5.0) as process,
        process.client() as awake,
        process.client(close_timeout=0.1) as asleep,
    ):
        asleep.socket.transport.pause_reading()
        await until(lambda: len(live.sockets.all) == 1, "one is dropped")

        assert await awake.all_until_now() == []
