"""A project's tasks: requests of those behind it, counted anew by it whenever one of them turns."""

from typing import Any, Final

from sqlmodel import col, select

from realtime.shapes import ListingState
from server.board.finding import find_listing
from server.board.models import ListingRow
from server.board.news import tell_listing
from server.board.projects import RECOUNT, TeamRow
from server.database import Session
from server.jobs import job
from server.projects.finding import Project, find_project
from server.projects.progress import tell
from server.site import Site

# Nobody has done it or promised to.
_ASKED_FOR: Final = (ListingState.OPEN, ListingState.EXPIRED)


@job(RECOUNT)
async def count_anew(site: Site, payload: dict[str, Any]) -> None:
    """Count a project anew after one of its tasks has changed, and tell of it.

    Also if as many are done as before: who has its page open asks anew once its version is higher.
    """
    async with site.database.write() as session:
        project = await find_project(session, payload["project"], lock=True)
        # Its tasks outlive it, and nobody is told of it again.
        if project.posted.row.state != ListingState.DELETED:
            await let_go(session, project)
            await tell(session, project)


async def let_go(session: Session, project: Project) -> None:
    """Have what outsiders ask for be no task of a locked project any more, unless somebody is at it.

    What somebody was at, or had done, when its author left the team may be asked for again later.
    """
    behind = select(TeamRow.member_id).where(col(TeamRow.listing_id) == project.id)
    theirs = select(ListingRow.id).where(
        col(ListingRow.project_id) == project.id,
        col(ListingRow.state).in_(_ASKED_FOR),
        col(ListingRow.author_id).not_in(behind),
    )
    for task in (await session.exec(theirs.order_by(col(ListingRow.id)))).all():
        posted = await find_listing(session, task, lock=True)
        if posted.row.state in _ASKED_FOR:
            posted.row.project_id = None
            posted.row.version += 1
            await session.flush()
            await tell_listing(session, posted)
