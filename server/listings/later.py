"""What becomes of listings later, without their author: the end of their time, and a new name on their pins.

The jobs of the end ask the listing again when they run: renewed, closed or deleted meanwhile, there is
nothing to do. The author is told three days before, but of an event, whose end is theirs to choose.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import col, select

from realtime.refusals import NotFound
from realtime.shapes import Layer, ListingState
from server import mail
from server.board.finding import Posted, author_of, find_listing
from server.board.models import ListingRow
from server.board.news import tell_listing
from server.board.shaping import address_of
from server.clock import now
from server.database import Session
from server.jobs import job
from server.members.actions import PERSON_CHANGED
from server.outbox import a_job, enqueue_all
from server.policy.listings import ALIVE
from server.site import Site

NOTICE: Final = timedelta(days=3)
EXPIRE: Final = "listing.expire"
REMIND: Final = "listing.remind"


async def watch_for_end(session: Session, row: ListingRow) -> None:
    """Have the listing end at its `expires_at`, and its author told before if they can let it stand."""
    payload = {"listing": row.id, "expires_at": row.expires_at.isoformat()}
    moment = f"{row.id}:{row.expires_at.isoformat()}"
    jobs = [a_job(EXPIRE, payload, run_at=row.expires_at, key=f"{EXPIRE}:{moment}")]
    if row.ends_at is None:
        before = row.expires_at - NOTICE
        jobs.append(a_job(REMIND, payload, run_at=before, key=f"{REMIND}:{moment}"))
    await enqueue_all(session, jobs)


@job(EXPIRE)
async def expire(site: Site, payload: dict[str, Any]) -> None:
    """Take the pin of a listing whose time is over."""
    async with site.database.write() as session:
        posted = await _still_ending(session, payload)
        if posted is None or posted.row.expires_at > now():
            return
        posted.row.state = ListingState.EXPIRED
        posted.row.version += 1
        await session.flush()
        await tell_listing(session, posted)


@job(REMIND)
async def remind(site: Site, payload: dict[str, Any]) -> None:
    """Tell the author that the listing ends in three days, and how to let it stand."""
    async with site.database.write() as session:
        posted = await _still_ending(session, payload)
        if posted is not None and posted.row.hidden_at is None:
            link = address_of(site.settings, posted.row)
            letter = "mag_expires" if posted.row.kind == Layer.MAG else "listing_expires"
            await mail.write(session, posted.author, letter, link=link, title=posted.row.title)


@job(PERSON_CHANGED)
async def rename(site: Site, payload: dict[str, Any]) -> None:
    """Tell of each listing of the member that may be on a screen as if it had changed."""
    async with site.database.write() as session:
        alive = select(ListingRow).where(
            col(ListingRow.author_id) == payload["member"], col(ListingRow.state).in_(ALIVE)
        )
        rows = (await session.exec(alive.order_by(col(ListingRow.id)).with_for_update())).all()
        # Read once nobody else tells of them, so that the last to tell has the last name.
        author = await author_of(session, payload["member"])
        for row in rows:
            row.version += 1
            await tell_listing(session, Posted(row, author, frozenset()))


async def _still_ending(session: Session, payload: dict[str, Any]) -> Posted | None:
    """Return the listing, locked, if it is alive and still to end when the job was written for."""
    try:
        posted = await find_listing(session, payload["listing"], lock=True)
    except NotFound:
        return None
    as_planned = posted.row.expires_at == datetime.fromisoformat(payload["expires_at"])
    return posted if as_planned and posted.row.state in ALIVE else None
