"""The moderators' feed by pages: listings, public messages and disputes, newest first, in an area or not.

The live feed (`realtime.protocol.Feed`) goes on from where the first page begins.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from geo.areas import Area, InvalidArea
from geo.position import Point
from realtime.backend import Viewer
from realtime.exchanges import ExchangeState
from realtime.refusals import Forbidden, Invalid
from realtime.shapes import FeedItem, ListingState
from server.board import shaping
from server.board.exchanges import ExchangeRow, StepRow
from server.board.finding import stream
from server.board.models import ConversationRow, ListingRow, MessageRow
from server.database import Session
from server.members.models import MemberRow
from server.moderation.schemas import FeedKind, FeedPage, FeedQuery
from server.policy.matrix import may
from server.policy.site import NEIGHBOURHOOD
from server.site import Site


async def page(site: Site, viewer: Viewer, query: FeedQuery) -> FeedPage:
    """Return a page of the feed.

    Raises `Forbidden` for who is no moderator, `Invalid` for an area that is none.

    Items of one and the same moment are never parted, since the next page begins before a moment: a page may
    be longer than asked for by those.
    """
    if not may(viewer, "moderate", NEIGHBOURHOOD):
        raise Forbidden("moderators_only")
    area = _area(query.area)
    async with site.database.read() as session:
        found = [await _newest(session, kind, area, query) for kind in sorted(query.kinds)]
    items = sorted((item for some in found for item in some), key=_newest_first, reverse=True)
    size = _whole_moments(items, query.limit)
    return FeedPage(items=items[:size], earlier=len(items) > size)


def _newest_first(item: FeedItem) -> tuple[datetime, str]:
    return item.created_at, item.id


def _whole_moments(items: list[FeedItem], limit: int) -> int:
    """Return how many of `items` make a page: `limit`, and whatever is of the same moment as its last."""
    size = min(limit, len(items))
    while 0 < size < len(items) and items[size].created_at == items[size - 1].created_at:
        size += 1
    return size


async def _newest(session: Session, kind: FeedKind, area: Area | None, query: FeedQuery) -> list[FeedItem]:
    """Return the newest items of one kind in the area: enough of them to know whether there are more."""
    items: list[FeedItem] = []
    async with aclosing(_items(session, kind, area, query.before)) as found:
        async for item in found:
            if area is not None and not area.contains(Point(item.lon, item.lat)):
                continue
            if len(items) > query.limit and item.created_at != items[-1].created_at:
                break
            items.append(item)
    return items


async def _items(
    session: Session, kind: FeedKind, area: Area | None, before: datetime | None
) -> AsyncGenerator[FeedItem]:
    """Yield the items of one kind near the area, newest first."""
    match kind:
        case "listing":
            async with aclosing(stream(session, _listings(area, before))) as listings:
                async for row in listings:
                    yield shaping.listing_in_feed(*row)
        case "message":
            async with aclosing(stream(session, _messages(area, before))) as messages:
                async for said in messages:
                    yield shaping.message_in_feed(*said)
        case "dispute":
            async with aclosing(stream(session, _disputes(area, before))) as disputes:
                async for dispute in disputes:
                    yield shaping.dispute_in_feed(*dispute)


def _listings(area: Area | None, before: datetime | None) -> Select[ListingRow, MemberRow]:
    """Return the question for listings with their authors, newest first, those near the area."""
    found = (
        select(ListingRow, MemberRow)
        .join(MemberRow, col(MemberRow.id) == col(ListingRow.author_id))
        .where(col(ListingRow.state) != ListingState.DELETED, *_near(area))
        .order_by(col(ListingRow.created_at).desc(), col(ListingRow.id).desc())
    )
    return found if before is None else found.where(col(ListingRow.created_at) < before)


def _messages(area: Area | None, before: datetime | None) -> Select[MessageRow, MemberRow, ListingRow]:
    """Return the question for public messages, their authors and listings, newest first, near the area."""
    found = (
        select(MessageRow, MemberRow, ListingRow)
        .join(MemberRow, col(MemberRow.id) == col(MessageRow.author_id))
        .join(ConversationRow, col(ConversationRow.id) == col(MessageRow.conversation_id))
        .join(ListingRow, col(ListingRow.id) == col(ConversationRow.listing_id))
        .where(
            col(ConversationRow.answerer_id).is_(None),
            col(MessageRow.deleted_at).is_(None),
            col(ListingRow.state) != ListingState.DELETED,
            *_near(area),
        )
        .order_by(col(MessageRow.created_at).desc(), col(MessageRow.id).desc())
    )
    return found if before is None else found.where(col(MessageRow.created_at) < before)


def _disputes(
    area: Area | None, before: datetime | None
) -> Select[ExchangeRow, StepRow, MemberRow, ListingRow]:
    """Return the question for disputes, settled ones too, by whom and under what, newest first."""
    found = (
        select(ExchangeRow, StepRow, MemberRow, ListingRow)
        .join(StepRow, col(StepRow.exchange_id) == col(ExchangeRow.id))
        .join(MemberRow, col(MemberRow.id) == col(StepRow.by_id))
        .join(ListingRow, col(ListingRow.id) == col(ExchangeRow.listing_id))
        .where(col(StepRow.state) == ExchangeState.DISPUTED, *_near(area))
        .order_by(col(StepRow.at).desc(), col(ExchangeRow.id).desc())
    )
    return found if before is None else found.where(col(StepRow.at) < before)


def _near(area: Area | None) -> list[ColumnElement[bool]]:
    """Return the condition that a listing lies in one of the boxes around the area."""
    if area is None:
        return []
    boxes = [
        col(ListingRow.lon).between(west, east) & col(ListingRow.lat).between(south, north)
        for west, south, east, north in area.boxes
    ]
    # A point on the antimeridian is kept at -180, and an area that ends at 180 ends on it too.
    edge = [col(ListingRow.lon) == -180.0] if any(east == 180.0 for _, _, east, _ in area.boxes) else []
    poles = [col(ListingRow.lat).in_((-90.0, 90.0))]
    return [or_(*boxes, *edge, *poles)]


def _area(geometry: dict[str, Any] | None) -> Area | None:
    try:
        return Area.from_geojson(geometry) if geometry is not None else None
    except InvalidArea as wrong:
        raise Invalid("invalid_area", field="area") from wrong
