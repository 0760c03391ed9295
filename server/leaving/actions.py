"""A member leaves: in one transaction all is settled, given away and forgotten, or nothing is.

What was said to others stays, under a name that tells nobody who it was; so does the ledger, which knows
members by their id. What they still owe stays booked.
"""

import hmac

from sqlalchemy import delete, update
from sqlmodel import col, select

from geo.position import Point
from geo.privacy import home_cell
from realtime.people import MemberKind
from realtime.refusals import Invalid
from realtime.shapes import ListingState, Precision
from server import catalogue
from server.board.finding import find_listing
from server.board.models import ListingRow
from server.board.naming import tell_the_name
from server.clock import now
from server.database import Session, come_through
from server.exchanges.leaving import rename, settle_for_leaving
from server.leaving.schemas import Farewell, Leaving
from server.listings.actions import take_away
from server.members import sessions
from server.members.actions import settle
from server.members.models import MailTokenRow, MemberRow
from server.photos.attaching import leave_no_photo
from server.projects import leaving as projects
from server.settings import Settings
from server.site import Site
from server.smiles import ledger, purses


async def farewell(site: Site, member_id: str) -> Farewell:
    """Return what leaving asks of a member, and what they leave."""
    async with site.database.read() as session:
        member = await session.get_one(MemberRow, member_id)
        purse = await purses.purse(session, member_id)
    return Farewell(asks="name" if member.password_hash is None else "password", purse=purse)


async def leave(site: Site, member_id: str, given: Leaving) -> None:
    """Have a member leave for good; twice is once.

    Raises `Invalid` unless they give their password, or type their name if they have none.
    """
    async with site.database.read() as session:
        member = await session.get_one(MemberRow, member_id)
    if member.left_at is not None:
        # Let in a moment before they left on another screen: there is nothing left to compare a proof with.
        return
    await _require_proof(site, member, given)
    await come_through(lambda: _leave(site, member_id))


async def _require_proof(site: Site, member: MemberRow, given: Leaving) -> None:
    if member.password_hash is None:
        typed = (given.confirm or "").strip()
        if not hmac.compare_digest(typed.encode(), member.name.encode()):
            raise Invalid("not_your_name", field="confirm")
    elif given.password is None or not await site.passwords.matches(member.password_hash, given.password):
        raise Invalid("wrong_password", field="password")


async def _leave(site: Site, member_id: str) -> None:
    async with site.database.write() as session:
        member = await session.get_one(MemberRow, member_id, with_for_update={"key_share": True})
        if member.left_at is not None:
            return
        # As everywhere listings are locked before what hangs on them, and before the ledger.
        await projects.lock_for_leaving(session, member_id)
        # First, so that it is told first: nothing of what follows reaches their screens.
        await sessions.end(session, member_id)
        await settle_for_leaving(session, site.settings, member_id)
        await projects.settle_for_leaving(session, member_id)
        await ledger.community_takes(session, member_id, key=f"leave:{member_id}")
        await _take_listings_away(session, site.settings, member_id)
        await leave_no_photo(session, member)
        await session.exec(delete(MailTokenRow).where(col(MailTokenRow.member_id) == member_id))
        _forget(site.settings, member)
        await rename(session, member.person())
        await tell_the_name(session, member)


async def _take_listings_away(session: Session, settings: Settings, member: str) -> None:
    """Delete all listings of a member as they would themselves, and forget where they were.

    Those with whom a dialog goes on under one are shown the middle of the town: what is approximate was drawn
    near a home.
    """
    lon, lat = settings.centre
    nowhere = {
        "lon": lon,
        "lat": lat,
        "cell": str(home_cell(Point(lon, lat))),
        "precision": Precision.APPROXIMATE,
    }
    mine = select(ListingRow.id, ListingRow.state).where(col(ListingRow.author_id) == member)
    for listing, state in (await session.exec(mine.order_by(col(ListingRow.id)))).all():
        if state != ListingState.DELETED:
            posted = await find_listing(session, listing, lock=True)
            posted.row.sqlmodel_update(nowhere)
            await take_away(session, posted)
    await session.exec(update(ListingRow).where(col(ListingRow.author_id) == member).values(**nowhere))


def _forget(settings: Settings, member: MemberRow) -> None:
    """Forget of a member whatever tells who they were. Their id stays: history refers to it."""
    member.name = catalogue.translate(member.locale, "leaving.name")
    member.kind = MemberKind.INDIVIDUAL
    # No address, so nobody writes to it or joins by it; and nobody else's.
    member.email = member.id
    member.password_hash = member.invitation = member.verified_at = None
    member.moderator = False
    settle(settings, member, None)
    member.left_at = now()
