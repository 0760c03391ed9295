"""When an event begins and ends. Only a mag is an event, and its pin stands until it is over."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from realtime.refusals import Invalid
from realtime.shapes import Category, Layer
from server.board.models import ListingRow
from server.clock import now
from server.listings.schemas import ListingChange, ListingDraft

USUAL_LENGTH: Final = timedelta(hours=3)
# Ahead, and for what goes on already, back.
FARTHEST: Final = timedelta(days=2 * 366)


class Dates(NamedTuple):
    """When it begins and ends; both null for what is no event."""

    starts_at: datetime | None
    ends_at: datetime | None


def dates_of(draft: ListingDraft) -> Dates:
    """Return the dates of what is to be published. Raises `Invalid` for those that it cannot have."""
    return _dates(draft.kind, draft.category, draft.starts_at, draft.ends_at)


def dates_after(row: ListingRow, change: ListingChange) -> Dates:
    """Return the dates of a listing after `change`. Raises `Invalid` for those that it cannot have."""
    given = change.model_fields_set
    if not given & {"starts_at", "ends_at", "category"}:
        return Dates(row.starts_at, row.ends_at)
    starts_at = change.starts_at if "starts_at" in given else row.starts_at
    ends_at = change.ends_at if "ends_at" in given or starts_at is None else row.ends_at
    return _dates(Layer(row.kind), change.category or Category(row.category), starts_at, ends_at)


def require_ahead(dates: Dates) -> None:
    """Raise `Invalid` for an event that is over by now. One that has begun is worth telling of."""
    if dates.ends_at is not None and dates.ends_at <= now():
        raise Invalid("event_over", field="ends_at")


def _dates(kind: Layer, category: Category, starts_at: datetime | None, ends_at: datetime | None) -> Dates:
    if kind is not Layer.MAG and (starts_at or ends_at):
        raise Invalid("dates_elsewhere", field="starts_at")
    if starts_at is None:
        if ends_at is not None or category is Category.EVENT:
            raise Invalid("starts_at_needed", field="starts_at")
        return Dates(None, None)
    _require_near("starts_at", starts_at)
    ends_at = ends_at or starts_at + USUAL_LENGTH
    _require_near("ends_at", ends_at)
    if ends_at < starts_at:
        raise Invalid("ends_before_start", field="ends_at")
    return Dates(starts_at, ends_at)


def _require_near(field: str, moment: datetime) -> None:
    if abs(moment - now()) > FARTHEST:
        raise Invalid("event_far", field=field)
