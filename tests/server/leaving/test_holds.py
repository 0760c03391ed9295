"""Leaving with exchanges under way, in each of their states, by each of the two."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlmodel import col, func, select

from realtime.exchanges import Card, Exchange, ExchangeState
from server.board.exchanges import ExchangeRow, StepRow
from server.board.models import MessageRow
from server.conversations import queries
from server.exchanges.states import LEAVING, UNDER_WAY
from server.leaving import actions
from server.members.models import MemberRow
from server.smiles.accounts import community
from server.smiles.models import AccountRow, TransferRow
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair, faults, id_of
from tests.server.leaving.parting import leave

Reach = Callable[[Pair], Awaitable[Exchange]]
STATES: dict[str, Reach] = {
    "proposed": Pair.propose,
    "accepted": Pair.accepted,
    "done": Pair.done,
    "missed": Pair.missed,
    "disputed": Pair.disputed,
}
# Of ten smiles, three of them for Bo: what Ana or Bo has after the other one left, and the community.
ANA_LEAVES = {
    "proposed": ("cancelled", 0, 10),
    "accepted": ("cancelled", 0, 10),
    "done": ("confirmed", 3, 7),
    "missed": ("returned", 0, 10),
    "disputed": ("settled", 3, 7),
}
BO_LEAVES = {
    "proposed": ("cancelled", 10, 0),
    "accepted": ("cancelled", 10, 0),
    "done": ("confirmed", 7, 3),
    "missed": ("returned", 10, 0),
    "disputed": ("settled", 10, 0),
}


async def to_the_community(town: Town) -> int:
    async with town.database.read() as session:
        return (await session.get_one(AccountRow, community("earned").id)).balance


async def held(town: Town) -> int:
    async with town.database.read() as session:
        sums = select(func.coalesce(func.sum(AccountRow.balance), 0)).where(col(AccountRow.kind) == "hold")
        return int((await session.exec(sums)).one())


async def wrong(town: Town) -> list[str]:
    async with town.database.read() as session:
        return await faults(session)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("who", ["ana", "bo"])
async def test_what_is_held_is_settled_before_the_rest_is_given_away(
    town: Town, who: str, state: str
) -> None:
    pair = await Pair.meet(town)
    await STATES[state](pair)
    leaver, other = (pair.ana, pair.bo) if who == "ana" else (pair.bo, pair.ana)
    over, others, communitys = (ANA_LEAVES if who == "ana" else BO_LEAVES)[state]

    await leave(town, leaver)

    async with town.database.read() as session:
        (exchange,) = (await session.exec(select(ExchangeRow))).all()
    assert (exchange.state, exchange.due) == (over, None)
    assert ((await pair.purse(other)).balance, await to_the_community(town)) == (others, communitys)
    assert ((await pair.purse(leaver)).balance, await held(town), await wrong(town)) == (0, 0, [])


async def test_the_cards_no_longer_name_who_has_left(town: Town) -> None:
    pair = await Pair.meet(town)
    await pair.done()

    await leave(town, pair.bo)

    async with town.database.read() as session:
        rows = (await session.exec(select(MessageRow).where(col(MessageRow.card).is_not(None)))).all()
    cards = [Card.model_validate(row.card) for row in rows if row.card]
    assert len(cards) == 4
    assert {card.exchange.helper.name for card in cards} == {"Ancien membre"}
    assert "Bo" not in {card.by.name for card in cards if card.by}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("who", ["ana", "bo"])
async def test_the_last_card_says_that_it_ended_because_one_of_the_two_has_left(
    town: Town, who: str, state: str
) -> None:
    pair = await Pair.meet(town)
    await STATES[state](pair)
    leaver, other = (pair.ana, pair.bo) if who == "ana" else (pair.bo, pair.ana)
    before = (await queries.inbox(town.site, other)).unread

    await leave(town, leaver)

    async with town.database.read() as session:
        found = select(MessageRow).where(col(MessageRow.card).is_not(None)).order_by(col(MessageRow.seq))
        last = (await session.exec(found)).all()[-1]
        step = (await session.exec(select(StepRow).order_by(col(StepRow.version)))).all()[-1]
    card = Card.model_validate(last.card)
    assert card.step is LEAVING[ExchangeState(state)]
    assert card.by is not None
    assert (card.by.id, card.by.name, step.by_id) == (id_of(leaver), "Ancien membre", id_of(leaver))
    assert not last.by_clock
    # Of who stays one more waits unread; under a deleted listing too they go on reading their dialog.
    assert (await queries.inbox(town.site, other)).unread == before + 1


@pytest.mark.parametrize("state", STATES)
async def test_cut_off_in_the_middle_every_exchange_is_as_it_was(
    town: Town, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    pair = await Pair.meet(town)
    before = await STATES[state](pair)
    purse, cards = await pair.purse(pair.ana), len(await pair.cards())
    async with town.database.read() as session:
        transfers = len((await session.exec(select(TransferRow))).all())

    def cut_off(*_: object) -> None:
        raise RuntimeError("the process is gone")

    monkeypatch.setattr(actions, "_forget", cut_off)
    with pytest.raises(RuntimeError):
        await leave(town, pair.ana)

    assert (await pair.now(), await pair.purse(pair.ana), len(await pair.cards())) == (before, purse, cards)
    async with town.database.read() as session:
        assert len((await session.exec(select(TransferRow))).all()) == transfers


async def test_several_exchanges_are_settled_together(town: Town) -> None:
    pair = await Pair.meet(town)
    other = await pair.another_helper()
    await pair.done()
    await other.accepted()

    await leave(town, pair.ana)

    assert (await pair.purse(pair.bo)).balance == 3
    assert (await to_the_community(town), await held(town), await wrong(town)) == (7, 0, [])


async def test_both_of_an_exchange_leave_at_once(town: Town) -> None:
    pair = await Pair.meet(town)
    await pair.done()

    await asyncio.gather(leave(town, pair.ana), leave(town, pair.bo))

    async with town.database.read() as session:
        left = [row.left_at for row in (await session.exec(select(MemberRow))).all()]
        states = set(await session.exec(select(ExchangeRow.state)))
    assert None not in left
    assert states.isdisjoint(UNDER_WAY)
    assert (await to_the_community(town), await held(town), await wrong(town)) == (10, 0, [])


@pytest.mark.parametrize("round_", range(4))
async def test_an_exchange_confirmed_while_its_beneficiary_leaves_passes_once(
    town: Town, round_: int
) -> None:
    pair = await Pair.meet(town)
    done = await pair.done()

    await asyncio.gather(leave(town, pair.ana), pair.take(pair.ana, "confirm", done), return_exceptions=True)

    async with town.database.read() as session:
        left = (await session.get_one(MemberRow, id_of(pair.ana))).left_at
    assert left is not None, f"round {round_}"
    assert ((await pair.purse(pair.bo)).balance, await to_the_community(town)) == (3, 7)
    assert (await held(town), await wrong(town)) == (0, [])
