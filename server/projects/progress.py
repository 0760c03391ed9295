"""How far a project has come: counted from the tables under its listing's lock, never added up."""

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, cast, union
from sqlmodel import col, func, select

from realtime.exchanges import ExchangeState
from realtime.projects import Outcome, Progress, Reach
from realtime.shapes import ListingState
from server.board.exchanges import ExchangeRow
from server.board.models import ListingRow
from server.board.news import tell_listing
from server.board.projects import GiftRow, PledgeRow, ProjectRow
from server.database import AnySelect, Session
from server.projects.finding import Project

# In these a pledge or a gift counts.
PLEDGED = ("promised", "received")
GIVEN = ("held", "given")


def progress(terms: ProjectRow, counted: tuple[int, ...] = (0, 0, 0, 0, 0, 0)) -> Progress:
    """Return how far a project of these `terms` has come, given what was counted: see `recount`."""
    promised, received, given, tasks, done, supporters = counted
    return Progress(
        outcome=Outcome(terms.outcome),
        reach=Reach(terms.reach),
        closes_at=terms.closes_at,
        target_cents=terms.target_cents,
        promised_cents=promised,
        received_cents=received,
        target_smiles=terms.target_smiles,
        given_smiles=given,
        released=terms.release == "released",
        tasks=tasks,
        tasks_done=done,
        supporters=supporters,
    )


async def recount(session: Session, project: Project) -> bool:
    """Count a locked project anew; return whether its listing shows something else by that."""
    await session.flush()
    counted = (await session.exec(_counted(), params={"project": project.id})).one()
    found = progress(project.terms, tuple(int(number) for number in counted))
    row = project.posted.row
    if row.progress is not None and Progress.model_validate(row.progress) == found:
        return False
    row.progress = found.model_dump(mode="json")
    return True


async def tell(session: Session, project: Project) -> None:
    """Count a locked project anew and tell of it as it now is, on every screen that shows it."""
    await recount(session, project)
    project.posted.row.version += 1
    await session.flush()
    await tell_listing(session, project.posted)


async def held(session: Session, project: str) -> int:
    """Return how many smiles are held for a project."""
    waiting = select(func.coalesce(func.sum(GiftRow.smiles), 0)).where(
        col(GiftRow.listing_id) == project, col(GiftRow.state) == "held"
    )
    return int((await session.exec(waiting)).one())


# Made once: making it takes longer than carrying it out.
@cache
def _counted() -> AnySelect:
    this: Any = bindparam("project")
    pledged = col(PledgeRow.listing_id) == this, col(PledgeRow.state).in_(PLEDGED)
    given = col(GiftRow.listing_id) == this, col(GiftRow.state).in_(GIVEN)
    tasks = (
        col(ListingRow.project_id) == this,
        col(ListingRow.state) != ListingState.DELETED,
        col(ListingRow.hidden_at).is_(None),
    )
    members = union(
        select(PledgeRow.member_id).where(*pledged),
        select(GiftRow.member_id).where(*given),
        select(ExchangeRow.helper_id)
        .join(ListingRow, col(ListingRow.id) == col(ExchangeRow.listing_id))
        .where(col(ListingRow.project_id) == this, was_helped()),
    ).subquery()
    wanted: AnySelect = select(  # type: ignore[call-overload]
        _sum(PledgeRow.cents, *pledged),
        _sum(PledgeRow.cents, *pledged, col(PledgeRow.state) == "received"),
        _sum(GiftRow.smiles, *given),
        select(func.count()).select_from(ListingRow).where(*tasks).scalar_subquery(),
        select(func.count())
        .select_from(ListingRow)
        .where(*tasks, col(ListingRow.state) == ListingState.DONE)
        .scalar_subquery(),
        select(func.count()).select_from(members).scalar_subquery(),
    )
    return wanted


def was_helped() -> ColumnElement[bool]:
    """Return the condition that somebody was helped by an exchange."""
    return (col(ExchangeRow.state) == ExchangeState.CONFIRMED) | (
        (col(ExchangeRow.state) == ExchangeState.SETTLED) & (col(ExchangeRow.to_helper) > 0)
    )


def _sum(amount: Any, *these: ColumnElement[bool]) -> Any:
    # PostgreSQL sums whole numbers to a decimal.
    return select(cast(func.coalesce(func.sum(amount), 0), BigInteger)).where(*these).scalar_subquery()
