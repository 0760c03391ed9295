"""A page of the build, which is read once and again when a new build has replaced it."""

from pathlib import Path
from typing import NamedTuple


class Source(NamedTuple):
    """The built page, and which file it was read from: when that was changed, and its number on the disk."""

    file: tuple[int, int]
    text: str


class BuiltPage:
    """The page at `path`, if somebody has built it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._source: Source | None = None

    def read(self) -> Source | None:
        """Return the page: the same object as long as it is the same file; None if there is none."""
        # On the loop: asking takes 2 µs, going to a thread and back 200.
        try:
            about = self._path.stat()
            file = about.st_mtime_ns, about.st_ino
            if self._source is None or self._source.file != file:
                self._source = Source(file, self._path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        return self._source


def data_block(name: str, json: bytes) -> str:
    """Return the element that gives the page `json` to read under the id `name`."""
    # "<" as an escape: whatever a name or a title holds, it cannot end the block.
    escaped = json.decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{escaped}</script>'
