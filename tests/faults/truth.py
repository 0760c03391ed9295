"""What the database holds, read past the server's own code: the truth that copies are compared with."""

from dataclasses import dataclass, field
from pathlib import Path

from realtime.shapes import Place
from server.database import Database, Session
from tests.faults.album import Album, read_album
from tests.faults.ledger import Ledger, read_ledger, rows
from tests.faults.projects import Projects, read_projects

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
    """A row of a listing; `project` is the one whose task it is."""

    id: str
    author: str
    title: str
    kind: str
    state: str
    version: int
    lon: float
    lat: float
    project: str | None = None

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
    ledger: Ledger = field(default_factory=Ledger)
    projects: Projects = field(default_factory=Projects)
    album: Album = field(default_factory=Album)


async def read_truth(
    database: Database,
    conversations: list[str],
    place: Place,
    members: list[str],
    photos: Path | None = None,
) -> Truth:
    """Read it, all as it was at one moment; `photos` is the folder where they lie."""
    async with database.read() as session:
        if not database.is_sqlite:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return await _read(session, conversations, place, members, photos)


async def _read(
    session: Session, conversations: list[str], place: Place, members: list[str], photos: Path | None
) -> Truth:
    of = {"of": conversations}
    region = {
        "west": place.lon - REGION_DEG,
        "east": place.lon + REGION_DEG,
        "south": place.lat - REGION_DEG,
        "north": place.lat + REGION_DEG,
    }
    messages = await rows(
        session,
        "SELECT id, conversation_id, seq, change, author_id, text,"
        " edited_at IS NOT NULL, deleted_at IS NOT NULL FROM message WHERE conversation_id IN :of",
        **of,
    )
    listings = await rows(
        session,
        "SELECT id, author_id, title, kind, state, version, lon, lat, project_id FROM listing"
        " WHERE lon BETWEEN :west AND :east AND lat BETWEEN :south AND :north OR author_id IN :of",
        **region,
        of=members,
    )
    numbers = await rows(session, "SELECT id, seq FROM conversation WHERE id IN :of", **of)
    unread = await rows(
        session,
        "SELECT conversation_id, member_id, unread FROM participant WHERE conversation_id IN :of",
        **of,
    )
    [(untold,)] = await rows(session, "SELECT count(*) FROM outbox_signal")
    return Truth(
        messages={row[0]: Said(*row) for row in messages},
        numbers={row[0]: row[1] for row in numbers},
        listings={row[0]: Posted(*row) for row in listings},
        unread={(row[0], row[1]): row[2] for row in unread},
        untold=untold,
        ledger=await read_ledger(session, conversations, members),
        projects=await read_projects(session, members),
        album=Album() if photos is None else await read_album(session, members, photos),
    )
