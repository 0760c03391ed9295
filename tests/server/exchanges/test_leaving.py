"""Who leaves 1Mile leaves nothing held, and no name on the cards."""

import pytest

from realtime.exchanges import Exchange
from realtime.people import MemberKind, Person
from server.exchanges.leaving import rename, settle_for_leaving
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair, id_of

LEAVERS = ["ana", "bo"]


async def _at(pair: Pair, state: str) -> Exchange:
    match state:
        case "proposed":
            return await pair.propose()
        case "accepted":
            return await pair.accepted()
        case "done":
            return await pair.done()
        case "missed":
            return await pair.missed()
    return await pair.disputed()


@pytest.mark.parametrize("leaver", LEAVERS)
@pytest.mark.parametrize(
    ("state", "becomes", "passes"),
    [
        ("proposed", "cancelled", None),
        ("accepted", "cancelled", 0),
        ("done", "confirmed", 3),
        ("missed", "returned", 0),
        # To the one who stays.
        ("disputed", "settled", {"ana": 3, "bo": 0}),
    ],
)
async def test_nothing_of_who_leaves_stays_held(
    town: Town, leaver: str, state: str, becomes: str, passes: int | dict[str, int] | None
) -> None:
    pair = await Pair.meet(town)
    before = await _at(pair, state)
    gone = id_of(pair.ana if leaver == "ana" else pair.bo)

    async with town.database.write() as session:
        await settle_for_leaving(session, town.settings, gone)
    async with town.database.write() as session:
        # Asked again, nothing is left to do.
        await settle_for_leaving(session, town.settings, gone)

    over = await pair.now()
    passed = passes[leaver] if isinstance(passes, dict) else passes
    assert (over.state, over.to_helper, over.due) == (becomes, passed, None)
    assert over.version == before.version + 1
    mine, theirs = await pair.purse(pair.ana), await pair.purse(pair.bo)
    assert (mine.balance, mine.held, theirs.balance) == (10 - (passed or 0), 0, passed or 0)
    card = (await pair.cards())[-1].card
    assert card is not None
    assert card.exchange == over


async def test_all_of_ones_exchanges_end_with_several_people_at_once(town: Town) -> None:
    ana = await Pair.meet(town, smiles=20)
    others = [await ana.another_helper(f"Aide {n}") for n in range(3)]
    await ana.accepted()
    await others[0].done()
    await others[1].missed()
    await others[2].disputed()

    async with town.database.write() as session:
        await settle_for_leaving(session, town.settings, id_of(ana.ana))

    purse = await ana.purse(ana.ana)
    assert (purse.balance, purse.held) == (20 - 3 - 3, 0)
    assert [(await one.now()).state for one in (ana, *others)] == [
        "cancelled",
        "confirmed",
        "returned",
        "settled",
    ]


async def test_who_is_called_otherwise_is_so_on_every_card(town: Town) -> None:
    pair = await Pair.meet(town)
    await pair.done()
    nobody = Person(id=id_of(pair.bo), name="Ancien membre", kind=MemberKind.INDIVIDUAL)

    async with town.database.write() as session:
        await rename(session, nobody)

    cards = [one.card for one in await pair.cards() if one.card]
    assert {card.exchange.helper.name for card in cards} == {"Ancien membre"}
    assert {card.exchange.beneficiary.name for card in cards} == {"Ana"}
    assert [card.by.name for card in cards if card.by] == ["Ancien membre", "Ana", "Ancien membre"]
