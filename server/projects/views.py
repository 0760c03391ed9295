"""A project as one reader sees it: its terms, who is behind it and who supports it, its tasks and its news.

How much somebody gave stands nowhere here but for themselves: the team reads it in `supports`.
"""

import asyncio
from typing import Any, Final, cast

from sqlalchemy import case, union
from sqlmodel import col, func, select

from realtime.backend import Viewer
from realtime.projects import Progress, Reach
from realtime.shapes import ListingBrief, ListingState
from server.articles.asking import allow
from server.board import shaping
from server.board.exchanges import ExchangeRow
from server.board.models import ListingRow
from server.board.projects import GiftRow, PledgeRow, TeamRow
from server.database import Session
from server.members.models import MemberRow
from server.policy.matrix import may
from server.projects import shaping as supporting
from server.projects.finding import Given, Project, Promised, find_project, require, supports_of
from server.projects.progress import GIVEN, PLEDGED, held, was_helped
from server.projects.schemas import (
    ProjectVerb,
    ProjectView,
    Release,
    Role,
    Support,
    Supporter,
    SupportKind,
    TeamMember,
    Terms,
)
from server.projects.updates import latest
from server.site import Site

MOST_SUPPORTERS: Final = 50
MOST_TASKS: Final = 200
# Pledges, and as many gifts. Of a hundred of them the loop is kept for some 5 ms: then others are served.
MOST_SUPPORTS: Final = 1000
AT_ONCE: Final = 100
_OF_LISTING: Final[tuple[ProjectVerb, ...]] = ("edit", "delete")
_OF_PROJECT: Final[tuple[ProjectVerb, ...]] = (
    "support",
    "update",
    "task",
    "list",
    "close",
    "cancel",
    "decide",
    "invite",
)


async def view(site: Site, viewer: Viewer, project: str) -> ProjectView:
    """Return the project as `viewer` sees it. Raises `NotFound` if they may not, and what `allow` raises."""
    async with site.database.read() as session:
        found = await find_project(session, project)
        require(viewer, "read", found)
        await allow(site, viewer, found.posted.row.text)
        return await view_of(session, viewer, found)


async def supports(site: Site, viewer: Viewer, project: str) -> Support:
    """Return all pledges and gifts, for those behind the project."""
    async with site.database.read() as session:
        found = await find_project(session, project)
        require(viewer, "list", found)
        return await _support(session, viewer, found)


async def view_of(session: Session, viewer: Viewer, project: Project) -> ProjectView:
    """Return the project as `viewer`, who may read it, sees it in this transaction."""
    row, author = project.posted.row, project.posted.author
    mine = Support(pledges=[], gifts=[])
    if viewer.member is not None:
        mine = await _support(session, viewer, project, viewer.member.id)
    promised = any(one.state != "withdrawn" for one in mine.pledges)
    behind = may(viewer, "list", project.facts)
    shown = 0 if row.progress is None else Progress.model_validate(row.progress).supporters
    verbs = [verb for verb in _OF_LISTING if may(viewer, verb, project.posted.facts)]
    return ProjectView(
        listing=shaping.listing(row, author),
        terms=_terms(
            project,
            instructions=promised or behind,
            farewell=behind or bool(mine.pledges or mine.gifts),
        ),
        team=await _team(session, project.id),
        supporters=await _supporters(session, project.id),
        anonymous=max(0, shown - await _count_named(session, project.id)),
        tasks=await _tasks(session, project.id),
        updates=await latest(session, row.thread_id),
        held_smiles=await held(session, project.id),
        mine=mine,
        may=[*verbs, *(verb for verb in _OF_PROJECT if may(viewer, verb, project.facts))],
    )


def _terms(project: Project, *, instructions: bool, farewell: bool) -> Terms:
    row = project.terms
    return Terms(
        reach=Reach(row.reach),
        target_cents=row.target_cents,
        target_smiles=row.target_smiles,
        closes_at=row.closes_at,
        ended_at=row.ended_at,
        instructions=row.instructions if instructions else None,
        release=cast("Release", row.release),
        decide_by=row.decide_by,
        farewell=row.farewell if farewell else None,
    )


async def _support(session: Session, viewer: Viewer, project: Project, member: str | None = None) -> Support:
    pledges, gifts = await supports_of(session, project.id, member, MOST_SUPPORTS)
    # Asked for once: they are the same for all.
    on, found = project.facts, Support(pledges=[], gifts=[])
    for pledge, by in pledges:
        found.pledges.append(supporting.pledge(viewer, Promised(pledge, by, project, on)))
        await _be_interrupted(len(found.pledges))
    for gift, by in gifts:
        found.gifts.append(supporting.gift(viewer, Given(gift, by, project, on)))
        await _be_interrupted(len(found.gifts))
    return found


async def _be_interrupted(done: int) -> None:
    if done % AT_ONCE == 0:
        await asyncio.sleep(0)


async def _team(session: Session, project: str) -> list[TeamMember]:
    found = (
        select(TeamRow, MemberRow)
        .join(MemberRow, col(MemberRow.id) == col(TeamRow.member_id))
        .where(col(TeamRow.listing_id) == project)
        .order_by(case((col(TeamRow.role) == "owner", 0), else_=1), col(TeamRow.since), col(MemberRow.id))
    )
    return [
        TeamMember(person=member.person(), role=cast("Role", row.role), since=row.since)
        for row, member in await session.exec(found)
    ]


async def _supporters(session: Session, project: str) -> list[Supporter]:
    """Return who is thanked by name, the newest first, each once for each way of supporting."""
    found: list[Supporter] = []
    for what, (who, since, named) in _named(project).items():
        at = func.max(since).label("at")
        newest = (
            select(MemberRow, at)
            .join(MemberRow, col(MemberRow.id) == who)
            .where(*named)
            .group_by(col(MemberRow.id))
            .order_by(at.desc())
            .limit(MOST_SUPPORTERS)
        )
        rows = await session.exec(newest)
        found += [Supporter(person=member.person(), what=what, at=moment) for member, moment in rows]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST_SUPPORTERS]


async def _count_named(session: Session, project: str) -> int:
    named = union(*(select(who).where(*these) for who, _, these in _named(project).values())).subquery()
    return (await session.exec(select(func.count()).select_from(named))).one()


def _named(project: str) -> dict[SupportKind, tuple[Any, Any, tuple[Any, ...]]]:
    """Return, by way of supporting, the columns of who and when, and the condition that they are named.

    Who helped with a task never said whether they want to be: they are if they were thanked in words that
    everybody may read, which nobody can under a task that is hidden or deleted.
    """
    tasks = select(ListingRow.id).where(
        col(ListingRow.project_id) == project,
        col(ListingRow.state) != ListingState.DELETED,
        col(ListingRow.hidden_at).is_(None),
    )
    return {
        "pledge": (
            col(PledgeRow.member_id),
            col(PledgeRow.created_at),
            (
                col(PledgeRow.listing_id) == project,
                col(PledgeRow.state).in_(PLEDGED),
                col(PledgeRow.public),
            ),
        ),
        "gift": (
            col(GiftRow.member_id),
            col(GiftRow.created_at),
            (col(GiftRow.listing_id) == project, col(GiftRow.state).in_(GIVEN), col(GiftRow.public)),
        ),
        "task": (
            col(ExchangeRow.helper_id),
            col(ExchangeRow.updated_at),
            (col(ExchangeRow.listing_id).in_(tasks), was_helped(), col(ExchangeRow.thanks).is_not(None)),
        ),
    }


async def _tasks(session: Session, project: str) -> list[ListingBrief]:
    open_first = case((col(ListingRow.state).in_((ListingState.OPEN, ListingState.IN_PROGRESS)), 0), else_=1)
    found = (
        select(ListingRow)
        .where(
            col(ListingRow.project_id) == project,
            col(ListingRow.state) != ListingState.DELETED,
            col(ListingRow.hidden_at).is_(None),
        )
        .order_by(open_first, col(ListingRow.created_at).desc(), col(ListingRow.id))
        .limit(MOST_TASKS)
    )
    return [shaping.brief(row) for row in await session.exec(found)]
