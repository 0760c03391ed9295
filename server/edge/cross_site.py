"""No other site may act in a member's name: Origin and Sec-Fetch-Site of what changes something are checked.

A program that is no browser sends neither header and carries no cookie it was not given: it may pass. The
socket checks its own handshake (`realtime.endpoint`).
"""

from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from realtime.refusals import Forbidden
from server.problems import locale_of, render
from server.settings import Settings

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSiteCheck:
    """Refuses, with 403 `cross_site`, what a page of another site sends."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._ours = frozenset({settings.origin, *settings.allowed_origins})
        self._scheme = "https" if settings.is_https else "http"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and scope["method"] not in SAFE:
            headers = Headers(scope=scope)
            if is_foreign(headers, {*self._ours, f"{self._scheme}://{headers.get('host', '')}"}):
                refusal = render(Forbidden("cross_site"), locale_of(Request(scope)))
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def is_foreign(headers: Headers, ours: Collection[str]) -> bool:
    """Return whether a page of another site than `ours` sent these headers."""
    origin = headers.get("origin")
    if origin is not None:
        return origin not in ours
    return headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}
