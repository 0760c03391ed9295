"""The wire: frames made once, one write per socket and turn, a farewell when the process goes down."""

import asyncio
import contextlib
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.frames import Frame as ParsedFrame
from websockets.frames import Opcode
from websockets.streams import StreamReader

from realtime.bus import MemoryBus
from realtime.connection import SLOW_READER_BYTES
from realtime.frames import frame, payload_of
from realtime.links import EXTENSION, Receive, Scope, Send
from realtime.protocol import CloseCode, Open, Opened, TypingSeen
from realtime.topics import conversation_topic
from realtime.wire import WireProtocol
from tests.realtime.served import new_live, quiet_reader, serving
from tests.realtime.village import Village, person
from tests.waiting import PATIENCE_SECONDS

HANDSHAKE = (
    b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)


class Shelf(asyncio.Transport):
    """A transport that keeps each write apart."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.reads = True

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Keep everything, whatever the limits."""

    def pause_reading(self) -> None:
        """Note it."""
        self.reads = False

    def resume_reading(self) -> None:
        """Note it."""
        self.reads = True

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """Stay."""


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_is_what_any_websocket_library_reads(length: int) -> None:
    payload = b"x" * length
    reader = StreamReader()
    reader.feed_data(frame(payload))

    reading = ParsedFrame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as done:
        next(reading)

    parsed = done.value.value
    assert (parsed.opcode, parsed.fin, bytes(parsed.data)) == (Opcode.TEXT, True, payload)
    assert payload_of(frame(payload)) == payload


async def test_what_a_socket_gets_in_one_turn_of_the_loop_leaves_in_one_write() -> None:
    frames = [frame(b"un"), frame(b"deux"), frame(b"trois")]
    over = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for made in frames:
            scope["extensions"][EXTENSION].write(made)
        await over.wait()

    shelf = Shelf()
    config = uvicorn.Config(app, ws=WireProtocol, lifespan="off", log_config=None)
    config.load()
    wire = WireProtocol(config, ServerState(), {})
    wire.connection_made(shelf)
    wire.data_received(HANDSHAKE)
    read_before_accepting = shelf.reads
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(shelf.writes) < 2:  # noqa: ASYNC110 - turns of the loop are what is counted
            await asyncio.sleep(0)
    over.set()
    wire.connection_lost(None)
    await asyncio.gather(*wire.tasks)

    accepted, *rest = shelf.writes
    assert accepted.startswith(b"HTTP/1.1 101")
    assert b"permessage-deflate" not in accepted
    assert (read_before_accepting, shelf.reads) == (False, True)
    assert rest == [b"".join(frames)]


def wire_over(shelf: Shelf) -> WireProtocol:
    """Return the wire of one more connection, before its handshake."""
    config = uvicorn.Config(lambda: None, ws=WireProtocol, lifespan="off", log_config=None)
    config.load()
    wire = WireProtocol(config, ServerState(), {})
    wire.connection_made(shelf)
    return wire


async def test_what_a_room_gets_in_one_turn_is_joined_once_for_all() -> None:
    shelves = [Shelf() for _ in range(3)]
    wires = [wire_over(shelf) for shelf in shelves]

    for text in (b"un", b"deux", b"trois"):
        made = frame(text)
        for wire in wires:
            wire.write(made)
    wires[2].write(frame(b"quatre"))
    await asyncio.sleep(0)

    (first,), (second,), (third,) = (shelf.writes for shelf in shelves)
    assert first == frame(b"un") + frame(b"deux") + frame(b"trois")
    assert first is second
    assert third == first + frame(b"quatre")


async def test_a_turn_that_says_much_says_it_in_order() -> None:
    shelf = Shelf()
    wire = wire_over(shelf)
    frames = [frame(b"%d" % n * 200) for n in range(1_000)]

    for made in frames:
        wire.write(made)
    await asyncio.sleep(0)

    assert b"".join(shelf.writes) == b"".join(frames)
    assert 1 < len(shelf.writes) < len(frames) / 20


async def test_what_a_full_socket_does_not_take_comes_later_and_in_order(village: Village) -> None:
    thread = village.talk()
    async with (
        serving(new_live(village, MemoryBus())) as process,
        process.client(sock=quiet_reader(process.port), max_queue=1) as client,
    ):
        await client.ask(Open(conversation=thread))
        await client.next(Opened)
        link: Any = next(iter(process.live.sockets.all)).link
        client.socket.transport.pause_reading()
        sent = 0
        async with asyncio.timeout(PATIENCE_SECONDS):
            # Until much waits behind the kernel's buffers, and less than what cuts a reader off.
            while link.buffered() < SLOW_READER_BYTES / 2:
                event = TypingSeen(conversation=thread, member=person(f"{sent}:".ljust(2000)))
                process.live.hub.deliver([conversation_topic(thread)], event)
                sent += 1
                await asyncio.sleep(0)
        client.socket.transport.resume_reading()

        heard = [(await client.next(TypingSeen)).member.name for _ in range(sent)]
        assert await client.all_until_now() == []

    assert [name.partition(":")[0] for name in heard] == [str(n) for n in range(sent)]


async def test_a_server_that_is_stopped_asks_its_clients_to_come_back(village: Village) -> None:
    async with contextlib.AsyncExitStack() as running:
        process = await running.enter_async_context(serving(new_live(village, MemoryBus())))
        async with process.client() as client:
            stopping = asyncio.create_task(running.aclose())

            assert await client.closed() == CloseCode.RESTART
            await stopping
