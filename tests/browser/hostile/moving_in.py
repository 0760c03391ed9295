"""Members who are called by hostile texts, each with a listing of that title, written all at once.

Their words are read as those of a request are; signing up and publishing by so many would take two minutes.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter

from server.board.models import ConversationRow, ListingRow
from server.clock import now
from server.database import Database
from server.ids import new_id
from server.listings.places import spot
from server.listings.schemas import ListingDraft
from server.members import sessions
from server.members.models import MemberRow
from server.members.schemas import Name
from server.settings import Settings
from tests.browser.hostile.texts import line
from tests.browser.house import Account, House

_NAME: Final[TypeAdapter[str]] = TypeAdapter(Name)


class MovedIn(NamedTuple):
    """A member who is signed in, and what they published, as everybody sees it."""

    account: Account
    card: dict[str, Any]


def move_in(house: House, drafts: Sequence[dict[str, Any]], user_agent: str) -> list[MovedIn]:
    """Let the author of each draft come into `house`, called by its text; none of them has smiles."""
    read = [ListingDraft.model_validate(draft) for draft in drafts]
    # It knows its pins from its start.
    house.stop()
    # A loop of its own: this thread's is Playwright's.
    with ThreadPoolExecutor(1) as aside:
        moved = aside.submit(asyncio.run, _move_in(house, read, user_agent)).result()
    house.start()
    return moved


async def _move_in(house: House, drafts: Sequence[ListingDraft], user_agent: str) -> list[MovedIn]:
    database, settings = Database(f"sqlite+aiosqlite:///{house.database}"), Settings()
    members = [_member(at, draft) for at, draft in enumerate(drafts)]
    listings = [_listing(settings, *pair) for pair in zip(members, drafts, strict=True)]
    threads = [ConversationRow(id=one.thread_id, listing_id=one.id, updated_at=now()) for one in listings]
    async with database.write() as session:
        for rows in (members, listings, threads):
            session.add_all(rows)
            await session.flush()
        tokens = [await sessions.start(session, member, user_agent) for member in members]
        moved = [_moved_in(*each) for each in zip(members, listings, tokens, strict=True)]
    await database.aclose()
    return moved


def _member(at: int, draft: ListingDraft) -> MemberRow:
    name = line(draft.text, 40)
    return MemberRow(
        id=new_id(),
        email=f"hostile.{at}@test.example",
        name=_NAME.validate_python(name if len(name) > 1 else f"{name} !"),
        kind="association" if at % 2 else "individual",
        locale="fr",
        verified_at=now(),
        created_at=now(),
    )


def _listing(settings: Settings, author: MemberRow, draft: ListingDraft) -> ListingRow:
    return ListingRow(
        id=draft.id,
        author_id=author.id,
        thread_id=new_id(),
        kind=draft.kind,
        title=draft.title,
        text=draft.text,
        category=draft.category,
        smiles=draft.smiles,
        state="open",
        created_at=now(),
        expires_at=now() + timedelta(days=30),
        **spot(settings, author, draft.place, draft.precision)._asdict(),
    )


def _moved_in(member: MemberRow, listing: ListingRow, token: str) -> MovedIn:
    card = {"id": listing.id, "title": listing.title, "author": {"id": member.id, "name": member.name}}
    return MovedIn(Account(member.id, member.name, member.email, token), card)
