"""uvicorn's HTTP protocol, taught not to wait for ever: for a request to arrive, for an answer to be read.

uvicorn measures only the pause between two requests. A connection that sends nothing, a request of one byte a
second, a head without end and an answer that nobody reads would each be kept as long as the client likes.
Give uvicorn `http=PatientProtocol`.
"""

import asyncio
from typing import ClassVar, NamedTuple, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# The first bytes of a request come in one piece of what the loop reads at once, so this is what follows them.
MOST_HEAD_BYTES = 64 * 1024
# No browser sends a second request before the answer to the first, and no proxy of ours.
MOST_WAITING = 32

_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class _Unread(NamedTuple):
    """How many bytes of an answer waited for the client, and since when they are hardly getting fewer."""

    since: float
    size: int


class PatientProtocol(HttpToolsProtocol):
    """One connection, looked at every `check_seconds`: a request costs no timer of its own."""

    check_seconds: ClassVar[float] = 5.0
    # From the connection, or the answer before, to the end of a request: 128 KiB at 7 KiB/s.
    request_seconds: ClassVar[float] = 20.0
    # What is longer, a photo, has a second more for each so many bytes that have come.
    bytes_a_second: ClassVar[int] = 8 * 1024
    # An answer goes on for as long as the client takes so much in so long: half a KiB a second.
    progress_seconds: ClassVar[float] = 30.0
    progress_bytes: ClassVar[int] = 16 * 1024
    # When the server goes down: what has just connected has its first request on the way.
    farewell_seconds: ClassVar[float] = 1.0

    _check: asyncio.TimerHandle | None = None
    _farewell: asyncio.TimerHandle | None = None
    # Since when a request is awaited or coming in; None while it is ours to answer.
    _awaited: float | None = None
    _coming_in = False
    _in_head = False
    _head_bytes = 0
    _body_bytes = 0
    _unread: _Unread | None = None
    _going_down = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._awaited = self.loop.time()
        self._check = self.loop.call_later(self.check_seconds, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        self._stop_looking()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to the wire, which has limits of its own."""
        self._stop_looking()
        super().handle_websocket_upgrade()
        if self._going_down:
            cast("WebSocketsSansIOProtocol", self.transport.get_protocol()).shutdown()

    def data_received(self, data: bytes) -> None:
        """Read on, unless it is a head without end."""
        began_before = self._in_head
        super().data_received(data)
        if self._in_head and began_before:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        super().on_message_begin()
        self._awaited = self.loop.time()
        self._coming_in = self._in_head = True
        self._head_bytes = self._body_bytes = 0

    def on_headers_complete(self) -> None:
        """Note that the head is whole; raise, which is answered with 400, if far too many requests wait."""
        self._in_head = False
        if len(self.pipeline) >= MOST_WAITING:
            raise ValueError("too many requests before an answer")
        super().on_headers_complete()
        if self._going_down and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Count what has come of a body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that it is ours to answer now."""
        self._awaited, self._coming_in = None, False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of this one."""
        if self._awaited is None:
            self._awaited = self.loop.time()
        super().on_response_complete()

    def shutdown(self) -> None:
        """Answer what is asked, then close. A client that has only just connected may still ask."""
        self._going_down = True
        if self.cycle is None:
            self._farewell = self.loop.call_later(self.farewell_seconds, self._close_unless_asked)
        else:
            super().shutdown()

    def resume_writing(self) -> None:
        """Note that the client has taken nearly all that waited for it."""
        self._unread = None
        super().resume_writing()

    def _look(self) -> None:
        self._check = self.loop.call_later(self.check_seconds, self._look)
        at = self.loop.time()
        unread = self.transport.get_write_buffer_size()
        if unread == 0:
            self._unread = None
        elif self._unread is None or unread <= self._unread.size - self.progress_bytes:
            self._unread = _Unread(at, unread)
        elif at - self._unread.since > self.progress_seconds:
            self.transport.abort()
            return
        allowed = self.request_seconds + self._body_bytes / self.bytes_a_second
        if self._awaited is not None and unread == 0 and at - self._awaited > allowed:
            # A browser may open a connection that it then does not need: nobody there asked anything.
            self._refuse(_TOO_LATE if self._coming_in else b"")

    def _close_unless_asked(self) -> None:
        if self.cycle is None:
            self.transport.close()

    def _refuse(self, answer: bytes) -> None:
        """Say why, unless another answer has begun, and close."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(answer)
        self.transport.close()

    def _stop_looking(self) -> None:
        for timer in (self._check, self._farewell):
            if timer is not None:
                timer.cancel()
        self._check = self._farewell = None
