"""What nobody shows goes: photos that were sent and never used, and files that no photo is named for.

Files come before their row and go after it, so a crash leaves files, never a photo without any.
"""

from datetime import timedelta
from typing import Any, Final

from sqlmodel import col, select

from server.clock import now
from server.database import Session
from server.jobs import job
from server.photos.actions import UNUSED_FOR, forget
from server.photos.models import PhotoRow
from server.site import Site

_AT_ONCE: Final = 200


@job("photos.sweep", every=timedelta(hours=1))
async def sweep_unused(site: Site, _: dict[str, Any]) -> None:
    """Delete the photos that have been used nowhere for a day."""
    while await _sweep_some(site):
        pass


@job("photos.sweep_files", every=timedelta(days=1))
async def sweep_files(site: Site, _: dict[str, Any]) -> None:
    """Delete the files that belong to no photo, unless somebody may still be at it."""
    batch: list[str] = []
    async for name in site.album.store.names(now() - UNUSED_FOR):
        batch.append(name)
        if len(batch) == _AT_ONCE:
            await _delete_nameless(site, batch)
            batch = []
    await _delete_nameless(site, batch)


async def _sweep_some(site: Site) -> bool:
    unused = col(PhotoRow.used_at).is_(None), col(PhotoRow.created_at) < now() - UNUSED_FOR
    found = select(PhotoRow).where(*unused).limit(_AT_ONCE).with_for_update(skip_locked=True)
    async with site.database.write() as session:
        rows = (await session.exec(found)).all()
        await forget(session, rows)
    return len(rows) == _AT_ONCE


async def _delete_nameless(site: Site, names: list[str]) -> None:
    async with site.database.read() as session:
        known = await _known(session, names)
    for name in names:
        if name not in known:
            await site.album.store.delete(name)


async def _known(session: Session, names: list[str]) -> set[str]:
    return set((await session.exec(select(PhotoRow.name).where(col(PhotoRow.name).in_(names)))).all())
