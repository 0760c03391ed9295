"""The browser app as files: the page with its settings and first cards inside, its parts, the base map.

The page is the same for every path of the app. A listing's path also carries what others show when somebody
shares it (Open Graph).
"""

import html
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

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
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))

# Debian's table and Python's know neither of these.
_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".webmanifest": "application/manifest+json"}


class Preview(NamedTuple):
    """What a shared link to a listing shows."""

    title: str
    text: str


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
        self._page: tuple[float, str] | None = None

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
        source = await anyio.to_thread.run_sync(self._source)
        locale = locale_of(request)
        if source is None:
            return page(self._settings, "unbuilt.html", locale, status=503)
        head = _data_block("config", self._config) + _data_block("cards", self._cards(request))
        head += _preview_block(self._settings, str(request.url.path), preview)
        body = source.replace("</head>", f"{head}</head>", 1)
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
        return Response(body, media_type="text/html", headers=headers)

    def _source(self) -> str | None:
        """Return the built page, read again when the build has replaced it."""
        path = self._settings.web_dist / "index.html"
        try:
            changed = path.stat().st_mtime
            if self._page is None or self._page[0] != changed:
                self._page = changed, path.read_text("utf-8")
        except FileNotFoundError:
            return None
        return self._page[1]

    async def _asset(self, request: Request) -> Response:
        return await self._file(f"assets/{request.path_params['file']}", request.headers, FOREVER)

    async def _root_file(self, request: Request) -> Response:
        return await self._file(request.url.path.lstrip("/"), request.headers, "no-cache")

    async def _file(self, name: str, headers: Mapping[str, str], cache: str) -> Response:
        root = await anyio.Path(self._settings.web_dist).resolve()
        # No file of a build has a NUL in its name, and no system call takes one.
        path = await (root / name.replace("\0", "")).resolve()
        if not path.is_relative_to(root) or not await _is_file(path):
            raise HTTPException(404)
        media = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        sent = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
        accepted = {one.partition(";")[0].strip() for one in headers.get("accept-encoding", "").split(",")}
        for encoding, suffix in _ENCODINGS:
            ready = path.with_name(path.name + suffix)
            if encoding in accepted and await ready.is_file():
                return FileResponse(ready, headers={**sent, "Content-Encoding": encoding}, media_type=media)
        return FileResponse(path, headers=sent, media_type=media)

    async def _tiles(self, request: Request) -> Response:  # noqa: ARG002 - Starlette reads the Range itself
        assert self._settings.base_map is not None  # noqa: S101 - the route exists only then
        # Identity: a compressed answer would have other ranges than the file.
        headers = {"Cache-Control": "public, max-age=86400", "Content-Encoding": "identity"}
        return FileResponse(self._settings.base_map, headers=headers, media_type="application/octet-stream")


async def _is_file(path: anyio.Path) -> bool:
    try:
        return await path.is_file()
    except OSError:
        # A name too long for any file.
        return False


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
