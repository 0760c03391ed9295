"""The files of a build as they are sent, in memory: a thousand phones at once read no disk.

The build names what lies in `assets/` by its content and puts its compressed forms beside it. What such a
name has once been it stays, so it is read once; other files are read whenever somebody asks for them.
"""

import mimetypes
import os
import posixpath
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import anyio
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from server.edge.compression import takes

ASSETS: Final = "assets/"
# A build has 4 MB. If what is kept grows beyond this, as after many builds in one day, all is read again.
MOST_BYTES: Final = 64 * 1024 * 1024
# A longer file is sent from the disk, piece by piece.
MOST_FILE_BYTES: Final = 4 * 1024 * 1024
# What is younger may still be being written, or its compressed forms.
SETTLED_SECONDS: Final = 10.0
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
# Debian's table and Python's know neither of these.
_TYPES: Final = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".webmanifest": "application/manifest+json",
}
_OF_A_304: Final = frozenset({b"cache-control", b"etag", b"last-modified", b"vary"})


class Ready(Response):
    """An answer of which nothing is left to be made."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
        # A copy: those on the way add headers of their own.
        self.status_code, self.raw_headers, self.body, self.background = status, [*headers], body, None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, to HEAD without its body."""
        if scope["method"] == "HEAD":
            self.body = b""
        await super().__call__(scope, receive, send)


class Form:
    """A file in one encoding: where it is and, unless it is too long, the whole of it."""

    def __init__(self, path: Path, headers: Mapping[str, str], media: str) -> None:
        with path.open("rb") as file:
            self.about = os.fstat(file.fileno())
            self.body = file.read() if self.about.st_size <= MOST_FILE_BYTES else None
        self._path, self._headers, self._media = path, headers, media
        whole = self._from_disk()
        self._raw, self._etag = whole.raw_headers, whole.headers["etag"]
        self._raw_of_304 = [one for one in self._raw if one[0] in _OF_A_304]

    def answer(self, asked: Mapping[str, str]) -> Response:
        """Return the answer to a request with these headers."""
        if names(asked.get("if-none-match"), self._etag):
            return Ready(304, self._raw_of_304)
        if self.body is None or "range" in asked:
            return self._from_disk()
        return Ready(200, self._raw, self.body)

    def _from_disk(self) -> FileResponse:
        headers, media = self._headers, self._media
        return FileResponse(self._path, headers=headers, media_type=media, stat_result=self.about)


class BuiltFiles:
    """The files in `folder` and below, and nothing beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # By name and by encoding, the smallest first; "" is the file itself.
        self._kept: dict[str, Mapping[str, Form]] = {}
        self._bytes = 0

    async def answer(self, name: str, asked: Mapping[str, str], cache: str) -> Response | None:
        """Return the answer to a request with the headers `asked`; None if there is no such file.

        `cache` is what the answer says of being cached.
        """
        forms = self._kept.get(name)
        if forms is None:
            forms = await anyio.to_thread.run_sync(self._read, name, cache)
            if not forms:
                return None
            if _is_for_good(name, forms):
                self._keep(name, forms)
        taken = takes(asked.get("accept-encoding", ""))
        best = next(form for encoding, form in forms.items() if not encoding or encoding in taken)
        return best.answer(asked)

    def _read(self, name: str, cache: str) -> Mapping[str, Form]:
        """Return the forms of a file; none if there is no such file."""
        root = self._folder.resolve()
        # No file of a build has a NUL in its name, and no system call takes one.
        path = (root / name.replace("\0", "")).resolve()
        if not path.is_relative_to(root) or not _is_file(path):
            return {}
        media = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
        packed = {encoding: path.with_name(path.name + suffix) for encoding, suffix in _ENCODINGS}
        try:
            forms = {
                encoding: Form(ready, {**headers, "Content-Encoding": encoding}, media)
                for encoding, ready in packed.items()
                if _is_file(ready)
            }
            return {**forms, "": Form(path, headers, media)}
        except FileNotFoundError:
            # A build has just taken it away.
            return {}

    def _keep(self, name: str, forms: Mapping[str, Form]) -> None:
        size = sum(len(form.body or b"") for form in forms.values())
        if self._bytes + size > MOST_BYTES:
            self._kept.clear()
            self._bytes = 0
        self._kept[name] = forms
        self._bytes += size


def _is_for_good(name: str, forms: Mapping[str, Form]) -> bool:
    """Return whether this is what `name` stays, and the one way to write it: of others there is no end."""
    newest = max(form.about.st_mtime for form in forms.values())
    by_its_name = name.startswith(ASSETS) and posixpath.normpath(name) == name and "\0" not in name
    return by_its_name and newest < time.time() - SETTLED_SECONDS


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        # Also a name too long for any file.
        return False


def names(tags: str | None, etag: str) -> bool:
    """Return whether the header If-None-Match names `etag`, compared weakly (RFC 9110, 13.1.2)."""
    if tags is None:
        return False
    return tags.strip() == "*" or etag.removeprefix("W/") in {
        one.strip().removeprefix("W/") for one in tags.split(",")
    }
