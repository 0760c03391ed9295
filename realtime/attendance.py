"""Sockets whose application has returned: nothing but a few slots, until their client says something.

uvicorn keeps for each socket the application's task with all its middleware's frames, the request it began
with and a queue: some 15 KiB that wait for a message which may not come for hours.
"""

import asyncio
import logging
from typing import Any, Final, Protocol, TypeAlias

from realtime.visit import Listener

Message: TypeAlias = dict[str, Any]

# What RFC 6455 (7.1.5) calls a close without a code, and an end without a close.
_NO_CODE: Final = 1005
_ABNORMAL: Final = 1006

_log = logging.getLogger("onemile.attendance")


class Gate:
    """An `asyncio.Event`, set at first, that is small while it is set."""

    __slots__ = ("_shut",)

    def __init__(self) -> None:
        self._shut: asyncio.Event | None = None

    def clear(self) -> None:
        """Let nobody through."""
        if self._shut is None:
            self._shut = asyncio.Event()

    def set(self) -> None:
        """Let everybody through."""
        if self._shut is not None:
            self._shut.set()
            self._shut = None

    async def wait(self) -> None:
        """Wait until it is set."""
        if self._shut is not None:
            await self._shut.wait()


class Attended(Protocol):
    """What an attendance asks of its socket."""

    @property
    def tasks(self) -> "set[asyncio.Task[None]]":
        """The tasks that a server waits for before it goes down."""
        ...

    def read_on(self) -> None:
        """Read what the client says next."""
        ...

    def hang_up(self) -> None:
        """Close, unless that is under way."""
        ...


class Attendance:
    """The queue of such a socket, as uvicorn fills it: what is put is heard, by a task that lives so long."""

    __slots__ = ("_listener", "_said", "_socket", "_task")

    def __init__(self, listener: Listener, socket: Attended) -> None:
        self._listener: Listener | None = listener
        self._socket = socket
        self._said: list[Message] = []
        self._task: asyncio.Task[None] | None = None

    def put_nowait(self, message: Message) -> None:
        """Have `message`, as ASGI has it, heard after those before it; after the end nothing is."""
        if self._listener is None:
            return
        if self._task is None and message["type"] == "websocket.disconnect":
            # Nothing to wait for: no task, since thousands may go in one turn of the loop. Not at once: they
            # may be cut off while something is being written to all.
            asyncio.get_running_loop().call_soon(self._end, self._listener, _code_of(message))
            self._listener = None
            return
        self._said.append(message)
        if self._task is None:
            self._task = asyncio.create_task(self._serve(self._listener), name="attendance")
            self._socket.tasks.add(self._task)
            self._task.add_done_callback(self._socket.tasks.discard)

    async def _serve(self, listener: Listener) -> None:
        code: int | None = _ABNORMAL
        try:
            code = await self._hear_all(listener)
        except Exception:  # noqa: BLE001 - a task's edge: this socket ends, the others go on
            _log.exception("A socket's message could not be heard")
        finally:
            self._task = None
            if code is not None:
                self._end(listener, code)

    def _end(self, listener: Listener, code: int) -> None:
        self._listener = None
        self._said = []
        self._socket.hang_up()
        # Each holds the other: let go, or both wait for the garbage collector.
        del self._socket
        listener.end(code)

    async def _hear_all(self, listener: Listener) -> int | None:
        """Return the code of the end, or None when all that was said has been heard."""
        while self._said:
            message = self._said.pop(0)
            if message["type"] == "websocket.disconnect":
                return _code_of(message)
            await listener.hear(message.get("text"))
        self._socket.read_on()
        return None


def _code_of(disconnect: Message) -> int:
    return int(disconnect.get("code") or _NO_CODE)
