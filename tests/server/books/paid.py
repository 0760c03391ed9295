"""Members with smiles, and exchanges between them as the ledger sees them."""

from datetime import timedelta

from realtime.backend import Viewer
from realtime.people import Person
from server.board.exchanges import ExchangeRow
from server.clock import now
from server.ids import new_id
from server.smiles import holds, ledger
from tests.server.board.town import Town


def person(viewer: Viewer) -> Person:
    """Return the member who looks."""
    assert viewer.member is not None
    return viewer.member


async def a_member(town: Town, name: str = "Ana", granted: int = 0) -> Viewer:
    """Let somebody live here who has been granted smiles."""
    viewer = await town.member(name)
    if granted:
        async with town.database.write() as session:
            await ledger.give(session, "grant", person(viewer).id, granted, key=f"grant:{person(viewer).id}")
    return viewer


async def an_exchange(
    town: Town, helper: Viewer, beneficiary: Viewer, smiles: int, *, listing: str | None = None
) -> str:
    """Have smiles held for the helper of a listing of the beneficiary; return the exchange."""
    listing = listing or (await town.publish(beneficiary)).listing.id
    dialog = await town.dialog(helper, listing)
    row = ExchangeRow(
        id=new_id(),
        conversation_id=dialog,
        listing_id=listing,
        helper_id=person(helper).id,
        beneficiary_id=person(beneficiary).id,
        smiles=smiles,
        state="accepted",
        proposed_by_id=person(helper).id,
        due="expire",
        due_at=now() + timedelta(days=30),
        created_at=now(),
        updated_at=now(),
    )
    async with town.database.write() as session:
        session.add(row)
        await session.flush()
        await holds.put_on_hold(
            session,
            row.id,
            row.beneficiary_id,
            smiles,
            key=f"exchange:{row.id}:hold",
            by=row.beneficiary_id,
        )
    return row.id


async def ends(town: Town, exchange: str, to_helper: int, state: str = "confirmed") -> None:
    """Have an exchange end with so many smiles for the helper."""
    async with town.database.write() as session:
        row = await session.get_one(ExchangeRow, exchange)
        row.state, row.to_helper, row.ended_at, row.due = state, to_helper, now(), None
        await session.flush()
        await holds.release(
            session,
            row.id,
            row.beneficiary_id,
            row.helper_id,
            to_helper,
            key=f"exchange:{row.id}:end",
            by=row.beneficiary_id,
        )
