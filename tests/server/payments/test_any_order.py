"""Whatever happens to payments, and in whichever order it is told, the ledger comes to the same: L6.

A history is made at the bank while its messages are delivered late, twice and mixed, and smiles are spent in
between. After each delivery the ledger is proved from its entries; when all has been told, everybody has what
a plain sum says.
"""

import asyncio
import random
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from realtime.people import Person
from tests.server.payments.bank import Bank
from tests.server.payments.shop import Shop, open_shop

SMILES: Final = 5
CENTS: Final = SMILES * 100

Event: TypeAlias = dict[str, Any]

happens = st.one_of(
    st.sampled_from(["pay", "pay later", "arrive", "fail", "expire", "win", "lose", "refund fails", "tell"]),
    st.tuples(st.sampled_from(["refund", "dispute"]), st.integers(1, CENTS)),
    st.tuples(st.just("spend"), st.integers(1, SMILES)),
)
histories = st.lists(st.tuples(st.integers(0, 1), happens), min_size=1, max_size=24)


class Story:
    """Two purchases of one member, what happens to them, and what is left to be told."""

    def __init__(self, shop: Shop, ana: Person, bo: Person, purchases: list[str]) -> None:
        self.shop, self.bank, self.ana, self.bo, self.purchases = shop, shop.bank, ana, bo, purchases
        self.untold: list[Event] = []
        self.told: list[Event] = []
        self.spent = 0

    def happen(self, purchase: str, what: str, cents: int) -> list[Event]:
        """Let something happen at the bank, if it can; return what is told of it."""
        bank, checkout = self.bank, self.bank.checkout_of(purchase)
        paid = checkout.payment_status == "paid"
        disputes = checkout.money.disputes if checkout.money is not None else []
        left = CENTS - checkout.money.refunded if checkout.money is not None else 0
        match what:
            case "pay" | "pay later" if checkout.status == "open":
                return [bank.pay(purchase, at_once=what == "pay")]
            case "arrive" if self.is_on_its_way(purchase):
                return [bank.money_arrives(purchase)]
            case "fail" if self.is_on_its_way(purchase):
                return [bank.money_fails(purchase)]
            case "expire" if checkout.status == "open":
                return [bank.expire(purchase)]
            case "refund" if paid and 0 < cents <= left:
                return [bank.refund(purchase, cents)]
            case "refund fails" if paid and left < CENTS:
                return [bank.refund(purchase, left - CENTS)]
            case "dispute" if paid:
                return bank.dispute(purchase, cents)
            case "win" if disputes and disputes[-1]["status"] == "needs_response":
                return bank.win(purchase)
            case "lose" if disputes and disputes[-1]["status"] == "needs_response":
                return bank.lose(purchase)
        return []

    def is_on_its_way(self, purchase: str) -> bool:
        """Say whether a purchase is paid by money that has not come yet."""
        money = self.bank.checkout_of(purchase).money
        return money is not None and money.status == "processing"

    async def spend(self, smiles: int) -> None:
        """Have some of what there is be spent."""
        balance, _ = await self.shop.stands(self.ana)
        if balance:
            await self.shop.gives(self.ana, self.bo, min(balance, smiles))
            self.spent += min(balance, smiles)

    async def tell(self, event: Event) -> None:
        """Ring, and see that the ledger is right after it."""
        outcome = await self.shop.outcome(event)
        assert not outcome.startswith("refused"), outcome
        assert (outcome == "known") == (event["id"] in {one["id"] for one in self.told})
        self.told.append(event)
        assert await self.shop.faults() == []

    def kept(self) -> int:
        """Return how many smiles stand, as a plain sum has it."""
        kept = 0
        for purchase in self.purchases:
            checkout = self.bank.checkout_of(purchase)
            if checkout.payment_status == "paid" and checkout.money is not None:
                gone = checkout.money.refunded + self.bank.charged_back(purchase)
                kept += max(0, CENTS - gone) // 100
        return kept


def test_in_whichever_order_it_is_told_the_ledger_comes_to_the_same(
    town_url: str, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    with asyncio.Runner() as runner:
        opening = open_shop(town_url, bank, monkeypatch)
        shop = runner.run(opening.__aenter__())

        @settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(histories, st.randoms(use_true_random=False))
        # What chance alone may leave out.
        @example([(0, "pay"), (0, ("refund", 300)), (0, "refund fails"), (1, "expire")], random.Random(1))
        @example([(0, "pay"), (0, ("spend", 3)), (0, ("dispute", CENTS)), (0, "win")], random.Random(2))
        @example([(0, "pay later"), (0, "arrive"), (1, "pay later"), (1, "fail")], random.Random(3))
        def check(history: list[Any], chance: random.Random) -> None:
            seen.update(runner.run(live(shop, history, chance)))

        try:
            check()
        finally:
            runner.run(opening.__aexit__(None, None, None))
    assert {"pay", "arrive", "fail", "expire", "refund", "refund fails", "dispute", "win"} <= seen


async def live(shop: Shop, history: list[Any], chance: random.Random) -> set[str]:
    """Live through a history, telling of it late, twice and mixed; return what happened in it."""
    ana, bo = await shop.buyer(), await shop.buyer()
    story = Story(shop, ana, bo, [await shop.begins(ana, SMILES) for _ in range(2)])
    seen = set()
    for which, happening in history:
        what, much = happening if isinstance(happening, tuple) else (happening, 0)
        if what == "spend":
            await story.spend(much)
        elif what == "tell" and story.untold + story.told:
            event = chance.choice(story.untold + story.told)
            story.untold = [one for one in story.untold if one is not event]
            await story.tell(event)
        elif events := story.happen(story.purchases[which], what, much):
            seen.add(what)
            story.untold += events
    rest = story.untold + chance.sample(story.told, len(story.told) // 2)
    rest += chance.sample(rest, len(rest) // 2)
    chance.shuffle(rest)
    for event in rest:
        await story.tell(event)
    net = story.kept() - story.spent
    assert await shop.stands(ana) == (max(0, net), max(0, -net))
    assert await shop.stands(bo) == (story.spent, 0)
    return seen
