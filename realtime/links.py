"""The way to a client on servers without our wire: plain ASGI, one `send` at a time.

A task runs only while there is something to send. Slower than the wire (one write per frame), and as strict
with those who do not read.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from realtime.connection import CLOSE_SECONDS, SLOW_READER_BYTES
from realtime.frames import Frame, payload_of
from realtime.protocol import CloseCode
from realtime.visit import AttendedLink

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

EXTENSION = "onemile.wire"


class PlainLink:
    """A `realtime.connection.Link` over ASGI's `send`."""

    def __init__(self, send: Send, drop: Callable[[], object]) -> None:
        """Make the link; `drop` ends the application's task when the client does not even read a close."""
        self.dropped = False
        self._send = send
        self._drop_task = drop
        self._frames: deque[Frame] = deque()
        self._buffered = 0
        self._limit = SLOW_READER_BYTES
        self._code: int | None = None
        self._sender: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def write(self, made: Frame) -> None:
        """Queue `made`; cut off a reader who is too far behind."""
        if self._code is not None:
            return
        if self._buffered > self._limit:
            self.close(CloseCode.SLOW)
            return
        if len(made) > SLOW_READER_BYTES // 2:
            self._limit = SLOW_READER_BYTES + len(made)
        self._frames.append(made)
        self._buffered += len(made)
        self._start()

    def buffered(self) -> int:
        """Return how many bytes are queued."""
        return self._buffered

    async def drain(self) -> None:
        """Wait until what is queued now has been handed to the server."""
        if self._sender is not None:
            await asyncio.wait({self._sender})

    def close(self, code: int) -> None:
        """Close after what is queued; end the task of a client that does not read it."""
        if self._code is not None:
            return
        self._code = code
        self._timer = asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._drop)
        self._start()

    def release(self) -> None:
        """Stop: the application's task is over."""
        if self._timer is not None:
            self._timer.cancel()
        if self._sender is not None:
            self._sender.cancel()
        self._frames.clear()

    def _start(self) -> None:
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_all(), name="plain link")

    async def _send_all(self) -> None:
        try:
            while self._frames:
                made = self._frames.popleft()
                await self._send({"type": "websocket.send", "text": payload_of(made).decode()})
                self._buffered -= len(made)
            self._limit = SLOW_READER_BYTES
            if self._code is not None:
                await self._send({"type": "websocket.close", "code": self._code})
        except OSError:
            # ASGI's word for a client that is gone; `receive` tells the application.
            self._frames.clear()

    def _drop(self) -> None:
        self.dropped = True
        self._drop_task()


def wire_of(scope: Scope) -> AttendedLink | None:
    """Return the wire of this socket, if its server has one."""
    wire: AttendedLink | None = (scope.get("extensions") or {}).get(EXTENSION)
    return wire
