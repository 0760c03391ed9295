"""What a socket may ask for: each command read strictly, paid for, carried out, answered."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import from_json

from realtime.backend import Backend
from realtime.connection import Connection
from realtime.counts import Counts
from realtime.feeds import Feeds
from realtime.people import Person
from realtime.protocol import (
    COMMANDS,
    Close,
    CloseCode,
    Command,
    Done,
    Feed,
    Open,
    Ping,
    Pong,
    Read,
    Refused,
    Resync,
    Send,
    Sent,
    Typing,
    TypingSeen,
    Watch,
)
from realtime.refusals import Conflict, Invalid, Refusal, TooMany, Unauthenticated, Unavailable
from realtime.rooms import Rooms
from realtime.signals import AnySignal, Broadcast
from realtime.topics import conversation_topic
from realtime.watches import Watches

# In credits; a socket earns 20 a second (`realtime.connection`).
PRICES: dict[type[Command], float] = {
    Watch: 1,
    Open: 4,
    Close: 1,
    Send: 5,
    Typing: 1,
    Read: 1,
    Feed: 4,
    Ping: 1,
}
MALFORMED_PRICE = 10
# Who could not come in, because the database was away, tries again within so long.
RETRY_MS = 5_000
# So many malformed frames in a row are no slip any more.
MALFORMED_LIMIT = 8

Verb: TypeAlias = Callable[[Connection, Any], Awaitable[None]]

_log = logging.getLogger("onemile.commands")


class Commands:
    """Carries out commands, one after the other for each socket."""

    def __init__(
        self,
        backend: Backend,
        watches: Watches,
        rooms: Rooms,
        feeds: Feeds,
        *,
        publish: Callable[[Sequence[AnySignal]], object],
        counts: Counts,
    ) -> None:
        self._backend = backend
        self._watches = watches
        self._rooms = rooms
        self._feeds = feeds
        self._publish = publish
        self._counts = counts
        self._verbs: dict[type[Command], Verb] = {
            Watch: self._watch,
            Open: self._rooms.open,
            Close: self._close,
            Send: self._send,
            Typing: self._typing,
            Read: self._read,
            Feed: self._feed,
            Ping: self._ping,
        }

    async def obey(self, connection: Connection, text: str) -> None:
        """Carry out the command in `text` and answer it; whatever it holds, raise nothing."""
        self._counts.commands += 1
        try:
            command = COMMANDS.validate_json(text)
        except ValidationError:
            self._malformed(connection, text)
            return
        connection.malformed = 0
        if not connection.spend(PRICES[type(command)]):
            too_many = TooMany("too_many", retry_after=connection.retry_after)
            self._refuse(connection, command.ref, too_many)
            self._close_if_bankrupt(connection)
            return
        begun = monotonic()
        try:
            await self._verbs[type(command)](connection, command)
        except Refusal as refusal:
            self._refuse(connection, command.ref, refusal)
        except Exception:  # noqa: BLE001 - the edge: one failed command, not one lost socket
            _log.exception("The command %s failed", command.type)
            self._refuse(connection, command.ref, Unavailable("fault"))
            if isinstance(command, Open):
                # It is closed now, and nothing else would tell the client to try again.
                connection.tell(Resync(within_ms=RETRY_MS))
        self._counts.answers[command.type].note(monotonic() - begun)

    def _malformed(self, connection: Connection, text: str) -> None:
        connection.malformed += 1
        connection.fine(MALFORMED_PRICE)
        self._refuse(connection, _ref_in(text), Invalid("malformed"))
        if connection.malformed >= MALFORMED_LIMIT:
            connection.close(CloseCode.PROTOCOL)
        self._close_if_bankrupt(connection)

    def _refuse(self, connection: Connection, ref: int | None, refusal: Refusal) -> None:
        self._counts.refused += 1
        title = self._backend.explain(refusal, connection.viewer.locale)
        connection.tell(Refused(ref=ref, code=refusal.code, title=title))

    def _close_if_bankrupt(self, connection: Connection) -> None:
        if connection.bankrupt and not connection.closed:
            self._counts.flood_cut += 1
            connection.close(CloseCode.FLOOD)

    async def _watch(self, connection: Connection, command: Watch) -> None:
        self._watches.watch(connection, command)

    async def _close(self, connection: Connection, command: Close) -> None:
        self._rooms.leave(connection, command.conversation)
        connection.tell(Done(ref=command.ref))

    async def _send(self, connection: Connection, command: Send) -> None:
        _member(connection)
        message = await self._backend.send(connection.viewer, command.conversation, command.id, command.text)
        connection.tell(Sent(ref=command.ref, message=message))

    async def _typing(self, connection: Connection, command: Typing) -> None:
        member = _member(connection)
        if command.conversation not in connection.conversations:
            raise Conflict("conversation_not_open")
        if not connection.viewer.shows_presence:
            return
        event = TypingSeen(conversation=command.conversation, member=member)
        topics: list[str] = [conversation_topic(command.conversation)]
        self._publish([Broadcast(topics=topics, event=event, except_members=(member.id,))])

    async def _read(self, connection: Connection, command: Read) -> None:
        _member(connection)
        await self._backend.read(connection.viewer, command.conversation, command.seq)
        connection.tell(Done(ref=command.ref))

    async def _feed(self, connection: Connection, command: Feed) -> None:
        self._feeds.follow(connection, command)
        connection.tell(Done(ref=command.ref))

    async def _ping(self, connection: Connection, command: Ping) -> None:
        connection.tell(Pong(ref=command.ref))


def _member(connection: Connection) -> Person:
    if connection.viewer.member is None:
        raise Unauthenticated("sign_in_first")
    return connection.viewer.member


def _ref_in(text: str) -> int | None:
    """Return the `ref` of a frame that is no command, if it has one: its sender is waiting for an answer."""
    try:
        found = from_json(text, allow_inf_nan=False)
    except ValueError:
        return None
    ref = found.get("ref") if isinstance(found, dict) else None
    return ref if type(ref) is int and 0 <= ref < 2**31 else None
