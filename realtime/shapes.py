"""What travels: the shapes that the socket, the REST answers and the browser share.

Declared once, here; `server` fills them, `web/src/protocol.ts` is generated from them. A shape holds only
what every one of its readers may see, so that one encoded frame can serve a whole street.
"""

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


class Shape(BaseModel):
    """A wire shape: unknown fields are refused, numbers are finite, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


# Letters by name that show nothing.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# So many marks on one letter no language has (Unicode's stream-safe text, UAX #15, has the same bound), and
# to put thousands in order takes the square of their time.
_MOST_MARKS = 30
# Marks that turn the direction of whatever is written after them, in somebody else's words too.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def _plain_text(text: str) -> str:
    """Return `text` in NFC, refusing control characters: PostgreSQL stores no NUL, screens show none.

    Something of it must be there to be seen.
    """
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t" for c in text):
        raise ValueError("control characters are not text")
    if text and not any(map(_shows, text)):
        raise ValueError("there is nothing to be seen")
    if _is_piled_up(text):
        raise ValueError("too many marks on one letter")
    return unicodedata.normalize("NFC", text)


def _is_piled_up(text: str) -> bool:
    marks = 0
    for letter in () if text.isascii() else text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks > _MOST_MARKS:
            return True
    return False


def _shows(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "CMZ" and letter not in _BLANK


def _unturned(text: str) -> str:
    """Return `text` without marks of direction: a name or a title stands within other people's sentences."""
    return text.translate(_TURNS)


Id = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
Line = Annotated[
    str,
    # Of the Unicode line ends too: the subject of a letter is made of it.
    StringConstraints(strip_whitespace=True, pattern=r"^[^\n\t\u2028\u2029]*$"),
    AfterValidator(_unturned),
    AfterValidator(_plain_text),
]
Paragraphs = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_plain_text)]
Title = Annotated[Line, Field(min_length=3, max_length=80)]
MessageText = Annotated[Paragraphs, Field(min_length=1, max_length=4000)]
Smiles = Annotated[int, Field(ge=0, le=1000, strict=True)]
Seq = Annotated[int, Field(ge=0, le=2**53 - 1, strict=True)]
Longitude = Annotated[float, Field(ge=-180, le=180, strict=True)]
Latitude = Annotated[float, Field(ge=-90, le=90, strict=True)]


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
    """What a request or an offer is about."""

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
    OTHER = "other"


class MemberKind(StrEnum):
    """Who stands behind an account."""

    INDIVIDUAL = "individual"
    BUSINESS = "business"
    ASSOCIATION = "association"


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


class Person(Shape):
    """A member as everybody may see them."""

    id: Id
    name: str
    kind: MemberKind


class Pin(Shape):
    """A listing as the map and the list show it. `lon`, `lat` are the published point, never a finer one."""

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


class Listing(Pin):
    """A listing opened: what its panel shows above the dialog. `hidden` is a moderator's doing."""

    text: str
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


class ListingBrief(Shape):
    """The few words that name a listing in an inbox or a feed."""

    id: Id
    kind: Layer
    title: str
    state: ListingState


class Conversation(Shape):
    """A conversation as one participant's inbox shows it. `other` is null in a public thread.

    `version` rises with every change of what is shown here: one of a lower version is late news.
    """

    id: Id
    kind: Literal["thread", "dialog"]
    listing: ListingBrief
    other: Person | None
    last: Message | None
    unread: int
    updated_at: datetime
    version: int


class FeedItem(Shape):
    """One line of a moderator's feed: a listing or a public message, with where it is."""

    kind: Literal["listing", "message"]
    id: Id
    listing: ListingBrief
    author: Person
    text: str
    lon: float
    lat: float
    hidden: bool
    created_at: datetime
    version: int
