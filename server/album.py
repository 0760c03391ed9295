"""What whoever develops photos, and whoever keeps their files, must be able to do.

A photo's files have names of their own: "320.webp" and "share.jpg" of the photo "x" are what
`/photos/x-320.webp` and `/photos/x-share.jpg` show. They never change: who has got one may keep it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal, NoReturn, Protocol

from starlette.types import Message

from realtime.refusals import Unavailable

PhotoKind = Literal["photo", "avatar"]


@dataclass(frozen=True, slots=True)
class Prints:
    """What an upload became: its `files`, and what a browser draws before them as a data URI.

    `width` and `height` are of the largest.
    """

    width: int
    height: int
    widths: list[int]
    placeholder: str
    files: dict[str, bytes]


class Place(Protocol):
    """What an upload holds while it comes in."""

    async def next(self, receive: Callable[[], Awaitable[Message]]) -> Message:
        """Return what is received next. Raises `Unavailable` if the place has been given to another."""
        ...


class Developer(Protocol):
    """Who makes pictures of uploads."""

    def place(self, member: str, network: str) -> AbstractContextManager[Place]:
        """Hold a place for an upload of `member`, who comes from `network`.

        Raises `Conflict` or `Unavailable` if there is none.
        """
        ...

    async def develop(self, file: BinaryIO, length: int, kind: PhotoKind) -> Prints:
        """Return what becomes of `file`, which has `length` bytes from where it stands.

        Raises `Refusal` if nothing does.
        """
        ...

    async def aclose(self) -> None:
        """End what is in hand."""
        ...


class PhotoStore(Protocol):
    """Who keeps the files of photos. Each verb raises `Unavailable` if the place where they lie is away."""

    async def put(self, name: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a new photo: all of them, or none."""
        ...

    async def get(self, name: str, file: str) -> bytes | None:
        """Return a file; None if there is none of that name."""
        ...

    async def delete(self, name: str) -> None:
        """Forget the files of a photo, if there are any."""
        ...

    def names(self, before: datetime) -> AsyncIterator[str]:
        """Return the names of the photos that were put before that moment."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


class _Nobody:
    """Takes and keeps no photo."""

    def place(self, member: str, network: str) -> AbstractContextManager[Place]:  # noqa: ARG002
        return nullcontext(self)

    async def next(self, receive: Callable[[], Awaitable[Message]]) -> Message:
        return await receive()

    async def develop(self, file: BinaryIO, length: int, kind: PhotoKind) -> NoReturn:  # noqa: ARG002
        raise Unavailable("photo_store_down")

    async def put(self, name: str, files: Mapping[str, bytes]) -> NoReturn:  # noqa: ARG002
        raise Unavailable("photo_store_down")

    async def get(self, name: str, file: str) -> None:  # noqa: ARG002
        return None

    async def delete(self, name: str) -> None:
        pass

    async def names(self, before: datetime) -> AsyncIterator[str]:  # noqa: ARG002
        nothing: tuple[str, ...] = ()
        for name in nothing:
            yield name

    async def aclose(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Album:
    """Who develops photos here, and who keeps them."""

    developer: Developer
    store: PhotoStore

    async def aclose(self) -> None:
        """Close both."""
        await self.developer.aclose()
        await self.store.aclose()


# A site without photos: a command, or a test of something else.
NO_ALBUM = Album(_Nobody(), _Nobody())
