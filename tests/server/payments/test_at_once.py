"""Messages that come at the same moment, to one house or to two: each settles once, the last look wins."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from server.books import proof
from server.ids import new_id
from tests.server.payments.bank import Bank
from tests.server.payments.shop import Shop, open_shop
from tests.waiting import PATIENCE_SECONDS, until


@pytest.fixture
async def two_shops(
    town_url: str, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Shop, Shop]]:
    """Two houses that share a database and a bank, as two processes do."""
    async with (
        open_shop(town_url, bank, monkeypatch) as one,
        open_shop(town_url, bank, monkeypatch) as other,
    ):
        yield one, other


async def test_one_message_told_fifty_times_to_two_houses_credits_once(two_shops: tuple[Shop, Shop]) -> None:
    one, other = two_shops
    ana = await one.buyer()
    event = one.bank.pay(await one.begins(ana))

    outcomes = Counter(
        await asyncio.gather(*(shop.outcome(event) for _ in range(25) for shop in (one, other)))
    )

    assert outcomes == {"credited": 1, "known": 49}
    assert await one.stands(ana) == (10, 0)
    assert len(await one.house.mails()) == 1


async def test_all_that_is_told_of_a_payment_at_once_comes_out_right(two_shops: tuple[Shop, Shop]) -> None:
    one, other = two_shops
    ana, bo = await one.buyer(), await one.buyer()
    purchases = [await one.begins(ana) for _ in range(3)]
    events = [
        event
        for purchase in purchases
        for event in (
            one.bank.pay(purchase),
            one.bank.refund(purchase, 250),
            *one.bank.dispute(purchase, 300),
            *one.bank.win(purchase),
            *one.bank.dispute(purchase, 100),
        )
    ]

    async def tell(shop: Shop, event: dict[str, object]) -> None:
        # As Stripe does: what is not answered 200 is told again.
        for _ in range(20):
            if (await shop.tell(event)).status_code == 200:
                return
        raise AssertionError("never answered")

    await asyncio.gather(*(tell(shop, event) for event in events for shop in (one, other)))

    # Of each, 10 euros less 2.50 and 1.
    assert await one.stands(ana) == (18, 0)
    assert await one.stands(bo) == (0, 0)
    async with one.house.site.database.snapshot() as session:
        assert await proof.faults(session) == []


async def test_who_looked_before_another_message_was_settled_looks_again(
    two_shops: tuple[Shop, Shop],
) -> None:
    one, other = two_shops
    bank, ana = one.bank, await one.buyer()
    purchase = await one.begins(ana)
    paid = bank.pay(purchase)
    bank.held = release = threading.Event()
    slow = asyncio.create_task(one.outcome(paid))
    await until(bank.waiting.is_set, "the first look")
    bank.held = None
    refunded = bank.refund(purchase, 1000)

    quick = await other.outcome(refunded)
    looks = len(bank.asked)
    release.set()

    assert (quick, await slow) == ("credited+refunded", "noted")
    assert len(bank.asked) == looks + 1
    assert await one.stands(ana) == (0, 0)
    assert await one.faults() == []


async def test_nobody_waits_for_the_bank_with_whoever_asks_it(two_shops: tuple[Shop, Shop]) -> None:
    one, other = two_shops
    bank, bo = one.bank, await one.buyer()
    bank.held = release = threading.Event()
    ana = await one.house.join("Ana")
    slow = asyncio.create_task(ana.post("/api/purchases", json={"id": new_id(), "smiles": 3}))
    await until(bank.waiting.is_set, "the question")

    for shop in (one, other):
        async with asyncio.timeout(PATIENCE_SECONDS), shop.house.site.database.write() as session:
            await session.connection()
    release.set()

    assert (await slow).status_code == 201
    assert await one.stands(bo) == (0, 0)
