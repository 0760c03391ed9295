"""Text that is worth it is sent compressed to those who take it, and caches are told of both forms.

An answer is compressed whole or not at all: those that come in pieces are files, which the build compresses.
"""

import gzip
import re
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Final

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Below, the headers outweigh what is saved.
MINIMUM_BYTES: Final = 1000
# A lookup of 41 pins takes 36 µs at level 3, 96 at level 5, and becomes 6 % longer.
LEVEL: Final = 3
# More would keep the loop for a millisecond.
IN_A_THREAD_BYTES: Final = 128 * 1024
_NEVER: Final = re.compile(r"q\s*=\s*0(\.0*)?")
_TEXT: Final = re.compile(
    rb"text/|application/([\w.-]+\+)?(json|xml|javascript)\b|image/svg\+xml\b", re.IGNORECASE
)
_LENGTH: Final = b"content-length"
_VARY: Final = (b"vary", b"Accept-Encoding")


class Compression:
    """Compresses answers for those whose Accept-Encoding names gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = next((value for name, value in scope["headers"] if name == b"accept-encoding"), b"")
        if "gzip" in takes(asked.decode("latin-1")):
            await self._app(scope, receive, _Packing(send))
            return

        async def varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _varying(message["headers"])
            await send(message)

        await self._app(scope, receive, varying)


class _Packing:
    """Sends one answer on, compressed if it is worth it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        # The head of an answer that waits for its body.
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        """Send a message, or keep it until the next has come."""
        if message["type"] == "http.response.start" and _is_open(message):
            self._head = message
            return
        if (head := self._head) is not None:
            self._head = None
            headers = _varying(head["headers"])
            body = message.get("body", b"")
            if len(body) >= MINIMUM_BYTES and not message.get("more_body"):
                message["body"] = packed = await _packed(body)
                headers = [one for one in headers if one[0] != _LENGTH]
                headers += (_LENGTH, b"%d" % len(packed)), (b"content-encoding", b"gzip")
            head["headers"] = headers
            await self._send(head)
        await self._send(message)


def _is_open(head: Message) -> bool:
    """Return whether an answer could be compressed: text, whole, and not compressed yet."""
    found = dict(head["headers"])
    media = found.get(b"content-type")
    return (
        head["status"] != 206 and b"content-encoding" not in found and media is not None and _is_text(media)
    )


@lru_cache(maxsize=64)
def _is_text(media: bytes) -> bool:
    return _TEXT.match(media) is not None


async def _packed(body: bytes) -> bytes:
    if len(body) < IN_A_THREAD_BYTES:
        return gzip.compress(body, LEVEL, mtime=0)
    return await anyio.to_thread.run_sync(partial(gzip.compress, body, LEVEL, mtime=0))


@lru_cache(maxsize=256)
def takes(accept_encoding: str) -> frozenset[str]:
    """Return the encodings that the header Accept-Encoding names, but for those it refuses with "q=0"."""
    named = (one.partition(";") for one in accept_encoding.lower().split(","))
    return frozenset(name.strip() for name, _, weight in named if not _NEVER.fullmatch(weight.strip()))


def _varying(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return `headers` so that caches know that others get this answer otherwise."""
    headers = list(headers)
    if not any(name == b"vary" and b"accept-encoding" in value.lower() for name, value in headers):
        headers.append(_VARY)
    return headers
