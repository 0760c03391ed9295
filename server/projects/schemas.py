"""What comes in and goes out about projects. How much somebody gave is for them and for the team alone."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from realtime.people import Person
from realtime.projects import Reach
from realtime.shapes import Listing, ListingBrief, Message, Pin, Place
from realtime.words import Id, MessageText, Moment, Paragraphs, Shape

EURO = 100
TargetCents = Annotated[int, Field(ge=EURO, le=1_000_000 * EURO, strict=True)]
TargetSmiles = Annotated[int, Field(ge=1, le=100_000, strict=True)]
PledgeCents = Annotated[int, Field(ge=EURO, le=100_000 * EURO, strict=True)]
GiftSmiles = Annotated[int, Field(ge=1, le=100_000, strict=True)]
Instructions = Annotated[Paragraphs, Field(max_length=2000)]
SupportWords = Annotated[Paragraphs, Field(max_length=300)]
TeamCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]

PledgeState: TypeAlias = Literal["promised", "received", "withdrawn"]
GiftState: TypeAlias = Literal["held", "given", "returned"]
Release: TypeAlias = Literal["waiting", "released", "returned"]
SupportKind: TypeAlias = Literal["pledge", "gift", "task"]
Role: TypeAlias = Literal["owner", "member"]
ProjectVerb: TypeAlias = Literal[
    "edit", "delete", "support", "update", "task", "list", "close", "cancel", "decide", "invite"
]


class ProjectTerms(Shape):
    """What a project wants, and until when: a day to a year from now.

    Euros, smiles, both, or neither: then it has tasks, which are requests of its own. `instructions` say how
    a promised donation is paid, and are needed if euros are wanted; only who promised reads them, and the
    team. No money ever passes through this site.
    """

    reach: Reach
    target_cents: TargetCents | None = None
    target_smiles: TargetSmiles | None = None
    closes_at: Moment
    instructions: Instructions = ""


class TermsChange(Shape):
    """Change what is given of a project's terms, leave the rest. A target of null: it is wanted no more.

    `closes_at` is only ever moved later.
    """

    reach: Reach | None = None
    target_cents: TargetCents | None = None
    target_smiles: TargetSmiles | None = None
    closes_at: Moment | None = None
    instructions: Instructions | None = None


class PledgeDraft(Shape):
    """Promise a donation. `id` is made by the client: sent twice, it is promised once.

    `public`: to be thanked by name on the project's page. `words` are for the team.
    """

    id: Id
    cents: PledgeCents
    public: bool = True
    words: SupportWords = ""


class Pledge(Shape):
    """A promised donation, as the supporter and the team see it.

    `instructions` while it is not withdrawn, and to a supporter not while moderators hide the project. `may`
    is what the reader may do.
    """

    id: Id
    project: Id
    by: Person
    cents: int
    public: bool
    words: str
    state: PledgeState
    created_at: datetime
    updated_at: datetime
    version: int
    instructions: str | None
    may: list[Literal["withdraw", "receive", "unreceive"]]


class GiftDraft(Shape):
    """Give smiles. `id` is made by the client: sent twice, they are given once."""

    id: Id
    smiles: GiftSmiles
    public: bool = True


class Gift(Shape):
    """Smiles given to a project: held until they are given or returned."""

    id: Id
    project: Id
    by: Person
    smiles: int
    public: bool
    state: GiftState
    created_at: datetime
    updated_at: datetime
    version: int
    may: list[Literal["withdraw"]]


class SupportStep(Shape):
    """A step of a pledge, a gift or a project: of the `version` that was looked at."""

    version: Version


class Cancellation(Shape):
    """Cancel a project: of the `version` that was looked at. `words` are for its supporters."""

    version: Version
    words: SupportWords = ""


class UpdateDraft(Shape):
    """News for all who support a project. `id` is made by the client: sent twice, it is said once."""

    id: Id
    text: MessageText


class TeamLink(Shape):
    """The code by which others join the team, until somebody is taken out of it."""

    code: TeamCode


class TeamMember(Shape):
    """Who is behind a project, since when."""

    person: Person
    role: Role
    since: datetime


class Supporter(Shape):
    """Who is thanked by name, and for what; never for how much."""

    person: Person
    what: SupportKind
    at: datetime


class Terms(Shape):
    """A project's terms as one reader sees them: `instructions` are null for who has not promised anything.

    `release` is what becomes of the smiles. `decide_by`: the project is over, and until then its owner says
    so; else they go back. `farewell` is what they said to its supporters when they cancelled it, and null for
    everybody else.
    """

    reach: Reach
    target_cents: int | None
    target_smiles: int | None
    closes_at: datetime
    ended_at: datetime | None
    instructions: str | None
    release: Release
    decide_by: datetime | None
    farewell: str | None


class Support(Shape):
    """Pledges and gifts, a thousand of each at most.

    First those that are promised or held, then the others, each the newest first.
    """

    pledges: list[Pledge]
    gifts: list[Gift]


class HiddenProject(Shape):
    """What the reader still has in a project that moderators have hidden, of which nothing else is shown.

    `owner` is whose it is. If it stays hidden, what they promised ends by the clock at `promises_until`, and
    what is held comes back by `smiles_until`; null: not by the clock.
    """

    id: Id
    owner: Person
    promises_until: datetime | None
    smiles_until: datetime | None
    mine: Support


class HiddenProjects(Shape):
    """Hidden projects in which something of the reader is promised or held, the last hidden first."""

    projects: list[HiddenProject]


class ProjectView(Shape):
    """A project as one reader sees it; how far it has come is its listing's `progress`.

    `supporters` are the newest 50 who want to be named, and `anonymous` is how many others there are.
    `tasks` are its requests, those that are open first. `held_smiles` wait. `mine` is the reader's own.
    """

    listing: Listing
    terms: Terms
    team: list[TeamMember]
    supporters: list[Supporter]
    anonymous: int
    tasks: list[ListingBrief]
    updates: list[Message]
    held_smiles: int
    mine: Support
    may: list[ProjectVerb]


class FarQuery(Shape):
    """From where one looks; in a body, since a URL is kept in logs and histories."""

    at: Place


class FarProjects(Shape):
    """Projects beyond the mile that one may support from there: regional ones first, each nearest first."""

    projects: list[Pin]
