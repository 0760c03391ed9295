"""What there is of photos: their rows, read past the server's own code, and the files where they lie."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession as Session

from tests.faults.ledger import as_json, rows


@dataclass(frozen=True)
class Kept:
    """A row of a photo, of whose listing it is, and the files that it should have."""

    id: str
    owner: str
    name: str
    listing: str | None
    should: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Album:
    """The photos of a crowd. `files` are by name all that lie in the store; `names` those of anybody's rows.

    `shown` are the names of photos by listing, as it shows them.
    """

    photos: dict[str, Kept] = field(default_factory=dict)
    shown: dict[str, list[str]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    files: dict[str, frozenset[str]] = field(default_factory=dict)


async def read_album(session: Session, members: list[str], store: Path) -> Album:
    """Read the photos of `members`. Files are looked at last: they come before their row."""
    photos = await rows(
        session, "SELECT id, owner_id, name, listing_id, widths FROM photo WHERE owner_id IN :of", of=members
    )
    shown = await rows(
        session, "SELECT id, photos FROM listing WHERE author_id IN :of AND photos IS NOT NULL", of=members
    )
    names = await rows(session, "SELECT name FROM photo")
    return Album(
        photos={row[0]: _kept(*row) for row in photos},
        shown={listing: [one["name"] for one in as_json(stored) or ()] for listing, stored in shown},
        names=frozenset(name for (name,) in names),
        files=_files(store),
    )


def _files(store: Path) -> dict[str, frozenset[str]]:
    return {place.name: frozenset(file.name for file in place.iterdir()) for place in store.glob("[!.]*/*")}


def _kept(photo: str, owner: str, name: str, listing: str | None, widths: Any) -> Kept:
    files = {f"{width}.{form}" for width in as_json(widths) for form in ("avif", "webp")}
    return Kept(photo, owner, name, listing, frozenset(files | {"share.jpg"}))
