"""The grant: what everybody is given at first, once their address is proved, and once per person."""

from datetime import timedelta
from typing import Any, Final

from sqlmodel import col, exists, select
from sqlmodel.sql.expression import SelectOfScalar

from realtime.refusals import Conflict
from server.database import Session
from server.jobs import job
from server.members.actions import ADDRESS_PROVED
from server.members.models import MemberRow
from server.outbox import enqueue
from server.settings import Settings
from server.site import Site
from server.smiles import ledger
from server.smiles.models import AccountRow, EntryRow, TransferRow
from server.smiles.persons import person_of

CATCH_UP: Final = "smiles.grants"
# In one run: a job has its time.
_AT_ONCE: Final = 200


async def grant(session: Session, settings: Settings, member: MemberRow) -> bool:
    """Give `member` the grant unless this person has had it; return whether they got it now.

    Their row must be locked, so that they do not leave meanwhile.
    """
    if member.verified_at is None or settings.smiles_grant == 0:
        return False
    key = f"grant:{person_of(settings, member.email)}"
    try:
        return await ledger.give(session, "grant", member.id, settings.smiles_grant, key=key)
    except Conflict:
        # Under this key something else was booked: to an account that they had before, or in another amount.
        return False


@job(ADDRESS_PROVED)
async def welcome(site: Site, payload: dict[str, Any]) -> None:
    """Give the grant to who has just proved their address."""
    await _give(site, payload["member"])


@job(CATCH_UP, every=timedelta(days=1))
async def catch_up(site: Site, payload: dict[str, Any]) -> None:
    """Give the grant to all who have not had it: members from before there were smiles, above all.

    A member is a transaction, so that it goes on where it was cut off; after some it leaves the rest to a
    job that follows.
    """
    after: str = payload.get("after", "")
    async with site.database.read() as session:
        waiting = list(await session.exec(_without_grant(after)))
    for member in waiting:
        await _give(site, member)
    if len(waiting) == _AT_ONCE:
        async with site.database.write() as session:
            await enqueue(session, CATCH_UP, {"after": waiting[-1]})


async def _give(site: Site, member: str) -> None:
    async with site.database.write() as session:
        row = await session.get_one(MemberRow, member, with_for_update={"read": True})
        await grant(session, site.settings, row)


def _without_grant(after: str) -> SelectOfScalar[str]:
    granted = (
        exists()
        .where(col(AccountRow.owner_id) == MemberRow.id)
        .where(col(EntryRow.account_id) == AccountRow.id)
        .where(col(TransferRow.id) == EntryRow.transfer_id, col(TransferRow.reason) == "grant")
    )
    wanted = select(MemberRow.id).where(col(MemberRow.verified_at).is_not(None), ~granted)
    return wanted.where(col(MemberRow.id) > after).order_by(col(MemberRow.id)).limit(_AT_ONCE)
