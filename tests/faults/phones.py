"""Clients of which every byte is in the test's hand: many at once, or such as no library would be."""

import asyncio
import contextlib
import ctypes
import json
import socket
import struct
import sys
from collections.abc import AsyncIterator
from typing import Any, Self

from realtime.protocol import LIVE_PATH, Command
from tests.processes.street import Neighbour, WebProcess
from tests.waiting import PATIENCE_SECONDS

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
# Linux: a filter that lets through none of what comes to a socket, before TCP acknowledges it.
_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)


class Closed(Exception):
    """The server has closed; `code` says why, 1006 without a word."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def handshake(web: WebProcess, who: Neighbour | None = None, address: str | None = None) -> bytes:
    """Return the request for a socket; `address` is where a proxy says that it comes from."""
    headers = {
        "Host": f"127.0.0.1:{web.port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        **(who or Neighbour())._headers(web),
        **({"X-Forwarded-For": address} if address else {}),
    }
    lines = [f"GET {LIVE_PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def masked(payload: bytes, opcode: int = _TEXT) -> bytes:
    """Return a client's frame, masked with zeros: whatever is said, it must be masked."""
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + struct.pack("!H", length)
    return bytes([0x80 | opcode]) + size + bytes(4) + payload


class Phone:
    """One connection; reads only when told to, and answers pings only while it reads."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def call(cls, web: WebProcess, pocket: int | None = None) -> Self:
        """Connect; `pocket` is how many bytes the kernel takes for one who does not read, about."""
        bare = socket.socket()
        bare.setblocking(False)
        if pocket is not None:
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, pocket)
        try:
            await asyncio.get_running_loop().sock_connect(bare, ("127.0.0.1", web.port))
            return cls(*await asyncio.open_connection(sock=bare, limit=65_536 if pocket is None else pocket))
        except BaseException:
            bare.close()
            raise

    async def shake(self, request: bytes) -> None:
        """Send a handshake and read the welcome."""
        self.writer.write(request)
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101 "), head
            await self.hears("welcome")

    def ask(self, command: Command | str) -> None:
        """Send a command, or whatever text."""
        text = command if isinstance(command, str) else command.model_dump_json(exclude_none=True)
        self.writer.write(masked(text.encode()))

    async def next(self) -> dict[str, Any]:
        """Return the next event. Raises `Closed`."""
        while True:
            try:
                opcode, payload = await self._frame()
            except (asyncio.IncompleteReadError, ConnectionError):
                raise Closed(1006) from None
            if opcode == _CLOSE:
                raise Closed(int.from_bytes(payload[:2]))
            if opcode == _PING:
                self.writer.write(masked(payload, _PONG))
            if opcode == _TEXT:
                event: dict[str, Any] = json.loads(payload)
                return event

    async def hears(self, kind: str) -> dict[str, Any]:
        """Return the next event of this kind, passing over others. Raises `Closed`."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (event := await self.next())["type"] != kind:
                pass
            return event

    async def closed(self) -> int:
        """Read until the server closes; return the code."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                while True:
                    await self.next()
            except Closed as end:
                return end.code

    def vanish(self) -> None:
        """Be gone without a word: nothing that comes is acknowledged any more. (Elsewhere: nobody reads.)"""
        transport: Any = self.writer.transport
        transport.pause_reading()
        if sys.platform == "linux":
            program = ctypes.create_string_buffer(_NOTHING, len(_NOTHING))
            filter_ = struct.pack("HP", 1, ctypes.addressof(program))
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, filter_)

    def hang_up(self) -> None:
        """Be gone with a reset."""
        self.writer.transport.abort()

    async def _frame(self) -> tuple[int, bytes]:
        first, length = await self.reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(length)


@contextlib.asynccontextmanager
async def phone(
    web: WebProcess, who: Neighbour | None = None, *, address: str | None = None, pocket: int | None = None
) -> AsyncIterator[Phone]:
    """Connect past the welcome, and hang up in the end."""
    one = await Phone.call(web, pocket)
    try:
        await one.shake(handshake(web, who, address))
        yield one
    finally:
        one.hang_up()
