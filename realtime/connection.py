"""One socket: who is behind it, what it listens to, what it may still ask for.

Idle, it is a few slots: no task, no queue, no timer of its own.
"""

from collections.abc import Mapping
from time import monotonic
from typing import Protocol

from realtime.backend import Viewer
from realtime.frames import Frame, event_frame
from realtime.protocol import Event
from realtime.topics import Topic

# A reader behind by more than this is cut off. Linux keeps twice the 64 KiB that it is asked to, 132 KiB as
# seen: together a socket costs at most 256 KiB.
SLOW_READER_BYTES = 112 * 1024
# So long a closing socket may take to read what it was sent; then it is dropped.
CLOSE_SECONDS = 3.0

# Dragging the avatar asks about 10 times a second, for 1 credit each.
CREDITS_PER_SECOND = 20.0
# Who comes back opens all their conversations at once, fifty at most for 4 credits each, and looks around.
MOST_CREDITS = 240.0
# Who goes on asking though refused comes to this, and is closed.
WORST_CREDITS = -60.0


class Link(Protocol):
    """The way to one client: the wire's or, on other servers, plain ASGI (`realtime.links`)."""

    def write(self, made: Frame) -> None:
        """Send `made` after all that was written before. Never waits; a reader too slow is cut off."""
        ...

    async def drain(self) -> None:
        """Wait until the client has taken most of what was written; return at once if it is gone."""
        ...

    def close(self, code: int) -> None:
        """Close after what was written; drop the client if it has not read that within `CLOSE_SECONDS`."""
        ...


class Connection:
    """One socket as the hub, the watches and the commands see it. Compared and hashed by identity."""

    __slots__ = (
        "_credits",
        "_credits_at",
        "closed",
        "conversations",
        "headers",
        "link",
        "malformed",
        "topics",
        "viewer",
    )

    def __init__(self, link: Link, viewer: Viewer, headers: Mapping[str, str]) -> None:
        """Make the connection of `viewer`; `headers` are kept to ask again who that is."""
        self.link = link
        self.viewer = viewer
        self.headers = headers
        self.closed = False
        # Frames in a row that were not of the protocol.
        self.malformed = 0
        self.topics: set[Topic] = set()
        # Opened conversations, each with the id of the listing above it.
        self.conversations: dict[str, str] = {}
        self._credits = MOST_CREDITS
        self._credits_at = monotonic()

    def tell(self, event: Event) -> None:
        """Send `event` to this client alone."""
        self.write(event_frame(event))

    def write(self, made: Frame) -> None:
        """Send a frame, unless the socket is being closed."""
        if not self.closed:
            self.link.write(made)

    def close(self, code: int) -> None:
        """Close the socket: from now on nothing more is sent to it."""
        if not self.closed:
            self.closed = True
            self.link.close(code)

    def spend(self, credits_: float) -> bool:
        """Take the price of a command; False if it cannot be paid, which costs a credit too."""
        at = monotonic()
        earned = (at - self._credits_at) * CREDITS_PER_SECOND
        self._credits = min(MOST_CREDITS, self._credits + earned)
        self._credits_at = at
        paid = self._credits >= credits_
        self._credits -= credits_ if paid else 1.0
        return paid

    def fine(self, credits_: float) -> None:
        """Take the price of a fault, whether it can be paid or not."""
        self._credits -= credits_

    @property
    def bankrupt(self) -> bool:
        """Whether the client has gone on asking after it was refused."""
        return self._credits < WORST_CREDITS

    @property
    def retry_after(self) -> int:
        """The seconds after which a usual command can be paid again, at least 1."""
        return max(1, round((5.0 - self._credits) / CREDITS_PER_SECOND))
