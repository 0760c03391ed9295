"""What processes tell each other over the bus.

A signal is written to the outbox in the business transaction and published after it; every process
(the writer too) receives it and does what it says. Signals may be lost, doubled or overtake each other:
versions and sequence numbers make that harmless, and the database is the truth.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from realtime.people import Person
from realtime.protocol import AnyEvent
from realtime.shapes import Conversation, FeedItem, Pin
from realtime.words import Id, Seq, Shape


class PinMoved(Shape):
    """A listing's pin is now `pin` (null: it has none any more, for `reason`)."""

    type: Literal["pin"] = "pin"
    id: Id
    version: int
    pin: Pin | None
    reason: Literal["done", "ended"] = "ended"


class Broadcast(Shape):
    """Deliver `event` to whoever listens to any of `topics`, once each."""

    type: Literal["broadcast"] = "broadcast"
    topics: list[str]
    event: AnyEvent
    # Members who must not get it though they listen: the one who is typing, say.
    except_members: tuple[Id, ...] = ()


class Announced(Shape):
    """Tell `event` to every socket: what anybody may know, and what is too rare to be listened for."""

    type: Literal["announced"] = "announced"
    event: AnyEvent


class FeedNews(Shape):
    """Show `item` to the moderators whose area holds it."""

    type: Literal["feed"] = "feed"
    item: FeedItem


class AuthorNews(Shape):
    """Show moderators who follow a feed `author` as they are by now, in all lines of theirs."""

    type: Literal["author"] = "author"
    author: Person


class InboxNews(Shape):
    """Bring a conversation up to date in the inboxes of many, each with their own count of what waits.

    `conversation` has none unread and the version of one who has read nothing. `places` are by member how
    many messages wait for them and how far they have read, which the version rises by.
    """

    type: Literal["inbox"] = "inbox"
    conversation: Conversation
    places: dict[Id, tuple[int, Seq]]


class RightsChanged(Shape):
    """Ask the policy again for each listener of `topic`; who may no more is told `event` and dropped."""

    type: Literal["rights"] = "rights"
    topic: str
    event: AnyEvent | None = None


class IdentityChanged(Shape):
    """Close the sockets of `member` (only those of `session`, if given): who they are has changed."""

    type: Literal["identity"] = "identity"
    member: Id
    session: str | None = None


class PresenceTold(Shape):
    """In `process`, `member` came into `conversation` or left it."""

    type: Literal["presence"] = "presence"
    process: str
    conversation: Id
    member: Person
    here: bool


class PresenceAsked(Shape):
    """`process` is new or was cut off: tell it who is where."""

    type: Literal["presence_asked"] = "presence_asked"
    process: str


class Heartbeat(Shape):
    """`process` is alive, and the bus carries."""

    type: Literal["heartbeat"] = "heartbeat"
    process: str
    count: int


AnySignal = Annotated[
    PinMoved
    | Broadcast
    | Announced
    | FeedNews
    | AuthorNews
    | InboxNews
    | RightsChanged
    | IdentityChanged
    | PresenceTold
    | PresenceAsked
    | Heartbeat,
    Field(discriminator="type"),
]
SIGNALS: TypeAdapter[AnySignal] = TypeAdapter(AnySignal)
