"""An upload as it comes: into a file without a name, which is gone with the process or the connection.

Bytes are neither held in memory nor written on the event loop, however slow the phone or the disk.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, BinaryIO, Final, NamedTuple

import structlog
from starlette.requests import Request

from realtime.refusals import Unavailable
from server.album import Place
from server.strict_json import Malformed, TooLarge

log = structlog.get_logger(__name__)

MEGABYTE: Final = 1024 * 1024
# So much is gathered before a thread writes it.
_PIECE: Final = MEGABYTE


class Upload(NamedTuple):
    """What somebody sent: a file from its beginning, how long it is, and the hash of its bytes."""

    file: BinaryIO
    length: int
    sha256: str


@asynccontextmanager
async def received(request: Request, megabytes: int, place: Place) -> AsyncIterator[Upload]:
    """Receive the body of `request`, of at most so many megabytes, for as long as the block lasts.

    Raises `TooLarge` as soon as that is known, `Malformed` if it breaks off, and `Unavailable` if there is no
    room for it or it loses its `place`.
    """
    most = megabytes * MEGABYTE
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told[:20]) > most:
        raise TooLarge("photo_too_large", megabytes=megabytes)
    with _disk():
        file = await asyncio.to_thread(tempfile.TemporaryFile)
    try:
        digest, length, gathered = hashlib.sha256(), 0, bytearray()
        async for chunk in _chunks(request, place):
            length += len(chunk)
            if length > most:
                raise TooLarge("photo_too_large", megabytes=megabytes)
            gathered += chunk
            if len(gathered) >= _PIECE:
                with _disk():
                    await asyncio.to_thread(_write, file, digest, gathered)
                gathered = bytearray()
        with _disk():
            await asyncio.to_thread(_write, file, digest, gathered)
            file.seek(0)
        yield Upload(file, length, digest.hexdigest())
    finally:
        # What there was no room for is tried once more.
        with suppress(OSError):
            file.close()


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        log.error("photo_not_received", error=error.strerror or type(error).__name__)
        raise Unavailable("photo_store_down") from None


async def _chunks(request: Request, place: Place) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await place.next(request.receive)
        if message["type"] == "http.disconnect":
            raise Malformed("photo_cut_off")
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _write(file: BinaryIO, digest: Any, piece: bytearray) -> None:
    digest.update(piece)
    file.write(piece)
