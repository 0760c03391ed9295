"""Where uploads become pictures: one child process that can be lost, and a short queue in front of it.

A file that is made to be expensive costs the child its life, not the event loop its breath. One thread talks
to the child by pipes; what may be read from it is bounded, since a decoder that somebody has taken over could
write anything. It starts with the first photo, and anew when it has ended.
"""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import IO, Annotated, BinaryIO, Final

import structlog
from pydantic import BaseModel, Field

import server
from realtime.refusals import Invalid, Refusal
from server.album import PhotoKind, Prints
from server.bodies import UnsupportedMedia
from server.photos.arrivals import Arrivals, Place, busy
from server.photos.prints import ANSWER, KINDS, QUESTION, Unusable

log = structlog.get_logger(__name__)

# The last of them waits for most of a minute; who comes then had better come again.
MOST_WAITING: Final = 16
# By the clock on the wall: the child's own limit is of processor time, which a busy machine gives slowly.
MOST_SECONDS: Final = 120.0
_MOST_SAID: Final = 4096
_PIECE: Final = 1024 * 1024
# What a Python may need to be found; of all else (secrets, addresses) the child knows nothing.
_ENVIRONMENT: Final = ("LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "SYSTEMROOT")
# One arena and no growing threshold: what is freed goes back to the system, and the limit stays true.
_FOR_MALLOC: Final = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}

Start = Callable[[], "subprocess.Popen[bytes]"]
_Name = Annotated[str, Field(pattern=r"^(\d{1,4}\.(webp|avif)|share\.jpg)$")]
_Size = Annotated[int, Field(ge=1, le=1920)]


class _Developed(BaseModel):
    width: _Size
    height: _Size
    widths: Annotated[list[_Size], Field(min_length=1, max_length=5)]
    placeholder: Annotated[str, Field(max_length=400, pattern=r"^data:image/webp;base64,[A-Za-z0-9+/=]+$")]
    files: Annotated[
        dict[_Name, Annotated[int, Field(ge=1, le=16 * 1024 * 1024)]], Field(min_length=1, max_length=11)
    ]


class _Refused(BaseModel):
    code: Annotated[str, Field(pattern=r"^photo_[a-z_]{1,30}$")]
    params: dict[str, int]
    last: bool = False


class _Answer(BaseModel):
    told: _Developed | _Refused


def start_child() -> "subprocess.Popen[bytes]":
    """Start the process that develops."""
    known = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "server.photos.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(server.__file__).parent.parent,
        env={**known, **_FOR_MALLOC, "PYTHONDONTWRITEBYTECODE": "1"},
        # Ctrl-C is for the parent, which ends it in order.
        start_new_session=True,
    )


class Darkroom:
    """Develops one upload after the other. What `__init__` takes is for tests."""

    def __init__(
        self, start: Start = start_child, seconds: float = MOST_SECONDS, arrivals: Arrivals | None = None
    ) -> None:
        self._start, self._seconds, self._arrivals = start, seconds, arrivals or Arrivals()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="darkroom")
        self._child: subprocess.Popen[bytes] | None = None
        self._waiting = 0
        self._closing = False
        self._starting = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The child's id, if there is one now."""
        child = self._child
        return None if child is None or child.poll() is not None else child.pid

    async def develop(self, file: BinaryIO, length: int, kind: PhotoKind) -> Prints:
        """Return what becomes of `file`, which has `length` bytes from where it stands.

        Raises `Invalid` or `UnsupportedMedia` if nothing does, and `Unavailable` if too many wait already.
        """
        if self._waiting >= MOST_WAITING:
            raise busy()
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._develop, file, length, kind)
        except Unusable as why:
            raise _refusal(why) from None
        finally:
            self._waiting -= 1

    def place(self, member: str, network: str) -> AbstractContextManager[Place]:
        """Hold a place for an upload; see `Arrivals.place`."""
        return self._arrivals.place(member, network)

    async def aclose(self) -> None:
        """End the child, and with it what is in hand."""
        with self._starting:
            self._closing = True
            if self._child is not None:
                self._child.kill()
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        self._end()

    def _develop(self, file: BinaryIO, length: int, kind: PhotoKind) -> Prints:
        with self._starting:
            child = self._ready()
        deadline = threading.Timer(self._seconds, child.kill)
        deadline.start()
        try:
            _ask(_pipe(child.stdin), file, length, kind)
            return self._answer(_pipe(child.stdout))
        except (OSError, EOFError, ValueError) as error:
            self._end()
            if self._closing:
                raise busy() from None
            log.warning("photo_undeveloped", error=type(error).__name__, status=child.returncode)
            raise Unusable("photo_too_hard") from None
        finally:
            deadline.cancel()

    def _answer(self, answers: IO[bytes]) -> Prints:
        (length,) = ANSWER.unpack(_exactly(answers, ANSWER.size))
        if length > _MOST_SAID:
            raise ValueError("more than any answer")
        told = _Answer.model_validate_json(b'{"told":' + _exactly(answers, length) + b"}").told
        if isinstance(told, _Refused):
            if told.last:
                self._end()
            raise Unusable(told.code, **told.params)
        files = {name: _exactly(answers, size) for name, size in told.files.items()}
        return Prints(told.width, told.height, told.widths, told.placeholder, files)

    def _ready(self) -> "subprocess.Popen[bytes]":
        if self._closing:
            raise busy()
        if self._child is None or self._child.poll() is not None:
            self._end()
            try:
                self._child = self._start()
            except OSError as error:
                log.error("photo_child_not_started", error=error.strerror or type(error).__name__)
                raise busy() from None
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            # What it did not read any more cannot be flushed to it.
            with suppress(OSError):
                _pipe(pipe).close()
        child.wait()


def _ask(questions: IO[bytes], file: BinaryIO, length: int, kind: PhotoKind) -> None:
    questions.write(QUESTION.pack(KINDS.index(kind), length))
    while length > 0:
        piece = file.read(min(length, _PIECE))
        if not piece:
            raise EOFError("the file is shorter than it was")
        questions.write(piece)
        length -= len(piece)
    questions.flush()


def _exactly(answers: IO[bytes], length: int) -> bytes:
    read = answers.read(length)
    if len(read) < length:
        raise EOFError("the child has ended")
    return read


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "both were asked for"  # noqa: S101 - for mypy
    return pipe


def _refusal(why: Unusable) -> Refusal:
    refusal = UnsupportedMedia(why.code) if why.code == "photo_type" else Invalid(why.code)
    refusal.params.update(why.params)
    return refusal
