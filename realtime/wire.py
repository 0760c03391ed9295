"""uvicorn's WebSocket protocol, taught to write ready-made frames and to let go of those who do not read.

A fan-out costs per write, not per byte, so all frames that a socket gets in one turn of the loop leave in
one write. Applications reach this through `scope["extensions"]["onemile.wire"]`, which is the protocol
itself, a `realtime.connection.Link`. Give uvicorn `ws=WireProtocol`.
"""

import asyncio
import contextlib
import logging
import socket
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame as WebSocketFrame
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from realtime.attendance import Attendance, Gate, Message
from realtime.connection import CLOSE_SECONDS, SLOW_READER_BYTES
from realtime.frames import Frame
from realtime.links import EXTENSION
from realtime.protocol import MAX_FRAME_BYTES, CloseCode
from realtime.pulse import Pinged, pulse_of
from realtime.visit import Listener

_log = logging.getLogger("onemile.wire")

# What the kernel keeps for a reader who has stopped comes on top of our own limit.
SEND_BUFFER_BYTES: Final = 64 * 1024
# A peer that takes nothing for so long is gone, whatever TCP still hopes: within 10 s, timers included (R1).
USER_TIMEOUT_MS: Final = 9_000
# A `view` or a long conversation may be larger than what a slow reader is allowed to be behind.
_LARGE_BYTES: Final = SLOW_READER_BYTES // 2
# Some 20 ms. The rest of a crowd is written to in the next turns: each socket in its own order all the same.
_MOST_WRITTEN: Final = 2_000
# What a turn gathers for one socket is joined again with each frame, so only while that copies little.
_MOST_JOINED_BYTES: Final = 16 * 1024
_INVALID_TEXT: Final = 1007
_TOO_BIG: Final = 1009
# Of any length, empty ones too, which the limit in bytes never sees.
_MOST_FRAGMENTS: Final = 256
# Of what one read brings: 8 KiB at most.
_MOST_PONGS: Final = 64


def tune(listening: socket.socket) -> None:
    """Set on a listening socket what its connections inherit: a small send buffer, a short patience."""
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    # Linux only; elsewhere the keep-alive pings find the dead, in 40 s.
    with contextlib.suppress(AttributeError, OSError):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)


class _Turn:
    """The sockets that were written to in this turn of the loop, and what they get."""

    __slots__ = ("_after", "_before", "_both", "_loop", "waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.waiting: list[WireProtocol] = []
        self._before = self._after = self._both = b""

    def begin(self) -> None:
        """Have it end when the loop comes to it."""
        self._loop.call_soon(self._end)

    def joined(self, before: bytes, after: Frame) -> bytes:
        """Return `before + after`: made once for all the sockets of a room, which get the same."""
        if before is not self._before or after is not self._after:
            self._before, self._after, self._both = before, after, before + after
        return self._both

    def _end(self) -> None:
        waiting, self.waiting = self.waiting[:_MOST_WRITTEN], self.waiting[_MOST_WRITTEN:]
        if self.waiting:
            # Before they are written: whoever is written to meanwhile finds that a turn has begun.
            self.begin()
        for one in waiting:
            one.flush()
        self._before = self._after = self._both = b""


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turn] = WeakKeyDictionary()


class WireProtocol(WebSocketsSansIOProtocol):
    """One connection. Without compression, with frames inwards of at most `MAX_FRAME_BYTES`."""

    # uvicorn's own attributes too: as slots they are found at once, and take a third of the memory.
    __slots__ = (
        *("_abort_timer", "_beat", "_behind", "_limit", "_turn", "_unsent"),
        *("app", "app_state", "asgi_version", "client", "close_sent", "close_timeout", "close_timer"),
        *("config", "conn", "connections", "curr_msg_data_type", "default_headers", "disconnected", "frames"),
        *("handshake_complete", "handshake_initiated", "initial_response", "last_ping_rtt", "logger", "loop"),
        *(
            "pending_ping_payload",
            "ping_interval",
            "ping_sent_at",
            "ping_timeout",
            "ping_timer",
            "pong_timer",
        ),
        *("queue", "read_paused", "request", "response", "root_path", "scheme", "scope", "server", "tasks"),
        *("transport", "writable"),
    )

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        # A frame is made once for everybody, and compression would make it anew for each (6 to 12 times
        # slower, 58 instead of 25 KiB per socket).
        config.ws_per_message_deflate = False
        config.ws_max_size = min(config.ws_max_size, MAX_FRAME_BYTES)
        super().__init__(config, server_state, app_state, _loop)
        self._unsent = b""
        # Whether anything waits in the transport: with a high-water mark of 0, whether writing is paused.
        self._behind = False
        self._limit = SLOW_READER_BYTES
        self._abort_timer: asyncio.TimerHandle | None = None
        # Those who are pinged together with it.
        self._beat: set[Pinged] | None = None
        # For uvicorn an `asyncio.Event`: 0.7 KiB of which nothing is needed while nobody waits.
        self.writable = cast("asyncio.Event", Gate())
        turn = _turns.get(self.loop)
        if turn is None:
            turn = _turns[self.loop] = _Turn(self.loop)
        self._turn = turn

    # What applications may do.

    def write(self, made: Frame) -> None:
        """Send `made` at the end of this turn of the loop, together with whatever else is written in it."""
        unsent = self._unsent
        if len(unsent) > _MOST_JOINED_BYTES:
            self.flush()
            unsent = self._unsent
        if unsent:
            self._unsent = self._turn.joined(unsent, made)
            return
        self._unsent = made
        waiting = self._turn.waiting
        if not waiting:
            self._turn.begin()
        waiting.append(self)

    def buffered(self) -> int:
        """Return how many bytes wait for the client to read, those of this turn included."""
        return self.transport.get_write_buffer_size() + len(self._unsent)

    async def drain(self) -> None:
        """Wait until the client has taken most of what was written; return at once if it is gone."""
        await self.writable.wait()

    def attend(self, listener: Listener) -> None:
        """Have `listener` hear what the client says from now on. The application may return."""
        waiting, attendance = self.queue, Attendance(listener, self)
        self.queue = cast("asyncio.Queue[Any]", attendance)
        while not waiting.empty():
            attendance.put_nowait(cast("Message", waiting.get_nowait()))
        # The request is answered, and 2 KiB of it need not be kept.
        del self.scope
        self.client = self.server = None

    def close(self, code: int) -> None:
        """Close after what was written; drop a client that does not answer within `CLOSE_SECONDS`."""
        if self.close_sent or self.transport.is_closing():
            return
        self.flush()
        # Flushing may have found the reader too slow, and closed.
        if not self.close_sent:
            self._say_goodbye(code)

    def abort(self) -> None:
        """Drop the client at once, with all that it has not read."""
        self._unsent = b""
        self.transport.abort()

    # What attendances may do.

    def read_on(self) -> None:
        """Read what the client says next: all that it said has been heard."""
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def hang_up(self) -> None:
        """Close the connection, unless a closing handshake is under way."""
        if self.close_timer is None:
            self.transport.close()

    # What uvicorn does, done otherwise.

    async def run_asgi(self) -> None:
        """Run the application to its end, which is the connection's end unless somebody attends to that."""
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except (Exception, asyncio.CancelledError):  # noqa: BLE001 - a task's edge, as in uvicorn
            _log.exception("Exception in ASGI application")
        if not self.handshake_complete:
            self.send_500_response()
        if not isinstance(self.queue, Attendance):
            self.hang_up()

    def flush(self) -> None:
        """Write what has gathered in this turn, or cut off a reader who is too far behind."""
        batch, self._unsent = self._unsent, b""
        if self.close_sent or not batch or self.transport.is_closing():
            return
        if self._behind and self.transport.get_write_buffer_size() > self._limit:
            self._say_goodbye(CloseCode.SLOW)
            return
        self.transport.write(batch)
        if self._behind and len(batch) > _LARGE_BYTES:
            self._limit = SLOW_READER_BYTES + len(batch)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask to be told of every byte that has to wait."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)

    def handle_connect(self, event: Request) -> None:
        """Offer the extension to the application, and read nothing before it has accepted."""
        super().handle_connect(event)
        if not self.close_sent:
            extensions = cast("dict[str, Any]", self.scope["extensions"])
            extensions[EXTENSION] = self
            self.transport.pause_reading()

    def start_keepalive(self) -> None:
        """Begin an accepted socket's life, and forget its handshake: 6 KiB that nobody reads again."""
        super().start_keepalive()
        del self.request, self.response
        # The parser that has read the request holds it for ever. Nothing else has been read yet.
        self.conn = ServerProtocol(state=OPEN, max_size=self.config.ws_max_size, logger=self.conn.logger)
        self.transport.resume_reading()

    def schedule_ping(self) -> None:
        """Ping in an interval."""
        if self.ping_interval is not None:
            self._beat = pulse_of(self.loop, self.ping_interval).note(self)

    def stop_keepalive(self) -> None:
        """Ping no more."""
        super().stop_keepalive()
        if self._beat is not None:
            self._beat.discard(self)
            self._beat = None

    def handle_ping(self) -> None:
        """Answer, unless the client leaves the answers unread: they too are something to fall behind with."""
        # The answers to all pings of one read, perhaps thousands: the last will do (RFC 6455, 5.5.3).
        pong = b"".join(self.conn.data_to_send()[-_MOST_PONGS:])
        if self.close_sent:
            return
        if self.transport.get_write_buffer_size() <= self._limit:
            self.transport.write(pong)
        elif self.conn.state is OPEN:
            self._say_goodbye(CloseCode.SLOW)
        # Else the client's own close has been read behind its ping, and is next.

    def handle_cont(self, event: WebSocketFrame) -> None:
        """Refuse a message in more pieces than anybody needs."""
        if len(self.frames) < _MOST_FRAGMENTS:
            super().handle_cont(event)
        elif not self.close_sent:
            self.frames = []
            self.conn.fail(_TOO_BIG, "a message in too many fragments")
            self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        """Refuse text that is not UTF-8 with a close code, not with a traceback in the log."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.fail(_INVALID_TEXT, "text frames are UTF-8")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Close as uvicorn does, and do not wait for ever for the client to read why."""
        super().handle_parser_exception()
        self._abort_later()

    def keepalive_timeout(self) -> None:
        """Drop a client that answers no ping: closing would wait for it to read what it never will."""
        super().keepalive_timeout()
        self.transport.abort()

    def pause_writing(self) -> None:
        """Note that something waits for the client to read."""
        super().pause_writing()
        self._behind = True

    def resume_writing(self) -> None:
        """Note that the client has caught up: what was large has been read."""
        super().resume_writing()
        self._behind = False
        self._limit = SLOW_READER_BYTES

    def shutdown(self) -> None:
        """Ask the client to come back, when the process goes down."""
        if not self.handshake_complete or self.initial_response:
            super().shutdown()
            return
        self.stop_keepalive()
        self.close(CloseCode.RESTART)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of what was kept for the client."""
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        self._unsent = b""
        super().connection_lost(exc)

    def _say_goodbye(self, code: int) -> None:
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})
        self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.stop_keepalive()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        # uvicorn looks at `close_timer` to know that a closing handshake is under way.
        self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def _abort_later(self) -> None:
        if self._abort_timer is None:
            self._abort_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)
