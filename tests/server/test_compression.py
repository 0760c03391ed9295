"""What is sent compressed, to whom, and what is left as it is."""

import gzip
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from server.edge import compression
from server.edge.compression import Compression

TEXT = b"une pelouse, " * 100


class Answer:
    """An application that answers always the same, in one piece or several."""

    def __init__(self, *pieces: bytes, status: int = 200, **headers: str) -> None:
        self.pieces, self.status = pieces, status
        self.headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        for piece in self.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class Whole(Answer):
    """The same in one piece, which says how long it is."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        body = b"".join(self.pieces)
        headers = [*self.headers, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def asked(app: Any, takes: str = "br, gzip") -> httpx.Response:
    """Return the answer; its content is what was sent before it was compressed."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Compression(app))) as client:
        return await client.get("http://town.example/", headers={"Accept-Encoding": takes})


@pytest.mark.parametrize(
    "media",
    [
        "text/html; charset=utf-8",
        "application/json",
        "application/geo+json",
        "application/problem+json",
        "application/manifest+json",
        "text/javascript",
        "image/svg+xml",
    ],
)
@pytest.mark.parametrize("threshold", [len(TEXT), len(TEXT) + 1])
async def test_text_is_compressed_and_says_how_long_it_is_then(
    monkeypatch: pytest.MonkeyPatch, media: str, threshold: int
) -> None:
    monkeypatch.setattr(compression, "IN_A_THREAD_BYTES", threshold)

    answer = await asked(Whole(TEXT, content_type=media))

    assert (answer.content, answer.headers["content-encoding"]) == (TEXT, "gzip")
    assert answer.headers.get_list("content-length") == [str(len(gzip.compress(TEXT, compression.LEVEL)))]
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("takes", ["identity", "br", "gzip;q=0, br"])
async def test_who_does_not_take_it_gets_it_as_it_is_and_caches_are_told(takes: str) -> None:
    answer = await asked(Whole(TEXT, content_type="text/plain"), takes)

    assert "content-encoding" not in answer.headers
    assert (answer.content, answer.headers["vary"]) == (TEXT, "Accept-Encoding")


@pytest.mark.parametrize(
    "app",
    [
        Whole(TEXT, content_type="image/png"),
        Whole(TEXT, content_type="font/woff2"),
        Whole(TEXT, content_type="text/plain", content_encoding="br"),
        Whole(TEXT, content_type="text/plain", content_range="bytes 0-1299/5000", status=206),
        Whole(TEXT),
        Whole(b"", status=304, etag='"x"'),
        Whole(TEXT[: compression.MINIMUM_BYTES - 1], content_type="text/plain"),
        Answer(TEXT, TEXT, content_type="text/plain"),
    ],
    ids=["picture", "font", "compressed", "range", "nameless", "known", "short", "pieces"],
)
async def test_what_would_gain_nothing_or_be_wrong_is_left_as_it_is(app: Answer) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"accept-encoding", b"gzip")]}
    await Compression(app)(scope, None, send)  # type: ignore[arg-type]  # nothing is received

    assert sent[0]["status"] == app.status
    assert b"".join(one.get("body", b"") for one in sent[1:]) == b"".join(app.pieces)
    kept = [one for one in sent[0]["headers"] if one[0] not in {b"vary", b"content-length"}]
    assert kept == app.headers


async def test_an_answer_that_fails_before_its_body_has_not_begun() -> None:
    async def failing(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
        )
        raise ValueError("no body")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"accept-encoding", b"gzip")]}
    with pytest.raises(ValueError, match="no body"):
        await Compression(failing)(scope, None, send)  # type: ignore[arg-type]  # nothing is received
    assert sent == []


async def test_caches_are_told_once() -> None:
    answer = await asked(Whole(TEXT, content_type="text/plain", vary="Cookie, accept-encoding"))

    assert answer.headers.get_list("vary") == ["Cookie, accept-encoding"]
