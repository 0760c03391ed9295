"""What comes in and goes out about exchanges; the shapes themselves are the socket's."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from realtime.exchanges import Exchange, Note
from realtime.people import Person
from realtime.shapes import ListingBrief, Message
from realtime.words import Id, Moment, Paragraphs, Shape, Smiles
from server.moderation.schemas import Reason

Version = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
Why = Annotated[Paragraphs, Field(min_length=3, max_length=500)]


class ExchangeDraft(Shape):
    """An exchange to propose; `id` is made by the client: proposed twice, it exists once.

    `helper` is one of the two of the dialog; the other one is the beneficiary, whose smiles will be held.
    `agreed_for` is not in the past, and at most a year ahead.
    """

    id: Id
    helper: Id
    smiles: Smiles
    agreed_for: Moment | None = None
    note: Note = ""


class Amendment(Shape):
    """Change what is given, leave the rest. `version` is the one that was looked at.

    `agreed_for` given as null: no time is agreed.
    """

    version: Version
    helper: Id | None = None
    smiles: Smiles | None = None
    agreed_for: Moment | None = None
    note: Note | None = None


class Step(Shape):
    """A step of an exchange: of the `version` that was looked at, with a word if there is one."""

    version: Version
    words: Note | None = None


class Complaint(Shape):
    """A step that says why: an objection, or a dispute."""

    version: Version
    words: Why


class Exchanges(Shape):
    """All exchanges of a dialog, or those that are not over under one's own listing or hidden ones.

    The newest first.
    """

    exchanges: list[Exchange]


class Thanks(Shape):
    """A word of thanks to a helper, for which listing."""

    words: str
    by: Person
    at: datetime
    listing: ListingBrief


class Trust(Shape):
    """What everybody may know of a member's exchanges.

    How often they helped and were helped, how often they did not come, and the latest 20 words of thanks.
    """

    helped: int
    was_helped: int
    no_shows: int
    member_since: datetime
    thanks: list[Thanks]


class Dispute(Shape):
    """An exchange that waits for a moderator, or did: who disputed it, why, since when.

    `shared`: one of the two lets moderators read their whole dialog.
    """

    exchange: Exchange
    listing: ListingBrief
    by: Person
    words: str
    at: datetime
    shared: bool


class Disputes(Shape):
    """The disputes that are open, the oldest first."""

    disputes: list[Dispute]


class DisputeView(Shape):
    """A dispute with all cards of its exchange.

    `messages` are the dialog's: null unless it is shared, and once the dispute is over.
    """

    dispute: Dispute
    cards: list[Message]
    messages: list[Message] | None


class Settlement(Shape):
    """How a moderator settles it: so many smiles pass to the helper, the rest goes back."""

    version: Version
    to_helper: Smiles
    reason: Reason
