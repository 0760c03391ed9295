"""What comes and goes with a request: its headers and body, read within bounds, and an answer's bytes."""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from realtime.refusals import Refusal
from server import strict_json

Answer = BaseModel | bytes | Response | None

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
_NO_STORE: Final = (b"cache-control", b"no-store")
_LENGTH: Final = b"content-length"
_TYPE: Final = b"content-type"


class UnsupportedMedia(Refusal):
    """The body is not of the type that was expected."""

    status = 415


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the request's headers, names in lower case; of two with one name the first counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed([*scope["headers"]])}


async def read_json(request: Request, headers: Mapping[str, str]) -> bytes:
    """Return the body, refusing one of another type, and any as soon as it is longer than any of ours."""
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != JSON:
        raise UnsupportedMedia("json_expected")
    return await read_raw(request, strict_json.MAX_BODY_BYTES)


async def read_raw(request: Request, most: int) -> bytes:
    """Return the body as it came, whatever it is, refusing one of more than `most` bytes as it comes."""
    body, more = b"", True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            # Nobody reads the answer; but it is no fault of ours, to be logged as one.
            raise strict_json.Malformed("malformed_json")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most:
            raise strict_json.TooLarge("body_too_large", limit=most)
    return body


class Encoded(Response):
    """An answer that is bytes already, kept by nobody on the way; `media` is its type, if it has a body."""

    def __init__(self, status: int, body: bytes, media: str | None, headers: Mapping[str, str]) -> None:
        self.status_code, self.body, self.background = status, body, None
        self.raw_headers = [_NO_STORE]
        if headers:
            self.raw_headers += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        if media is not None:
            self.raw_headers += (_LENGTH, b"%d" % len(body)), (_TYPE, media.encode())


def encoded(answer: Answer) -> bytes:
    """Return the bytes of an answer that is no whole response."""
    if answer is None:
        return b""
    if isinstance(answer, bytes):
        return answer
    if isinstance(answer, BaseModel):
        return answer.__pydantic_serializer__.to_json(answer)
    raise TypeError(f"an idempotent operation answers with a shape, not with {type(answer).__name__}")
