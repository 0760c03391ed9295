"""What the sockets ask of the application: the one interface by which `realtime` reaches the rules.

`realtime` knows no database. `server` implements this with the same actions that REST calls, so that a
message sent by socket and one sent by POST are the same message.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from realtime.people import Person
from realtime.refusals import Refusal
from realtime.shapes import Message, Pin


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is behind a socket: a member with a session, or nobody in particular.

    `address` is the client's network address, for limits only. `locale` is "fr" or "en".
    """

    address: str
    locale: str = "fr"
    member: Person | None = None
    session: str | None = None
    moderator: bool = False
    shows_presence: bool = True


@dataclass(frozen=True, slots=True)
class Opening:
    """A conversation as of one moment; see `realtime.protocol.Opened` for what the fields mean."""

    conversation: str
    listing: str
    listing_version: int
    reset: bool
    messages: list[Message]
    cursor: int
    earlier: bool
    reads: dict[str, int]


class Backend(Protocol):
    """The rules, as a socket needs them. Each method raises `Refusal` for what may not be."""

    def pins(self) -> AsyncIterator[Pin]:
        """Yield every pin there is now (an async generator): what the index is loaded from."""
        ...

    async def identify(self, headers: Mapping[str, str], address: str) -> Viewer:
        """Return who sent these handshake headers (names in lower case); nobody if no valid session."""
        ...

    async def admit(self, viewer: Viewer, conversation: str) -> str:
        """Return the id of the listing above `conversation`; `NotFound` unless `viewer` may read it now."""
        ...

    async def opening(self, viewer: Viewer, conversation: str, cursor: int | None) -> Opening:
        """Return `conversation` for `viewer` (the permission checked again), whole or since `cursor`."""
        ...

    async def send(self, viewer: Viewer, conversation: str, message_id: str, text: str) -> Message:
        """Store a message once, however often it is sent, and return it as stored."""
        ...

    async def read(self, viewer: Viewer, conversation: str, seq: int) -> None:
        """Note that `viewer` has read `conversation` up to `seq`; never backwards."""
        ...

    def explain(self, refusal: Refusal, locale: str) -> str:
        """Return the refusal's sentence in the reader's language."""
        ...
