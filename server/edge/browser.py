"""The browser app as files: the page with its settings and first cards inside, its parts, the base map.

The page is the same for every path of the app. A listing's and a member's also carry what others show when
somebody shares them (Open Graph).
"""

import gzip
import html
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from server.edge.built_page import BuiltPage, Source, data_block
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
    "/moderation/litiges",
    "/moderation/litiges/{exchange}",
    "/moderation/journal",
    "/profil",
    "/bienvenue",
    "/publier",
    "/mes-annonces",
    "/connexion",
    "/rejoindre",
    "/aide",
    "/smiles",
    "/livres-ouverts",
    "/projets/{id}/tache",
    "/projets/{id}/equipe",
)
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
    """What a shared link shows: a title, a line, and a photo by its path, with words for who sees none."""

    title: str
    text: str
    kind: Literal["article", "profile"] = "article"
    image: str | None = None
    alt: str = ""
    # What one follows it by: a media type and a path.
    feed: tuple[str, str] | None = None


class Sent(NamedTuple):
    """A page as it is sent, and what it was made of; `packed` by gzip."""

    source: Source
    cards: bytes
    plain: bytes
    packed: bytes


Cards = Callable[[Request], bytes]
Find = Callable[[Request, str], Awaitable[Preview | None]]


class BrowserApp:
    """Serves `web/dist`. `previews` are, by path, what tells what a link to the id in it shows.

    `config` and `cards` (pins that anybody may see) are inlined in the page as JSON: on a slow line the
    first card is read a round trip earlier than the socket could bring it.
    """

    def __init__(self, settings: Settings, config: bytes, cards: Cards, previews: Mapping[str, Find]) -> None:
        self._settings = settings
        self._config = config
        self._cards = cards
        self._previews = previews
        self._files = BuiltFiles(settings.web_dist)
        self._built = BuiltPage(settings.web_dist / "index.html")
        self._sent: dict[tuple[str, Preview | None], Sent] = {}

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the app."""
        routes: list[BaseRoute] = [Route(path, self._show) for path in PATHS]
        routes += [Route(path, self._showing(find)) for path, find in self._previews.items()]
        routes.append(Route("/assets/{file:path}", self._asset))
        routes += [Route(f"/{name}", self._root_file) for name in ROOT_FILES]
        if self._settings.base_map is not None:
            routes.append(Route(f"/tiles/{self._settings.base_map.name}", self._tiles))
        return routes

    async def _show(self, request: Request) -> Response:
        return await self._answer(request, None)

    def _showing(self, find: Find) -> Callable[[Request], Awaitable[Response]]:
        async def show(request: Request) -> Response:
            return await self._answer(request, await find(request, request.path_params["id"]))

        return show

    async def _answer(self, request: Request, preview: Preview | None) -> Response:
        source = self._built.read()
        if source is None:
            return page(self._settings, "unbuilt.html", locale_of(request), status=503)
        sent = self._page(source, request.url.path, self._cards(request), preview)
        if "gzip" in takes(request.headers.get("accept-encoding", "")):
            return _ready(sent.packed, (b"content-encoding", b"gzip"))
        return _ready(sent.plain)

    def _page(self, source: Source, path: str, cards: bytes, preview: Preview | None) -> Sent:
        """Return the page for `path`, made anew if anything in it has changed since it was sent last."""
        sent = self._sent.get((path, preview))
        if sent is None or sent.source is not source or sent.cards != cards:
            head = data_block("config", self._config) + data_block("cards", cards)
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


def _preview_block(settings: Settings, path: str, preview: Preview | None) -> str:
    shown = preview or Preview(settings.name, "")
    site = settings.public_url.rstrip("/")
    properties = {
        "og:site_name": settings.name,
        "og:type": "website" if preview is None else preview.kind,
        "og:title": shown.title,
        "og:description": shown.text,
        "og:url": site + path,
        "og:image": "" if shown.image is None else site + shown.image,
        "og:image:alt": shown.alt,
    }
    tags = [
        f'<meta property="{name}" content="{html.escape(value)}">'
        for name, value in properties.items()
        if value
    ]
    if shown.text:
        tags.append(f'<meta name="description" content="{html.escape(shown.text)}">')
    if shown.image is not None:
        tags.append('<meta name="twitter:card" content="summary_large_image">')
    if shown.feed is not None:
        media, feed = shown.feed
        tags.append(f'<link rel="alternate" type="{media}" href="{html.escape(feed)}">')
    return "".join(tags)
