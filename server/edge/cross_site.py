"""No other site may act in a member's name: Origin and Sec-Fetch-Site of what changes something are checked.

A program that is no browser sends neither header and carries no cookie it was not given: it may pass. The
socket checks its own handshake (`realtime.endpoint`).
"""

from collections.abc import Iterable
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from realtime.refusals import Forbidden
from server.problems import locale_of, render
from server.settings import Settings

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SAME_SITE: Final = frozenset({b"same-origin", b"none"})


class CrossSiteCheck:
    """Refuses, with 403 `cross_site`, what a page of another site sends."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._ours = frozenset(one.encode() for one in (settings.origin, *settings.allowed_origins))
        self._scheme = b"https://" if settings.is_https else b"http://"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and scope["method"] not in SAFE and self._is_foreign(scope["headers"]):
            refusal = render(Forbidden("cross_site"), locale_of(Request(scope)))
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_foreign(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Return whether a page of another site sent these headers; of two with one name the first counts."""
        found = dict(reversed([*headers]))
        origin = found.get(b"origin")
        if origin is not None:
            return origin not in self._ours and origin != self._scheme + found.get(b"host", b"")
        return found.get(b"sec-fetch-site", b"none") not in _SAME_SITE
