"""What the clients did and what became of it, as far as they could tell: the checker's one source.

Times are of the run's monotonic clock, in seconds.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from tests.faults.copies import ConversationCopy, ExchangesCopy, InboxCopy, MapCopy, PanelCopy, PurseCopy

SmileKind = Literal[
    "propose", "amend", "accept", "decline", "cancel", "finish", "confirm", "report", "object", "dispute"
]
# What supporters and owners do with projects; conclude: close before its time; call_off: cancel.
ProjectKind = Literal[
    "give",
    "take_back",
    "promise",
    "withdraw",
    "receive",
    "unreceive",
    "conclude",
    "call_off",
    "release",
    "return",
    "leave",
]
PhotoKind = Literal["photo", "throw", "look"]
DeedKind = Literal["post", "edit", "delete", "publish", "move", "close"] | SmileKind | ProjectKind | PhotoKind
Server = Literal["bus", "database"]


class Outcome(StrEnum):
    """What a client knows of a deed: an answer came, none came and it gave up, or it was refused.

    Overtaken: refused since somebody else had been first, or since smiles were missing.
    """

    ANSWERED = "answered"
    UNKNOWN = "unknown"
    OVERTAKEN = "overtaken"
    REFUSED = "refused"


@dataclass
class Deed:
    """One thing that a member wanted done once, however often it was sent.

    `subject` is the message, the listing, the exchange, the pledge, the gift or the photo, `where` the
    conversation or the project. `answers` are all that came, of every try; `refusal` is why it was refused.
    `version` is what a step follows on.
    """

    kind: DeedKind
    member: str
    subject: str
    where: str = ""
    text: str = ""
    tries: int = 0
    outcome: Outcome = Outcome.UNKNOWN
    refusal: str = ""
    answers: list[dict[str, Any]] = field(default_factory=list)
    version: int = 0


class Attempt(NamedTuple):
    """One try to reach a process. `status` is HTTP's, also for a socket; None: no answer came."""

    web: int
    way: Literal["rest", "socket"]
    writes: bool
    began: float
    ended: float
    status: int | None


@dataclass
class Page:
    """One client's screen, over all the sockets it had: whose it is and what it showed."""

    name: str
    member: str | None
    conversations: dict[str, ConversationCopy] = field(default_factory=dict)
    map: MapCopy | None = None
    panel: PanelCopy | None = None
    inbox: InboxCopy | None = None
    exchanges: ExchangesCopy | None = None
    purse: PurseCopy | None = None
    # How many frames came.
    frames: int = 0
    # Conversations of which anything at all was heard.
    heard_of: set[str] = field(default_factory=set)
    # How often it was told of a purse that is not its own.
    foreign_purses: int = 0
    # Frames that were not of the protocol.
    unreadable: list[str] = field(default_factory=list)
    # Whom its last welcome was for, and whether they have been told since that they are signed out.
    who: str | None = None
    signed_out: bool = False
    # Why its sockets ended: a close code, or 1006.
    ends: list[int] = field(default_factory=list)


class Outage(NamedTuple):
    """A time in which processes `webs` were without their "bus" or their "database"."""

    of: Server
    webs: frozenset[int]
    began: float
    ended: float


@dataclass
class History:
    """All that the clients of one crowd did and saw."""

    deeds: list[Deed] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    # Who may read a private dialog; threads are everybody's.
    dialogs: dict[str, frozenset[str]] = field(default_factory=dict)
    # The projects and the names of the photos that everybody knows of, in the order in which they came; and
    # the thread of the one project that lasts, by its id.
    projects: list[str] = field(default_factory=list)
    lasting: dict[str, str] = field(default_factory=dict)
    photos: list[str] = field(default_factory=list)

    @contextmanager
    def outage(self, of: Server, *webs: int) -> Iterator[None]:
        """Note that, in the block, processes `webs` are without what is `of`."""
        began = now()
        yield
        self.outages.append(Outage(of, frozenset(webs), began, now()))


def now() -> float:
    """Return the time of the run."""
    return time.monotonic()
