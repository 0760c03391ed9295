"""Smiles pass once, whole, and never out of nothing: the rules of the ledger, on each kind of database."""

import asyncio
import contextlib

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from realtime.exchanges import Purse
from realtime.protocol import PurseChanged
from realtime.refusals import Conflict
from realtime.topics import member_topic
from server.ids import new_id
from server.smiles import holds, ledger, locks, purses
from server.smiles.accounts import Account, bought, community, earned, mint
from server.smiles.models import EntryRow, TransferRow
from server.smiles.transfers import Transfer
from tests.server.board.town import Town


async def a_member(town: Town, name: str = "Ana", *, granted: int = 0, paid: int = 0) -> str:
    """Let somebody live here who has been granted smiles and has bought some; return their id."""
    person = (await town.member(name)).member
    assert person is not None
    async with town.database.write() as session:
        if granted:
            await ledger.give(session, "grant", person.id, granted, key=f"grant:{person.id}")
        if paid:
            await ledger.give(session, "purchase", person.id, paid, key=f"purchase:{person.id}")
    return person.id


async def purse_of(town: Town, member: str) -> Purse:
    async with town.database.read() as session:
        return await purses.purse(session, member)


async def test_what_is_minted_is_in_the_purse_and_missing_in_the_mint(town: Town) -> None:
    ana = await a_member(town, granted=10, paid=5)

    purse = await purse_of(town, ana)

    assert (purse.balance, purse.bought, purse.held, purse.debt) == (15, 5, 0, 0)
    async with town.database.write() as session:
        mints = await locks.lock(session, [mint("grant"), mint("purchase")])
    assert mints == {"mint:grant": -10, "mint:purchase": -5}


async def test_a_transfer_is_booked_once_under_its_key(town: Town) -> None:
    ana = await a_member(town)

    async with town.database.write() as session:
        first = await ledger.give(session, "grant", ana, 10, key="grant:ana")
    async with town.database.write() as session:
        second = await ledger.give(session, "grant", ana, 10, key="grant:ana")

    assert (first, second) == (True, False)
    assert (await purse_of(town, ana)).balance == 10


async def test_another_transfer_under_the_same_key_is_refused(town: Town) -> None:
    ana = await a_member(town)
    async with town.database.write() as session:
        await ledger.give(session, "grant", ana, 10, key="grant:ana")

    with pytest.raises(Conflict, match="transfer_key_reused"):
        async with town.database.write() as session:
            await ledger.give(session, "grant", ana, 11, key="grant:ana")

    assert (await purse_of(town, ana)).balance == 10


async def test_nobody_gives_more_than_they_have_and_is_told_how_many_are_missing(town: Town) -> None:
    ana, bo = await a_member(town, granted=3), await a_member(town, "Bo")

    with pytest.raises(Conflict) as refused:
        async with town.database.write() as session:
            await holds.put_on_hold(session, new_id(), ana, 5, key="hold", by=ana)

    assert refused.value.code == "not_enough_smiles"
    assert refused.value.params["missing"] == 2
    assert (await purse_of(town, ana)).balance == 3
    assert (await purse_of(town, bo)).balance == 0


async def test_what_is_held_passes_to_the_helper_who_has_earned_it(town: Town) -> None:
    ana, bo, exchange = await a_member(town, granted=3, paid=5), await a_member(town, "Bo"), new_id()

    async with town.database.write() as session:
        await holds.put_on_hold(session, exchange, ana, 5, key="hold", by=ana)
    held = await purse_of(town, ana)
    async with town.database.write() as session:
        await holds.release(session, exchange, ana, bo, 5, key="end", by=ana)

    # What was granted goes first, so that what was bought can be given back longest.
    assert (held.balance, held.bought, held.held) == (3, 3, 5)
    after, theirs = await purse_of(town, ana), await purse_of(town, bo)
    assert (after.balance, after.held) == (3, 0)
    assert (theirs.balance, theirs.bought) == (5, 0)


async def test_what_is_returned_goes_back_to_where_it_came_from(town: Town) -> None:
    ana, bo, exchange = await a_member(town, granted=3, paid=5), await a_member(town, "Bo"), new_id()

    async with town.database.write() as session:
        await holds.put_on_hold(session, exchange, ana, 6, key="hold", by=ana)
        await holds.release(session, exchange, ana, bo, 2, key="end", by=None)

    mine, theirs = await purse_of(town, ana), await purse_of(town, bo)
    assert (mine.balance, mine.bought, mine.held) == (6, 5, 0)
    assert theirs.balance == 2


async def test_what_was_spent_and_charged_back_is_owed_and_paid_from_what_comes_next(town: Town) -> None:
    ana, bo = await a_member(town, paid=5), await a_member(town, "Bo", granted=10)
    exchanges = [new_id(), new_id()]
    async with town.database.write() as session:
        await holds.put_on_hold(session, exchanges[0], ana, 4, key="hold", by=ana)
        await holds.release(session, exchanges[0], ana, bo, 4, key="end", by=ana)
        await ledger.take_back(session, ana, 5, key="back", reason="chargeback", purchase=new_id())
    owing = await purse_of(town, ana)

    async with town.database.write() as session:
        await holds.put_on_hold(session, exchanges[1], bo, 6, key="hold 2", by=bo)
        await holds.release(session, exchanges[1], bo, ana, 6, key="end 2", by=bo)

    assert (owing.balance, owing.debt) == (0, 4)
    paid = await purse_of(town, ana)
    assert (paid.balance, paid.debt) == (2, 0)


async def test_a_purse_is_told_to_its_member_with_a_version_that_rises(town: Town) -> None:
    ana, bo, exchange = await a_member(town, granted=5), await a_member(town, "Bo"), new_id()

    async with town.database.write() as session:
        await holds.put_on_hold(session, exchange, ana, 5, key="hold", by=ana)
    async with town.database.write() as session:
        await holds.release(session, exchange, ana, bo, 5, key="end", by=ana)

    told = [event.purse for event in await town.events(PurseChanged, member_topic(ana))]
    assert [(purse.balance, purse.held) for purse in told] == [(5, 0), (0, 5), (0, 0)]
    assert [purse.version for purse in told] == [1, 2, 3]
    assert await purse_of(town, ana) == told[-1]
    assert [event.purse.balance for event in await town.events(PurseChanged, member_topic(bo))] == [5]


async def test_a_member_who_leaves_leaves_their_smiles_to_the_community(town: Town) -> None:
    ana = await a_member(town, granted=3, paid=2)

    async with town.database.write() as session:
        await ledger.community_takes(session, ana, key=f"leave:{ana}")

    assert (await purse_of(town, ana)).balance == 0
    async with town.database.write() as session:
        left = await locks.lock(session, [community("earned"), community("bought")])
    assert left == {"community:earned": 3, "community:bought": 2}


@pytest.mark.parametrize(
    "entries",
    [
        {earned("a"): 1},
        {earned("a"): 1, earned("b"): 1},
        {earned("a"): 0, earned("b"): 0},
        {earned("a"): 2**53, bought("b"): -(2**53)},
    ],
)
async def test_what_is_no_transfer_is_a_fault_of_ours(town: Town, entries: dict[Account, int]) -> None:
    with pytest.raises(ValueError, match=r"sum to 0|whole number"):
        async with town.database.write() as session:
            await ledger.book(session, Transfer("odd", "correct", entries))


async def test_the_database_itself_lets_no_balance_go_below_zero(town: Town) -> None:
    ana = await a_member(town, granted=3)

    overdraw = text("UPDATE smile_account SET balance = -1 WHERE id = :id")

    with pytest.raises(DBAPIError):
        async with town.database.engine.begin() as connection:
            await connection.execute(overdraw, {"id": earned(ana).id})


async def test_of_many_who_spend_the_same_smiles_at_once_only_as_many_do_as_there_are(town: Town) -> None:
    ana = await a_member(town, granted=4)

    async def spend() -> bool:
        try:
            async with town.database.write() as session:
                await holds.put_on_hold(session, new_id(), ana, 1, key=f"hold:{new_id()}", by=ana)
        except Conflict:
            return False
        return True

    spent = await asyncio.gather(*(spend() for _ in range(12)))

    assert sum(spent) == 4
    purse = await purse_of(town, ana)
    assert (purse.balance, purse.held) == (0, 4)


async def test_whoever_owes_can_be_given_smiles_and_hold_some_at_the_same_moment(town: Town) -> None:
    ana = await a_member(town, granted=20, paid=40)
    async with town.database.write() as session:
        await holds.put_on_hold(session, new_id(), ana, 60, key="all", by=ana)
        await ledger.take_back(session, ana, 20, key="back", reason="chargeback", purchase=new_id())

    async def is_given(n: int) -> None:
        async with town.database.write() as session:
            await ledger.give(session, "grant", ana, 3, key=f"gift {n}")

    async def puts_on_hold(n: int) -> None:
        with contextlib.suppress(Conflict):
            async with town.database.write() as session:
                await holds.put_on_hold(session, new_id(), ana, 1, key=f"hold {n}", by=ana)

    async def pays_back(n: int) -> None:
        async with town.database.write() as session:
            await ledger.take_back(session, ana, 1, key=f"back {n}", reason="refund", purchase=new_id())

    for n in range(12):
        await asyncio.gather(is_given(n), puts_on_hold(n), pays_back(n))

    purse = await purse_of(town, ana)
    assert purse.balance + purse.held - purse.debt == 40 + 12 * 3 - 12


async def test_what_is_done_a_second_time_under_its_key_does_nothing(town: Town) -> None:
    ana, bo, exchange = await a_member(town, granted=3, paid=5), await a_member(town, "Bo"), new_id()
    purchase = new_id()

    async def everything() -> None:
        async with town.database.write() as session:
            await holds.put_on_hold(session, exchange, ana, 6, key="hold", by=ana)
            await holds.release(session, exchange, ana, bo, 4, key="end", by=ana)
            await ledger.take_back(session, ana, 5, key="back", reason="refund", purchase=purchase)
            await ledger.community_takes(session, bo, key="leave")

    await everything()
    once = [await purse_of(town, ana), await purse_of(town, bo)]
    await everything()

    assert [await purse_of(town, ana), await purse_of(town, bo)] == once
    assert [(purse.balance, purse.debt) for purse in once] == [(0, 1), (0, 0)]


async def test_a_key_that_held_smiles_for_one_exchange_holds_none_for_another(town: Town) -> None:
    ana = await a_member(town, granted=10)
    async with town.database.write() as session:
        await holds.put_on_hold(session, new_id(), ana, 4, key="hold", by=ana)

    with pytest.raises(Conflict, match="transfer_key_reused"):
        async with town.database.write() as session:
            await holds.put_on_hold(session, new_id(), ana, 4, key="hold", by=ana)

    assert (await purse_of(town, ana)).held == 4


async def test_a_transfer_is_later_than_those_before_it_though_the_clock_was_set_back(town: Town) -> None:
    ana = await a_member(town)

    for smiles, clock in ((1, "2026-11-25 12:00:00"), (2, "2026-11-25 11:00:00"), (3, "2026-11-25 11:30:00")):
        with time_machine.travel(f"{clock}+00:00", tick=False):
            async with town.database.write() as session:
                await ledger.give(session, "grant", ana, smiles, key=f"grant {smiles}")

    async with town.database.read() as session:
        in_order = select(EntryRow.amount).where(col(EntryRow.account_id) == earned(ana).id)
        in_order = in_order.join(TransferRow).order_by(col(TransferRow.at))
        assert list(await session.exec(in_order)) == [1, 2, 3]
