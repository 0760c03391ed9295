"""A conversation as one of its participants has it: with whom, the last words, how many wait unread.

Most of it is the same for all who take part, and there may be hundreds of them: an `Entry` is what they
share, a `Place` what is each one's own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from realtime.backend import Viewer
from realtime.people import MemberKind, Person
from realtime.shapes import Conversation, ListingState
from realtime.signals import InboxNews
from server.board import shaping
from server.board.models import ConversationRow, ListingRow, MessageRow, ParticipantRow
from server.database import Session
from server.members.models import MemberRow
from server.policy.conversations import ConversationFacts
from server.policy.listings import ListingFacts
from server.policy.matrix import may

_NOBODY = Viewer(address="")
_AUTHOR, _ANSWERER, _WRITER, _READER = (aliased(MemberRow) for _ in range(4))


class Place(NamedTuple):
    """A participant's place in a conversation, with what the rules need to know of them besides."""

    conversation: str
    member: str
    read_seq: int
    unread: int
    moderator: bool = False


class Entry(NamedTuple):
    """A conversation as the inboxes of all its participants have it."""

    talk: ConversationRow
    under: ListingRow
    author: MemberRow
    answerer: MemberRow | None
    last: MessageRow
    writer: MemberRow

    def may_read(self, viewer: Viewer) -> bool:
        """Whether it belongs into this inbox."""
        # Who else answered matters to nobody here: a thread's reader of a deleted listing has left its inbox.
        under = ListingFacts(
            self.under.author_id, ListingState(self.under.state), self.under.hidden_at is not None
        )
        return may(viewer, "read", ConversationFacts(under, self.talk.answerer_id))

    def shape(self, reader: str, read_seq: int = 0, unread: int = 0) -> Conversation:
        """Return it as the inbox of `reader` shows it."""
        other = None if self.answerer is None else self._other_than(reader)
        return Conversation(
            id=self.talk.id,
            kind="thread" if other is None else "dialog",
            listing=shaping.brief(self.under),
            other=other.person() if other else None,
            left=other is not None and other.left_at is not None,
            last=shaping.message(self.last, self.writer),
            unread=unread,
            updated_at=self.talk.updated_at,
            # Each of the three only rises, under the lock of its row, and nothing shown changes without one.
            version=self.talk.seq + read_seq + self.under.version,
        )

    def news(self, places: Iterable[Place]) -> list[InboxNews]:
        """Return what to tell those at `places` who may read it: once to all for whom it looks the same."""
        told: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        anybody = self.may_read(_NOBODY)
        for place in places:
            if anybody or self.may_read(_as_viewer(place)):
                looks_like = "" if self.answerer is None else place.member
                told[looks_like][place.member] = place.unread, place.read_seq
        return [InboxNews(conversation=self.shape(reader), places=theirs) for reader, theirs in told.items()]

    def _other_than(self, reader: str) -> MemberRow | None:
        return self.author if self.talk.answerer_id == reader else self.answerer


class Beneath(NamedTuple):
    """What is said under one listing: conversations that have a message, and who takes part in which."""

    entries: Sequence[Entry] = ()
    places: Mapping[str, Sequence[Place]] = MappingProxyType({})

    def news(self) -> Iterator[InboxNews]:
        """Yield what to tell those who may read it."""
        for entry in self.entries:
            yield from entry.news(self.places[entry.talk.id])

    def dialogs(self, author: Viewer) -> list[Conversation]:
        """Return the dialogs as the listing's author has them, last active first."""
        readable = [one for one in self.entries if one.answerer is not None and one.may_read(author)]
        readable.sort(key=lambda one: (one.talk.updated_at, one.talk.id), reverse=True)
        return [
            entry.shape(place.member, place.read_seq, place.unread)
            for entry in readable
            if (place := self.place(entry.talk.id, entry.author.id)) is not None
        ]

    def place(self, conversation: str, member: str) -> Place | None:
        """Return where a member is in a conversation, if they take part in it."""
        return next((one for one in self.places.get(conversation, ()) if one.member == member), None)


NOTHING_SAID: Final = Beneath()


async def beneath(session: Session, listing: str) -> Beneath:
    """Return what is said under a listing; of most it is nothing, which one short reading tells."""
    there: dict[str, list[Place]] = defaultdict(list)
    for row in await session.exec(_places_beneath(), params={"listing": listing}):
        there[row[0]].append(Place._make(row))
    if not there:
        return NOTHING_SAID
    found = await session.exec(_entries_beneath(), params={"listing": listing})
    return Beneath([Entry._make(row) for row in found], there)


async def conversations(session: Session, *where: ColumnElement[bool]) -> list[Conversation]:
    """Return, last active first, each participant's conversation that they may read and that has a message.

    `where` narrows by `ParticipantRow`, `ConversationRow` or `ListingRow`.
    """
    found = (
        _entries(ParticipantRow, _READER)
        .join(ParticipantRow, col(ParticipantRow.conversation_id) == ConversationRow.id)
        .join(_READER, col(_READER.id) == ParticipantRow.member_id)
        .where(*where)
        .order_by(col(ConversationRow.updated_at).desc(), col(ConversationRow.id).desc())
    )
    rows = [(Entry._make(row[:6]), *row[6:]) for row in await session.exec(found)]
    return [
        entry.shape(member.id, place.read_seq, place.unread)
        for entry, place, member in rows
        if entry.may_read(as_viewer(member))
    ]


async def entries(session: Session, *where: ColumnElement[bool]) -> list[Entry]:
    """Return conversations that have a message; `where` narrows by `ConversationRow` or `ListingRow`."""
    return [Entry._make(row) for row in await session.exec(_entries().where(*where))]


async def places(session: Session, *where: ColumnElement[bool]) -> list[Place]:
    """Return who takes part where; `where` narrows by `ParticipantRow` or `ConversationRow`."""
    return [Place._make(row) for row in await session.exec(_places().where(*where))]


def as_viewer(member: MemberRow) -> Viewer:
    """Return a member as the policy sees them when an event, not a request of theirs, asks it."""
    return Viewer(address="", locale=member.locale, member=member.person(), moderator=member.moderator)


def _as_viewer(place: Place) -> Viewer:
    nameless = Person(id=place.member, name="", kind=MemberKind.INDIVIDUAL)
    return Viewer(address="", member=nameless, moderator=place.moderator)


# Made once: making these statements takes longer than carrying them out.
@cache
def _places_beneath() -> Select[Any]:
    listing = col(ConversationRow.listing_id) == bindparam("listing")
    return _places().where(listing, col(ConversationRow.last_seq) > 0)


@cache
def _entries_beneath() -> Select[Any]:
    return _entries().where(col(ConversationRow.listing_id) == bindparam("listing"))


def _places() -> Select[Any]:
    found: Select[Any] = (
        # Columns, no rows: a busy thread has hundreds.
        select(  # type: ignore[call-overload]
            ParticipantRow.conversation_id,
            ParticipantRow.member_id,
            ParticipantRow.read_seq,
            ParticipantRow.unread,
            MemberRow.moderator,
        )
        .join(MemberRow, col(MemberRow.id) == col(ParticipantRow.member_id))
        .join(ConversationRow, col(ConversationRow.id) == col(ParticipantRow.conversation_id))
    )
    return found


def _entries(*more: Any) -> Select[*tuple[Any, ...]]:
    entities: Any = (ConversationRow, ListingRow, _AUTHOR, _ANSWERER, MessageRow, _WRITER, *more)
    found: Select[*tuple[Any, ...]] = select(*entities)
    last = (col(MessageRow.conversation_id) == ConversationRow.id) & (
        col(MessageRow.seq) == ConversationRow.last_seq
    )
    return (
        found.select_from(ConversationRow)
        .join(ListingRow, col(ListingRow.id) == ConversationRow.listing_id)
        .join(_AUTHOR, col(_AUTHOR.id) == ListingRow.author_id)
        .outerjoin(_ANSWERER, col(_ANSWERER.id) == ConversationRow.answerer_id)
        .join(MessageRow, last)
        .join(_WRITER, col(_WRITER.id) == MessageRow.author_id)
        # Counters are changed in the database, past what the session holds.
        .execution_options(populate_existing=True)
    )
