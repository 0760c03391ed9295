"""Beginning to buy: what the member asks, what Stripe is asked, and what is said where nobody sells."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlmodel import select

from server.ids import new_id
from server.payments.models import PurchaseRow
from server.payments.stripe_cashier import API_VERSION
from tests.server.house import House, problem
from tests.server.payments.bank import KEY, Bank
from tests.server.payments.shop import Shop, open_shop


async def buys(client: httpx.AsyncClient, smiles: Any = 10, purchase: str | None = None) -> httpx.Response:
    """Ask to buy."""
    return await client.post("/api/purchases", json={"id": purchase or new_id(), "smiles": smiles})


async def test_who_buys_is_sent_to_the_page_where_they_pay(shop: Shop) -> None:
    ana = await shop.house.join("Ana")
    purchase = new_id()

    answer = await buys(ana, 7, purchase)

    assert answer.status_code == 201
    assert answer.json() == {"url": "https://checkout.stripe.com/c/pay/cs_test_0"}
    (asked,) = shop.bank.asked
    assert (asked.method, asked.path) == ("POST", "/v1/checkout/sessions")
    assert asked.form == {
        "mode": "payment",
        "client_reference_id": purchase,
        "metadata[purchase]": purchase,
        "payment_intent_data[metadata][purchase]": purchase,
        "line_items[0][quantity]": "7",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "100",
        "line_items[0][price_data][product_data][name]": "Smile – 1Mile",
        "adaptive_pricing[enabled]": "false",
        "success_url": f"http://localhost:8000/smiles?achat={purchase}",
        "cancel_url": f"http://localhost:8000/smiles?achat={purchase}",
    }


async def test_stripe_is_asked_in_the_version_that_this_was_written_for_and_told_no_more(
    small_shop: Shop,
) -> None:
    ana = await small_shop.buyer()
    purchase = await small_shop.begins(ana)
    await small_shop.begins(ana)

    headers = [asked.headers for asked in small_shop.bank.asked]

    assert {one["stripe-version"] for one in headers} == {API_VERSION}
    assert {one["authorization"] for one in headers} == {f"Bearer {KEY}"}
    assert headers[0]["idempotency-key"] == f"purchase:{purchase}"
    assert not any("x-stripe-client-telemetry" in one for one in headers)


async def test_a_purchase_asked_for_many_times_at_once_is_one(shop: Shop) -> None:
    ana = await shop.house.join("Ana")
    purchase = new_id()

    answers = await asyncio.gather(*(buys(ana, 10, purchase) for _ in range(12)))
    answers.append(await buys(ana, 10, purchase))

    assert {(one.status_code, one.text) for one in answers} == {(201, answers[0].text)}
    assert len(shop.bank.checkouts) == 1
    assert [one["id"] for one in (await ana.get("/api/purchases")).json()["purchases"]] == [purchase]


async def test_the_same_id_is_not_another_purchase(shop: Shop) -> None:
    ana, bo = await shop.house.join("Ana"), await shop.house.join("Bo")
    purchase = new_id()
    await buys(ana, 10, purchase)

    more, others = await buys(ana, 11, purchase), await buys(bo, 10, purchase)

    assert problem(more) == problem(others) == (409, "idempotency_key_reused")


async def test_what_is_paid_is_not_begun_again(shop: Shop) -> None:
    ana = await shop.house.join("Ana")
    paid, told = new_id(), new_id()
    for purchase in (paid, told):
        await buys(ana, 10, purchase)
    await shop.outcome(shop.bank.pay(told))
    shop.bank.pay(paid)

    assert problem(await buys(ana, 10, paid)) == (409, "not_in_this_state")
    assert problem(await buys(ana, 10, told)) == (409, "not_in_this_state")


async def test_while_stripe_is_away_nothing_is_begun_and_the_same_may_be_asked_again(shop: Shop) -> None:
    ana = await shop.house.join("Ana")
    purchase = new_id()
    shop.bank.down = True

    away = await buys(ana, 10, purchase)
    shown = (await ana.get("/api/purchases")).json()
    shop.bank.down = False
    answer = await buys(ana, 10, purchase)

    assert problem(away) == (503, "payment_away")
    assert "rien n’a été débité" in away.json()["title"]
    assert shown == {"purchases": []}
    assert answer.status_code == 201


async def test_a_key_that_stripe_refuses_is_noted_without_being_shown(
    sqlite_town_url: str, bank: Bank, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_shop(sqlite_town_url, bank, monkeypatch, stripe_key="sk_test_of_nobody") as shop:
        answer = await buys(await shop.house.join("Ana"))

    assert problem(answer) == (503, "payment_away")
    written = "".join(capfd.readouterr())
    assert "AuthenticationError" in written
    assert "sk_test_of_nobody" not in written + answer.text


@pytest.mark.parametrize("smiles", [0, -1, 10_001, 1.5, "10", None, True])
async def test_what_is_no_number_of_smiles_is_refused(small_shop: Shop, smiles: Any) -> None:
    ana = await small_shop.house.join("Ana")

    answer = await buys(ana, smiles)

    assert problem(answer) == (422, "invalid_fields")
    assert small_shop.bank.asked == []


async def test_nobody_buys_more_at_once_than_the_town_allows(small_shop: Shop) -> None:
    ana = await small_shop.house.join("Ana")

    most, more = await buys(ana, 200), await buys(ana, 201)

    assert most.status_code == 201
    assert problem(more) == (422, "too_many_smiles")
    assert (more.json()["field"], more.json()["title"]) == ("smiles", "Au plus 200 smiles par achat.")


async def test_one_sees_one_s_own_purchases_newest_first_with_what_became_of_them(shop: Shop) -> None:
    ana, bo = await shop.house.join("Ana"), await shop.house.join("Bo")
    first, second = new_id(), new_id()
    await buys(ana, 5, first)
    await buys(ana, 3, second)
    await buys(bo)
    await shop.outcome(shop.bank.pay(first))
    await shop.outcome(shop.bank.refund(first, 200))

    shown = (await ana.get("/api/purchases")).json()["purchases"]

    assert [(one["id"], one["smiles"], one["cents"], one["state"], one["refunded"]) for one in shown] == [
        (second, 3, 300, "open", 0),
        (first, 5, 500, "paid", 200),
    ]
    assert shown[0]["paid_at"] is None
    assert shown[1]["paid_at"] >= shown[1]["created_at"]


async def test_strangers_buy_nothing_and_see_nothing(small_shop: Shop) -> None:
    stranger = await small_shop.house.visitor()

    assert problem(await buys(stranger)) == (401, "sign_in_first")
    assert problem(await stranger.get("/api/purchases")) == (401, "sign_in_first")


async def test_where_nobody_sells_every_door_says_so(house: House) -> None:
    ana = await house.join("Ana")

    asked = await buys(ana)
    told = await ana.post("/api/payments/webhook", content=b"{}")
    wallet = (await ana.get("/api/me/smiles")).json()
    page = await ana.get("/dev/pay/page_of_nothing", headers={"Accept": "application/json"})

    assert problem(asked) == problem(told) == (409, "buying_off")
    assert asked.json()["title"] == "On ne peut pas acheter de smiles ici."
    assert wallet["buying"] is False
    assert "<form" not in page.text
    async with house.site.database.read() as session:
        assert (await session.exec(select(PurchaseRow))).all() == []
