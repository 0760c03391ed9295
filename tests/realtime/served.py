"""A real uvicorn on a real port, and real clients: what the socket's tests talk through."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime.endpoint import Endpoint
from realtime.live import Live
from realtime.protocol import EVENTS, AnyEvent, Command, Event, Ping, Pong, Welcome
from realtime.wire import WireProtocol, tune
from tests.realtime.village import Village
from tests.waiting import PATIENCE_SECONDS

ALLOWED = "https://friends.example"

E = TypeVar("E", bound=Event)


class Client:
    """One socket as a browser has it."""

    def __init__(self, socket_: ClientConnection) -> None:
        self.socket = socket_

    async def ask(self, command: Command) -> None:
        """Send a command."""
        await self.socket.send(command.model_dump_json(exclude_none=True))

    async def next_event(self) -> AnyEvent:
        """Return the next event, whatever it is."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return EVENTS.validate_json(await self.socket.recv())

    async def next(self, kind: type[E]) -> E:
        """Return the next event, which must be of this kind."""
        event = await self.next_event()
        assert isinstance(event, kind), f"expected {kind.__name__}, got {event!r}"
        return event

    async def all_until_now(self) -> list[AnyEvent]:
        """Return all events sent before the server answers a ping asked now."""
        await self.ask(Ping(ref=2**31 - 1))
        events: list[AnyEvent] = []
        while not isinstance(event := await self.next_event(), Pong):
            events.append(event)
        return events

    async def closed(self) -> int:
        """Read until the server closes; return the code."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 1006


class Process:
    """One server process, as far as sockets go."""

    def __init__(self, live: Live, port: int) -> None:
        self.live = live
        self.port = port

    @property
    def origin(self) -> str:
        """The origin of our own pages."""
        return f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def client(self, name: str | None = None, **options: Any) -> AsyncIterator[Client]:
        """Connect as the member `name`, or as nobody; the welcome has been read."""
        async with self.raw(name, **options) as client:
            await client.next(Welcome)
            yield client

    @contextlib.asynccontextmanager
    async def raw(self, name: str | None = None, **options: Any) -> AsyncIterator[Client]:
        """Connect, and read nothing yet."""
        headers = {"Cookie": f"session={name}"} if name else {}
        options = {"origin": self.origin, "additional_headers": headers, "proxy": None, **options}
        async with connect(f"ws://127.0.0.1:{self.port}/live", **options) as socket_:
            yield Client(socket_)


@contextlib.asynccontextmanager
async def serving(live: Live, protocol: str = "wire", **options: Any) -> AsyncIterator[Process]:
    """Serve `live` by uvicorn, with our wire class or with uvicorn's own; `options` are uvicorn's."""
    await live.start()
    endpoint = Endpoint(live, origins=[ALLOWED], version="test", now=lambda: datetime.now(UTC))
    ws = WireProtocol if protocol == "wire" else "websockets-sansio"
    try:
        async with serving_app(endpoint, ws=ws, **options) as port:
            yield Process(live, port)
    finally:
        await live.aclose()


@contextlib.asynccontextmanager
async def serving_app(app: Any, **options: Any) -> AsyncIterator[int]:
    """Serve an ASGI application by uvicorn on the port that it yields."""
    listening = socket.create_server(("127.0.0.1", 0))
    tune(listening)
    usual = {"ws": WireProtocol, "ws_per_message_deflate": False, "lifespan": "off", "log_config": None}
    config = uvicorn.Config(
        app, log_level=logging.WARNING, timeout_graceful_shutdown=8, **{**usual, **options}
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # Not `serve`: it would take the signals of the test run, and look only every 0.1 s whether to stop.
    await server.startup(sockets=[listening])
    try:
        yield listening.getsockname()[1]
    finally:
        await server.shutdown(sockets=[listening])


def new_live(village: Village, bus: Any, **options: Any) -> Live:
    """Return the live side of one more process of `village`."""
    village.buses.append(bus)
    return Live(village, bus, **options)


def quiet_reader(port: int) -> socket.socket:
    """Return a connection whose kernel keeps little for a program that does not read."""
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", port))
    return small
