"""What the database holds, read past the server's own code: the truth that copies are compared with."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, text

from realtime.shapes import Place
from server.database import Database

# Pins of other crowds are farther away than this.
REGION_DEG = 0.2


@dataclass(frozen=True)
class Said:
    """A row of a message."""

    id: str
    conversation: str
    seq: int
    change: int
    author: str
    text: str | None
    edited: bool
    deleted: bool


@dataclass(frozen=True)
class Posted:
    """A row of a listing."""

    id: str
    author: str
    title: str
    kind: str
    state: str
    version: int
    lon: float
    lat: float

    @property
    def has_pin(self) -> bool:
        """Whether it is on the map; the crowd hides nothing and nothing of it expires."""
        return self.state in {"open", "in_progress"}


@dataclass(frozen=True)
class Truth:
    """What the database holds of one crowd's conversations and region.

    `numbers` is each conversation's sequence, `unread` how many messages wait for a member in one. `untold`
    counts the signals that still wait in the outbox.
    """

    messages: dict[str, Said]
    numbers: dict[str, int]
    listings: dict[str, Posted]
    unread: dict[tuple[str, str], int]
    untold: int


async def read_truth(database: Database, conversations: list[str], place: Place) -> Truth:
    """Read it."""
    of = {"of": conversations}
    region = {
        "west": place.lon - REGION_DEG,
        "east": place.lon + REGION_DEG,
        "south": place.lat - REGION_DEG,
        "north": place.lat + REGION_DEG,
    }
    messages = await _rows(
        database,
        "SELECT id, conversation_id, seq, change, author_id, text,"
        " edited_at IS NOT NULL, deleted_at IS NOT NULL FROM message WHERE conversation_id IN :of",
        **of,
    )
    listings = await _rows(
        database,
        "SELECT id, author_id, title, kind, state, version, lon, lat FROM listing"
        " WHERE lon BETWEEN :west AND :east AND lat BETWEEN :south AND :north",
        **region,
    )
    numbers = await _rows(database, "SELECT id, seq FROM conversation WHERE id IN :of", **of)
    unread = await _rows(
        database,
        "SELECT conversation_id, member_id, unread FROM participant WHERE conversation_id IN :of",
        **of,
    )
    [(untold,)] = await _rows(database, "SELECT count(*) FROM outbox_signal")
    return Truth(
        messages={row[0]: Said(*row) for row in messages},
        numbers={row[0]: row[1] for row in numbers},
        listings={row[0]: Posted(*row) for row in listings},
        unread={(row[0], row[1]): row[2] for row in unread},
        untold=untold,
    )


async def _rows(database: Database, sql: str, **values: Any) -> list[Any]:
    statement = text(sql)
    if "of" in values:
        statement = statement.bindparams(bindparam("of", expanding=True))
    async with database.read() as session:
        return list((await (await session.connection()).execute(statement, values)).all())
