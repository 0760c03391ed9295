"""What anybody may read, for feeds: out of the index where that is enough, else by one statement."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import nlargest
from typing import Final, NamedTuple

import orjson
from sqlalchemy import or_
from sqlmodel import col, select

from geo.index import Placed
from geo.position import Point
from geo.privacy import HomeCell, InvalidHomeCell
from geo.sphere import MILE_M, boxes_around, is_within
from realtime.backend import Viewer
from realtime.pins import EncodedPin, json_of
from realtime.refusals import NotFound
from realtime.shapes import Layer, Listing, ListingState
from server.board import shaping
from server.board.finding import Posted, find_listing, require
from server.board.models import ListingRow, MessageRow
from server.board.projects import ProjectRow
from server.clock import now
from server.database import Session
from server.members.models import MemberRow
from server.policy.listings import ALIVE
from server.policy.matrix import may
from server.site import Site

# Whoever follows a feed asks again within the hour; more than this nobody reads.
MOST_NEWS: Final = 50
MOST_EVENTS: Final = 100
MOST_OF_ONE: Final = 200
_DATED: Final = b'"starts_at":'
_MADE: Final = b'"created_at":"'
_CALLED_OFF: Final = (ListingState.DONE, ListingState.DELETED)
STRANGER: Final = Viewer(address="")


class Found(NamedTuple):
    """A listing, and when anything about it last changed: its text, its state, its photos."""

    listing: Listing
    changed_at: datetime


class ToldBy(NamedTuple):
    """An update of a project, with who wrote it."""

    row: MessageRow
    author: MemberRow


class Project(NamedTuple):
    """A project, when anything about it last changed, its terms, and the thread of its updates."""

    listing: Listing
    changed_at: datetime
    terms: ProjectRow
    thread: str


def cell_of(name: str) -> HomeCell:
    """Return the cell of that name. Raises `NotFound` if there is none."""
    try:
        return HomeCell.parse(name)
    except InvalidHomeCell:
        raise NotFound("not_found") from None


def newest(found: Iterable[Placed[EncodedPin]]) -> list[str]:
    """Return the ids of the newest pins, at most fifty."""
    return [pin_id for _, pin_id in nlargest(MOST_NEWS, ((_made_at(one.pin), one.id) for one in found))]


def _made_at(pin: EncodedPin) -> bytes:
    """Return when a listing was published, in a form that sorts by time.

    Its id, which would too, comes from its author: who makes one up would be the newest for ever. Nothing is
    decoded to tell, and in what somebody typed a quotation mark is escaped.
    """
    begins = pin.index(_MADE) + len(_MADE)
    return pin[begins : pin.index(b'"', begins)]


def soonest(found: Iterable[Placed[EncodedPin]]) -> list[str]:
    """Return the ids of those pins that have a date, the next hundred."""
    dated = [orjson.loads(json_of(placed.pin)) for placed in found if placed.pin.find(_DATED) >= 0]
    dated = [pin for pin in dated if pin.get("starts_at")]
    return [pin["id"] for pin in sorted(dated, key=lambda pin: pin["starts_at"])[:MOST_EVENTS]]


async def listings(site: Site, ids: Sequence[str]) -> list[Found]:
    """Return those of the listings that a stranger may read and that have a pin now, newest first."""
    if not ids:
        return []
    async with site.database.read() as session:
        return await _shown(session, col(ListingRow.id).in_(ids))


async def of_member(site: Site, member_id: str, layers: Sequence[Layer]) -> tuple[MemberRow, list[Found]]:
    """Return a member and their listings, newest first. Raises `NotFound` if there is no such member now."""
    async with site.database.read() as session:
        member = await session.get(MemberRow, member_id)
        if member is None or member.verified_at is None or member.left_at is not None:
            raise NotFound("not_found")
        theirs = col(ListingRow.author_id) == member_id, col(ListingRow.kind).in_(layers)
        return member, await _shown(session, *theirs, col(ListingRow.state).in_(ALIVE))


async def called_off(site: Site, middle: Point, layers: Sequence[Layer]) -> list[Found]:
    """Return the events within a mile that their authors took away before they were over, soonest first."""
    near = [
        col(ListingRow.lon).between(west, east) & col(ListingRow.lat).between(south, north)
        for west, south, east, north in boxes_around(middle, MILE_M)
    ]
    found = await _called_off(site, or_(*near), col(ListingRow.kind).in_(layers))
    return [one for one in found if is_within(middle, Point(one.listing.lon, one.listing.lat))]


async def called_off_by(site: Site, member_id: str, layers: Sequence[Layer]) -> list[Found]:
    """Return the events that a member took away before they were over, soonest first."""
    return await _called_off(site, col(ListingRow.author_id) == member_id, col(ListingRow.kind).in_(layers))


async def project(site: Site, listing: str) -> Project:
    """Return a project that a stranger may read. Raises `NotFound`."""
    async with site.database.read() as session:
        posted = await find_listing(session, listing)
        require(STRANGER, "read", posted)
        terms = await session.get(ProjectRow, listing)
        if terms is None:
            raise NotFound("not_found")
        return Project(*_found(posted.row, posted.author), terms, posted.row.thread_id)


async def event(site: Site, listing: str) -> Found:
    """Return an event that a stranger may read. Raises `NotFound` also for what has no date."""
    async with site.database.read() as session:
        posted = await find_listing(session, listing)
        require(STRANGER, "read", posted)
        if posted.row.starts_at is None:
            raise NotFound("not_found")
        return _found(posted.row, posted.author)


async def with_tasks(site: Site, listing: str) -> list[Found]:
    """Return the project and those of its tasks that have a pin now."""
    async with site.database.read() as session:
        own = (col(ListingRow.id) == listing) | (col(ListingRow.project_id) == listing)
        return await _shown(session, own, col(ListingRow.state).in_(ALIVE))


async def updates(site: Site, thread: str) -> list[ToldBy]:
    """Return what was told to those who follow a project in its `thread`, newest first."""
    told = (
        select(MessageRow, MemberRow)
        .join(MemberRow, col(MemberRow.id) == col(MessageRow.author_id))
        .where(col(MessageRow.conversation_id) == thread, col(MessageRow.update).is_(True))
        .where(col(MessageRow.deleted_at).is_(None), col(MessageRow.hidden_at).is_(None))
        .order_by(col(MessageRow.seq).desc())
        .limit(MOST_NEWS)
    )
    async with site.database.read() as session:
        return [ToldBy(row, author) for row, author in await session.exec(told)]


async def _called_off(site: Site, *which: object) -> list[Found]:
    wanted = (
        select(ListingRow, MemberRow)
        .join(MemberRow, col(MemberRow.id) == col(ListingRow.author_id))
        .where(col(ListingRow.state).in_(_CALLED_OFF), col(ListingRow.expires_at) > now())
        .where(col(ListingRow.starts_at).is_not(None), col(ListingRow.hidden_at).is_(None))
        .where(col(MemberRow.verified_at).is_not(None), col(MemberRow.left_at).is_(None))
        .where(*which)  # type: ignore[arg-type]
        .order_by(col(ListingRow.starts_at), col(ListingRow.id))
        .limit(MOST_EVENTS)
    )
    found = []
    async with site.database.read() as session:
        for row, author in await session.exec(wanted):
            found.append(_found(row, author))
            await asyncio.sleep(0)
    return found


async def _shown(session: Session, *which: object) -> list[Found]:
    wanted = (
        select(ListingRow, MemberRow)
        .join(MemberRow, col(MemberRow.id) == col(ListingRow.author_id))
        .where(*which)  # type: ignore[arg-type]
        .order_by(col(ListingRow.created_at).desc(), col(ListingRow.id).desc())
        .limit(MOST_OF_ONE)
    )
    found = []
    for row, author in await session.exec(wanted):
        if shaping.has_pin(row, author) and may(STRANGER, "read", Posted(row, author, frozenset()).facts):
            found.append(_found(row, author))
            # An article may take 30 ms to be rendered: between two of them others are served.
            await asyncio.sleep(0)
    return found


def _found(row: ListingRow, author: MemberRow) -> Found:
    # The version before this one writes `edited_at` alone.
    changed_at = max(filter(None, (row.created_at, row.edited_at, row.changed_at)))
    return Found(shaping.listing(row, author), changed_at)
