"""The proof finds whatever is wrong with the ledger, and nothing where nothing is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from server.board.exchanges import ExchangeRow
from server.books import proof
from server.clock import now
from server.database import Session
from server.ids import new_id
from server.payments.models import PurchaseRow
from server.smiles import holds, ledger
from server.smiles.accounts import bought, earned
from server.smiles.models import TransferRow
from server.smiles.transfers import Transfer
from tests.server.board.town import Town
from tests.server.books.paid import a_member, an_exchange, ends, person

Deed: TypeAlias = Callable[[Session, "Story"], Awaitable[Any]]


class Story:
    """Two members, a purchase, an exchange that has passed and one that is under way."""

    def __init__(self, ana: str, bo: str, purchase: str, passed: str, under_way: str) -> None:
        self.ana, self.bo, self.purchase = ana, bo, purchase
        self.passed, self.under_way = passed, under_way


async def a_story(town: Town) -> Story:
    ana, bo = await a_member(town, "Ana", 10), await a_member(town, "Bo", 10)
    purchase = PurchaseRow(
        id=new_id(),
        member_id=person(ana).id,
        smiles=5,
        cents=500,
        currency="eur",
        provider="page",
        state="paid",
        refunded=150,
        created_at=now(),
        paid_at=now(),
    )
    async with town.database.write() as session:
        session.add(purchase)
        await session.flush()
        await ledger.give(session, "purchase", person(ana).id, 5, key="bought", purchase=purchase.id)
        await ledger.take_back(session, person(ana).id, 2, key="back", reason="refund", purchase=purchase.id)
    passed = await an_exchange(town, bo, ana, 6)
    await ends(town, passed, 4, "settled")
    under_way = await an_exchange(town, bo, ana, 7)
    return Story(person(ana).id, person(bo).id, purchase.id, passed, under_way)


@asynccontextmanager
async def unguarded(town: Town) -> AsyncIterator[Session]:
    """Write without the triggers that refuse changes: as somebody would who has the database in hand."""
    async with town.database.write() as session:
        if town.database.is_sqlite:
            found = await session.exec(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")  # type: ignore[call-overload]
            )
            for (name,) in found.all():
                await session.exec(text(f"DROP TRIGGER {name}"))  # type: ignore[call-overload]
        else:
            await session.exec(text("SET LOCAL session_replication_role = replica"))  # type: ignore[call-overload]
        yield session


async def faults(town: Town) -> list[str]:
    async with town.database.snapshot() as session:
        return await proof.faults(session)


async def run(session: Session, statement: str, **params: Any) -> None:
    connection = await session.connection()
    await connection.execute(text(statement), params)


async def transfer(session: Session, reason: str, exchange: str | None = None) -> str:
    wanted = select(TransferRow.id).where(col(TransferRow.reason) == reason)
    if exchange is not None:
        wanted = wanted.where(col(TransferRow.exchange_id) == exchange)
    return (await session.exec(wanted.limit(1))).one()


async def add_to_an_entry(session: Session, story: Story) -> None:
    one = await transfer(session, "release")
    await run(
        session,
        "UPDATE smile_entry SET amount = amount + 1 WHERE transfer_id = :one AND account_id = :account",
        one=one,
        account=earned(story.bo).id,
    )


async def add_to_a_balance(session: Session, story: Story) -> None:
    account = earned(story.bo).id
    await run(session, "UPDATE smile_account SET balance = balance + 1 WHERE id = :account", account=account)


async def tear_a_transfer_out(session: Session, _: Story) -> None:
    one = await transfer(session, "release")
    await run(
        session,
        "UPDATE smile_account SET balance = balance - (SELECT amount FROM smile_entry"
        " WHERE account_id = smile_account.id AND transfer_id = :one)"
        " WHERE id IN (SELECT account_id FROM smile_entry WHERE transfer_id = :one)",
        one=one,
    )
    await run(session, "DELETE FROM smile_entry WHERE transfer_id = :one", one=one)
    await run(session, "DELETE FROM smile_transfer WHERE id = :one", one=one)


async def leave_a_transfer_empty(session: Session, _: Story) -> None:
    row = TransferRow(id=new_id(), key="nothing", reason="grant", at=now())
    session.add(row)


async def date_a_grant_after_what_was_spent_of_it(session: Session, story: Story) -> None:
    entry = f"SELECT transfer_id FROM smile_entry WHERE account_id = '{earned(story.ana).id}'"
    await run(
        session,
        f"UPDATE smile_transfer SET at = (SELECT changed_at FROM smile_account WHERE id = :account)"
        f" WHERE reason = 'grant' AND id IN ({entry})",
        account=earned(story.ana).id,
    )


async def turn_earned_smiles_into_bought_ones(session: Session, story: Story) -> None:
    await ledger.book(session, Transfer("turned", "return", {earned(story.bo): -3, bought(story.bo): 3}))


async def give_an_account_to_another(session: Session, story: Story) -> None:
    await run(
        session,
        "UPDATE smile_account SET owner_id = :bo WHERE id = :account",
        bo=story.bo,
        account=bought(story.ana).id,
    )


async def sell_for_nothing(session: Session, story: Story) -> None:
    await ledger.give(session, "purchase", story.bo, 3, key="a gift", purchase=new_id())


async def forget_a_refund(session: Session, story: Story) -> None:
    (await session.get_one(PurchaseRow, story.purchase)).refunded = 300


async def charge_back_less_than_the_bank(session: Session, story: Story) -> None:
    (await session.get_one(PurchaseRow, story.purchase)).charged_back = 500


async def end_an_exchange_with_its_hold(session: Session, story: Story) -> None:
    (await session.get_one(ExchangeRow, story.under_way)).state = "expired"


async def release_an_exchange_under_way(session: Session, story: Story) -> None:
    await holds.release(session, story.under_way, story.ana, story.bo, 7, key="early", by=None)


async def accept_without_a_hold(session: Session, story: Story) -> None:
    (await session.get_one(ExchangeRow, story.passed)).state = "done"


async def pass_less_than_is_said(session: Session, story: Story) -> None:
    (await session.get_one(ExchangeRow, story.passed)).to_helper = 5


async def hold_for_nothing(session: Session, story: Story) -> None:
    await holds.put_on_hold(session, new_id(), story.bo, 2, key="stray", by=None)


async def test_a_ledger_in_which_all_was_done_right_has_no_fault(town: Town) -> None:
    await a_story(town)

    assert await faults(town) == []


@pytest.mark.parametrize(
    ("deed", "rules"),
    [
        (add_to_an_entry, {"L1", "L2", "L8"}),
        (add_to_a_balance, {"L1", "L2"}),
        (tear_a_transfer_out, {"L3", "L8"}),
        (leave_a_transfer_empty, {"L1"}),
        (date_a_grant_after_what_was_spent_of_it, {"L2", "L3"}),
        (turn_earned_smiles_into_bought_ones, {"L7"}),
        (give_an_account_to_another, {"L3", "L7"}),
        (sell_for_nothing, {"L6"}),
        (forget_a_refund, {"L6"}),
        (charge_back_less_than_the_bank, {"L6"}),
        (end_an_exchange_with_its_hold, {"L8"}),
        (release_an_exchange_under_way, {"L8"}),
        (accept_without_a_hold, {"L8"}),
        (pass_less_than_is_said, {"L8"}),
        (hold_for_nothing, {"L8"}),
    ],
    ids=lambda one: one.__name__.replace("_", " ") if callable(one) else None,
)
async def test_whatever_somebody_does_to_it_is_found(town: Town, deed: Deed, rules: set[str]) -> None:
    story = await a_story(town)

    async with unguarded(town) as session:
        await deed(session, story)

    assert {fault.partition(" ")[0] for fault in await faults(town)} == rules


async def test_what_is_booked_while_it_is_proved_is_no_fault(town: Town) -> None:
    story = await a_story(town)

    async def book() -> None:
        for n in range(40):
            async with town.database.write() as session:
                exchange = new_id()
                await holds.put_on_hold(session, exchange, story.bo, 1, key=f"{n}", by=None)
                await holds.release(session, exchange, story.bo, story.ana, 1, key=f"{n}", by=None)
                await ledger.give(session, "grant", story.bo, 1, key=f"grant {n}")

    booking = asyncio.create_task(book())
    found = []
    while not booking.done():
        found.append(await faults(town))
    await booking

    assert len(found) > 1
    assert [one for one in found if one] == []


async def test_a_fault_names_its_rule_and_the_account_or_the_transfer(town: Town) -> None:
    story = await a_story(town)
    async with unguarded(town) as session:
        await add_to_an_entry(session, story)
        one = await transfer(session, "release")

    found = await faults(town)

    assert f"L1 transfer {one}: its entries (2) sum to 1" in found
    assert f"L2 account {earned(story.bo).id}: its balance is 14, its entries sum to 15" in found
    assert "L1 the whole: all entries sum to 1" in found
