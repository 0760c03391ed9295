"""A TCP proxy between a process and its server, by which a test makes the net fail.

All proxies of a run share one loop in a thread of its own, so that they go on while a test waits for a
server to start.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, TypeVar

from tests.local_server import free_port
from tests.waiting import PATIENCE_SECONDS

_CHUNK = 65536
# Closing with this sends a reset instead of a farewell: what a peer sees of a host that has gone.
_RESET = struct.pack("ii", 1, 0)

T = TypeVar("T")


class Proxy:
    """Passes connections on to `port` of 127.0.0.1 until told otherwise; serves on its own `port`."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.port = free_port()
        self.delay_seconds = 0.0
        self._open = True
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._passes = _on_loop(_event())
        self._server = _on_loop(self._listen())

    def pass_on(self) -> None:
        """Let everything through again, also what a black hole has kept, and at once."""
        self.delay_seconds = 0.0
        self._open = True
        _call(self._passes.set)

    def cut(self) -> None:
        """Break every connection with a reset, and each new one, until `pass_on`."""
        self._open = False
        _call(self._break_all)

    def swallow(self) -> None:
        """Be a black hole until `pass_on`: connections stand, new ones are taken, nothing comes through."""
        _call(self._passes.clear)

    def delay(self, seconds: float) -> None:
        """Pass everything on so much later, until `pass_on`."""
        self.delay_seconds = seconds

    def close(self) -> None:
        """Break every connection and serve no more."""

        def end() -> None:
            self._server.close()
            self._break_all()
            self._passes.set()

        _call(end)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passes.wait()
        try:
            if not self._open:
                raise ConnectionError("cut")
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            _reset(writer)
            return
        pair = (writer, there_writer)
        self._pairs.add(pair)
        try:
            ways = self._carry(reader, there_writer), self._carry(there_reader, writer)
            await asyncio.gather(*ways)
        except OSError:
            pass
        finally:
            self._pairs.discard(pair)
            for one in pair:
                _reset(one)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Carry bytes one way until that way ends; a peer that has stopped sending may go on listening."""
        while chunk := await source.read(_CHUNK):
            if self.delay_seconds:
                await asyncio.sleep(self.delay_seconds)
            await self._passes.wait()
            sink.write(chunk)
            await sink.drain()
        await self._passes.wait()
        if sink.can_write_eof():
            sink.write_eof()

    def _break_all(self) -> None:
        for pair in self._pairs:
            for one in pair:
                _reset(one)


def _reset(writer: asyncio.StreamWriter) -> None:
    bare = writer.get_extra_info("socket")
    if bare is not None and bare.fileno() >= 0:
        with contextlib.suppress(OSError):
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


async def _event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="proxies", daemon=True).start()
    return loop


def _on_loop(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, _loop()).result(PATIENCE_SECONDS)


def _call(act: Callable[[], object]) -> None:
    """Do `act` in the proxies' loop, and wait until it is done."""

    async def do() -> None:
        act()

    _on_loop(do())
