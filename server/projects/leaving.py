"""When somebody leaves 1Mile: what they gave and promised to projects, and the teams that they are in.

Their own projects are cancelled by being taken away: the donations go to the owner's account and the smiles
to their purse, and nobody else is bound by what they promised to supporters.
"""

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select

from server.board.models import ListingRow
from server.board.projects import GiftRow, PledgeRow, TeamRow
from server.database import Session
from server.projects import gifts, pledges
from server.projects.finding import Given, find_project, supports_of
from server.projects.progress import PLEDGED, tell
from server.projects.team import drop


async def lock_for_leaving(session: Session, member: str) -> None:
    """Lock, in the order of their ids, all listings of a member and those of the projects they support.

    Also where what they promised has come: who says that it has not after all must see them leave, or be
    seen by them.
    """
    pledged = select(PledgeRow.listing_id).where(
        col(PledgeRow.member_id) == member, col(PledgeRow.state).in_(PLEDGED)
    )
    theirs = or_(col(ListingRow.author_id) == member, col(ListingRow.id).in_(pledged), *_concerned(member))
    await session.exec(select(ListingRow.id).where(theirs).order_by(col(ListingRow.id)).with_for_update())


async def settle_for_leaving(session: Session, member: str) -> None:
    """Return what is held of `member` for projects, withdraw what they promised, take them out of teams.

    What a goal has released already passes. The listings are locked; see `lock_for_leaving`.
    """
    others = select(ListingRow.id).where(or_(*_concerned(member)), col(ListingRow.author_id) != member)
    for project in (await session.exec(others.order_by(col(ListingRow.id)))).all():
        found = await find_project(session, project, lock=True)
        pledged, given = await supports_of(session, project, member)
        for pledge, by in pledged:
            if pledge.state == "promised":
                await pledges.turn(session, pledge, "withdraw", by.id)
        for gift, by in given:
            if gift.state == "held":
                await gifts.bring_home(session, Given(gift, by, found), member)
        await drop(session, found, member)
        await tell(session, await find_project(session, project, lock=True))


def _concerned(member: str) -> list[ColumnElement[bool]]:
    """Return the conditions that a listing is a project in which something of a member's is under way."""
    held = select(GiftRow.listing_id).where(col(GiftRow.member_id) == member, col(GiftRow.state) == "held")
    promised = select(PledgeRow.listing_id).where(
        col(PledgeRow.member_id) == member, col(PledgeRow.state) == "promised"
    )
    teams = select(TeamRow.listing_id).where(col(TeamRow.member_id) == member)
    return [col(ListingRow.id).in_(some) for some in (held, promised, teams)]
