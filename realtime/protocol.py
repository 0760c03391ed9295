"""The socket's language: every message in both directions and every close code, declared once.

The browser's types (`web/src/protocol.ts`) and the page for readers (`docs/protocol.md`) are generated from
here; a test checks that they are fresh.

Frames are JSON text, one message each, at most 16 KiB inwards. A command may carry `ref`, a number the
client chooses; the answer to it carries the same.

Order. On one socket, `view`, `pin` and `gone` are to be applied in the order they come. Messages of a
conversation may overtake each other between processes: a client ignores one whose `change` is not above its
cursor, applies the one whose `change` is its cursor + 1, and otherwise asks again with `open` and its cursor.
It never has to guess.
"""

from datetime import datetime
from enum import IntEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter

from realtime.exchanges import Purse
from realtime.people import Person
from realtime.photos import PhotoName
from realtime.shapes import Conversation, FeedItem, Layer, Listing, Message, Pin, Place, Scale
from realtime.words import Id, MessageText, Seq, Shape

MAX_FRAME_BYTES = 16_384
NEAREST_COUNT = 5
# Above this many members in one room, who comes and goes is no longer told one by one.
PRESENCE_LIMIT = 50
LIVE_PATH = "/live"
ANONYMOUS_LIVE_PATH = "/live/anyone"
TYPING_SECONDS = 6
TYPING_REPEAT_SECONDS = 4

Ref = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]


class Command(Shape):
    """Something the client asks for."""

    ref: Ref | None = None


class Watch(Command):
    """Look at a place. The first answer is a whole `view`; after a move it holds only the difference.

    A socket has one watch; a new one replaces it. The position is forgotten with the socket.
    """

    type: Literal["watch"] = "watch"
    at: Place
    scale: Scale
    layers: Annotated[frozenset[Layer], Field(max_length=4)]


class Open(Command):
    """Enter a conversation, or come back to it: with `cursor`, only what changed since is sent.

    If this is refused the conversation is closed, also if it was open before.
    """

    type: Literal["open"] = "open"
    conversation: Id
    cursor: Seq | None = None


class Close(Command):
    """Leave a conversation."""

    type: Literal["close"] = "close"
    conversation: Id


class Send(Command):
    """Post a message under an id the client made (UUIDv7): sent twice, it exists once."""

    type: Literal["send"] = "send"
    conversation: Id
    id: Id
    text: MessageText


class Typing(Command):
    """Say that one is typing; to be repeated every 4 s while one is."""

    type: Literal["typing"] = "typing"
    conversation: Id


class Read(Command):
    """Say that one has read up to `seq`."""

    type: Literal["read"] = "read"
    conversation: Id
    seq: Seq


class Feed(Command):
    """Moderators: follow new listings, public messages and disputes, in an area or (null) everywhere.

    `area` is a GeoJSON Polygon or MultiPolygon. Without `kinds` the feed stops.
    """

    type: Literal["feed"] = "feed"
    area: dict[str, Any] | None = None
    kinds: Annotated[frozenset[Literal["listing", "message", "dispute"]], Field(max_length=3)]


class Ping(Command):
    """Ask whether the line is alive: a browser cannot see the protocol's own pings."""

    type: Literal["ping"] = "ping"


AnyCommand = Annotated[Watch | Open | Close | Send | Typing | Read | Feed | Ping, Field(discriminator="type")]
COMMANDS: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


class Event(Shape):
    """Something the server tells."""


class Welcome(Event):
    """The first frame: who the server takes the socket for, and its version.

    The client sends `ping` when it has heard nothing for `heartbeat_seconds`. `paused`: see `Paused`.
    """

    type: Literal["welcome"] = "welcome"
    member: Person | None
    moderator: bool
    now: datetime
    version: str
    heartbeat_seconds: int
    paused: bool


class View(Event):
    """The answer to `watch`. With `reset` the view is exactly `entered`; else it is changed by both lists."""

    type: Literal["view"] = "view"
    ref: Ref | None = None
    reset: bool
    entered: list[Pin]
    left: list[Id]


class PinPut(Event):
    """A pin entered the view or changed in it. It replaces one of a lower version."""

    type: Literal["pin"] = "pin"
    pin: Pin


class PinGone(Event):
    """A pin left the view: it moved or was pushed out (`left`), was done (`done`), or ended otherwise."""

    type: Literal["gone"] = "gone"
    id: Id
    version: int
    reason: Literal["left", "done", "ended"]


class Opened(Event):
    """The answer to `open`.

    With `reset`, forget what you have of this conversation: `messages` are its latest, and `earlier` says
    whether older ones can be had by REST. Without, `messages` are exactly those changed since your cursor.
    `cursor` is the conversation's sequence now. `reads` tells how far each other participant of a private
    dialog has read; `present` who else has the conversation open. `listing_version`: fetch the listing again
    if yours is older.
    """

    type: Literal["opened"] = "opened"
    ref: Ref | None = None
    conversation: Id
    reset: bool
    messages: list[Message]
    cursor: Seq
    earlier: bool
    reads: dict[Id, Seq]
    present: list[Person]
    listing_version: int


class Sent(Event):
    """Your message is stored. Sent again under the same id, this is the same answer."""

    type: Literal["sent"] = "sent"
    ref: Ref | None = None
    message: Message


class MessageChanged(Event):
    """A message of an opened conversation was posted, edited, deleted, hidden or restored.

    Or its author has left, and is called otherwise since: one of their messages tells it for all. In each an
    author is called as in the one of theirs with the highest `change`.
    """

    type: Literal["message"] = "message"
    message: Message


class TypingSeen(Event):
    """Somebody is typing; forget it after 6 s."""

    type: Literal["typing"] = "typing"
    conversation: Id
    member: Person


class ReadSeen(Event):
    """The other has read your dialog up to `seq`."""

    type: Literal["read"] = "read"
    conversation: Id
    member: Id
    seq: Seq


class PresenceChanged(Event):
    """A member came into an opened conversation, or left it."""

    type: Literal["presence"] = "presence"
    conversation: Id
    member: Person
    here: bool


class ListingChanged(Event):
    """The listing above an opened conversation changed."""

    type: Literal["listing"] = "listing"
    listing: Listing


class ListingGone(Event):
    """The listing above an opened conversation can no longer be read; the conversation is closed."""

    type: Literal["listing_gone"] = "listing_gone"
    id: Id


class ListingRestored(Event):
    """To those who take part under a listing that moderators had hidden: they can read it again."""

    type: Literal["listing_restored"] = "listing_restored"
    id: Id


class Activity(Event):
    """To one member, on all their screens: a conversation of theirs has news, or was read elsewhere."""

    type: Literal["activity"] = "activity"
    conversation: Conversation


class PurseChanged(Event):
    """To one member, on all their screens: their smiles. It replaces a purse of a lower version."""

    type: Literal["purse"] = "purse"
    purse: Purse


class AvatarChanged(Event):
    """To everybody: moderators have hidden an avatar, or restored it.

    It is to be shown no more, or again, beside whatever its owner wrote.
    """

    type: Literal["avatar"] = "avatar"
    avatar: PhotoName
    hidden: bool


class FeedSeen(Event):
    """To moderators: a listing, a public message or a dispute is new or changed."""

    type: Literal["feed"] = "feed"
    item: FeedItem


class AuthorChanged(Event):
    """To moderators who follow the feed: somebody is called, or seen, so from now on, in all their lines."""

    type: Literal["author"] = "author"
    author: Person


class Resync(Event):
    """Events may have been missed: after a random delay up to `within_ms`, send `watch` and `open` again."""

    type: Literal["resync"] = "resync"
    within_ms: int


class Paused(Event):
    """Live updates pause: processes do not hear each other. One reads and writes; `resync` ends it."""

    type: Literal["paused"] = "paused"


class Done(Event):
    """A command without another answer was carried out (`feed`, `read`)."""

    type: Literal["done"] = "done"
    ref: Ref | None = None


class Pong(Event):
    """The line is alive."""

    type: Literal["pong"] = "pong"
    ref: Ref | None = None


class Refused(Event):
    """A command was not carried out. `code` is for programs, `title` for the reader, in their language."""

    type: Literal["refused"] = "refused"
    ref: Ref | None = None
    code: str
    title: str


AnyEvent = Annotated[
    Welcome
    | View
    | PinPut
    | PinGone
    | Opened
    | Sent
    | MessageChanged
    | TypingSeen
    | ReadSeen
    | PresenceChanged
    | ListingChanged
    | ListingGone
    | ListingRestored
    | Activity
    | PurseChanged
    | AvatarChanged
    | FeedSeen
    | AuthorChanged
    | Resync
    | Paused
    | Done
    | Pong
    | Refused,
    Field(discriminator="type"),
]
EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


class CloseCode(IntEnum):
    """Why a socket was closed. 4000-4499: come back. 4500-4999: don't, until something has changed."""

    RESTART = 4000, "Come back, with a random delay: the process is going down."
    SLOW = 4001, "Come back and resume: the reader had fallen behind."
    FLOOD = 4002, "Come back after 10 s or more: too many commands."
    IDENTITY = 4003, "Come back at once: who you are has changed (signed out, role given or taken)."
    ORIGIN = 4500, "The page that opened the socket is not ours."
    PROTOCOL = 4501, "Frames that are not of this protocol, again and again, or binary."
    TOO_MANY = 4502, "Too many sockets of one member or address."

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Make the code; its `meaning` is for the readers of the generated pages."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member
