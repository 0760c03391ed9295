"""What a browser is told about every answer: load from here only, guess nothing, embed nowhere."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.settings import Settings

RawHeader = tuple[bytes, bytes]

# Data opens no window, asks for no camera and loads nothing: what is said of that is for documents alone.
_DATA: Final = frozenset(
    {
        b"application/json",
        b"application/geo+json",
        b"application/problem+json",
        b"application/atom+xml",
        b"text/calendar; charset=utf-8",
    }
)
_FOR_DATA: Final = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
)


_NOT_FRAMED: Final = "frame-ancestors 'none'"


def embedding_policy(settings: Settings) -> str:
    """Return the policy of the one page that others may show in a frame; it sends no form anywhere."""
    usual = content_security_policy(settings)
    return usual.replace(_NOT_FRAMED, "frame-ancestors *").replace("form-action 'self'", "form-action 'none'")


def content_security_policy(settings: Settings, styles: Sequence[str] = ()) -> str:
    """Return the policy: our own scripts and styles only, and the map from where the settings say.

    No inline script runs. `styles` are inline style sheets that may apply, by their hash: those of the few
    pages that the server writes itself.
    """
    maps = " ".join(map_origins(settings))
    socket = settings.origin.replace("http", "ws", 1)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in styles
    )
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'self' {hashes}",
        "img-src": f"'self' data: blob: {maps}",
        "font-src": f"'self' {maps}",
        # 'self' covers the socket in today's browsers; those of 2021 want it named.
        "connect-src": f"'self' {socket} {maps}",
        # MapLibre starts its workers from a module of ours, and from a blob where it must.
        "worker-src": "'self' blob:",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value.strip()}" for name, value in rules.items())


def map_origins(settings: Settings) -> list[str]:
    """Return the origins that the base map is loaded from, apart from our own."""
    if settings.base_map is not None:
        return list(settings.map_hosts)
    styles = [url for url in (settings.style_url, settings.dark_style_url) if url is not None]
    found = [f"{url.scheme}://{url.netloc}" for url in map(urlsplit, styles) if url.netloc]
    return list(dict.fromkeys([*found, *settings.map_hosts]))


class SecurityHeaders:
    """Adds the headers to every answer; one that has a policy of its own keeps it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in _headers(settings)]
        self._names = frozenset(name for name, _ in self._headers)
        # How to connect is told with every answer.
        secure = [one for one in self._headers if one[0] == b"strict-transport-security"]
        self._for_data = [*_FOR_DATA, *secure]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._completed(message["headers"])
            await send(message)

        await self._app(scope, receive, with_headers)

    def _completed(self, given: Iterable[RawHeader]) -> list[RawHeader]:
        given = list(given)
        found = dict(given)
        if found.get(b"content-type") in _DATA and b"content-security-policy" not in found:
            return given + self._for_data
        if self._names.isdisjoint(found):
            return given + self._headers
        added = [header for header in self._headers if header[0] not in found]
        if _NOT_FRAMED.encode() not in found.get(b"content-security-policy", _NOT_FRAMED.encode()):
            # It says to old browsers what `frame-ancestors` says.
            added = [header for header in added if header[0] != b"x-frame-options"]
        return given + added


def _headers(settings: Settings) -> Iterable[tuple[str, str]]:
    yield "Content-Security-Policy", content_security_policy(settings)
    yield "X-Content-Type-Options", "nosniff"
    yield "X-Frame-Options", "DENY"
    yield "Referrer-Policy", "same-origin"
    yield "Cross-Origin-Opener-Policy", "same-origin"
    yield "Permissions-Policy", "geolocation=(self), camera=(), microphone=(), payment=(), usb=()"
    if settings.is_https:
        yield "Strict-Transport-Security", "max-age=31536000; includeSubDomains"
