"""The demo written into a database: the same rows that actions write, all in one transaction.

Ages count back from now, so that the town is always as fresh as on the first day. Whoever lives there has
no password, except the few in whose name one may try things.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, text
from sqlmodel import col, func, select

from realtime.shapes import Layer, ListingState, Place
from server.board.models import ConversationRow, ListingRow, MessageRow, ParticipantRow
from server.clock import now
from server.database import Database, Session
from server.demo.projects import Planned, lay_out, projects
from server.demo.town import Posted, Shift, Spoken, Town, town
from server.ids import new_id
from server.listings.kinds import LIFETIMES
from server.listings.later import watch_for_end
from server.listings.places import spot
from server.members.actions import settle
from server.members.models import MemberRow
from server.policy.listings import ALIVE
from server.projects.finding import find_project
from server.projects.progress import recount
from server.settings import Settings
from server.smiles.grants import grant
from server.tables import METADATA

DOMAIN: Final = "demo.example"
PASSWORD: Final = "bonjour-voisin"  # noqa: S105 - printed at every start of the demo
# A neighbour, an association, and somebody who moderates.
OPEN_ACCOUNTS: Final = ("ana", "tandem", "josiane")
MODERATOR: Final = "josiane"
_MEMBERS_FOR = timedelta(days=90)
_TRIGGERS: Final = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")


@dataclass(slots=True)
class Seeding:
    """One writing of the demo: what has been made so far."""

    settings: Settings
    shift: Shift
    password_hash: str
    at: datetime = field(default_factory=now)
    members: dict[str, MemberRow] = field(default_factory=dict)


async def seed(
    database: Database, settings: Settings, centre: tuple[float, float], password_hash: str
) -> None:
    """Write the demo around `centre`, into tables that have nothing in them."""
    demo = town()
    this = Seeding(settings, Shift(demo.centre, centre), password_hash)
    async with database.write() as session:
        _members(session, this, demo)
        await session.flush()
        for member in this.members.values():
            await grant(session, settings, member)
        for posted in (*demo.listings, *demo.mags):
            await _listing(session, this, posted)
        for planned in projects():
            await _project(session, this, planned)


async def clear(database: Database) -> None:
    """Take everything out of the database, which is SQLite's, also what is only ever added."""
    async with database.write() as session:
        connection = await session.connection()
        triggers = (await connection.execute(_TRIGGERS)).all()
        for name, _ in triggers:
            await connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        for table in reversed(METADATA.sorted_tables):
            await session.exec(delete(table))
        for _, statement in triggers:
            await connection.exec_driver_sql(statement)


async def print_of(database: Database) -> list[int]:
    """Return numbers that change when anybody changes anything: by them an untouched demo is known."""
    numbers = (
        select(func.count()).select_from(MemberRow),
        select(func.count()).select_from(ListingRow),
        select(func.coalesce(func.sum(ListingRow.version), 0)),
        select(func.count()).select_from(MessageRow),
        select(func.coalesce(func.sum(ConversationRow.seq), 0)),
    )
    async with database.read() as session:
        return [int((await session.exec(number)).one()) for number in numbers]


def address(key: str) -> str:
    """Return the e-mail address of a demo member."""
    return f"{key}@{DOMAIN}"


def _members(session: Session, this: Seeding, demo: Town) -> None:
    since = this.at - _MEMBERS_FOR
    for one in demo.members:
        member = MemberRow(
            id=new_id(),
            email=address(one.key),
            password_hash=this.password_hash if one.key in OPEN_ACCOUNTS else None,
            name=one.name,
            kind=one.kind,
            locale="fr",
            moderator=one.key == MODERATOR,
            verified_at=since,
            created_at=since,
        )
        lon, lat = this.shift.move(one.home)
        settle(this.settings, member, Place(lon=lon, lat=lat))
        this.members[one.key] = member
        session.add(member)


async def _project(session: Session, this: Seeding, planned: Planned) -> None:
    """Write a project with its tasks and with what supports it, and count it."""
    row = await _listing(session, this, planned)
    await lay_out(session, row, planned, this.members)
    for task in planned.tasks:
        await _listing(session, this, planned.task(task), project=row.id)
    await recount(session, await find_project(session, row.id))


async def _listing(
    session: Session, this: Seeding, posted: Posted, *, project: str | None = None
) -> ListingRow:
    author = this.members[posted.author]
    lon, lat = this.shift.move(posted.place)
    where = spot(this.settings, author, Place(lon=lon, lat=lat), posted.precision)
    created = this.at - timedelta(hours=posted.age_hours)
    starts_at, ends_at = posted.dates.from_day(this.at) if posted.dates else (None, None)
    row = ListingRow(
        id=new_id(),
        author_id=author.id,
        thread_id=new_id(),
        kind=posted.kind,
        title=posted.title,
        text=posted.text,
        category=posted.category,
        smiles=posted.smiles,
        state=posted.state,
        created_at=created,
        expires_at=ends_at or created + LIFETIMES[Layer(posted.kind)],
        starts_at=starts_at,
        ends_at=ends_at,
        project_id=project,
        **where._asdict(),
    )
    session.add(row)
    await session.flush()
    await _talk(session, this, row, posted.thread, None)
    for dialog in posted.dialogs:
        await _talk(session, this, row, dialog.messages, this.members[dialog.other])
    if ListingState(row.state) in ALIVE and row.kind != Layer.PROJECT:
        await watch_for_end(session, row)
    return row


async def _talk(
    session: Session, this: Seeding, listing: ListingRow, spoken: list[Spoken], answerer: MemberRow | None
) -> None:
    """Write a conversation with its messages; everybody has read up to what they last said themselves."""
    conversation = listing.thread_id if answerer is None else new_id()
    said = sorted(spoken, key=lambda one: one.after_minutes)
    # What would have been said in the future is said just now.
    times = [min(listing.created_at + timedelta(minutes=one.after_minutes), this.at) for one in said]
    authors = [this.members[one.author].id for one in said]
    row = ConversationRow(
        id=conversation,
        listing_id=listing.id,
        answerer_id=answerer.id if answerer is not None else None,
        seq=len(said),
        last_seq=len(said),
        updated_at=times[-1] if times else listing.created_at,
    )
    session.add(row)
    await session.flush()
    for seq, (one, author, time) in enumerate(zip(said, authors, times, strict=True), start=1):
        message = MessageRow(
            id=new_id(),
            conversation_id=conversation,
            seq=seq,
            change=seq,
            author_id=author,
            text=one.text,
            update=one.update,
            created_at=time,
        )
        session.add(message)
    taking_part = dict.fromkeys([listing.author_id, *([answerer.id] if answerer else []), *authors])
    for member in taking_part:
        read = max((seq for seq, author in enumerate(authors, start=1) if author == member), default=0)
        unread = sum(author != member for author in authors[read:])
        session.add(
            ParticipantRow(conversation_id=conversation, member_id=member, read_seq=read, unread=unread)
        )
    await session.flush()


async def is_empty(database: Database) -> bool:
    """Return whether nobody lives here yet."""
    async with database.read() as session:
        return (await session.exec(select(MemberRow.id).order_by(col(MemberRow.id)).limit(1))).first() is None
