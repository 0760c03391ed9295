"""The tables of projects: their terms, who is behind them, and who supports them with what.

They stand beside the board's own, as those of exchanges do: the books read them, and a listing knows who is
behind it. What they add up to stands on the listing (`progress`), from which the map and the list show it.
"""

from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from realtime.projects import Outcome, Progress
from server.tables import Row, long_text, moment

# The job that counts a project anew, with its `project`: left by whatever changes one of its tasks.
RECOUNT: Final = "project.recount"

ID_LENGTH = 36


class ProjectRow(Row, table=True):
    """The terms of a project, one for each listing of that kind.

    `instructions` say how a promised donation is paid; only who promised and who is behind the project read
    them. `outcome` is open, closed or cancelled. `release` is what becomes of the smiles: waiting, released
    or returned; `decide_by`: until when its owner decides after the closing date. `farewell` is what they
    said when they cancelled it.
    """

    __tablename__ = "project"
    __table_args__: ClassVar[tuple[CheckConstraint, ...]] = (
        CheckConstraint("target_cents IS NULL OR target_cents >= 1", name="euros_wanted"),
        CheckConstraint("target_smiles IS NULL OR target_smiles >= 1", name="smiles_wanted"),
    )

    listing_id: str = Field(primary_key=True, foreign_key="listing.id", max_length=ID_LENGTH)
    reach: str = Field(max_length=16)
    target_cents: int | None = Field(default=None, sa_type=BigInteger)
    target_smiles: int | None = None
    closes_at: datetime = moment()
    instructions: str = long_text(default="")
    outcome: str = Field(default="open", max_length=16)
    ended_at: datetime | None = moment(default=None)
    release: str = Field(default="waiting", max_length=16)
    decide_by: datetime | None = moment(default=None)
    farewell: str | None = long_text(default=None, nullable=True)
    # By this code others join those behind the project, once it was asked for.
    team_code: str | None = Field(default=None, unique=True, max_length=32)


class TeamRow(Row, table=True):
    """A member behind a project: its owner, or one of the team."""

    __tablename__ = "project_team"

    listing_id: str = Field(primary_key=True, foreign_key="project.listing_id", max_length=ID_LENGTH)
    member_id: str = Field(primary_key=True, foreign_key="member.id", index=True, max_length=ID_LENGTH)
    role: str = Field(max_length=8)
    since: datetime = moment()


class PledgeRow(Row, table=True):
    """Money that a member promises a project. It passes between people: it is no entry of the ledger.

    Its `state` is promised, received or withdrawn. `public`: the supporter wants to be thanked by name.
    """

    __tablename__ = "pledge"
    __table_args__: ClassVar[tuple[CheckConstraint | Index, ...]] = (
        CheckConstraint("cents >= 100", name="a_euro_or_more"),
        Index("ix_pledge_listing_state", "listing_id", "state"),
    )

    id: str = Field(primary_key=True, max_length=ID_LENGTH)
    listing_id: str = Field(foreign_key="project.listing_id", max_length=ID_LENGTH)
    member_id: str = Field(foreign_key="member.id", index=True, max_length=ID_LENGTH)
    cents: int = Field(sa_type=BigInteger)
    public: bool
    words: str = long_text(default="")
    state: str = Field(max_length=16)
    created_at: datetime = moment()
    updated_at: datetime = moment()
    version: int = 1


class PledgeStepRow(Row, table=True):
    """What became of a pledge, by whom (null: the clock); only ever added."""

    __tablename__ = "pledge_step"

    pledge_id: str = Field(primary_key=True, foreign_key="pledge.id", max_length=ID_LENGTH)
    version: int = Field(primary_key=True)
    step: str = Field(max_length=16)
    by_id: str | None = Field(default=None, foreign_key="member.id", max_length=ID_LENGTH)
    at: datetime = moment()
    cents: int = Field(sa_type=BigInteger)


class GiftRow(Row, table=True):
    """Smiles that a member gives to a project. They are held until they are given or returned (`state`)."""

    __tablename__ = "gift"
    __table_args__: ClassVar[tuple[CheckConstraint | Index, ...]] = (
        CheckConstraint("smiles >= 1", name="a_smile_or_more"),
        Index("ix_gift_listing_state", "listing_id", "state"),
    )

    id: str = Field(primary_key=True, max_length=ID_LENGTH)
    listing_id: str = Field(foreign_key="project.listing_id", max_length=ID_LENGTH)
    member_id: str = Field(foreign_key="member.id", index=True, max_length=ID_LENGTH)
    smiles: int
    public: bool
    state: str = Field(max_length=16)
    created_at: datetime = moment()
    updated_at: datetime = moment()
    version: int = 1


def is_supported(progress: Progress) -> bool:
    """Say whether something was promised or given to a project that is not settled yet."""
    if progress.outcome is Outcome.OPEN:
        return progress.promised_cents > 0 or progress.given_smiles > 0
    return progress.given_smiles > 0 and not progress.released
