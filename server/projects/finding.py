"""Finding a project, a pledge or a gift for somebody who wants to do something with it.

Whoever changes any of them holds the lock of the project's listing: a project has one writer at a time, and
what it adds up to is counted by whoever holds it. The locks are taken in one order: the member who acts, the
listing, the thread, the ledger's accounts.
"""

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import case
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from realtime.backend import Viewer
from realtime.projects import Outcome
from realtime.refusals import Conflict, Forbidden, NotFound, Unauthenticated
from server.board.finding import Posted, find_listing
from server.board.projects import GiftRow, PledgeRow, ProjectRow
from server.clock import now
from server.database import Session
from server.members.models import MemberRow
from server.policy.matrix import may
from server.policy.projects import ProjectFacts, SupportFacts
from server.policy.rules import Verb

S = TypeVar("S", PledgeRow, GiftRow)


@dataclass(frozen=True, slots=True)
class Project:
    """A project with its listing, in one transaction."""

    terms: ProjectRow
    posted: Posted

    @property
    def id(self) -> str:
        """Its id, which is its listing's."""
        return self.terms.listing_id

    @property
    def owner(self) -> MemberRow:
        """Whose it is, to whom its smiles pass."""
        return self.posted.author

    @property
    def facts(self) -> ProjectFacts:
        """What the rules need to know now. Once its time is over it is, though the clock may be late."""
        terms = self.terms
        return ProjectFacts(
            self.posted.facts,
            open=terms.outcome == Outcome.OPEN and terms.closes_at > now(),
            waiting=terms.release == "waiting" and terms.decide_by is not None,
        )


@dataclass(frozen=True, slots=True)
class Promised:
    """A pledge with its supporter and its project, in one transaction.

    `on` is what the rules know of the project, if the caller has it: of a thousand pledges it is the same.
    """

    row: PledgeRow
    by: MemberRow
    project: Project
    on: ProjectFacts | None = None

    @property
    def facts(self) -> SupportFacts:
        """What the rules need to know now."""
        return SupportFacts(self.on or self.project.facts, self.row.member_id, self.row.state)


@dataclass(frozen=True, slots=True)
class Given:
    """A gift with its giver and its project, in one transaction; `on` as of a pledge."""

    row: GiftRow
    by: MemberRow
    project: Project
    on: ProjectFacts | None = None

    @property
    def facts(self) -> SupportFacts:
        """What the rules need to know now. What was released passes, whether or not it has yet."""
        free = self.project.terms.release == "waiting"
        return SupportFacts(self.on or self.project.facts, self.row.member_id, self.row.state, free)


async def find_project(session: Session, project: str, *, lock: bool = False) -> Project:
    """Return the project, locked for a change if asked. Raises `NotFound`."""
    return await project_of(session, await find_listing(session, project, lock=lock))


async def project_of(session: Session, posted: Posted) -> Project:
    """Return the project of a listing. Raises `NotFound` if it is none."""
    terms = await session.get(ProjectRow, posted.row.id, populate_existing=True)
    if terms is None:
        raise NotFound("not_found")
    return Project(terms, posted)


async def find_pledge(session: Session, pledge: str) -> Promised:
    """Return the pledge, with its project locked for a change. Raises `NotFound`."""
    row = await session.get(PledgeRow, pledge)
    if row is None:
        raise NotFound("not_found")
    project = await find_project(session, row.listing_id, lock=True)
    await session.refresh(row)
    return Promised(row, await session.get_one(MemberRow, row.member_id), project)


async def find_gift(session: Session, gift: str) -> Given:
    """Return the gift, with its project locked for a change. Raises `NotFound`."""
    row = await session.get(GiftRow, gift)
    if row is None:
        raise NotFound("not_found")
    project = await find_project(session, row.listing_id, lock=True)
    await session.refresh(row)
    return Given(row, await session.get_one(MemberRow, row.member_id), project)


def require(viewer: Viewer, verb: Verb, thing: Project | Promised | Given) -> None:
    """Raise the refusal that fits unless `viewer` may do `verb`.

    Raises `NotFound` if they may not know of it, `Unauthenticated` if they are nobody, `Forbidden` if it is
    never theirs to do, else `Conflict`.
    """
    if may(viewer, verb, thing.facts):
        return
    if not may(viewer, "read", thing.facts):
        raise NotFound("not_found")
    member = member_of(viewer)
    project = thing if isinstance(thing, Project) else thing.project
    owner, team = project.posted.row.author_id, project.posted.team
    if verb in {"support", "join"}:
        raise Conflict("own_project" if member == owner else "project_over")
    if verb == "withdraw" and not isinstance(thing, Project):
        team = frozenset({thing.row.member_id})
    elif verb in {"close", "cancel", "decide", "invite"}:
        team = frozenset({owner})
    if member not in team:
        raise Forbidden("not_yours")
    raise Conflict("project_over" if verb == "task" else "not_in_this_state")


def require_version(version: int, known: int) -> None:
    """Raise `Conflict` unless `version` is the one that somebody was looking at."""
    if version != known:
        raise Conflict("changed_meanwhile", version=version)


def member_of(viewer: Viewer) -> str:
    """Return who asks. Raises `Unauthenticated` if nobody is signed in."""
    if viewer.member is None:
        raise Unauthenticated("sign_in_first")
    return viewer.member.id


async def supports_of(
    session: Session, project: str, member: str | None = None, most: int | None = None
) -> tuple[list[tuple[PledgeRow, MemberRow]], list[tuple[GiftRow, MemberRow]]]:
    """Return the pledges and the gifts of a project (only those of `member`, if given), `most` of each.

    First those with which something is still to happen, each the newest first.
    """
    pledges = await session.exec(_supports(PledgeRow, "promised", project, member, most))
    gifts = await session.exec(_supports(GiftRow, "held", project, member, most))
    return list(pledges), list(gifts)


def _supports(
    kind: type[S], waiting: str, project: str, member: str | None, most: int | None
) -> Select[S, MemberRow]:
    found = select(kind, MemberRow).join(MemberRow, col(MemberRow.id) == col(kind.member_id))
    found = found.where(col(kind.listing_id) == project)
    if member is not None:
        found = found.where(col(kind.member_id) == member)
    first = case((col(kind.state) == waiting, 0), else_=1)
    return found.order_by(first, col(kind.created_at).desc(), col(kind.id).desc()).limit(most)
