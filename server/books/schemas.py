"""What goes out of the ledger: the lines of a statement, months, and the open books."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from realtime.people import Person
from realtime.shapes import ListingBrief
from realtime.words import Id, Shape
from server.smiles.transfers import Reason

LineKind: TypeAlias = Literal["all", "received", "given", "held", "bought"]


class StatementFilter(Shape):
    """Which lines: all, what one was given or gave, what was held or came free, what concerns money."""

    kind: LineKind = "all"


class StatementQuery(StatementFilter):
    """Which page of a statement: the lines before (earlier than) one of them, how many."""

    before: Id | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class StatementLine(Shape):
    """A transfer as one member's purse saw it; `balance` is what they could spend after it.

    `amount`, `held` and `debt` are what it added to the three numbers of the purse. A hold is -5, +5, 0; when
    it passes to the helper 0, -5, 0; when it comes back +5, -5, 0. Their sum, less the debt's, is what they
    have received (above zero) or given (below). `other` is who it was with; `words` say why, of a correction.
    `gift`: it was for a project, not in an exchange.
    `hidden_project`, which moderators have hidden, still holds the smiles of this line that the reader gave.
    """

    id: Id
    at: datetime
    reason: Reason
    amount: int
    held: int
    debt: int
    other: Person | None
    listing: ListingBrief | None
    gift: bool
    hidden_project: Id | None
    words: str | None
    balance: int


class Statement(Shape):
    """A page of lines, newest first; `earlier` says whether there are older ones."""

    lines: list[StatementLine]
    earlier: bool


class Month(Shape):
    """How many smiles a member was given (not those they bought) and gave in a month, as `2026-11` (UTC)."""

    month: str
    received: int
    given: int


class Months(Shape):
    """The last twelve months, oldest first, this one last."""

    months: list[Month]


class Minted(Shape):
    """How many smiles have come into the world, and why; bought ones less those that were paid back."""

    grant: int
    referral: int
    purchase: int


class Books(Shape):
    """Where all smiles are: `minted` and `debts` are as many as all the rest, or `balanced` is false.

    `debts` were spent, and their purchase charged back. `members` is what members can spend, `held` what
    waits in exchanges, `projects` and `community` what was given to those.
    """

    at: datetime
    minted: Minted
    debts: int
    members: int
    held: int
    projects: int
    community: int
    accounts: int
    transfers: int
    balanced: bool
