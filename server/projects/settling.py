"""What was given and promised comes to where a project's terms say: each gift and pledge in its own turn.

A project may have thousands of supporters: what ends it only writes down what is to become of all of it, and
this job does it piece by piece, as often as it takes. Interrupted, it goes on; done twice, it is done once.
"""

from functools import partial
from typing import Any, Final, Literal, NamedTuple

from sqlmodel import col, select

from realtime.projects import Outcome
from realtime.shapes import ListingState
from server.board.projects import GiftRow, PledgeRow
from server.database import Session, come_through
from server.jobs import job
from server.projects import pledges
from server.projects.finding import Project, find_gift, find_pledge, find_project
from server.projects.gifts import SETTLE, bring_home, settle_later
from server.projects.progress import tell
from server.site import Site

# As much as a job does at once, far within its lease.
MOST_AT_ONCE: Final = 200


class Piece(NamedTuple):
    """A pledge or a gift that is not where it belongs."""

    kind: Literal["pledge", "gift"]
    id: str


@job(SETTLE)
async def settle(site: Site, payload: dict[str, Any]) -> None:
    """Bring what is held or promised where it belongs by now."""
    left = await _left(site, payload["project"])
    pieces, more = left[:MOST_AT_ONCE], len(left) > MOST_AT_ONCE
    for n, piece in enumerate(pieces, start=1):
        await come_through(partial(_settle, site, piece, last=n == len(pieces), more=more))


async def _left(site: Site, project: str) -> list[Piece]:
    """Return what is not where it belongs: one more than is done at once, if there is more."""
    async with site.database.read() as session:
        found = await find_project(session, project)
        left: list[Piece] = []
        if found.terms.outcome == Outcome.CANCELLED or found.posted.row.state == ListingState.DELETED:
            left += [Piece("pledge", one) for one in await _ids(session, PledgeRow, project, "promised")]
        if found.terms.release != "waiting":
            left += [Piece("gift", one) for one in await _ids(session, GiftRow, project, "held")]
    return left


async def _ids(
    session: Session, kind: type[PledgeRow] | type[GiftRow], project: str, state: str
) -> list[str]:
    found = select(kind.id).where(col(kind.listing_id) == project, col(kind.state) == state)
    return list(await session.exec(found.order_by(col(kind.id)).limit(MOST_AT_ONCE + 1)))


async def _settle(site: Site, piece: Piece, *, last: bool, more: bool) -> None:
    """Settle one piece. With the `last` it is told, all at once: who dies before has left something to do."""
    async with site.database.write() as session:
        project = await _bring(session, piece)
        if last and more:
            await settle_later(session, project)
        if last:
            await tell(session, project)


async def _bring(session: Session, piece: Piece) -> Project:
    if piece.kind == "pledge":
        promised = await find_pledge(session, piece.id)
        if promised.row.state == "promised":
            await pledges.turn(session, promised.row, "withdraw", None)
        return promised.project
    given = await find_gift(session, piece.id)
    if given.row.state == "held":
        await bring_home(session, given)
    return given.project
