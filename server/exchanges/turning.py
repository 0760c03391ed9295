"""What an exchange does to the listing above it: in progress while it is under way, done or open after it."""

from sqlmodel import col, select

from realtime.shapes import Layer, ListingState
from server.board.exchanges import ExchangeRow
from server.board.models import ListingRow
from server.board.news import tell_listing
from server.board.projects import RECOUNT
from server.database import Session
from server.exchanges.finding import Bound
from server.exchanges.states import HELD
from server.outbox import enqueue
from server.policy.listings import ALIVE


async def begin(session: Session, bound: Bound) -> None:
    """Turn an open listing to "in progress", on every screen at once."""
    listing = bound.talk.posted.row
    if listing.state == ListingState.OPEN:
        bound.row.began_listing = True
        await _turn(session, bound, ListingState.IN_PROGRESS)


async def stand(session: Session, listing: ListingRow) -> ListingState:
    """Return as what a locked listing comes back to the map: in progress while what was agreed under it is.

    The end of that turns it on, as if it had been there all the time.
    """
    held = await _held(session, listing.id)
    if held is None:
        return ListingState.OPEN
    held.began_listing = True
    return ListingState.IN_PROGRESS


async def end(session: Session, bound: Bound, *, passed: bool) -> None:
    """Turn the listing on after an exchange under it that was accepted; `passed`: somebody was helped.

    As long as another one is under way it is the end of that one that does. A project counts who helped with
    its task, whether or not the task turns by it.
    """
    began, bound.row.began_listing = bound.row.began_listing, False
    other = await _held(session, bound.row.listing_id, besides=bound.row.id)
    listing = bound.talk.posted.row
    if other is not None:
        other.began_listing |= began
    to = None if other is not None else _after(listing, began=began, passed=passed)
    if to is not None:
        await _turn(session, bound, to)
    elif passed and listing.project_id is not None:
        await enqueue(session, RECOUNT, {"project": listing.project_id})


def _after(listing: ListingRow, *, began: bool, passed: bool) -> ListingState | None:
    """Return what a listing under which nothing is under way any more turns to; none: it stays as it is."""
    if passed and listing.kind == Layer.REQUEST and ListingState(listing.state) in ALIVE:
        return ListingState.DONE
    return ListingState.OPEN if began and listing.state == ListingState.IN_PROGRESS else None


async def _turn(session: Session, bound: Bound, state: ListingState) -> None:
    posted = bound.talk.posted
    posted.row.state = state
    posted.row.version += 1
    await session.flush()
    await tell_listing(session, posted, "done" if state is ListingState.DONE else "ended")


async def _held(session: Session, listing: str, besides: str = "") -> ExchangeRow | None:
    """Return an exchange under a listing, whose lock the caller holds, in which smiles are held."""
    others = select(ExchangeRow).where(
        col(ExchangeRow.listing_id) == listing,
        col(ExchangeRow.id) != besides,
        col(ExchangeRow.state).in_(HELD),
    )
    found = others.order_by(col(ExchangeRow.id)).limit(1).with_for_update(key_share=True)
    return (await session.exec(found.execution_options(populate_existing=True))).first()
