"""Letters about projects: written with what causes them, and reminders by the clock.

Who promised a donation is told how to pay it, at once and once more while it has not come; those behind the
project are told that it was promised. Who gave smiles is told what became of them.
"""

from datetime import timedelta
from typing import Any, Final

from sqlmodel import col, func, select

from realtime.refusals import NotFound
from realtime.shapes import ListingState
from server import mail
from server.board.projects import GiftRow, PledgeRow, TeamRow
from server.board.shaping import address_of
from server.clock import now
from server.database import Session
from server.inserting import insert_new
from server.jobs import job
from server.members.models import MemberRow
from server.outbox import a_job, enqueue, enqueue_all
from server.projects.finding import Project, Promised, find_pledge, find_project
from server.settings import Settings
from server.site import Site

REMIND: Final = "project.remind"
FAREWELL: Final = "project.farewell"
SETTLED: Final = "project.settled"
WRITTEN: Final = "project.written"


async def promised(session: Session, settings: Settings, pledge: Promised) -> None:
    """Write to the supporter how to pay, to the team that there is a pledge, and have the clock remind."""
    await _about_pledge(session, settings, pledge, "project_promised")
    project = pledge.project
    for one in await team(session, project):
        if one.id != pledge.by.id:
            euros = _euros(pledge.row.cents, one.locale)
            other = pledge.by.name
            await write(session, settings, project, one, "project_pledge", other=other, euros=euros)
    await _remind_later(session, settings, pledge, key=f"{REMIND}:{pledge.row.id}")


async def _remind_later(
    session: Session, settings: Settings, pledge: Promised, *, key: str | None = None
) -> None:
    at = now() + timedelta(days=settings.pledge_remind_days)
    await enqueue(session, REMIND, {"pledge": pledge.row.id}, run_at=at, key=key)


async def joined(session: Session, settings: Settings, project: Project, who: MemberRow) -> None:
    """Write to the owner that somebody has joined the team: whoever has got hold of the link can."""
    await write(session, settings, project, project.owner, "project_joined", other=who.name)


async def reached(session: Session, settings: Settings, project: Project) -> None:
    """Write to the team that as many smiles were given as the project wants."""
    for one in await team(session, project):
        await write(
            session, settings, project, one, "project_reached", smiles=project.terms.target_smiles or 0
        )


async def undecided(session: Session, settings: Settings, project: Project, smiles: int) -> None:
    """Write to the owner that the project is over, and that smiles wait for their word."""
    days = max(1, round(settings.project_decide_days))
    await write(session, settings, project, project.owner, "project_decide", smiles=smiles, days=days)


async def called_off(session: Session, project: Project) -> None:
    """Have a letter written to everybody who supports a project that is cancelled, each by its own job."""
    pledged = select(PledgeRow.member_id).where(
        col(PledgeRow.listing_id) == project.id, col(PledgeRow.state) != "withdrawn"
    )
    gave = select(GiftRow.member_id).where(
        col(GiftRow.listing_id) == project.id, col(GiftRow.state) != "returned"
    )
    await _bid_farewell(session, project, {*await session.exec(pledged), *await session.exec(gave)})


async def let_off(session: Session, project: Project) -> None:
    """Have a letter written to who promised something that has not come to a project taken away for good."""
    promised = select(PledgeRow.member_id).where(
        col(PledgeRow.listing_id) == project.id, col(PledgeRow.state) == "promised"
    )
    await _bid_farewell(session, project, {*await session.exec(promised)})


async def _bid_farewell(session: Session, project: Project, supporters: set[str]) -> None:
    told = [
        a_job(FAREWELL, {"project": project.id, "member": member}, key=f"{FAREWELL}:{project.id}:{member}")
        for member in sorted(supporters)
    ]
    if told:
        await enqueue_all(session, told)


async def settled(session: Session, project: Project) -> None:
    """Have a letter written to everybody whose smiles are held: that they pass, or that they come back.

    By the terms as they are by now, each by its own job, and once for a project.
    """
    held = (
        select(GiftRow.member_id, func.sum(GiftRow.smiles))
        .where(col(GiftRow.listing_id) == project.id, col(GiftRow.state) == "held")
        .group_by(col(GiftRow.member_id))
        .order_by(col(GiftRow.member_id))
    )
    release = project.terms.release
    told = [
        a_job(
            SETTLED,
            {"project": project.id, "member": member, "smiles": int(smiles), "release": release},
            key=f"{SETTLED}:{project.id}:{member}",
        )
        for member, smiles in await session.exec(held)
    ]
    if told:
        await enqueue_all(session, told)


@job(SETTLED)
async def say_what_became(site: Site, payload: dict[str, Any]) -> None:
    """Write to somebody who gave smiles that they pass, or that they come back; once."""
    async with site.database.write() as session:
        project = await find_project(session, payload["project"])
        to = await session.get_one(MemberRow, payload["member"])
        if payload["release"] == "released" and project.owner.left_at is not None:
            # Nobody was there for them to pass to: the letter that the project has ended tells of it.
            await _farewell(session, site.settings, project, to)
            return
        if await first_time(session, f"settled:{project.id}:{to.id}"):
            end = "given" if payload["release"] == "released" else "returned"
            # A title may be what it was hidden for: their statement leaves it out as well.
            hidden = project.posted.row.hidden_at is not None
            letter = f"project_hidden_{end}" if hidden else f"project_{end}"
            other, smiles = project.owner.name, payload["smiles"]
            await write(session, site.settings, project, to, letter, other=other, smiles=smiles)


@job(FAREWELL)
async def say_farewell(site: Site, payload: dict[str, Any]) -> None:
    """Write to a supporter that the project was cancelled, and why if its owner said so; once."""
    async with site.database.write() as session:
        project = await find_project(session, payload["project"])
        to = await session.get_one(MemberRow, payload["member"])
        await _farewell(session, site.settings, project, to)


async def _farewell(session: Session, settings: Settings, project: Project, to: MemberRow) -> None:
    if not await first_time(session, f"cancelled:{project.id}:{to.id}"):
        return
    row, words = project.posted.row, project.terms.farewell
    if row.hidden_at is not None:
        letter = "project_taken_away"
    elif words is None and row.state == ListingState.DELETED:
        letter = "project_removed"
    else:
        letter = "project_cancelled"
    await write(session, settings, project, to, letter, other=project.owner.name, words=words or "—")


@job(REMIND)
async def remind(site: Site, payload: dict[str, Any]) -> None:
    """Remind who promised a donation that has not come, once.

    Nobody is asked to pay for what moderators have hidden: if it comes back, later.
    """
    async with site.database.write() as session:
        try:
            pledge = await find_pledge(session, payload["pledge"])
        except NotFound:
            return
        if pledge.row.state != "promised":
            return
        if pledge.project.posted.row.hidden_at is not None:
            await _remind_later(session, site.settings, pledge)
        elif await first_time(session, f"remind:{pledge.row.id}"):
            await _about_pledge(session, site.settings, pledge, "project_reminder")


async def write(
    session: Session, settings: Settings, project: Project, to: MemberRow, kind: str, **params: Any
) -> None:
    """Have a letter about a project sent.

    It leads to the project's page; who may not see that any more, to their smiles.
    """
    row = project.posted.row
    shown = to.id == row.author_id or (row.hidden_at is None and row.state != ListingState.DELETED)
    link = address_of(settings, row) if shown else f"{settings.public_url.rstrip('/')}/smiles"
    await mail.write(session, to, kind, link=link, title=row.title, **params)


async def first_time(session: Session, what: str) -> bool:
    """Say whether something is written only now: a job may run twice.

    The mark is a job that is done already; it holds no address.
    """
    mark = a_job(WRITTEN, {}, key=f"{WRITTEN}:{what}")
    mark.done_at = now()
    return await insert_new(session, mark)


async def team(session: Session, project: Project) -> list[MemberRow]:
    """Return who is behind a project, the owner first."""
    found = (
        select(MemberRow)
        .join(TeamRow, col(TeamRow.member_id) == col(MemberRow.id))
        .where(col(TeamRow.listing_id) == project.id)
        .order_by(col(TeamRow.since), col(MemberRow.id))
    )
    return list(await session.exec(found))


async def _about_pledge(session: Session, settings: Settings, pledge: Promised, kind: str) -> None:
    project = pledge.project
    await write(
        session,
        settings,
        project,
        pledge.by,
        kind,
        other=project.owner.name,
        instructions=project.terms.instructions,
        euros=_euros(pledge.row.cents, pledge.by.locale),
    )


def _euros(cents: int, locale: str) -> str:
    whole, part = divmod(cents, 100)
    point = "," if locale == "fr" else "."
    return f"{whole}{point}{part:02}" if part else str(whole)
