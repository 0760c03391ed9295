"""The demo's projects: as they are written in their file, and what supports them as rows of a database."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, TypeAdapter

from realtime.projects import Reach
from realtime.shapes import Category, Layer, ListingState, Precision
from server.board.models import ListingRow
from server.board.projects import GiftRow, PledgeRow, PledgeStepRow, ProjectRow, TeamRow
from server.clock import now
from server.database import Session
from server.demo.town import Posted
from server.ids import new_id
from server.members.models import MemberRow
from server.projects.ending import watch_for_end
from server.projects.finding import find_project
from server.projects.following import take_part
from server.projects.schemas import EURO
from server.smiles import holds

FILE: Final = Path(__file__).parent / "projects.json"
# How long the team took to note what had come.
_NOTED_AFTER: Final = timedelta(hours=8)


class Supporting(BaseModel):
    """What a demo member does for a project, so long after its beginning."""

    by: str
    public: bool
    after_hours: float


class Promised(Supporting):
    """A donation that is promised."""

    euros: int
    words: str
    received: bool


class Given(Supporting):
    """Smiles that are given."""

    smiles: int


def supports(planned: "Planned") -> list[Supporting]:
    """Return all that supports a project."""
    return [*planned.pledges, *planned.gifts]


class Task(BaseModel):
    """A request of a project."""

    title: str
    text: str
    category: Category
    age_hours: float
    state: ListingState


class Planned(Posted):
    """A project of the demo."""

    kind: Layer = Layer.PROJECT
    smiles: int = 0
    state: ListingState = ListingState.OPEN
    reach: Reach
    target_euros: int | None
    target_smiles: int | None
    closes_days: float
    instructions: str
    team: list[str]
    pledges: list[Promised]
    gifts: list[Given]
    tasks: list[Task]

    def task(self, one: Task) -> Posted:
        """Return a task as the listing that it is, at the project's own place."""
        return Posted(
            author=self.author,
            kind=Layer.REQUEST,
            smiles=0,
            place=self.place,
            precision=Precision.APPROXIMATE,
            thread=[],
            dialogs=[],
            **one.model_dump(),
        )


@cache
def projects() -> list[Planned]:
    """Return the projects as they are written."""
    read = [{"dialogs": [], **one} for one in json.loads(FILE.read_text("utf-8"))]
    return TypeAdapter(list[Planned]).validate_python(read)


async def lay_out(
    session: Session, row: ListingRow, planned: Planned, members: Mapping[str, MemberRow]
) -> None:
    """Write the terms of a project whose listing is written, its team, and what supports it."""
    row.expires_at = now() + timedelta(days=planned.closes_days)
    terms = ProjectRow(
        listing_id=row.id,
        reach=planned.reach,
        target_cents=planned.target_euros and planned.target_euros * EURO,
        target_smiles=planned.target_smiles,
        closes_at=row.expires_at,
        instructions=planned.instructions,
    )
    session.add(terms)
    await session.flush()
    for key in (planned.author, *planned.team):
        role = "owner" if key == planned.author else "member"
        session.add(TeamRow(listing_id=row.id, member_id=members[key].id, role=role, since=row.created_at))
    await watch_for_end(session, terms)
    for promised in planned.pledges:
        await _pledge(session, row, promised, members)
    for given in planned.gifts:
        await _gift(session, row, given, members[given.by])
    await session.flush()
    found = await find_project(session, row.id)
    for key in {*planned.team, *(one.by for one in supports(planned))}:
        await take_part(session, found, members[key].id)


async def _pledge(
    session: Session, row: ListingRow, promised: Promised, members: Mapping[str, MemberRow]
) -> None:
    by, cents = members[promised.by].id, promised.euros * EURO
    at = row.created_at + timedelta(hours=promised.after_hours)
    noted = at + _NOTED_AFTER
    pledge = PledgeRow(
        id=new_id(),
        listing_id=row.id,
        member_id=by,
        cents=cents,
        public=promised.public,
        words=promised.words,
        state="received" if promised.received else "promised",
        created_at=at,
        updated_at=noted if promised.received else at,
        version=2 if promised.received else 1,
    )
    session.add(pledge)
    await session.flush()
    steps: list[tuple[str, str, datetime]] = [("promise", by, at)]
    if promised.received:
        steps.append(("receive", row.author_id, noted))
    for version, (step, who, when) in enumerate(steps, start=1):
        session.add(
            PledgeStepRow(pledge_id=pledge.id, version=version, step=step, by_id=who, at=when, cents=cents)
        )


async def _gift(session: Session, row: ListingRow, given: Given, by: MemberRow) -> None:
    at = row.created_at + timedelta(hours=given.after_hours)
    gift = GiftRow(
        id=new_id(),
        listing_id=row.id,
        member_id=by.id,
        smiles=given.smiles,
        public=given.public,
        state="held",
        created_at=at,
        updated_at=at,
    )
    session.add(gift)
    await session.flush()
    key = f"gift:{gift.id}:hold"
    await holds.put_on_hold(session, gift.id, by.id, given.smiles, key=key, by=by.id, gift=True)
