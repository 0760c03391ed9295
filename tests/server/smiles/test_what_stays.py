"""What was booked stays, and only what can be counted is booked: the database sees to it (L3, L8)."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from server.clock import now
from server.ids import new_id
from server.smiles import ledger, purses
from server.smiles.accounts import earned
from server.smiles.models import EntryRow, TransferRow
from server.smiles.transfers import MOST, Transfer
from tests.server.board.town import Town


async def a_member(town: Town, granted: int = 0) -> str:
    """Let somebody live here; return their id."""
    person = (await town.member("Ana")).member
    assert person is not None
    if granted:
        async with town.database.write() as session:
            await ledger.give(session, "grant", person.id, granted, key=f"grant:{person.id}")
    return person.id


@pytest.mark.parametrize("table", ["smile_transfer", "smile_entry"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}"])
async def test_the_database_refuses_to_change_or_delete_what_was_booked(
    town: Town, table: str, change: str
) -> None:
    ana = await a_member(town, granted=5)
    edit = {"smile_transfer": "reason = 'referral'", "smile_entry": "amount = amount * 2"}[table]

    with pytest.raises(DBAPIError, match="only ever added"):
        async with town.database.engine.begin() as connection:
            await connection.execute(text(change.format(table, edit)))

    async with town.database.read() as session:
        assert (await purses.purse(session, ana)).balance == 5
        assert list(await session.exec(select(TransferRow.reason))) == ["grant"]


@pytest.mark.parametrize("amount", [0, MOST + 1, -MOST - 1])
async def test_the_database_itself_takes_only_amounts_that_can_be_counted(town: Town, amount: int) -> None:
    ana = await a_member(town, granted=5)
    async with town.database.write() as session:
        row = TransferRow(id=new_id(), key="odd", reason="correct", at=now())
        session.add(row)

    with pytest.raises(DBAPIError):
        async with town.database.write() as session:
            session.add(EntryRow(account_id=earned(ana).id, transfer_id=row.id, amount=amount))


@pytest.mark.parametrize("amount", [0, 0.5, 1.0, MOST + 1, float("nan"), float("inf")])
async def test_no_transfer_moves_a_part_of_a_smile_nor_more_than_can_be_counted(
    town: Town, amount: Any
) -> None:
    ana, bo = await a_member(town), await a_member(town)

    with pytest.raises(ValueError, match=r"sum to 0|whole number"):
        async with town.database.write() as session:
            await ledger.book(session, Transfer("odd", "correct", {earned(ana): -amount, earned(bo): amount}))
