"""Donations that members promise: promised, received as those behind the project say, or withdrawn.

The money passes between people; all that is kept here is what they say of it, and each step of that.
"""

from datetime import timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

from sqlmodel import col, func, or_, select

from realtime.backend import Viewer
from realtime.projects import Outcome
from realtime.refusals import Conflict
from server.board.projects import PledgeRow, PledgeStepRow
from server.clock import now
from server.database import Session
from server.inserting import insert, insert_new
from server.members.finding import oneself
from server.members.models import MemberRow
from server.projects import letters, shaping
from server.projects.finding import (
    Project,
    Promised,
    find_pledge,
    find_project,
    member_of,
    require,
    require_version,
)
from server.projects.following import take_part
from server.projects.progress import PLEDGED, tell
from server.projects.schemas import Pledge, PledgeDraft
from server.site import Site

Act: TypeAlias = Literal["withdraw", "receive", "unreceive"]

MOST_PLEDGES: Final = 20
_COMPARED: Final = {"cents", "public", "words"}


class Turn(NamedTuple):
    """From which state to which one a step leads."""

    before: str
    after: str


# docs/projects.md holds the same table for people.
STEPS: Final[dict[Act, Turn]] = {
    "withdraw": Turn("promised", "withdrawn"),
    "receive": Turn("promised", "received"),
    "unreceive": Turn("received", "promised"),
}


async def promise(site: Site, viewer: Viewer, project: str, draft: PledgeDraft) -> Pledge:
    """Promise a project a donation; how to pay it comes by letter. Sent twice under one id, it is one.

    Raises `Conflict` if the project is over or wants no money, if the id is that of another pledge, and for
    more than 20 pledges of one member that are not withdrawn, or were made within a day.
    """
    async with site.database.write() as session:
        member = await oneself(session, member_of(viewer))
        found = await find_project(session, project, lock=True)
        known = await session.get(PledgeRow, draft.id)
        if known is not None:
            return shaping.pledge(viewer, _known(known, member, found, draft))
        require(viewer, "support", found)
        if found.terms.target_cents is None:
            raise Conflict("euros_not_wanted")
        await _require_room(session, found.id, member.id)
        if not await insert_new(session, _row(found, member, draft)):
            raise Conflict("id_taken", field="id")
        promised = Promised(await session.get_one(PledgeRow, draft.id), member, found)
        await _note(session, promised.row, "promise", member.id)
        await take_part(session, found, member.id)
        await tell(session, found)
        await letters.promised(session, site.settings, promised)
        return shaping.pledge(viewer, promised)


async def take(site: Site, viewer: Viewer, pledge: str, act: Act, version: int) -> Pledge:
    """Withdraw what one promised, or say as one of the team that it has come, or has not after all.

    What has not come after all is withdrawn at once where nothing is promised any more: of a cancelled
    project, and of who has left 1Mile. Raises `Conflict` if it changed meanwhile, or it is not the state
    for it.
    """
    async with site.database.write() as session:
        await oneself(session, member_of(viewer))
        promised = await find_pledge(session, pledge)
        require(viewer, "read", promised)
        require_version(version, promised.row.version)
        require(viewer, act, promised)
        await turn(session, promised.row, act, member_of(viewer))
        if act == "unreceive":
            await _withdraw_what_nobody_promises(session, promised)
        await tell(session, promised.project)
        return shaping.pledge(viewer, promised)


async def turn(session: Session, row: PledgeRow, act: Act, by: str | None) -> None:
    """Take a step of a pledge whose project is locked; null: the clock does."""
    row.state = STEPS[act].after
    row.version += 1
    row.updated_at = now()
    await session.flush()
    await _note(session, row, act, by)


async def _withdraw_what_nobody_promises(session: Session, promised: Promised) -> None:
    """Do what leaving or cancelling would have done, had it found the pledge promised."""
    if promised.by.left_at is not None:
        await turn(session, promised.row, "withdraw", promised.by.id)
    elif promised.project.terms.outcome == Outcome.CANCELLED:
        await turn(session, promised.row, "withdraw", None)


async def _note(session: Session, row: PledgeRow, step: str, by: str | None) -> None:
    await insert(
        session,
        PledgeStepRow(
            pledge_id=row.id, version=row.version, step=step, by_id=by, at=row.updated_at, cents=row.cents
        ),
    )


async def _require_room(session: Session, project: str, member: str) -> None:
    # Those withdrawn meanwhile too: of each the team has had a letter.
    counts = or_(col(PledgeRow.state).in_(PLEDGED), col(PledgeRow.created_at) > now() - timedelta(days=1))
    living = (
        select(func.count())
        .select_from(PledgeRow)
        .where(
            col(PledgeRow.listing_id) == project,
            col(PledgeRow.member_id) == member,
            counts,
        )
    )
    if (await session.exec(living)).one() >= MOST_PLEDGES:
        raise Conflict("too_many_pledges", max=MOST_PLEDGES)


def _known(row: PledgeRow, member: MemberRow, project: Project, draft: PledgeDraft) -> Promised:
    """Return what was promised under this id before: what a pledge is about never changes."""
    same = all(getattr(row, name) == value for name, value in draft.model_dump(include=_COMPARED).items())
    if (row.member_id, row.listing_id) != (member.id, project.id) or not same:
        raise Conflict("id_taken", field="id")
    return Promised(row, member, project)


def _row(project: Project, member: MemberRow, draft: PledgeDraft) -> PledgeRow:
    at = now()
    return PledgeRow(
        listing_id=project.id,
        member_id=member.id,
        state="promised",
        created_at=at,
        updated_at=at,
        **draft.model_dump(include={"id", *_COMPARED}),
    )
