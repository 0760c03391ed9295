"""What everybody may know of a member's exchanges: how often, and how it went."""

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from realtime.exchanges import ExchangeState
from realtime.refusals import NotFound
from realtime.shapes import ListingState
from server.board import shaping
from server.board.exchanges import ExchangeRow
from server.board.models import ListingRow
from server.database import Session
from server.exchanges.schemas import Thanks, Trust
from server.members.models import MemberRow
from server.site import Site

MOST_THANKS = 20

# In these somebody was helped.
_HELPED = (col(ExchangeRow.state) == ExchangeState.CONFIRMED) | (
    (col(ExchangeRow.state) == ExchangeState.SETTLED) & (col(ExchangeRow.to_helper) > 0)
)
_MISSED = col(ExchangeRow.state) == ExchangeState.RETURNED


async def trust(site: Site, member: str) -> Trust:
    """Return how often a member helped, was helped and did not come. Raises `NotFound`."""
    async with site.database.read() as session:
        row = await session.get(MemberRow, member)
        if row is None or row.verified_at is None:
            raise NotFound("not_found")
        return Trust(
            helped=await _count(session, _HELPED, col(ExchangeRow.helper_id) == member),
            was_helped=await _count(session, _HELPED, col(ExchangeRow.beneficiary_id) == member),
            no_shows=await _count(session, _MISSED, col(ExchangeRow.helper_id) == member),
            member_since=row.created_at,
            thanks=await _thanks(session, member),
        )


async def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return (await session.exec(select(func.count()).select_from(ExchangeRow).where(*where))).one()


async def _thanks(session: Session, helper: str) -> list[Thanks]:
    """Return the latest words of thanks, without those under a listing that nobody else can read."""
    found = (
        select(ExchangeRow, MemberRow, ListingRow)
        .join(MemberRow, col(MemberRow.id) == col(ExchangeRow.beneficiary_id))
        .join(ListingRow, col(ListingRow.id) == col(ExchangeRow.listing_id))
        .where(
            col(ExchangeRow.helper_id) == helper,
            col(ExchangeRow.thanks).is_not(None),
            col(ListingRow.hidden_at).is_(None),
            col(ListingRow.state) != ListingState.DELETED,
        )
        .order_by(col(ExchangeRow.ended_at).desc(), col(ExchangeRow.id).desc())
        .limit(MOST_THANKS)
    )
    return [
        Thanks(
            words=row.thanks or "",
            by=beneficiary.person(),
            at=row.ended_at or row.updated_at,
            listing=shaping.brief(listing),
        )
        for row, beneficiary, listing in await session.exec(found)
    ]
