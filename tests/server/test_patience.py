"""How long a connection is kept for a client that neither asks nor reads."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn

from realtime.wire import WireProtocol, tune
from server.edge.patience import MOST_HEAD_BYTES, MOST_WAITING, PatientProtocol
from tests.waiting import PATIENCE_SECONDS, until

GET = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
HANDSHAKE = (
    b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Hasty(PatientProtocol):
    """The same with little patience, so that tests need not have more."""

    check_seconds = 0.05
    request_seconds = 1.0
    progress_seconds = 1.0
    farewell_seconds = 1.0


@dataclass
class Door:
    """A server that answers `size` bytes to each request, once it has the whole of it."""

    size: int = 2
    answered: list[str] = field(default_factory=list)
    # Set to let the answers go.
    open: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    server: uvicorn.Server | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await receive()
            return
        while (message := await receive()).get("more_body"):
            pass
        if message["type"] == "http.disconnect":
            return
        await self.open.wait()
        self.answered.append(scope["path"])
        length = [(b"content-length", str(self.size).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": b"x" * self.size})

    @property
    def connections(self) -> int:
        """How many connections are kept."""
        assert self.server is not None
        return len(self.server.server_state.connections)


@contextlib.asynccontextmanager
async def served(door: Door) -> AsyncIterator[Door]:
    """Serve `door` by uvicorn, with a small send buffer as `serve` has it."""
    listening = socket.create_server(("127.0.0.1", 0))
    tune(listening)
    door.port = listening.getsockname()[1]
    config = uvicorn.Config(
        door, http=Hasty, ws=WireProtocol, lifespan="off", log_config=None, log_level=logging.WARNING
    )
    config.load()
    door.server = uvicorn.Server(config)
    door.server.lifespan = config.lifespan_class(config)
    await door.server.startup(sockets=[listening])
    try:
        yield door
    finally:
        await door.server.shutdown(sockets=[listening])


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    made = Door()
    made.open.set()
    async with served(made) as running:
        yield running


@dataclass
class Caller:
    """A connection of which every byte is in the test's hand."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def hung_up(self) -> bytes:
        """Return all that comes until the server closes.

        What is sent to it at that moment is answered by a reset, after all that it has said.
        """
        heard = bytearray()
        async with asyncio.timeout(PATIENCE_SECONDS):
            with contextlib.suppress(ConnectionResetError):
                while some := await self.reader.read(65536):
                    heard += some
        return bytes(heard)

    async def dribble(self, data: bytes) -> None:
        """Send a byte every now and then, until the server closes."""
        with contextlib.suppress(ConnectionError):
            for octet in data:
                self.writer.write(bytes([octet]))
                await self.writer.drain()
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def calling(door: Door, **options: Any) -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port, **options)
    try:
        yield Caller(reader, writer)
    finally:
        writer.transport.abort()


async def test_a_connection_that_asks_nothing_is_closed_without_a_word(door: Door) -> None:
    async with calling(door) as silent:
        assert await silent.hung_up() == b""


@pytest.mark.parametrize("request_", [b"GET /" + b"x" * 4000, POST + b"{" * 90], ids=["head", "body"])
async def test_a_request_that_dribbles_in_is_given_up(request_: bytes, door: Door) -> None:
    begins = request_.index(b"\r\n\r\n") + 4 if b"\r\n\r\n" in request_ else 10

    async with calling(door) as slow:
        slow.writer.write(request_[:begins])
        dribbling = asyncio.create_task(slow.dribble(request_[begins:] * 10))
        answer = await slow.hung_up()
        await dribbling

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert door.answered == []


async def test_a_long_request_that_keeps_coming_is_waited_for(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hasty, "bytes_a_second", 1)
    length = 75

    async with calling(door) as slow:
        slow.writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length)
        began = asyncio.get_running_loop().time()
        await slow.dribble(b"x" * length)
        took = asyncio.get_running_loop().time() - began
        answer = await slow.reader.readuntil(b"\r\n\r\nxx")

    assert took > Hasty.request_seconds
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_empty_lines_do_not_keep_a_connection(door: Door) -> None:
    async with calling(door) as slow:
        slow.writer.write(GET % 1)
        await slow.reader.readuntil(b"\r\n\r\nxx")
        dribbling = asyncio.create_task(slow.dribble(b"\r\n" * 1000))
        assert await slow.hung_up() == b""
        await dribbling


async def test_a_head_without_end_is_refused_before_it_fills_the_memory(door: Door) -> None:
    limit, sent = 100 * MOST_HEAD_BYTES, 0

    async with calling(door) as endless:
        endless.writer.write(b"GET / HTTP/1.1\r\n")
        # Whoever still writes when the server closes may be reset before it has read why.
        with contextlib.suppress(ConnectionError):
            while not endless.reader.at_eof() and sent < limit:
                endless.writer.write(b"X-Filler: %s\r\n" % (b"x" * 4000))
                sent += 4000
                await endless.writer.drain()
                await asyncio.sleep(0)
            assert (await endless.hung_up()).startswith(b"HTTP/1.1 431 ")

    assert sent < limit
    assert door.answered == []


async def test_more_requests_than_anybody_waits_for_are_refused() -> None:
    async with served(Door()) as door, calling(door) as impatient:
        impatient.writer.write(b"".join(GET % number for number in range(MOST_WAITING * 10)))
        answer = await impatient.hung_up()

        assert answer.startswith(b"HTTP/1.1 400 ")
        door.open.set()


async def test_requests_one_after_the_other_are_answered_in_order(door: Door) -> None:
    async with calling(door) as quick:
        quick.writer.write(b"".join(GET % number for number in range(MOST_WAITING)))
        for _ in range(MOST_WAITING):
            assert (await quick.reader.readuntil(b"\r\n\r\nxx")).startswith(b"HTTP/1.1 200 ")

    assert door.answered == [f"/{number}" for number in range(MOST_WAITING)]


async def test_an_answer_that_takes_long_to_make_is_waited_for() -> None:
    async with served(Door()) as door, calling(door) as patient:
        patient.writer.write(GET % 1)
        await asyncio.sleep(Hasty.request_seconds + 4 * Hasty.check_seconds)
        door.open.set()

        assert (await patient.reader.readuntil(b"\r\n\r\nxx")).startswith(b"HTTP/1.1 200 ")


def small_pocket(door: Door) -> socket.socket:
    """Return a connection whose kernel takes little for a program that does not read."""
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", door.port))
    small.setblocking(False)
    return small


async def test_an_answer_that_nobody_reads_is_thrown_away() -> None:
    made = Door(size=4_000_000)
    made.open.set()
    async with served(made) as door:
        loop, deaf = asyncio.get_running_loop(), small_pocket(door)
        await loop.sock_sendall(deaf, GET % 1)
        await until(lambda: bool(door.answered) and not door.connections, "the server lets go")
        deaf.close()


async def test_an_answer_that_is_read_slowly_comes_to_its_end() -> None:
    made = Door(size=4_500_000)
    made.open.set()
    async with served(made) as door:
        reader, writer = await asyncio.open_connection(sock=small_pocket(door), limit=4096)
        writer.write(GET % 1)
        head = await reader.readuntil(b"\r\n\r\n")
        read, begun = 0, asyncio.get_running_loop().time()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while read < made.size:
                read += len(await reader.readexactly(min(15_000, made.size - read)))
                await asyncio.sleep(0.01)
        took = asyncio.get_running_loop().time() - begun
        writer.close()

    assert head.startswith(b"HTTP/1.1 200 ")
    assert took > 2 * Hasty.progress_seconds


async def test_a_socket_is_not_a_request_that_is_late(door: Door) -> None:
    async with calling(door) as client:
        client.writer.write(HANDSHAKE)
        await client.reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(Hasty.request_seconds + 4 * Hasty.check_seconds)
        client.writer.write(b"\x89\x80\0\0\0\0")

        assert await client.reader.readexactly(2) == b"\x8a\x00"


async def test_what_connected_just_before_the_server_goes_down_is_answered(door: Door) -> None:
    assert door.server is not None
    async with calling(door) as late, calling(door) as silent, calling(door) as early:
        early.writer.write(GET % 1)
        await early.reader.readuntil(b"\r\n\r\nxx")
        await until(lambda: door.connections == 3, "three connections")

        for connection in list(door.server.server_state.connections):
            connection.shutdown()
        late.writer.write(GET % 2)

        assert await early.hung_up() == b""
        answer = await late.hung_up()
        assert await silent.hung_up() == b""

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in answer
    assert door.answered == ["/1", "/2"]


async def test_a_socket_that_comes_while_the_server_goes_down_is_turned_away(door: Door) -> None:
    assert door.server is not None
    async with calling(door) as late:
        await until(lambda: door.connections == 1, "a connection")

        for connection in list(door.server.server_state.connections):
            connection.shutdown()
        late.writer.write(HANDSHAKE)

        assert (await late.hung_up()).startswith(b"HTTP/1.1 500 ")
