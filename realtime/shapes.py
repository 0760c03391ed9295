"""What travels: the shapes that the socket, the REST answers and the browser share.

Declared once, here; `server` fills them, `web/src/protocol.ts` is generated from them. A shape holds only
what every one of its readers may see, so that one encoded frame can serve a whole street.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from realtime.exchanges import Card
from realtime.people import Person
from realtime.photos import Photo, PhotoName
from realtime.projects import Progress
from realtime.words import Id, Latitude, Longitude, Seq, Shape


class Layer(StrEnum):
    """The four kinds of listing, each a layer that the viewer shows or hides."""

    REQUEST = "request"
    OFFER = "offer"
    PROJECT = "project"
    MAG = "mag"


class Scale(StrEnum):
    """How far one looks: all within 1,609.344 m, or the five closest however far."""

    MILE = "mile"
    NEAREST = "nearest"


class Category(StrEnum):
    """What a listing is about; which of them a layer knows, `server.listings.categories` says."""

    GARDEN = "garden"
    REPAIR = "repair"
    TRANSPORT = "transport"
    LENDING = "lending"
    CARE = "care"
    TUTORING = "tutoring"
    DIGITAL = "digital"
    PETS = "pets"
    FOOD = "food"
    MOVING = "moving"
    COMPANY = "company"
    CLOTHES = "clothes"
    # Of mags.
    SHOP = "shop"
    RESTAURANT = "restaurant"
    CRAFT = "craft"
    ASSOCIATION = "association"
    EVENT = "event"
    # Of mags and of projects.
    CULTURE = "culture"
    # Of projects.
    SOLIDARITY = "solidarity"
    ENVIRONMENT = "environment"
    EDUCATION = "education"
    SPORT = "sport"
    HERITAGE = "heritage"
    OTHER = "other"


class ListingState(StrEnum):
    """Where a listing is in its life. Only open and in-progress listings have a pin."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    EXPIRED = "expired"
    DELETED = "deleted"


class Precision(StrEnum):
    """How finely a place is shown: a point drawn in its 300 m cell, or the place itself."""

    APPROXIMATE = "approximate"
    EXACT = "exact"


class Place(Shape):
    """A position, GeoJSON's order: degrees of longitude, then latitude."""

    lon: Longitude
    lat: Latitude


class Pin(Shape):
    """A listing as the map and the list show it. `lon`, `lat` are the published point, never a finer one.

    What only some have is absent from the others: `cover` is its first photo, `starts_at` and `ends_at` are
    an event's, `progress` is a project's, and `project` the one whose task a request is.
    """

    id: Id
    kind: Layer
    title: str
    category: Category
    smiles: int
    state: ListingState
    lon: float
    lat: float
    precision: Precision
    author: Person
    created_at: datetime
    expires_at: datetime
    version: int
    cover: PhotoName | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    progress: Progress | None = None
    project: Id | None = None


class Listing(Pin):
    """A listing opened: what its panel shows above the dialog. `hidden` is a moderator's doing.

    The `text` of a mag and of a project is Markdown, and `html` is what it says, fit to be shown.
    """

    text: str
    html: str | None = None
    photos: tuple[Photo, ...] = ()
    thread: Id
    edited_at: datetime | None
    hidden: bool


class MessageState(StrEnum):
    """What is left of a message; its text is null unless visible."""

    VISIBLE = "visible"
    DELETED = "deleted"
    HIDDEN = "hidden"


class Message(Shape):
    """One message of a conversation.

    `seq` is its place in the conversation. `change` is the sequence number of its last change (posting,
    edit, deletion, hiding): every change of a conversation takes the next number, so a reader who has all
    up to `cursor` misses exactly the messages whose `change` is greater.

    A message with a `card` is a step of an exchange: it has no text, and nobody edits or deletes it. An
    `update` is what those behind a project tell its supporters, in its thread.
    """

    id: Id
    conversation: Id
    seq: Seq
    change: Seq
    author: Person
    text: str | None
    state: MessageState
    created_at: datetime
    edited_at: datetime | None
    card: Card | None = None
    update: bool = False


class ListingBrief(Shape):
    """The few words that name a listing in an inbox or a feed."""

    id: Id
    kind: Layer
    title: str
    state: ListingState


class Conversation(Shape):
    """A conversation as one participant's inbox shows it. `other` is null in a public thread.

    `left`: the other one of a dialog is no member any more, and reads nothing of it.
    `version` rises with every change of what is shown here: one of a lower version is late news.
    """

    id: Id
    kind: Literal["thread", "dialog"]
    listing: ListingBrief
    other: Person | None
    left: bool = False
    last: Message | None
    unread: int
    updated_at: datetime
    version: int


class FeedItem(Shape):
    """One line of a moderator's feed: a listing, a public message or a dispute, with where it is.

    Of a dispute the `id` is its exchange's, the `text` why, and `hidden` says that it is over.
    """

    kind: Literal["listing", "message", "dispute"]
    id: Id
    listing: ListingBrief
    author: Person
    text: str
    lon: float
    lat: float
    hidden: bool
    created_at: datetime
    version: int
