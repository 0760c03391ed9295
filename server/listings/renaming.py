"""A member's new name or badge on the pins that show it."""

from typing import Any

from sqlmodel import col, select

from server.board.finding import Posted, author_of
from server.board.models import ListingRow
from server.board.news import tell_listing
from server.jobs import job
from server.members.actions import PERSON_CHANGED
from server.policy import ALIVE
from server.site import Site


@job(PERSON_CHANGED)
async def rename(site: Site, payload: dict[str, Any]) -> None:
    """Tell of each listing of the member that may be on a screen as if it had changed."""
    async with site.database.write() as session:
        author = await author_of(session, payload["member"])
        alive = select(ListingRow).where(
            col(ListingRow.author_id) == author.id, col(ListingRow.state).in_(ALIVE)
        )
        for row in await session.exec(alive.with_for_update()):
            row.version += 1
            tell_listing(session, Posted(row, author, frozenset()))
