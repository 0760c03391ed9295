"""The small map that other sites show in a frame: the one page that may be framed.

It knows nobody: it reads no cookie, and its socket (`AnonymousSocket`) passes none on. Whoever frames it
shows what a stranger sees, and a click stolen there does nothing in a member's name.
"""

import gzip
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from server.edge.built_page import BuiltPage, Source, data_block
from server.edge.compression import takes
from server.edge.files import Ready
from server.edge.headers import embedding_policy
from server.edge.pages import page
from server.problems import locale_of
from server.settings import Settings

EMBED_PATH: Final = "/embed"
_LEVEL: Final = 6
# What a browser can grant a page: this one asks for nothing, whatever the frame around it would pass on.
_NOTHING: Final = (
    "geolocation=(), camera=(), microphone=(), payment=(), usb=(), fullscreen=(), clipboard-read=(), "
    "clipboard-write=(), display-capture=(), publickey-credentials-get=(), screen-wake-lock=()"
)
_PERSONAL: Final = frozenset({b"cookie", b"authorization"})


class EmbedPage:
    """Serves `web/dist/embed.html` with the site's settings inside."""

    def __init__(self, settings: Settings, config: bytes) -> None:
        self._settings = settings
        self._config = config
        self._built = BuiltPage(settings.web_dist / "embed.html")
        self._source: Source | None = None
        self._plain = self._packed = b""
        self._headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-cache"),
            (b"content-security-policy", embedding_policy(settings).encode()),
            (b"permissions-policy", _NOTHING.encode()),
            # The town hall's page is to be seen in no log of ours, and ours is where the links lead.
            (b"referrer-policy", b"no-referrer"),
            (b"vary", b"Accept-Encoding"),
        ]

    def routes(self) -> list[BaseRoute]:
        """Return the route of the page."""
        return [Route(EMBED_PATH, self._show)]

    async def _show(self, request: Request) -> Response:
        source = self._built.read()
        if source is None:
            return page(self._settings, "unbuilt.html", locale_of(request), status=503)
        if source is not self._source:
            head = data_block("config", self._config)
            self._plain = source.text.replace("</head>", f"{head}</head>", 1).encode()
            self._packed = gzip.compress(self._plain, _LEVEL, mtime=0)
            self._source = source
        packed = "gzip" in takes(request.headers.get("accept-encoding", ""))
        body = self._packed if packed else self._plain
        headers = [*self._headers, (b"content-length", b"%d" % len(body))]
        if packed:
            headers.append((b"content-encoding", b"gzip"))
        return Ready(200, headers, body)


class AnonymousSocket:
    """The socket for pages that know nobody: whoever is signed in is a stranger here."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket."""
        # A frame of the same site (a town's own subdomain) is sent the cookie all the same.
        headers = [one for one in scope["headers"] if one[0] not in _PERSONAL]
        await self._socket({**scope, "headers": headers}, receive, send)
