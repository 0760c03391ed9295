"""The program that develops: `python -m server.photos.child`, in a process that can be lost.

It reads files from its standard input and writes what became of them to its standard output. It may not
write a file nor grow beyond its memory, knows no secret and no address, and ends with its parent: when that
is gone, however it went, there is nothing more to read. `server.photos.prints` has the language.
"""

import json
import os
import resource
import sys
import time
from contextlib import suppress
from typing import Any, BinaryIO, Final

from server.album import PhotoKind
from server.photos.developing import develop
from server.photos.prints import ANSWER, KINDS, QUESTION, Unusable

# What it may allocate; with its programs' own 25 MiB, below 256 MiB in all.
MEMORY_BYTES: Final = 224 * 1024 * 1024
# A 12-megapixel photo takes two on a core of 2024, the hardest that the limits let in nine.
CPU_SECONDS: Final = 30


def main() -> None:
    """Develop until there is nothing more to read."""
    _confine()
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while (head := asked.read(QUESTION.size)) and len(head) == QUESTION.size:
        kind, length = QUESTION.unpack(head)
        sent = asked.read(length)
        if len(sent) < length:
            return
        _allow_seconds()
        answer, files = _developed(sent, KINDS[kind])
        del sent
        _write(answers, answer, files)
        if answer.get("last"):
            return


def _developed(sent: bytes, kind: PhotoKind) -> tuple[dict[str, Any], list[bytes]]:
    try:
        prints = develop(sent, kind)
    except Unusable as why:
        return {"code": why.code, "params": why.params}, []
    except Exception:  # noqa: BLE001 - most of all MemoryError: what is left of the memory, nobody knows
        return {"code": "photo_too_hard", "params": {}, "last": True}, []
    said = {
        "width": prints.width,
        "height": prints.height,
        "widths": prints.widths,
        "placeholder": prints.placeholder,
        "files": {name: len(file) for name, file in prints.files.items()},
    }
    return said, [*prints.files.values()]


def _write(to: BinaryIO, answer: dict[str, Any], files: list[bytes]) -> None:
    body = json.dumps(answer).encode()
    with suppress(BrokenPipeError):
        to.writelines((ANSWER.pack(len(body)), body, *files))
        to.flush()


def _confine() -> None:
    # Whoever is answered goes before who waits for a photo.
    os.nice(5)
    for what, most in (
        (resource.RLIMIT_DATA, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # Not every system has every limit.
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def _allow_seconds() -> None:
    used = int(time.process_time()) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_SECONDS, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
