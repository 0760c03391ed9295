"""What travels of projects: how far they have come, in euros, in smiles and in tasks."""

from datetime import datetime
from enum import StrEnum

from realtime.words import Shape


class Reach(StrEnum):
    """Whom a project is for: the neighbourhood, the region (100 km around), or anybody anywhere."""

    LOCAL = "local"
    REGIONAL = "regional"
    WIDE = "wide"


class Outcome(StrEnum):
    """Whether a project is still to be supported."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Progress(Shape):
    """How far a project has come. A target that is null is none of this project's.

    `promised_cents` has the `received_cents` in it, and may be beyond the target, as `given_smiles` may:
    those held and those passed. `released`: smiles pass to those behind the project at once. A task is a
    request of the project. `supporters` are members, each counted once.
    """

    outcome: Outcome
    reach: Reach
    closes_at: datetime
    target_cents: int | None
    promised_cents: int
    received_cents: int
    target_smiles: int | None
    given_smiles: int
    released: bool
    tasks: int
    tasks_done: int
    supporters: int
