"""What comes in and goes out for moderators."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from realtime.people import Person
from realtime.photos import PhotoName
from realtime.shapes import FeedItem
from realtime.words import Id, Moment, Paragraphs, Shape

Reason = Annotated[Paragraphs, Field(min_length=3, max_length=500)]
FeedKind = Literal["listing", "message", "dispute"]
Deed = Literal["hide", "restore", "look", "settle"]
Subject = Literal["listing", "message", "exchange", "avatar"]


class FeedQuery(Shape):
    """A page of the feed: newest first, before a moment, in a GeoJSON area or (null) everywhere."""

    before: Moment | None = None
    area: dict[str, Any] | None = None
    kinds: Annotated[frozenset[FeedKind], Field(min_length=1)] = frozenset({"listing", "message", "dispute"})
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class FeedPage(Shape):
    """A page of the feed, newest first."""

    items: list[FeedItem]
    earlier: bool


class Sanction(Shape):
    """Why something is hidden or restored: told to its author, kept in the audit."""

    reason: Reason


class AvatarSanction(Sanction):
    """Why an avatar is hidden or restored; `avatar` is the one that was seen, and may be theirs no more."""

    avatar: PhotoName


class HiddenAvatar(Shape):
    """The avatar of a member that moderators have hidden, if there is one, and the reason they gave."""

    avatar: PhotoName | None
    reason: str | None


class AuditLine(Shape):
    """One thing a moderator did. Lines are only ever added. To look into a dispute needs no `reason`.

    `subject_id` is the listing's, the message's, the exchange's; of an avatar, whose it was.
    """

    id: Id
    at: datetime
    moderator: Person
    action: Deed
    subject: Subject
    subject_id: Id
    reason: str


class Audit(Shape):
    """The latest audit lines, newest first."""

    lines: list[AuditLine]
