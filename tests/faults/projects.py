"""What the database holds of projects and of who supports them, read past the server's own code."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession as Session

from server.clock import now
from tests.faults.ledger import LATE, as_json, rows


@dataclass(frozen=True)
class Founded:
    """A row of a project. `shows` is the progress of its listing; `overdue`: the clock should have acted."""

    id: str
    owner: str
    outcome: str
    release: str
    target_smiles: int | None
    deciding: bool
    shows: dict[str, Any]
    overdue: bool = False


@dataclass(frozen=True)
class Pledged:
    """A row of a pledge."""

    id: str
    project: str
    member: str
    cents: int
    state: str
    version: int


@dataclass(frozen=True)
class PledgeStepped:
    """A row of a pledge's step; `by` is None for the clock."""

    pledge: str
    version: int
    step: str
    by: str | None
    cents: int


@dataclass(frozen=True)
class Given:
    """A row of a gift. `moved` is what all that was booked for it has added to each account."""

    id: str
    project: str
    member: str
    smiles: int
    state: str
    version: int
    moved: dict[str, int] = field(default_factory=dict)
    # How often something was booked into an account for it.
    booked: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Projects:
    """The projects of a crowd. `teams` are of project and member, `left` is who has left 1Mile."""

    founded: dict[str, Founded] = field(default_factory=dict)
    pledges: dict[str, Pledged] = field(default_factory=dict)
    steps: list[PledgeStepped] = field(default_factory=list)
    gifts: dict[str, Given] = field(default_factory=dict)
    teams: frozenset[tuple[str, str]] = frozenset()
    left: frozenset[str] = frozenset()


async def read_projects(session: Session, members: list[str]) -> Projects:
    """Read the projects of `members`, with all that anybody promised or gave to them."""
    ours = "SELECT project.listing_id FROM project JOIN listing ON id = listing_id WHERE author_id IN :of"
    founded = await rows(
        session,
        "SELECT listing_id, author_id, outcome, release, target_smiles, decide_by IS NOT NULL, progress,"
        " closes_at, decide_by FROM project JOIN listing ON id = listing_id WHERE author_id IN :of",
        of=members,
    )
    pledges = await rows(
        session,
        f"SELECT id, listing_id, member_id, cents, state, version FROM pledge WHERE listing_id IN ({ours})",
        of=members,
    )
    steps = await rows(
        session,
        "SELECT pledge_id, step.version, step, by_id, step.cents FROM pledge_step step"
        f" JOIN pledge ON pledge.id = pledge_id WHERE listing_id IN ({ours})"
        " ORDER BY pledge_id, step.version",
        of=members,
    )
    gifts = await rows(
        session,
        f"SELECT id, listing_id, member_id, smiles, state, version FROM gift WHERE listing_id IN ({ours})",
        of=members,
    )
    entries = await rows(
        session,
        "SELECT gift_id, account_id, amount FROM smile_entry"
        " JOIN smile_transfer ON smile_transfer.id = transfer_id"
        f" JOIN gift ON gift.id = gift_id WHERE listing_id IN ({ours})",
        of=members,
    )
    teams = await rows(
        session, f"SELECT listing_id, member_id FROM project_team WHERE listing_id IN ({ours})", of=members
    )
    left = await rows(session, "SELECT id FROM member WHERE id IN :of AND left_at IS NOT NULL", of=members)
    moved: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    booked: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for gift, account, amount in entries:
        moved[gift][account] += amount
        booked[gift][account] += amount > 0
    return Projects(
        founded={row[0]: _founded(*row) for row in founded},
        pledges={row[0]: Pledged(*row) for row in pledges},
        steps=[PledgeStepped(*row) for row in steps],
        gifts={row[0]: replace(Given(*row), moved=moved[row[0]], booked=booked[row[0]]) for row in gifts},
        teams=frozenset((project, member) for project, member in teams),
        left=frozenset(member for (member,) in left),
    )


def _founded(*row: Any) -> Founded:
    *facts, closes_at, decide_by = row
    founded = Founded(*facts)
    due = closes_at if founded.outcome == "open" else decide_by
    return replace(founded, shows=as_json(founded.shows), overdue=due is not None and due < now() - LATE)
