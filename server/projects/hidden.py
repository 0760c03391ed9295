"""What supporters still have in projects that moderators have hidden: theirs to see, and to take back.

Nothing is shown of the project itself but whose it is, which their statement says as well: neither what is
written in it nor how it wants to be paid.
"""

from datetime import datetime, timedelta

from sqlmodel import col, or_, select

from realtime.backend import Viewer
from realtime.projects import Outcome
from server.board.models import ListingRow
from server.board.projects import GiftRow, PledgeRow
from server.clock import now
from server.database import Session
from server.projects import shaping
from server.projects.finding import Given, Project, Promised, find_project, member_of, supports_of
from server.projects.schemas import HiddenProject, HiddenProjects, Support
from server.settings import Settings
from server.site import Site

MOST_PROJECTS = 100


async def hidden_projects(site: Site, viewer: Viewer) -> HiddenProjects:
    """Return hidden projects in which something of `viewer` is promised or held, the last hidden first."""
    member = member_of(viewer)
    waiting = or_(
        col(ListingRow.id).in_(
            select(PledgeRow.listing_id).where(PledgeRow.member_id == member, PledgeRow.state == "promised")
        ),
        col(ListingRow.id).in_(
            select(GiftRow.listing_id).where(GiftRow.member_id == member, GiftRow.state == "held")
        ),
    )
    wanted = (
        select(ListingRow.id)
        .where(col(ListingRow.hidden_at).is_not(None), waiting)
        .order_by(col(ListingRow.hidden_at).desc(), col(ListingRow.id))
        .limit(MOST_PROJECTS)
    )
    async with site.database.read() as session:
        found = (await session.exec(wanted)).all()
        projects = [await _shape(session, site.settings, viewer, one) for one in found]
    return HiddenProjects(projects=projects)


async def _shape(session: Session, settings: Settings, viewer: Viewer, listing: str) -> HiddenProject:
    project = await find_project(session, listing)
    pledges, gifts = await supports_of(session, project.id, member_of(viewer))
    on = project.facts
    promises_until, smiles_until = _until(settings, project)
    return HiddenProject(
        id=project.id,
        owner=project.owner.person(),
        promises_until=promises_until,
        smiles_until=smiles_until,
        mine=Support(
            pledges=[shaping.pledge(viewer, Promised(row, by, project, on)) for row, by in pledges],
            gifts=[shaping.gift(viewer, Given(row, by, project, on)) for row, by in gifts],
        ),
    )


def _until(settings: Settings, project: Project) -> tuple[datetime | None, datetime | None]:
    """Return when promises end by the clock and smiles come back by it, if the project stays hidden."""
    terms = project.terms
    hidden_at = project.posted.row.hidden_at or now()
    ends = hidden_at + timedelta(days=settings.project_decide_days)
    promises = ends if terms.outcome == Outcome.OPEN else None
    smiles = ends if terms.release == "waiting" else None
    if smiles is not None and terms.decide_by is not None:
        smiles = min(smiles, terms.decide_by)
    return promises, smiles
