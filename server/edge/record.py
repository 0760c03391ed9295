"""One line in the log and one tick in the counters for each request: what was asked for, never by whom.

The line holds the route's template, not the path; no query, no body; of the address only the network.
Positions and addresses of people come in bodies, so they are in no log.
"""

import ipaddress
import time
from functools import lru_cache

import structlog
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.edge.metrics import Metrics
from server.ids import new_id
from server.logs import REQUEST

log = structlog.get_logger("access")


class Recorder:
    """Gives each request an id, and writes it down when it has been answered."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, begun, status = new_id(), time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        token = REQUEST.set(request_id)
        try:
            await self._app(scope, receive, noting)
        finally:
            self._write(scope, status, time.perf_counter() - begun)
            REQUEST.reset(token)

    def _write(self, scope: Scope, status: int, seconds: float) -> None:
        route = template(scope)
        self._metrics.answered(scope["method"], route, status, seconds)
        client = scope.get("client")
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            network=network_of(client[0]) if client else None,
        )


def template(scope: Scope) -> str:
    """Return the template of the route that answered, or "-" for none: a path may hold a name."""
    route = scope.get("route")
    return route.path if isinstance(route, Route) else "-"


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return the part of an address that names a provider's network and nobody's home."""
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return "-"
    bits = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{bits}", strict=False))
