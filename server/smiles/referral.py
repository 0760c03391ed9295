"""What a sponsor is given for a newcomer, and what keeps it from being made up.

It comes when the newcomer completes an exchange in which smiles passed, with somebody who is neither their
sponsor nor near in the same family of invitations. A newcomer is rewarded for once per person, and a sponsor
for so many newcomers at most. `docs/smiles.md` says how much a ring of made-up members can mint, and why no
more.
"""

from typing import Any

from sqlmodel import col, func, select

from realtime.refusals import Conflict
from server.board.exchanges import COMPLETED
from server.database import Session
from server.jobs import job
from server.members.models import MemberRow
from server.settings import Settings
from server.site import Site
from server.smiles import ledger, locks
from server.smiles.accounts import earned, mint
from server.smiles.models import AccountRow, EntryRow, TransferRow
from server.smiles.persons import person_of


@job(COMPLETED)
async def reward(site: Site, payload: dict[str, Any]) -> None:
    """Give their sponsors what is due for the two of a completed exchange."""
    helper, beneficiary = payload["helper"], payload["beneficiary"]
    async with site.database.write() as session:
        # A gift is free to pretend.
        if not await _smiles_passed(session, payload["exchange"]):
            return
        people = await _present(session, helper, beneficiary)
        due = [
            one
            for one in ((helper, beneficiary), (beneficiary, helper))
            if _may_be_due(site.settings, people, *one)
        ]
        # All that will be booked, at once: of two exchanges whose sponsors are each other's, neither waits
        # for ever. And counted under the lock: of two newcomers at once the last one allowed is one.
        sponsors = [earned(people[newcomer].sponsor_id or "") for newcomer, _ in due]
        if sponsors:
            await locks.lock(session, [*sponsors, mint("referral")])
        for newcomer, _ in due:
            await _reward(session, site.settings, people[newcomer])


async def rewarded(session: Session, sponsor: str) -> int:
    """Return for how many newcomers `sponsor` has been rewarded."""
    count = (
        select(func.count())
        .select_from(EntryRow)
        .join(TransferRow, col(TransferRow.id) == col(EntryRow.transfer_id))
        .where(col(EntryRow.account_id) == earned(sponsor).id, col(TransferRow.reason) == "referral")
    )
    return (await session.exec(count)).one()


def _may_be_due(settings: Settings, people: dict[str, MemberRow], newcomer: str, other: str) -> bool:
    """Say whether there is somebody to reward for `newcomer`, by who the three are."""
    if newcomer not in people or other not in people or settings.referral_smiles == 0:
        return False
    sponsor = people.get(people[newcomer].sponsor_id or "")
    if sponsor is None or _near(people[newcomer], people[other], sponsor):
        return False
    persons = {person_of(settings, one.email) for one in (people[newcomer], people[other], sponsor)}
    return len(persons) == 3


async def _reward(session: Session, settings: Settings, newcomer: MemberRow) -> None:
    """Reward the sponsor of `newcomer`, whose accounts are locked, unless it is too much or too late."""
    sponsor, person = newcomer.sponsor_id or "", person_of(settings, newcomer.email)
    if await rewarded(session, sponsor) >= settings.referral_most:
        return
    if await _was_here_before(session, newcomer, person):
        return
    try:
        await ledger.give(
            session,
            "referral",
            sponsor,
            settings.referral_smiles,
            key=f"referral:{person}",
            by=newcomer.id,
        )
    except Conflict:
        # This person has been rewarded for before, to another sponsor or as another member.
        return


async def _was_here_before(session: Session, newcomer: MemberRow, person: str) -> bool:
    """Say whether this person was given the grant as another member: who comes again is no newcomer."""
    granted = (
        select(AccountRow.owner_id)
        .join(EntryRow, col(EntryRow.account_id) == col(AccountRow.id))
        .join(TransferRow, col(TransferRow.id) == col(EntryRow.transfer_id))
        .where(col(TransferRow.key) == f"grant:{person}", col(AccountRow.owner_id).is_not(None))
    )
    owner = (await session.exec(granted)).first()
    return owner is not None and owner != newcomer.id


def _near(newcomer: MemberRow, other: MemberRow, sponsor: MemberRow) -> bool:
    """Say whether `other` invited the newcomer or their sponsor, or was invited by either of them."""
    return other.id in {sponsor.id, sponsor.sponsor_id} or other.sponsor_id in {newcomer.id, sponsor.id}


async def _present(session: Session, helper: str, beneficiary: str) -> dict[str, MemberRow]:
    """Return the two and their sponsors, those who are members now, locked so that they remain it."""
    parties = select(MemberRow.sponsor_id).where(col(MemberRow.id).in_((helper, beneficiary)))
    wanted = {helper, beneficiary, *(one for one in await session.exec(parties) if one is not None)}
    found = (
        select(MemberRow)
        .where(col(MemberRow.id).in_(wanted), col(MemberRow.verified_at).is_not(None))
        .order_by(col(MemberRow.id))
        .with_for_update(read=True)
    )
    return {member.id: member for member in await session.exec(found)}


async def _smiles_passed(session: Session, exchange: str) -> bool:
    released = select(TransferRow.id).where(
        col(TransferRow.exchange_id) == exchange, col(TransferRow.reason) == "release"
    )
    return (await session.exec(released.limit(1))).first() is not None
