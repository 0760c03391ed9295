"""Photos of a listing: chosen by who writes it, in their order, and let go when they leave it.

What everybody sees of them stands on the listing's row as a document (`realtime.photos.Photo`), so that a
change of photos is a change of the listing. The photos' own rows say where each is used: at one place.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlmodel import col, select, update

from realtime.refusals import Conflict, Invalid, NotFound
from realtime.shapes import Layer
from server.board.models import ListingRow
from server.clock import now
from server.database import Session
from server.members.models import MemberRow
from server.photos.actions import drop_avatar, forget, shaped
from server.photos.models import PhotoRow
from server.photos.schemas import PhotoChoice

MOST: Final[Mapping[Layer, int]] = {Layer.REQUEST: 4, Layer.OFFER: 4, Layer.MAG: 10, Layer.PROJECT: 10}


async def choose(
    session: Session, row: ListingRow, member: str, choices: Sequence[PhotoChoice]
) -> list[PhotoRow]:
    """Set the photos that `row` shows, and return their own rows, locked: to be `use`d once it is written.

    They are the member's own and used nowhere, or there already. Raises `Invalid`, `NotFound` or `Conflict`.
    """
    most = MOST[Layer(row.kind)]
    if len(choices) > most:
        raise Invalid("photos_too_many_here", field="photos", max=most)
    ids = [choice.id for choice in choices]
    if len({*ids}) < len(ids):
        raise Invalid("photo_twice", field="photos")
    found = select(PhotoRow).where(col(PhotoRow.id).in_(ids)).order_by(col(PhotoRow.id)).with_for_update()
    by_id = {photo.id: photo for photo in (await session.exec(found)).all()} if ids else {}
    chosen = [_usable(by_id.get(one), row, member) for one in ids]
    shown = [
        shaped(photo, choice.alt, choice.caption).model_dump(mode="json")
        for photo, choice in zip(chosen, choices, strict=True)
    ]
    if shown != (row.photos or []):
        row.photos = shown or None
    return chosen


async def use(session: Session, row: ListingRow, chosen: Sequence[PhotoRow]) -> None:
    """Note that the listing shows the photos that were chosen, and no others any more."""
    here = select(PhotoRow).where(col(PhotoRow.listing_id) == row.id).with_for_update()
    for photo in (await session.exec(here)).all():
        if photo not in chosen:
            photo.used_at = photo.listing_id = None
    for photo in chosen:
        if photo.listing_id != row.id:
            photo.used_at, photo.listing_id = now(), row.id


async def take_photos_away(session: Session, row: ListingRow) -> None:
    """Delete the photos of a listing that is being deleted."""
    if row.photos:
        row.photos = None
        here = select(PhotoRow).where(col(PhotoRow.listing_id) == row.id).with_for_update()
        await forget(session, (await session.exec(here)).all())


async def leave_no_photo(session: Session, member: MemberRow) -> None:
    """Delete the avatar and the photos of a member who leaves, whose listings are gone.

    What they gave to a project of others stays there, and is from then on its author's.
    """
    await drop_avatar(session, member)
    theirs = col(PhotoRow.owner_id) == member.id
    unused = select(PhotoRow).where(theirs, col(PhotoRow.listing_id).is_(None)).with_for_update()
    await forget(session, (await session.exec(unused)).all())
    author = select(ListingRow.author_id).where(col(ListingRow.id) == col(PhotoRow.listing_id))
    await session.exec(update(PhotoRow).where(theirs).values(owner_id=author.scalar_subquery()))


def _usable(photo: PhotoRow | None, row: ListingRow, member: str) -> PhotoRow:
    if photo is None or (photo.listing_id != row.id and photo.owner_id != member):
        raise NotFound("photo_unknown", field="photos")
    if photo.kind != "photo" or (photo.used_at is not None and photo.listing_id != row.id):
        raise Conflict("photo_elsewhere", field="photos")
    return photo
