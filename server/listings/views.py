"""A listing as one reader sees it: with what they may do, and with their own conversations under it."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from realtime.backend import Viewer
from realtime.refusals import NotFound
from realtime.shapes import Conversation, ListingState
from server.articles.asking import allow
from server.board import shaping
from server.board.finding import Posted, author_of, find_listing, require
from server.board.inbox import Beneath, conversations
from server.board.models import ConversationRow, ListingRow, ParticipantRow
from server.database import Session
from server.listings.schemas import ListingView, MemberListings, OwnListings
from server.members.models import MemberRow
from server.policy.listings import ALIVE
from server.policy.matrix import may
from server.site import Site

Asked = Literal["edit", "close", "reopen", "renew", "delete", "answer", "moderate"]
ASKED: Final[tuple[Asked, ...]] = ("edit", "close", "reopen", "renew", "delete", "answer", "moderate")


class Share(NamedTuple):
    """What a listing has for one reader: their own dialog, or the author's dialogs, and what waits unread."""

    dialog: str | None = None
    dialogs: Sequence[Conversation] = ()
    thread_unread: int = 0


async def view(site: Site, viewer: Viewer, listing: str) -> ListingView:
    """Return the listing as `viewer` sees it. Raises `NotFound` if they may not, and what `allow` raises."""
    async with site.database.read() as session:
        posted = await find_listing(session, listing)
        require(viewer, "read", posted)
        if posted.row.kind in shaping.ARTICLES:
            await allow(site, viewer, posted.row.text)
        return await view_of(session, viewer, posted)


async def own(site: Site, viewer: Viewer) -> OwnListings:
    """Return all listings of `viewer` but the deleted, newest first."""
    if viewer.member is None:
        return OwnListings(listings=[])
    async with site.database.read() as session:
        author = await author_of(session, viewer.member.id)
        rows = await session.exec(_newest(author.id).where(col(ListingRow.state) != ListingState.DELETED))
        # A hundred articles and all that came before: as HTML they would keep everybody waiting.
        return OwnListings(listings=[shaping.listing(row, author, rendered=False) for row in rows])


async def of_member(site: Site, member: str) -> MemberListings:
    """Return what a member has on the map, newest first; it is 100 at most. Raises `NotFound`."""
    async with site.database.read() as session:
        author, rows = await on_the_map(session, member)
        return MemberListings(listings=[shaping.pin(row, author) for row in rows])


async def on_the_map(session: Session, member: str) -> tuple[MemberRow, list[ListingRow]]:
    """Return a member and their listings that are on the map, newest first. Raises `NotFound`."""
    author = await session.get(MemberRow, member)
    if author is None or author.verified_at is None:
        raise NotFound("not_found")
    rows = await session.exec(_newest(member).where(col(ListingRow.state).in_(ALIVE)))
    return author, [row for row in rows if shaping.has_pin(row, author)]


async def view_of(
    session: Session, viewer: Viewer, posted: Posted, said: Beneath | None = None
) -> ListingView:
    """Return the listing as `viewer`, who may read it, sees it in this transaction.

    `said` is what is said under it, if the caller has read that: then its author needs no other reading.
    """
    row = posted.row
    facts = posted.facts
    is_author = viewer.member is not None and viewer.member.id == row.author_id
    share = (
        _authors_share(viewer, row, said)
        if is_author and said is not None
        else await _share(session, viewer, row)
    )
    return ListingView(
        listing=shaping.listing(row, posted.author),
        may=[verb for verb in ASKED if may(viewer, verb, facts)],
        dialog=share.dialog,
        dialogs=[*share.dialogs],
        thread_unread=share.thread_unread,
        hidden_reason=row.hidden_reason if is_author or viewer.moderator else None,
    )


def _newest(member: str) -> SelectOfScalar[ListingRow]:
    theirs = select(ListingRow).where(col(ListingRow.author_id) == member)
    return theirs.order_by(col(ListingRow.created_at).desc(), col(ListingRow.id).desc())


async def _share(session: Session, viewer: Viewer, row: ListingRow) -> Share:
    """Return what is the reader's own under the listing."""
    if viewer.member is None:
        return Share()
    unread = await _unread(session, viewer.member.id, row.thread_id)
    if viewer.member.id == row.author_id:
        # Nobody answers themselves.
        return Share(dialogs=await _dialogs(session, row), thread_unread=unread)
    return Share(dialog=await _dialog(session, viewer.member.id, row), thread_unread=unread)


def _authors_share(author: Viewer, row: ListingRow, said: Beneath) -> Share:
    place = said.place(row.thread_id, row.author_id)
    return Share(dialogs=said.dialogs(author), thread_unread=place.unread if place else 0)


async def _dialog(session: Session, member: str, row: ListingRow) -> str | None:
    dialog = select(ConversationRow.id).where(
        col(ConversationRow.listing_id) == row.id, col(ConversationRow.answerer_id) == member
    )
    return (await session.exec(dialog)).one_or_none()


async def _dialogs(session: Session, row: ListingRow) -> list[Conversation]:
    """Return the author's dialogs under the listing, last active first; one without a word is none yet."""
    return await conversations(
        session,
        col(ListingRow.id) == row.id,
        col(ParticipantRow.member_id) == row.author_id,
        col(ConversationRow.answerer_id).is_not(None),
    )


async def _unread(session: Session, member: str, thread: str) -> int:
    place = await session.get(ParticipantRow, (thread, member))
    return place.unread if place else 0
