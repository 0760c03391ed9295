"""What a member does with photos: send one, take one back, be seen by one.

The files are stored before the row: there may be files that no row names (the sweep finds them), never a
photo without files. They go the other way round, by a job.
"""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from sqlmodel import col, func, select
from starlette.requests import Request

from realtime.photos import Photo
from realtime.refusals import Conflict, NotFound, Unavailable
from realtime.signals import IdentityChanged
from server.album import PhotoKind, Prints
from server.clock import now
from server.database import Session
from server.inserting import insert_new
from server.jobs import job
from server.limits import network
from server.members.actions import PERSON_CHANGED
from server.members.finding import oneself
from server.members.models import MemberRow
from server.outbox import emit, enqueue
from server.photos.models import PhotoRow
from server.photos.receiving import Upload, received
from server.site import Site

MOST_UNUSED: Final = 200
UNUSED_FOR: Final = timedelta(hours=24)
FORGET: Final = "photo.forget"


async def keep(site: Site, member_id: str, photo_id: str, kind: PhotoKind, request: Request) -> Photo:
    """Develop and keep the photo in the body of `request`. Sent twice under one id, it is one photo.

    Raises `Conflict` if the id is another photo's or too many of the member's wait to be used, `TooLarge`,
    and whatever the album has against it.
    """
    address = request.client.host if request.client else ""
    with site.album.developer.place(member_id, network(address)) as place:
        await _make_room(site, member_id)
        async with received(request, site.settings.photo_megabytes, place) as upload:
            known = await _known(site, member_id, photo_id, kind, upload)
            if known is not None:
                return known
            prints = await site.album.developer.develop(upload.file, upload.length, kind)
    name = secrets.token_urlsafe(16)
    await site.album.store.put(name, prints.files)
    row = _row(member_id, photo_id, kind, name, upload, prints)
    # Should this fail, nobody may know whether the row was written: the files stay, for the sweep to judge.
    if await _written(site, row):
        return shaped(row)
    with suppress(Unavailable):
        await site.album.store.delete(name)
    known = await _known(site, member_id, photo_id, kind, upload)
    if known is None:
        raise Conflict("id_taken", field="id")
    return known


async def throw_away(site: Site, member_id: str, photo_id: str) -> None:
    """Delete one's own photo that is used nowhere."""
    async with site.database.write() as session:
        row = await session.get(PhotoRow, photo_id, with_for_update=True)
        if row is None or row.owner_id != member_id:
            raise NotFound("photo_unknown")
        if row.used_at is not None:
            raise Conflict("photo_elsewhere")
        await forget(session, [row])


async def be_seen_by(site: Site, member_id: str, photo_id: str | None) -> str | None:
    """Make a photo one's avatar, or have none (None); return its name.

    What it was before is deleted, also what moderators have hidden. Raises `NotFound` or `Conflict`.
    """
    async with site.database.write() as session:
        member = await oneself(session, member_id)
        chosen = None if photo_id is None else await _avatar(session, member_id, photo_id)
        before, name = member.avatar, None if chosen is None else chosen.name
        if name is not None and name == before:
            return name
        await drop_avatar(session, member)
        if chosen is not None:
            chosen.used_at, member.avatar = now(), chosen.name
        if name != before:
            await tell_avatar(session, member)
        return name


async def tell_avatar(session: Session, member: MemberRow) -> None:
    """Have everybody see a member, on whatever they have published, by the avatar that is theirs now."""
    emit(session, IdentityChanged(member=member.id))
    await enqueue(session, PERSON_CHANGED, {"member": member.id})


async def drop_avatar(session: Session, member: MemberRow) -> None:
    """Delete the avatar of a member, whose row is locked: the one that is seen and the one that is hidden."""
    theirs = col(PhotoRow.owner_id) == member.id, col(PhotoRow.kind) == "avatar"
    shown_or_hidden = select(PhotoRow).where(*theirs, col(PhotoRow.used_at).is_not(None))
    await forget(session, (await session.exec(shown_or_hidden)).all())
    member.avatar = None


async def forget(session: Session, rows: Iterable[PhotoRow]) -> None:
    """Delete photos, and their files once that is certain."""
    for row in rows:
        await enqueue(session, FORGET, {"name": row.name})
        await session.delete(row)
    await session.flush()


@job(FORGET)
async def forget_files(site: Site, payload: dict[str, Any]) -> None:
    """Delete the files of a photo that is gone."""
    await site.album.store.delete(payload["name"])


def shaped(row: PhotoRow, alt: str = "", caption: str = "") -> Photo:
    """Return a photo as everybody may see it."""
    return Photo(
        **row.model_dump(include={"id", "name", "width", "height", "widths", "placeholder"}),
        alt=alt,
        caption=caption,
    )


async def _avatar(session: Session, member_id: str, photo_id: str) -> PhotoRow:
    row = await session.get(PhotoRow, photo_id, with_for_update=True)
    if row is None or row.owner_id != member_id:
        raise NotFound("photo_unknown")
    if row.kind != "avatar":
        raise Conflict("photo_no_avatar", field="photo")
    if row.hidden_at is not None:
        raise Conflict("photo_hidden", field="photo")
    return row


async def _make_room(site: Site, member_id: str) -> None:
    unused = select(func.count()).select_from(PhotoRow)
    theirs = unused.where(col(PhotoRow.owner_id) == member_id, col(PhotoRow.used_at).is_(None))
    async with site.database.read() as session:
        if (await session.exec(theirs)).one() >= MOST_UNUSED:
            raise Conflict("too_many_photos", max=MOST_UNUSED)


async def _known(site: Site, member_id: str, photo_id: str, kind: PhotoKind, upload: Upload) -> Photo | None:
    """Return the photo of that id if it is the one that was sent. Raises `Conflict` if it is another."""
    async with site.database.read() as session:
        row = await session.get(PhotoRow, photo_id)
    if row is None:
        return None
    if (row.owner_id, row.kind, row.sha256) != (member_id, kind, upload.sha256):
        raise Conflict("id_taken", field="id")
    return shaped(row)


async def _written(site: Site, row: PhotoRow) -> bool:
    async with site.database.write() as session:
        await oneself(session, row.owner_id)
        return await insert_new(session, row)


def _row(
    member_id: str, photo_id: str, kind: PhotoKind, name: str, upload: Upload, prints: Prints
) -> PhotoRow:
    return PhotoRow(
        id=photo_id,
        owner_id=member_id,
        kind=kind,
        name=name,
        sha256=upload.sha256,
        width=prints.width,
        height=prints.height,
        widths=prints.widths,
        placeholder=prints.placeholder,
        bytes=sum(map(len, prints.files.values())),
        created_at=now(),
    )
