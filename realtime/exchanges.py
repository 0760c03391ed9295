"""What travels of smiles and of exchanges: the cards in a dialog, and what is in a member's purse.

Like every shape it holds only what all of its readers may see: one frame serves both parties of an exchange.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from realtime.people import Person
from realtime.words import Id, Paragraphs, Seq, Shape, Smiles

Note = Annotated[Paragraphs, Field(max_length=500)]


class ExchangeState(StrEnum):
    """Where an exchange is in its life; docs/exchanges.md has the table of what leads where."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DONE = "done"
    MISSED = "missed"
    DISPUTED = "disputed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETURNED = "returned"
    SETTLED = "settled"


class ExchangeStep(StrEnum):
    """What was done to an exchange: by one of the two, by a moderator, or (the last three) by the clock.

    When one of the two leaves 1Mile, a step that is not theirs to take ends it all the same.
    """

    PROPOSE = "propose"
    AMEND = "amend"
    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"
    FINISH = "finish"
    CONFIRM = "confirm"
    REPORT = "report"
    OBJECT = "object"
    DISPUTE = "dispute"
    SETTLE = "settle"
    EXPIRE = "expire"
    RELEASE = "release"
    RETURN = "return"


# What one of the two may do by themselves.
Act = Literal["amend", "accept", "decline", "cancel", "finish", "confirm", "report", "object", "dispute"]


class Exchange(Shape):
    """An agreement between two: who helps whom, when, for how many smiles.

    `version` rises with each step. `due` is what the clock does at `due_at` if nobody does anything before.
    `acts` are by member what they may do now: `report` only after `agreed_for`, if that is given.
    `proposed_by` made the proposal as it stands. Once over, `to_helper` is how many smiles have passed.
    `thanks` is the beneficiary's word. `shared`: one of the two lets moderators read the dialog, as long as
    it is disputed; by that alone the version does not rise.
    """

    id: Id
    conversation: Id
    listing: Id
    helper: Person
    beneficiary: Person
    smiles: Smiles
    agreed_for: datetime | None
    note: str
    state: ExchangeState
    proposed_by: Id
    due: Literal["expire", "release", "return"] | None
    due_at: datetime | None
    to_helper: int | None
    thanks: str | None
    acts: dict[Id, list[Act]]
    shared: bool = False
    version: int
    updated_at: datetime


class Card(Shape):
    """A step of an exchange as it stands in the dialog: what was done, by whom, and how it stood after.

    `by` is null for what the clock did. One of the two by whom it is released, returned or settled has left
    1Mile, and so ended it. `words` are what they said with it: a reason, a word of thanks.
    """

    step: ExchangeStep
    by: Person | None
    words: str | None
    exchange: Exchange


class Purse(Shape):
    """A member's smiles: what they can spend, what of it was bought, what is held, what they owe.

    `held` is in exchanges that are under way, and for projects; `held_for_projects` is the latter part.
    `version` rises with each change.
    """

    balance: Seq
    bought: Seq
    held: Seq
    held_for_projects: Seq = 0
    debt: Seq
    version: int
