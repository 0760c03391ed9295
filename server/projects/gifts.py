"""Smiles that members give to a project: held, and passed on at its goal, or when its owner says so."""

from typing import Final, Literal

from realtime.backend import Viewer
from realtime.projects import Outcome
from realtime.refusals import Conflict
from server.board.holds import claim
from server.board.projects import GiftRow
from server.clock import now
from server.database import Session
from server.inserting import insert
from server.members.finding import oneself
from server.members.models import MemberRow
from server.outbox import enqueue
from server.projects import letters, shaping
from server.projects.finding import (
    Given,
    Project,
    find_gift,
    find_project,
    member_of,
    require,
    require_version,
)
from server.projects.following import take_part
from server.projects.progress import recount, tell
from server.projects.schemas import Gift, GiftDraft
from server.settings import Settings
from server.site import Site
from server.smiles import holds, locks
from server.smiles.accounts import ORIGINS, earned
from server.smiles.accounts import project as raised_for

SETTLE: Final = "project.settle"
_COMPARED: Final = {"smiles", "public"}


async def give(site: Site, viewer: Viewer, project: str, draft: GiftDraft) -> Gift:
    """Give smiles to a project: they are held, or pass at once if its goal is reached already.

    Sent twice under one id, they are given once. Raises `Conflict` if the project is over or wants no smiles,
    if the id is taken, and `not_enough_smiles` with how many are `missing`.
    """
    async with site.database.write() as session:
        member = await oneself(session, member_of(viewer))
        found = await find_project(session, project, lock=True)
        known = await session.get(GiftRow, draft.id)
        if known is not None:
            return shaping.gift(viewer, _known(known, member, found, draft))
        require(viewer, "support", found)
        if found.terms.target_smiles is None:
            raise Conflict("smiles_not_wanted")
        await claim(session, draft.id)
        await insert(session, _row(found, member, draft))
        given = Given(await session.get_one(GiftRow, draft.id), member, found)
        await _hold(session, given)
        await take_part(session, found, member.id)
        await goal(session, site.settings, found)
        await tell(session, found)
        return shaping.gift(viewer, given)


async def withdraw(site: Site, viewer: Viewer, gift: str, version: int) -> Gift:
    """Take back what one gave, as long as it is held and not on its way.

    Raises `Conflict` if it changed meanwhile, or has passed.
    """
    async with site.database.write() as session:
        await oneself(session, member_of(viewer))
        given = await find_gift(session, gift)
        require(viewer, "read", given)
        require_version(version, given.row.version)
        require(viewer, "withdraw", given)
        await end(session, given, "returned", member_of(viewer))
        await tell(session, given.project)
        return shaping.gift(viewer, given)


async def end(
    session: Session, given: Given, state: Literal["given", "returned"], by: str | None = None
) -> None:
    """End the hold of a gift whose project is locked: it passes to the owner, or goes back."""
    row, project = given.row, given.project
    row.state = state
    row.version += 1
    row.updated_at = now()
    await session.flush()
    key = f"gift:{row.id}:end"
    if state == "given":
        owner = project.posted.row.author_id
        await holds.pass_on(session, row.id, row.member_id, project.id, owner, key=key, by=by)
    else:
        await holds.release(session, row.id, row.member_id, row.member_id, 0, key=key, by=by, gift=True)


async def bring_home(session: Session, given: Given, by: str | None = None) -> None:
    """End the hold of a gift as the terms say by now: what they release passes, unless nobody is there."""
    # Read with the listing, they are as they were before somebody else gave its lock back.
    await session.refresh(given.project.owner)
    passes = given.project.terms.release == "released" and given.project.owner.left_at is None
    await end(session, given, "given" if passes else "returned", by)


async def goal(session: Session, settings: Settings, project: Project) -> None:
    """Have all smiles of a locked project pass from now on if there are as many as it wants."""
    await recount(session, project)
    shown, terms = project.posted.row.progress or {}, project.terms
    wanted = terms.target_smiles
    if terms.release != "waiting" or terms.outcome != Outcome.OPEN or wanted is None:
        return
    if shown["given_smiles"] >= wanted:
        terms.release = "released"
        await session.flush()
        await settle_later(session, project)
        await letters.settled(session, project)
        await letters.reached(session, settings, project)


async def settle_later(session: Session, project: Project) -> None:
    """Have what is held or promised come to where the project's terms say by now."""
    await enqueue(session, SETTLE, {"project": project.id})


async def _hold(session: Session, given: Given) -> None:
    row, project = given.row, given.project
    at_once = project.terms.release == "released"
    if at_once:
        owner = project.posted.row.author_id
        through = [raised_for(project.id, origin) for origin in ORIGINS]
        await locks.lock(session, [earned(row.member_id), earned(owner), *through])
    key = f"gift:{row.id}:hold"
    await holds.put_on_hold(session, row.id, row.member_id, row.smiles, key=key, by=row.member_id, gift=True)
    if at_once:
        await end(session, given, "given", row.member_id)


def _known(row: GiftRow, member: MemberRow, project: Project, draft: GiftDraft) -> Given:
    """Return what was given under this id before: what a gift is never changes."""
    same = all(getattr(row, name) == value for name, value in draft.model_dump(include=_COMPARED).items())
    if (row.member_id, row.listing_id) != (member.id, project.id) or not same:
        raise Conflict("id_taken", field="id")
    return Given(row, member, project)


def _row(project: Project, member: MemberRow, draft: GiftDraft) -> GiftRow:
    at = now()
    return GiftRow(
        listing_id=project.id,
        member_id=member.id,
        state="held",
        created_at=at,
        updated_at=at,
        **draft.model_dump(include={"id", *_COMPARED}),
    )
