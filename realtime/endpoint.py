"""The socket's door: whose page it comes from, who is behind it, and then one command after the other.

A pure ASGI application for the route `/live`. Refusals at the door are close codes too, which a page can
read: the handshake is accepted, nothing is sent, the socket is closed.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from realtime.backend import Viewer
from realtime.connection import Connection, Link
from realtime.links import PlainLink, Receive, Scope, Send, link_of
from realtime.live import Live
from realtime.protocol import MAX_FRAME_BYTES, CloseCode, Welcome
from realtime.sockets import Arrival, TooManySockets
from realtime.topics import member_topic

# Home routers drop connections that stay quiet for a minute; a client asks after this long.
HEARTBEAT_SECONDS = 25
# What of a handshake is kept, to ask again who it was.
_KEPT_HEADERS = frozenset({"accept-language", "authorization", "cookie"})
_FRAME_TOO_BIG = 1009

_log = logging.getLogger("onemile.endpoint")


class Endpoint:
    """The ASGI application behind `/live`."""

    def __init__(
        self, live: Live, *, origins: Collection[str], version: str, now: Callable[[], datetime]
    ) -> None:
        """Make the door to `live`. `origins` are pages allowed besides our own, as in `https://example.org`."""
        self._live = live
        self._origins = frozenset(origins)
        self._version = version
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket from its handshake to its end."""
        await receive()
        await send({"type": "websocket.accept"})
        headers = _headers(scope)
        if not may_come_from_there(str(scope.get("scheme")), headers, self._origins):
            await send({"type": "websocket.close", "code": CloseCode.ORIGIN})
            return
        try:
            with self._live.sockets.place(_address(scope)):
                await self._serve(scope, receive, send, headers)
        except TooManySockets:
            await send({"type": "websocket.close", "code": CloseCode.TOO_MANY})

    async def _serve(self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str]) -> None:
        task = asyncio.current_task()
        assert task is not None, "ASGI applications run in tasks"  # noqa: S101
        link = link_of(scope, send, task.cancel)
        connection: Connection | None = None
        try:
            connection = await self._join(link, headers, _address(scope))
            await self._converse(connection, receive)
        except asyncio.CancelledError:
            if not (isinstance(link, PlainLink) and link.dropped):
                raise
            task.uncancel()
        finally:
            if connection is not None:
                self._live.leave(connection)
            if isinstance(link, PlainLink):
                link.release()

    async def _join(self, link: Link, headers: Mapping[str, str], address: str) -> Connection:
        """Find out who is behind the socket and add it, with nothing in between that could be missed."""
        with self._live.sockets.arrival() as arrival:
            viewer = await self._identify(headers, address, arrival)
            kept = {name: value for name, value in headers.items() if name in _KEPT_HEADERS}
            connection = Connection(link, viewer or Viewer(address), kept)
            if viewer is None:
                connection.close(CloseCode.RESTART)
                return connection
            self._live.sockets.join(connection)
        if viewer.member is not None:
            self._live.hub.subscribe(connection, member_topic(viewer.member.id))
        connection.tell(
            Welcome(
                member=viewer.member,
                moderator=viewer.moderator,
                now=self._now(),
                version=self._version,
                heartbeat_seconds=HEARTBEAT_SECONDS,
                paused=not self._live.bus.healthy,
            )
        )
        return connection

    async def _identify(self, headers: Mapping[str, str], address: str, arrival: Arrival) -> Viewer | None:
        """Return who it is, as of after the last change of their identity; None if nobody can tell now."""
        while True:
            arrival.changed.clear()
            try:
                viewer = await self._live.backend.identify(headers, address)
            except Exception:  # noqa: BLE001 - the edge: the client is asked to come back
                _log.exception("Nobody could tell who a socket belongs to")
                return None
            if viewer.member is None or viewer.member.id not in arrival.changed:
                return viewer

    async def _converse(self, connection: Connection, receive: Receive) -> None:
        """Carry out what comes, in order, and no faster than the client reads the answers."""
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                self._live.counts.slow_cut += message.get("code") == CloseCode.SLOW
                return
            text = message.get("text")
            if connection.closed:
                continue
            if text is None:
                connection.close(CloseCode.PROTOCOL)
            elif len(text.encode()) > MAX_FRAME_BYTES:
                connection.close(_FRAME_TOO_BIG)
            else:
                await self._live.commands.obey(connection, text)
                await connection.link.drain()


def may_come_from_there(scheme: str, headers: Mapping[str, str], allowed: Collection[str]) -> bool:
    """Say whether a page of this `origin` may open a socket here: ours, or one of `allowed`.

    Browsers always send an origin; a program may leave it out, but not while it sends a cookie.
    """
    origin = headers.get("origin")
    if origin is None:
        return "cookie" not in headers
    if origin in allowed:
        return True
    try:
        page = urlsplit(origin)
    except ValueError:
        return False
    # Behind a proxy that ends TLS, a secure page may reach us as plain `ws`; never the other way round.
    schemes = ("https",) if scheme == "wss" else ("http", "https")
    return page.scheme in schemes and page.netloc != "" and page.netloc == headers.get("host", "").lower()


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
