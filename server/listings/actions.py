"""What an author does with a listing. Each verb is one transaction, with its news and its jobs."""

from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import bindparam
from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from geo.privacy import HomeCell
from realtime.backend import Viewer
from realtime.refusals import Conflict, Invalid, Unauthenticated
from realtime.shapes import Layer, ListingState, Precision
from server.board.finding import Posted, author_of, find_listing, require
from server.board.inbox import NOTHING_SAID, Beneath
from server.board.models import ConversationRow, ListingRow, ParticipantRow
from server.board.news import close_to_strangers, tell_listing
from server.board.projects import ProjectRow
from server.clock import now
from server.database import Session
from server.exchanges.turning import stand
from server.ids import new_id
from server.inserting import insert, insert_new
from server.listings import projects
from server.listings.dates import dates_after, dates_of, require_ahead
from server.listings.kinds import LIFETIMES, require_fitting
from server.listings.later import watch_for_end
from server.listings.places import drawn, spot
from server.listings.schemas import ListingChange, ListingDraft, ListingView
from server.listings.views import view_of
from server.members.models import MemberRow
from server.photos.attaching import choose, take_photos_away, use
from server.photos.schemas import PhotoChoice
from server.policy.listings import ALIVE
from server.policy.matrix import may
from server.policy.rules import Verb
from server.policy.site import NEIGHBOURHOOD
from server.projects.ending import abandon
from server.projects.terms import begin
from server.site import Site

MOST_ALIVE: Final = 100
_OF_A_PHOTO: Final = tuple(PhotoChoice.model_fields)


async def publish(site: Site, viewer: Viewer, draft: ListingDraft) -> ListingView:
    """Put a listing on the board, with its thread. Sent twice under one id, it exists once.

    Raises `Invalid` for what is not of its kind or over by now, `Conflict` if the id is another listing's or
    the author has 100 listings open.
    """
    if viewer.member is None or not may(viewer, "publish", NEIGHBOURHOOD):
        raise Unauthenticated("sign_in_first")
    require_fitting(draft.kind, draft)
    dates, terms = dates_of(draft), projects.terms_of(draft)
    async with site.database.write() as session:
        author = await author_of(session, viewer.member.id, lock=True)
        where = spot(site.settings, author, draft.place, draft.precision)
        row = _row(author, draft, {**where._asdict(), **dates._asdict(), **projects.shown(terms)})
        chosen = await choose(session, row, author.id, draft.photos)
        if not await insert_new(session, row):
            known = await find_listing(session, draft.id)
            same = _same(known.row, author, draft, {**where._asdict(), **dates._asdict()})
            if not same or (known.row.version == 1 and not await projects.same(session, draft)):
                raise Conflict("id_taken", field="id")
            return await view_of(session, viewer, known)
        require_ahead(dates)
        await projects.require_team(session, viewer, draft)
        await _make_room(session, author, for_one_more=False)
        if chosen:
            await use(session, row, chosen)
        posted = Posted(row, author, frozenset(), frozenset({author.id} if terms else ()))
        await _hang(session, posted, terms)
        return await view_of(session, viewer, posted, NOTHING_SAID)


async def edit(site: Site, viewer: Viewer, listing: str, change: ListingChange) -> ListingView:
    """Change what is given of one's listing.

    Raises `Conflict` if it is no longer the version that the author was looking at, `Invalid` for what is
    not of its kind, `Forbidden` for what of a project is its owner's alone.
    """
    async with site.database.write() as session:
        posted = await _own(session, viewer, listing, "edit")
        if posted.row.version != change.version:
            raise Conflict("changed_meanwhile", version=posted.row.version)
        require_fitting(Layer(posted.row.kind), change)
        ended = posted.row.expires_at
        await projects.change(session, site.settings, viewer, posted, change)
        # What is read meanwhile must not write half of the change: it is counted in the UPDATE that makes it.
        with session.no_autoflush:
            _apply(posted.row, change, {**_moved(site, posted, change), **_dated(posted.row, change)})
            await _rearrange(session, viewer, posted.row, change)
        said = await _changed(session, posted) if session.is_modified(posted.row) else None
        if posted.row.expires_at != ended and posted.row.kind != Layer.PROJECT:
            await watch_for_end(session, posted.row)
        return await view_of(session, viewer, posted, said)


async def close(site: Site, viewer: Viewer, listing: str) -> ListingView:
    """Say that it is done: the pin fades, what is being said goes on."""
    return await _turn(site, viewer, listing, "close")


async def reopen(site: Site, viewer: Viewer, listing: str) -> ListingView:
    """Put a done listing back on the map."""
    return await _turn(site, viewer, listing, "reopen")


async def renew(site: Site, viewer: Viewer, listing: str) -> ListingView:
    """Let it stand from now as long as when it was new, back on the map if it had expired."""
    return await _turn(site, viewer, listing, "renew")


async def delete(site: Site, viewer: Viewer, listing: str) -> None:
    """Take a listing away with its thread. Private dialogs stay with the two who had them."""
    async with site.database.write() as session:
        await take_away(session, await _own(session, viewer, listing, "delete"))


async def take_away(session: Session, posted: Posted) -> None:
    """Take a listing, which is locked, away with its thread; see `delete`."""
    if posted.row.kind == Layer.PROJECT:
        await abandon(session, posted, for_good=True)
    posted.row.state = ListingState.DELETED
    await take_photos_away(session, posted.row)
    await session.flush()
    await close_to_strangers(session, await find_listing(session, posted.row.id))
    await _changed(session, posted)


async def _own(session: Session, viewer: Viewer, listing: str, verb: Verb) -> Posted:
    posted = await find_listing(session, listing, lock=True)
    supported = verb == "delete" and posted.facts.supported
    if supported and viewer.member is not None and viewer.member.id == posted.row.author_id:
        raise Conflict("cancel_first")
    require(viewer, verb, posted)
    return posted


async def _turn(
    site: Site, viewer: Viewer, listing: str, verb: Literal["close", "reopen", "renew"]
) -> ListingView:
    async with site.database.write() as session:
        posted = await _own(session, viewer, listing, verb)
        row = posted.row
        if verb == "close":
            row.state = ListingState.DONE
        else:
            await _stand(session, posted, anew=verb == "renew")
        said = await _changed(session, posted, "done" if verb == "close" else "ended")
        return await view_of(session, viewer, posted, said)


async def _stand(session: Session, posted: Posted, *, anew: bool) -> None:
    """Have the listing stand on the map: as long as when it was new if `anew` or if its time is over."""
    row = posted.row
    if row.state not in ALIVE:
        await _make_room(session, await author_of(session, row.author_id, lock=True))
        row.state = await stand(session, row)
    if anew or row.expires_at <= now():
        row.expires_at = now() + LIFETIMES[Layer(row.kind)]
        await watch_for_end(session, row)


async def _changed(session: Session, posted: Posted, reason: Literal["done", "ended"] = "ended") -> Beneath:
    """Count the change (in the UPDATE that makes it) and tell of it; return what is said under it."""
    posted.row.version += 1
    await session.flush()
    return await tell_listing(session, posted, reason)


async def _make_room(session: Session, author: MemberRow, *, for_one_more: bool = True) -> None:
    """Raise `Conflict` if the author has more listings open than one may. Their row is locked meanwhile."""
    alive = (await session.exec(_alive_of(), params={"author": author.id})).one()
    if alive + for_one_more > MOST_ALIVE:
        raise Conflict("too_many_listings", max=MOST_ALIVE)


# Made once: making these statements takes longer than carrying them out.
@cache
def _alive_of() -> SelectOfScalar[int]:
    count = select(func.count()).select_from(ListingRow)
    return count.where(
        col(ListingRow.author_id) == bindparam("author"), col(ListingRow.state).in_(tuple(ALIVE))
    )


def _row(author: MemberRow, draft: ListingDraft, derived: dict[str, Any]) -> ListingRow:
    at = now()
    stands: dict[str, Any] = {"expires_at": derived["ends_at"] or at + LIFETIMES[draft.kind]}
    return ListingRow(
        author_id=author.id,
        thread_id=new_id(),
        state=ListingState.OPEN,
        created_at=at,
        **draft.model_dump(include={"id", "kind", "title", "text", "category", "smiles", "project_id"}),
        **(stands | derived),
    )


async def _hang(session: Session, posted: Posted, terms: ProjectRow | None) -> None:
    """Give a new listing its thread, in which its author takes part, and its end; tell of it."""
    row = posted.row
    await insert(session, ConversationRow(id=row.thread_id, listing_id=row.id, updated_at=row.created_at))
    await insert(session, ParticipantRow(conversation_id=row.thread_id, member_id=row.author_id))
    if terms is None:
        await watch_for_end(session, row)
    else:
        await begin(session, row, terms)
    await tell_listing(session, posted, said=NOTHING_SAID)


def _same(row: ListingRow, author: MemberRow, draft: ListingDraft, derived: dict[str, Any]) -> bool:
    """Say whether `row` is what publishing `draft` made. Once changed it cannot be compared: then it is."""
    if row.author_id != author.id:
        return False
    if row.version > 1:
        return True
    sent = {**draft.model_dump(exclude={"place", "photos", "project"}), **derived}
    shown = tuple(PhotoChoice(**{name: one[name] for name in _OF_A_PHOTO}) for one in row.photos or ())
    return shown == draft.photos and all(getattr(row, name) == value for name, value in sent.items())


def _moved(site: Site, posted: Posted, change: ListingChange) -> dict[str, Any]:
    """Return where the listing is from now on; empty: where it was."""
    row = posted.row
    precision = change.precision or Precision(row.precision)
    if change.place is not None:
        return spot(site.settings, posted.author, change.place, precision)._asdict()
    if precision == row.precision:
        return {}
    if precision is Precision.EXACT:
        # Only the cell is known: what was clicked is forgotten.
        raise Invalid("place_needed", field="place")
    return drawn(site.settings, posted.author, HomeCell.parse(row.cell))._asdict()


def _dated(row: ListingRow, change: ListingChange) -> dict[str, Any]:
    """Return when it is from now on, and when it ends by that; empty: as it was."""
    dates = dates_after(row, change)
    if dates == (row.starts_at, row.ends_at):
        return {}
    require_ahead(dates)
    return {**dates._asdict(), "expires_at": dates.ends_at or now() + LIFETIMES[Layer(row.kind)]}


def _apply(row: ListingRow, change: ListingChange, derived: dict[str, Any]) -> None:
    wanted = change.model_dump(include={"title", "text", "category", "smiles"}, exclude_none=True)
    wanted |= derived
    news = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    for name, value in news.items():
        setattr(row, name, value)
    if news:
        row.edited_at = now()
    if change.state is not None and change.state != row.state:
        row.state = change.state


async def _rearrange(session: Session, viewer: Viewer, row: ListingRow, change: ListingChange) -> None:
    """Show the photos that are given, in their order, and let go of the others."""
    if change.photos is None or viewer.member is None:
        return
    before = row.photos
    await use(session, row, await choose(session, row, viewer.member.id, change.photos))
    if row.photos != before:
        row.edited_at = now()
