"""One line in the log and one tick in the counters for each request: what was asked for, never by whom.

The line holds the route's template, not the path; no query, no body; of the address only the network.
Positions and addresses of people come in bodies, so they are in no log.
"""

import ipaddress
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.edge.metrics import Metrics
from server.ids import new_id

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
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self._app(scope, receive, noting)
            finally:
                seconds = time.perf_counter() - begun
                self._write(scope, status, seconds)

    def _write(self, scope: Scope, status: int, seconds: float) -> None:
        route = template(scope)
        self._metrics.requests.labels(scope["method"], route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
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
    endpoint, app = scope.get("endpoint"), scope.get("app")
    if endpoint is None or app is None:
        return "-"
    return next((one.path for one in app.routes if isinstance(one, Route) and one.endpoint == endpoint), "-")


def network_of(address: str) -> str:
    """Return the part of an address that names a provider's network and nobody's home."""
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return "-"
    bits = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{bits}", strict=False))
