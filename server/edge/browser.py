"""The browser app as files: the page with its settings and first cards inside, its parts, the base map.

The page is the same for every path of the app. A listing's path also carries what others show when somebody
shares it (Open Graph).
"""

import gzip
import html
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from server.edge.compression import takes
from server.edge.files import ASSETS, BuiltFiles, Ready
from server.edge.pages import page
from server.problems import locale_of
from server.settings import Settings

PATHS: Final = (
    "/",
    "/annonces/{id}/modifier",
    "/messages",
    "/messages/{conversation}",
    "/moderation",
    "/profil",
    "/bienvenue",
    "/publier",
    "/mes-annonces",
    "/connexion",
    "/rejoindre",
    "/aide",
)
LISTING_PATH: Final = "/annonces/{id}"
FOREVER: Final = "public, max-age=31536000, immutable"
# What a browser asks for by itself, and files that the build puts at the root.
ROOT_FILES: Final = ("favicon.ico", "favicon.svg", "manifest.webmanifest", "robots.txt", "sw.js", "icon.png")
# Pages that are kept as they were sent: "/", and the listings that are shared just now.
MOST_PAGES: Final = 64
# Done once for many, so it may take longer than what is packed for one.
PAGE_LEVEL: Final = 6
_PAGE_HEADERS: Final = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"vary", b"Accept-Encoding, Accept-Language, Cookie"),
)


class Preview(NamedTuple):
    """What a shared link to a listing shows."""

    title: str
    text: str


class Source(NamedTuple):
    """The built page, and which file it was read from: when that was changed, and its number on the disk."""

    file: tuple[int, int]
    text: str


class Sent(NamedTuple):
    """A page as it is sent, and what it was made of; `packed` by gzip."""

    source: Source
    cards: bytes
    plain: bytes
    packed: bytes


Cards = Callable[[Request], bytes]
Find = Callable[[Request, str], Awaitable[Preview | None]]


class BrowserApp:
    """Serves `web/dist`. `find` tells what a listing's link previews.

    `config` and `cards` (pins that anybody may see) are inlined in the page as JSON: on a slow line the
    first card is read a round trip earlier than the socket could bring it.
    """

    def __init__(self, settings: Settings, config: bytes, cards: Cards, find: Find) -> None:
        self._settings = settings
        self._config = config
        self._cards = cards
        self._find = find
        self._files = BuiltFiles(settings.web_dist)
        self._source: Source | None = None
        self._sent: dict[tuple[str, Preview | None], Sent] = {}

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the app."""
        routes: list[BaseRoute] = [Route(path, self._show) for path in PATHS]
        routes.append(Route(LISTING_PATH, self._show_listing))
        routes.append(Route("/assets/{file:path}", self._asset))
        routes += [Route(f"/{name}", self._root_file) for name in ROOT_FILES]
        if self._settings.base_map is not None:
            routes.append(Route(f"/tiles/{self._settings.base_map.name}", self._tiles))
        return routes

    async def _show(self, request: Request) -> Response:
        return await self._answer(request, None)

    async def _show_listing(self, request: Request) -> Response:
        return await self._answer(request, await self._find(request, request.path_params["id"]))

    async def _answer(self, request: Request, preview: Preview | None) -> Response:
        source = self._built()
        if source is None:
            return page(self._settings, "unbuilt.html", locale_of(request), status=503)
        sent = self._page(source, request.url.path, self._cards(request), preview)
        if "gzip" in takes(request.headers.get("accept-encoding", "")):
            return _ready(sent.packed, (b"content-encoding", b"gzip"))
        return _ready(sent.plain)

    def _built(self) -> Source | None:
        """Return the built page, read again when the build has replaced it."""
        path = self._settings.web_dist / "index.html"
        # On the loop: asking takes 2 µs, going to a thread and back 200.
        try:
            about = path.stat()
            file = about.st_mtime_ns, about.st_ino
            if self._source is None or self._source.file != file:
                self._source = Source(file, path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        return self._source

    def _page(self, source: Source, path: str, cards: bytes, preview: Preview | None) -> Sent:
        """Return the page for `path`, made anew if anything in it has changed since it was sent last."""
        sent = self._sent.get((path, preview))
        if sent is None or sent.source is not source or sent.cards != cards:
            head = _data_block("config", self._config) + _data_block("cards", cards)
            head += _preview_block(self._settings, path, preview)
            plain = source.text.replace("</head>", f"{head}</head>", 1).encode()
            sent = Sent(source, cards, plain, gzip.compress(plain, PAGE_LEVEL, mtime=0))
            self._sent.pop((path, preview), None)
            if len(self._sent) >= MOST_PAGES:
                # The one that was made first.
                del self._sent[next(iter(self._sent))]
            self._sent[path, preview] = sent
        return sent

    async def _asset(self, request: Request) -> Response:
        return await self._file(f"{ASSETS}{request.path_params['file']}", request, FOREVER)

    async def _root_file(self, request: Request) -> Response:
        return await self._file(request.url.path.lstrip("/"), request, "no-cache")

    async def _file(self, name: str, request: Request, cache: str) -> Response:
        answer = await self._files.answer(name, request.headers, cache)
        if answer is None:
            raise HTTPException(404)
        return answer

    async def _tiles(self, request: Request) -> Response:  # noqa: ARG002 - Starlette reads the Range itself
        assert self._settings.base_map is not None  # noqa: S101 - the route exists only then
        # Identity: a compressed answer would have other ranges than the file.
        headers = {"Cache-Control": "public, max-age=86400", "Content-Encoding": "identity"}
        return FileResponse(self._settings.base_map, headers=headers, media_type="application/octet-stream")


def _ready(body: bytes, *more: tuple[bytes, bytes]) -> Response:
    return Ready(200, [*_PAGE_HEADERS, *more, (b"content-length", b"%d" % len(body))], body)


def _data_block(name: str, json: bytes) -> str:
    # "<" as an escape: whatever a name or a title holds, it cannot end the block.
    escaped = json.decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{escaped}</script>'


def _preview_block(settings: Settings, path: str, preview: Preview | None) -> str:
    shown = preview or Preview(settings.name, "")
    properties = {
        "og:site_name": settings.name,
        "og:type": "website" if preview is None else "article",
        "og:title": shown.title,
        "og:description": shown.text,
        "og:url": settings.public_url.rstrip("/") + path,
    }
    tags = [
        f'<meta property="{name}" content="{html.escape(value)}">'
        for name, value in properties.items()
        if value
    ]
    if shown.text:
        tags.append(f'<meta name="description" content="{html.escape(shown.text)}">')
    return "".join(tags)
