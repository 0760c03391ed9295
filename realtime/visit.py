"""One socket inside, from its welcome to its end: what its client says is carried out, in order."""

from typing import Protocol

from realtime.connection import Connection, Link
from realtime.live import Live
from realtime.protocol import MAX_FRAME_BYTES, CloseCode

_FRAME_TOO_BIG = 1009


class Listener(Protocol):
    """Who hears what a client says."""

    async def hear(self, text: str | None) -> None:
        """Do what one message asks for (None: it was no text). The next one is not read before that."""
        ...

    def end(self, code: int) -> None:
        """Let go: the socket is closed, with `code`, and nothing more comes. Called once."""
        ...


class AttendedLink(Link, Protocol):
    """A link that needs no task of the application while its client says nothing."""

    def attend(self, listener: Listener) -> None:
        """Have `listener` hear all that comes from now on; the application may return."""
        ...


class Visit:
    """A `Listener`: one connection, whose commands are obeyed no faster than it reads the answers."""

    __slots__ = ("_address", "_connection", "_live")

    def __init__(self, live: Live, connection: Connection, address: str | None) -> None:
        """Begin the visit of `connection`, which has one of the places of `address`, if given."""
        self._live = live
        self._connection = connection
        self._address = address

    async def hear(self, text: str | None) -> None:
        """Carry out one command."""
        connection = self._connection
        if connection.closed:
            return
        if text is None:
            connection.close(CloseCode.PROTOCOL)
        elif len(text.encode()) > MAX_FRAME_BYTES:
            connection.close(_FRAME_TOO_BIG)
        else:
            await self._live.commands.obey(connection, text)
            await connection.link.drain()

    def end(self, code: int) -> None:
        """Forget the connection, and give back the place that it has."""
        self._live.counts.slow_cut += code == CloseCode.SLOW
        self._live.leave(self._connection)
        if self._address is not None:
            self._live.sockets.give_back(self._address)
