"""Photos in a folder: each has one of its own, that comes and goes as a whole.

A photo's files are written beside and get their place by one renaming, so that nobody, nor a power cut, sees
half of them. Disks are slow: all of it happens in threads.
"""

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import structlog

from realtime.refusals import Unavailable

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

# What is being written or deleted; no photo's name begins so.
UNDERWAY: Final = ".part-"


class FolderStore:
    """Keeps the files of photos below `folder`, which is made when the first comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a new photo: all of them, or none."""
        await _in_a_thread(self._put, name, files)

    async def get(self, name: str, file: str) -> bytes | None:
        """Return a file; None if there is none of that name."""
        return await _in_a_thread(_read, self._place(name) / file)

    async def delete(self, name: str) -> None:
        """Forget the files of a photo, if there are any."""
        await _in_a_thread(self._delete, name)

    async def names(self, before: datetime) -> AsyncIterator[str]:
        """Return the names of the photos that were put before that moment.

        What a crash left half done before it is deleted by the way.
        """
        for name in await _in_a_thread(lambda: list(self._names(before))):
            yield name

    async def aclose(self) -> None:
        """Nothing is open."""

    def _place(self, name: str) -> Path:
        return place_of(self._folder, name)

    def _put(self, name: str, files: Mapping[str, bytes]) -> None:
        place, part = self._place(name), self._underway()
        try:
            part.mkdir(parents=True)
            for file, content in files.items():
                _write(part / file, content)
            place.parent.mkdir(exist_ok=True)
            _sync(part)
            part.rename(place)
            _sync(place.parent)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise

    def _delete(self, name: str) -> None:
        part = self._underway()
        try:
            self._place(name).rename(part)
        except FileNotFoundError:
            return
        shutil.rmtree(part)

    def _names(self, before: datetime) -> Iterator[str]:
        for place in self._folder.glob("*/*"):
            if _since(place) < before and not place.parent.name.startswith(UNDERWAY):
                yield place.name
        for left in self._folder.glob(f"{UNDERWAY}*"):
            if _since(left) < before:
                shutil.rmtree(left, ignore_errors=True)

    def _underway(self) -> Path:
        return self._folder / f"{UNDERWAY}{secrets.token_hex(8)}"


def place_of(folder: Path, name: str) -> Path:
    """Return the folder of one photo. One with all photos of a town in it would be slow to list."""
    return folder / name[:2] / name


async def _in_a_thread(function: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(function, *given, **named)
    except OSError as error:
        log.error("photo_folder_fails", error=error.strerror or type(error).__name__)
        raise Unavailable("photo_store_down") from None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have what a folder lists survive a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _since(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        # Deleted while we look.
        return datetime.max.replace(tzinfo=UTC)
