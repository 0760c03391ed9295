"""The socket's door: whose page it comes from, who is behind it, and then its visit.

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
from realtime.links import PlainLink, Receive, Scope, Send, wire_of
from realtime.live import Live
from realtime.protocol import CloseCode, Welcome
from realtime.sockets import Arrival, TooManySockets
from realtime.topics import member_topic
from realtime.visit import Visit

# Home routers drop connections that stay quiet for a minute; a client asks after this long.
HEARTBEAT_SECONDS = 25
# What of a handshake is kept, to ask again who it was.
_KEPT_HEADERS = frozenset({"accept-language", "authorization", "cookie"})
# An end without a close (RFC 6455, 7.1.5).
_ABNORMAL = 1006

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
        """Serve one socket from its handshake on."""
        await receive()
        await send({"type": "websocket.accept"})
        headers = _headers(scope)
        if not may_come_from_there(str(scope.get("scheme")), headers, self._origins):
            await send({"type": "websocket.close", "code": CloseCode.ORIGIN})
            return
        try:
            self._live.sockets.take_place(_address(scope))
        except TooManySockets:
            await send({"type": "websocket.close", "code": CloseCode.TOO_MANY})
            return
        wire = wire_of(scope)
        if wire is None:
            await self._stay(scope, receive, send, headers)
        else:
            # An idle socket is to be a few slots, not this task.
            wire.attend(await self._arrive(wire, headers, _address(scope)))

    async def _stay(self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str]) -> None:
        """Serve one socket to its end, on a server without our wire."""
        task = asyncio.current_task()
        assert task is not None, "ASGI applications run in tasks"  # noqa: S101
        link = PlainLink(send, task.cancel)
        visit: Visit | None = None
        code = _ABNORMAL
        try:
            visit = await self._arrive(link, headers, _address(scope))
            while (message := await receive())["type"] != "websocket.disconnect":
                await visit.hear(message.get("text"))
            code = message.get("code") or code
        except asyncio.CancelledError:
            if not link.dropped:
                raise
            task.uncancel()
        finally:
            if visit is not None:
                visit.end(code)
            link.release()

    async def _arrive(self, link: Link, headers: Mapping[str, str], address: str) -> Visit:
        """Let in one that has taken a place of `address`; members, and who is not let in, give it back."""
        try:
            connection = await self._join(link, headers, address)
        except BaseException:
            self._live.sockets.give_back(address)
            raise
        if connection.viewer.member is None:
            return Visit(self._live, connection, address)
        # A school or a town hall is one address. Members are counted one by one, wherever they are.
        self._live.sockets.give_back(address)
        return Visit(self._live, connection, None)

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
            arrival.ask()
            try:
                viewer = await self._live.backend.identify(headers, address)
            except Exception:  # noqa: BLE001 - the edge: the client is asked to come back
                _log.exception("Nobody could tell who a socket belongs to")
                return None
            if viewer.member is None or not arrival.is_stale(viewer.member.id):
                return viewer


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
