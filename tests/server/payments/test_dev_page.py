"""The page that pretends: it says so, and does what it does through the very door of a real provider."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from pydantic import ValidationError

from server.clock import now
from server.ids import new_id
from server.payments.page_cashier import HEADER, PageCashier
from server.settings import Settings
from tests.server.house import House, open_house, problem

WEBHOOK = "/api/payments/webhook"


@pytest.fixture
async def pretending(town_url: str) -> AsyncIterator[House]:
    """A house that pretends to sell, once on each kind of database."""
    async with open_house(town_url, payments="page", smiles_grant=0) as house:
        yield house


async def begun(house: House, smiles: int = 10, name: str = "Ana") -> tuple[httpx.AsyncClient, str]:
    """Return somebody who has begun to buy, and where they pay."""
    client = await house.join(name)
    answer = await client.post("/api/purchases", json={"id": new_id(), "smiles": smiles})
    assert answer.status_code == 201, answer.text
    return client, answer.json()["url"]


async def stands(client: httpx.AsyncClient) -> tuple[int, int]:
    """Return what somebody has, and owes."""
    purse = (await client.get("/api/me/smiles")).json()["purse"]
    return purse["balance"], purse["debt"]


async def press(client: httpx.AsyncClient, url: str, act: str) -> httpx.Response:
    """Press a button of the page."""
    return await client.post(url, data={"act": act})


def buttons(page: httpx.Response) -> list[str]:
    """Return what one may do on the page."""
    return re.findall(r'name="act" value="(\w+)"', page.text)


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "Aucun argent ne circule"), ("en", "No money moves, no card is asked for")]
)
async def test_the_page_says_that_no_money_moves(pretending: House, language: str, said: str) -> None:
    _, url = await begun(pretending)
    reader = await pretending.visitor(**{"Accept-Language": language})

    page = await reader.get(url)

    assert said in page.text
    assert f'<html lang="{language}">' in page.text
    assert "<script" not in page.text
    assert buttons(page) == ["pay", "decline"]


async def test_one_walks_from_buying_to_paying_to_a_refund(pretending: House) -> None:
    ana, url = await begun(pretending)

    pressed = await press(ana, url, "pay")
    page = await ana.get(url)
    paid = await stands(ana)
    await press(ana, url, "refund")

    assert (pressed.status_code, pressed.headers["location"]) == (
        303,
        url.removeprefix("http://localhost:8000"),
    )
    assert buttons(page) == ["refund", "charge_back"]
    assert "/smiles?achat=" in page.text
    assert (paid, await stands(ana)) == ((10, 0), (0, 0))
    assert buttons(await ana.get(url)) == []
    letters = [one.subject for one in await pretending.mails()]
    assert letters[-2:] == ["Votre reçu\u00a0: 10 smiles sur 1Mile", "Remboursement de 10,00\u00a0€"]


async def test_a_bank_takes_back_and_gives_back(pretending: House) -> None:
    ana, url = await begun(pretending)
    stood = []

    for act in ("pay", "charge_back", "reinstate", "charge_back"):
        await press(ana, url, act)
        stood.append(await stands(ana))

    assert stood == [(10, 0), (0, 0), (10, 0), (0, 0)]
    (purchase,) = (await ana.get("/api/purchases")).json()["purchases"]
    assert (purchase["state"], purchase["refunded"]) == ("charged_back", 1000)


async def test_a_payment_that_fails_credits_nothing(pretending: House) -> None:
    ana, url = await begun(pretending)

    await press(ana, url, "decline")

    (purchase,) = (await ana.get("/api/purchases")).json()["purchases"]
    assert (purchase["state"], await stands(ana)) == ("expired", (0, 0))


@pytest.mark.parametrize("act", ["refund", "charge_back", "reinstate", "steal", ""])
async def test_what_cannot_be_done_now_is_not_done(pretending: House, act: str) -> None:
    ana, url = await begun(pretending)

    assert problem(await press(ana, url, act)) == (409, "not_in_this_state")
    assert await stands(ana) == (0, 0)


async def test_after_a_restart_the_page_goes_on_where_the_purchase_is(town_url: str) -> None:
    async with open_house(town_url, payments="page", smiles_grant=0) as house:
        ana, url = await begun(house)
        bo, other = await begun(house, 4, "Bo")
        await press(ana, url, "pay")
        cookies = ana.cookies, bo.cookies

    async with open_house(town_url, payments="page", smiles_grant=0) as house:
        ana, bo = await house.visitor(), await house.visitor()
        ana.cookies, bo.cookies = cookies
        seen = buttons(await ana.get(url)), buttons(await bo.get(other))
        await press(ana, url, "charge_back")
        await press(bo, other, "pay")

        assert seen == (["refund", "charge_back"], ["pay", "decline"])
        assert (await stands(ana), await stands(bo)) == ((0, 0), (4, 0))


async def test_there_is_no_page_for_what_nobody_buys(pretending: House) -> None:
    reader = await pretending.visitor()

    assert (await reader.get("/dev/pay/page_of_nothing")).status_code == 404


async def test_a_page_of_another_site_presses_no_button(pretending: House) -> None:
    ana, url = await begun(pretending)

    pressed = await ana.post(url, data={"act": "pay"}, headers={"Origin": "https://evil.example"})

    assert problem(pressed) == (403, "cross_site")
    assert await stands(ana) == (0, 0)


@pytest.mark.parametrize(
    "wrong", [{"body": b"{}"}, {HEADER: ""}, {HEADER: "t=1,v1=00"}, {HEADER: "é"}, {"later": 301}]
)
async def test_its_bell_too_is_signed(pretending: House, wrong: dict[str, Any]) -> None:
    ana, url = await begun(pretending)
    cashier = pretending.site.cashier
    assert isinstance(cashier, PageCashier)
    body, headers = cashier.act(url.rpartition("/")[2], "pay") or (b"", {})
    raw = {
        name: value.encode()
        for name, value in (headers | {HEADER: wrong.get(HEADER, headers[HEADER])}).items()
    }

    with time_machine.travel(now() + timedelta(seconds=wrong.get("later", 0))):
        answer = await ana.post(WEBHOOK, content=wrong.get("body", body), headers=[*raw.items()])
    before = await stands(ana)
    right = await ana.post(WEBHOOK, content=body, headers=headers)

    assert (problem(answer), before) == ((400, "bad_signature"), (0, 0))
    assert (right.json(), await stands(ana)) == ({"outcome": "credited"}, (10, 0))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"payments": "page"}, "does not pretend to be paid"),
        ({"payments": "stripe"}, "ONEMILE_STRIPE_KEY"),
        ({"payments": "stripe", "stripe_key": "pk_live_1"}, "ONEMILE_STRIPE_KEY"),
        ({"payments": "stripe", "stripe_key": "sk_live_1"}, "ONEMILE_STRIPE_WEBHOOK_SECRET"),
        (
            {"payments": "stripe", "stripe_key": "sk_test_1", "stripe_webhook_secret": "whsec_1"},
            "test cards",
        ),
    ],
)
def test_production_neither_pretends_nor_sells_without_its_keys(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        _production(**given)


def test_production_sells_with_its_keys_and_keeps_them_to_itself() -> None:
    settings = _production(
        payments="stripe", stripe_key="rk_live_secret", stripe_webhook_secret="whsec_secret"
    )

    assert settings.stripe_is_live
    assert "secret" not in str(settings.stripe_key) + str(settings.stripe_webhook_secret)
    assert "live_secret" not in repr(settings)
    assert _production().payments == "off"


def _production(**given: Any) -> Settings:
    usual = {"environment": "production", "secret": "x" * 40, "public_url": "https://1mile.example.org"}
    return Settings(**{**usual, **given})
