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
from realtime.frames import frame, payload_of
from realtime.links import EXTENSION, Receive, Scope, Send
from realtime.protocol import CloseCode
from realtime.wire import WireProtocol
from tests.realtime.served import new_live, serving
from tests.realtime.village import Village

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

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

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
    async with asyncio.timeout(5):
        while len(shelf.writes) < 2:  # noqa: ASYNC110 - turns of the loop are what is counted
            await asyncio.sleep(0)
    over.set()
    wire.connection_lost(None)
    await asyncio.gather(*wire.tasks)

    accepted, *rest = shelf.writes
    assert accepted.startswith(b"HTTP/1.1 101")
    assert b"permessage-deflate" not in accepted
    assert rest == [b"".join(frames)]


async def test_a_server_that_is_stopped_asks_its_clients_to_come_back(village: Village) -> None:
    async with contextlib.AsyncExitStack() as running:
        process = await running.enter_async_context(serving(new_live(village, MemoryBus())))
        async with process.client() as client:
            stopping = asyncio.create_task(running.aclose())

            assert await client.closed() == CloseCode.RESTART
            await stopping
