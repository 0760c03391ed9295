"""A town for measurements: members who are signed in, listings where people live, a thread under each."""

import asyncio
import random
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert

from geo.position import Point
from realtime.people import MemberKind
from realtime.shapes import Category, ListingState, Precision
from server import migrations
from server.board.models import ConversationRow, ListingRow
from server.clock import now
from server.database import Database, Session
from server.ids import new_id
from server.members.models import MemberRow, SessionRow
from server.members.sessions import IDLE, hashed
from server.tables import Row

TOWNS: Final = 200
LAYERS: Final = ("request", "offer", "project", "mag")
_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Town:
    """A filled database: where it is, the cookies' tokens of its members, the threads of its listings."""

    database_url: str
    tokens: list[str]
    threads: list[str]
    points: list[Point]


def clustered(pins: int, chance: random.Random) -> list[Point]:
    """Return points as people live: 200 towns of about 3 km, the n-th a n-th as populous as the first."""
    towns = [(chance.uniform(-5, 8), chance.uniform(43, 50)) for _ in range(TOWNS)]
    homes = chance.choices(towns, [1 / (n + 1) for n in range(len(towns))], k=pins)
    return [Point(chance.gauss(lon, 0.04), chance.gauss(lat, 0.027)) for lon, lat in homes]


def founded(members: int, listings: int, database_url: str = "") -> Town:
    """Return a town in the empty database at `database_url`; without one, in a temporary SQLite file."""
    if not database_url:
        folder = Path(tempfile.mkdtemp(prefix="onemile-bench-"))
        database_url = f"sqlite+aiosqlite:///{folder / 'town.sqlite3'}"
    return asyncio.run(_found(database_url, members, listings))


async def _found(url: str, members: int, listings: int) -> Town:
    database = Database(url)
    await migrations.upgrade(database)
    points = clustered(listings, random.Random(1))
    people = [_member(n) for n in range(members)]
    tokens = [secrets.token_urlsafe(32) for _ in people]
    posted = [_listing(people[n % members]["id"], point, n) for n, point in enumerate(points)]
    async with database.write() as session:
        await _fill(session, MemberRow, people)
        await _fill(session, SessionRow, map(_session, people, tokens))
        await _fill(session, ListingRow, posted)
        await _fill(session, ConversationRow, map(_thread, posted))
    await database.aclose()
    return Town(url, tokens, [one["thread_id"] for one in posted], points)


async def _fill(session: Session, table: type[Row], rows: Iterable[dict[str, Any]]) -> None:
    waiting = list(rows)
    for start in range(0, len(waiting), _ROWS_AT_ONCE):
        await session.execute(insert(table), waiting[start : start + _ROWS_AT_ONCE])


def _member(n: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "email": f"neighbour-{n}@example.org",
        "name": f"Voisine {n}",
        "kind": MemberKind.INDIVIDUAL.value,
        "locale": "fr",
        "moderator": False,
        "shows_presence": True,
        "shows_reads": True,
        "verified_at": now(),
        "created_at": now(),
    }


def _session(member: dict[str, Any], token: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "member_id": member["id"],
        "token_hash": hashed(token),
        "device": "Firefox",
        "created_at": now(),
        "seen_at": now(),
        "expires_at": now() + IDLE,
    }


def _listing(author: str, point: Point, n: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "author_id": author,
        "thread_id": new_id(),
        "kind": LAYERS[n % len(LAYERS)],
        "title": "Tondre la pelouse samedi",
        "text": "Une heure, samedi matin, avec ma tondeuse.",
        "category": Category.GARDEN.value,
        "smiles": 3,
        "state": ListingState.OPEN.value,
        "lon": point.lon,
        "lat": point.lat,
        "precision": Precision.APPROXIMATE.value,
        "cell": "0/0",
        "created_at": now(),
        "expires_at": now() + timedelta(days=30),
        "version": 1,
    }


def _thread(listing: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": listing["thread_id"],
        "listing_id": listing["id"],
        "answerer_id": None,
        "seq": 0,
        "last_seq": 0,
        "updated_at": now(),
    }
