"""What comes in and goes out for moderators."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from realtime.shapes import FeedItem, Id, Paragraphs, Person, Shape

Reason = Annotated[Paragraphs, Field(min_length=3, max_length=500)]


def _utc(moment: datetime) -> datetime:
    """Return `moment` in UTC. Raises `ValueError` for one that UTC's calendar does not have."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
FeedKind = Literal["listing", "message"]


class FeedQuery(Shape):
    """A page of the feed: newest first, before a moment, in a GeoJSON area or (null) everywhere."""

    before: Moment | None = None
    area: dict[str, Any] | None = None
    kinds: Annotated[frozenset[FeedKind], Field(min_length=1)] = frozenset({"listing", "message"})
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class FeedPage(Shape):
    """A page of the feed, newest first."""

    items: list[FeedItem]
    earlier: bool


class Sanction(Shape):
    """Why something is hidden or restored: told to its author, kept in the audit."""

    reason: Reason


class AuditLine(Shape):
    """One thing a moderator did. Lines are only ever added."""

    id: Id
    at: datetime
    moderator: Person
    action: Literal["hide", "restore"]
    subject: FeedKind
    subject_id: Id
    reason: str


class Audit(Shape):
    """The latest audit lines, newest first."""

    lines: list[AuditLine]
