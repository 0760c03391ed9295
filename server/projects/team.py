"""Who is behind a project: its owner, and who joined them by the code that the owner gave them."""

import hmac
import secrets
from typing import Final

from sqlalchemy import delete
from sqlmodel import col

from realtime.backend import Viewer
from realtime.refusals import Conflict, Forbidden, Invalid
from server.board.projects import TeamRow
from server.clock import now
from server.database import Session
from server.inserting import insert_new
from server.members.finding import oneself
from server.projects import letters
from server.projects.finding import Project, find_project, member_of, require
from server.projects.following import take_part
from server.projects.progress import tell
from server.projects.schemas import ProjectView, TeamLink
from server.projects.tasks import let_go
from server.projects.views import view_of
from server.site import Site

MOST: Final = 50
_CODE_BYTES: Final = 16


async def link(site: Site, viewer: Viewer, project: str) -> TeamLink:
    """Return the code by which others join the team, made when it is asked for first."""
    async with site.database.write() as session:
        found = await find_project(session, project, lock=True)
        require(viewer, "invite", found)
        if found.terms.team_code is None:
            found.terms.team_code = secrets.token_urlsafe(_CODE_BYTES)
        return TeamLink(code=found.terms.team_code)


async def join(site: Site, viewer: Viewer, project: str, code: str) -> ProjectView:
    """Join the team by its code. Who is in it already stays so.

    Raises `Invalid` for another code, `Conflict` if the project is over or has 50 behind it.
    """
    async with site.database.write() as session:
        member = await oneself(session, member_of(viewer))
        found = await find_project(session, project, lock=True)
        require(viewer, "read", found)
        if member.id in found.posted.team:
            return await view_of(session, viewer, found)
        require(viewer, "join", found)
        if not hmac.compare_digest(code, found.terms.team_code or ""):
            raise Invalid("wrong_code", field="code")
        if len(found.posted.team) >= MOST:
            raise Conflict("team_full", max=MOST)
        row = TeamRow(listing_id=project, member_id=member.id, role="member", since=now())
        await insert_new(session, row)
        await take_part(session, found, member.id)
        await letters.joined(session, site.settings, found, member)
        joined = await find_project(session, project)
        await tell(session, joined)
        return await view_of(session, viewer, joined)


async def take_out(site: Site, viewer: Viewer, project: str, member: str) -> None:
    """Take somebody out of the team, as its owner, or leave it. The code that they know ends with that.

    What they still ask for is theirs from then on, and no task any more. Raises `Conflict` for the owner, who
    cannot. Done already, nothing happens.
    """
    async with site.database.write() as session:
        me = member_of(viewer)
        found = await find_project(session, project, lock=True)
        require(viewer, "list", found)
        if me not in {member, found.owner.id}:
            raise Forbidden("not_yours")
        if member == found.owner.id:
            raise Conflict("owner_stays")
        if member in found.posted.team:
            await drop(session, found, member)
            await let_go(session, found)
            await tell(session, found)


async def drop(session: Session, project: Project, member: str) -> None:
    """Take somebody out of the team of a locked project, if they are in it; the code that they know ends."""
    if member in project.posted.team:
        project.terms.team_code = None
        await session.exec(
            delete(TeamRow).where(col(TeamRow.listing_id) == project.id, col(TeamRow.member_id) == member)
        )
