"""Who rings at the webhook is Stripe, just now, and said exactly this; or nothing is done, nothing kept."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.server.house import open_house, problem
from tests.server.payments.shop import SECRET, SELLING, WEBHOOK, Shop, signed

Ring = tuple[bytes, dict[str, str]]


def _of_another(body: bytes, event: dict[str, Any]) -> bytes:
    return body.replace(event["id"].encode(), b"evt_another")


WRONG: dict[str, Callable[[dict[str, Any]], Ring]] = {
    "no signature": lambda event: (signed(event)[0], {}),
    "an empty signature": lambda event: (signed(event)[0], {"Stripe-Signature": ""}),
    "something else for a signature": lambda event: (signed(event)[0], {"Stripe-Signature": "v1=é,t=ü"}),
    "a signature without its time": lambda event: (
        signed(event)[0],
        {"Stripe-Signature": signed(event)[1]["Stripe-Signature"].partition(",")[2]},
    ),
    "another secret": lambda event: signed(event, secret="whsec_of_somebody_else"),
    "an altered signature": lambda event: (
        signed(event)[0],
        {"Stripe-Signature": signed(event)[1]["Stripe-Signature"][:-1] + "z"},
    ),
    "a scheme that counts for nothing": lambda event: (
        signed(event)[0],
        {"Stripe-Signature": signed(event)[1]["Stripe-Signature"].replace("v1=", "v0=")},
    ),
    "an altered body": lambda event: (_of_another(signed(event)[0], event), signed(event)[1]),
    "one space more": lambda event: (signed(event)[0] + b" ", signed(event)[1]),
    "another order of its fields": lambda event: (
        json.dumps(dict(reversed(event.items()))).encode(),
        signed(event)[1],
    ),
    "a message of six minutes ago": lambda event: signed(event, age_seconds=360),
    "a fresh time on an old signature": lambda event: (
        signed(event)[0],
        {"Stripe-Signature": "t=9999999999," + signed(event)[1]["Stripe-Signature"].partition(",")[2]},
    ),
    "what is no text": lambda event: (b"\xff\xfe\x00", signed(event)[1]),
    "nothing at all": lambda event: (b"", signed(event)[1]),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_not_signed_as_it_stands_is_turned_away(small_shop: Shop, wrong: str) -> None:
    ana = await small_shop.buyer()
    event = small_shop.bank.pay(await small_shop.begins(ana))
    body, headers = WRONG[wrong](event)

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = await small_shop.door.post(WEBHOOK, content=body, headers=httpx.Headers(raw))

    assert problem(answer) == (400, "bad_signature")
    assert (await small_shop.stands(ana), await small_shop.kept()) == ((0, 0), {})
    assert await small_shop.outcome(event) == "credited"


async def test_a_message_of_four_minutes_ago_still_counts(small_shop: Shop) -> None:
    event = small_shop.bank.pay(await small_shop.begins(await small_shop.buyer()))

    answer = await small_shop.tell(event, age_seconds=240)

    assert answer.json() == {"outcome": "credited"}


async def test_of_two_signatures_while_the_secret_is_changed_one_is_enough(small_shop: Shop) -> None:
    event = small_shop.bank.pay(await small_shop.begins(await small_shop.buyer()))
    body, headers = signed(event)
    stamp, _, right = headers["Stripe-Signature"].partition(",")

    answer = await small_shop.door.post(
        WEBHOOK, content=body, headers={"Stripe-Signature": f"{stamp},v1={'0' * 64},{right}"}
    )

    assert answer.json() == {"outcome": "credited"}


@pytest.mark.parametrize(
    "body",
    [b"[]", b"null", b"{", b'{"id": "evt_1"}', b'{"object": "v2.core.event", "id": "evt_1"}', b"[" * 100_000],
)
async def test_what_is_signed_and_no_event_is_let_pass(small_shop: Shop, body: bytes) -> None:
    assert await small_shop.outcome(body) == "ignored"


async def test_what_is_signed_and_cannot_be_read_waits_until_somebody_looks(small_shop: Shop) -> None:
    ana = await small_shop.buyer()
    event = small_shop.bank.pay(await small_shop.begins(ana))
    unreadable = {**event, "data": {"object": {**event["data"]["object"], "amount_total": "ten"}}}

    answer = await small_shop.tell(unreadable)

    assert problem(answer) == (503, "payment_away")
    assert await small_shop.outcome(event) == "credited"


async def test_more_than_any_message_is_turned_away_as_it_comes(small_shop: Shop) -> None:
    answer = await small_shop.tell(b"{" + b" " * 300_000 + b"}")

    assert problem(answer) == (413, "body_too_large")


async def test_a_page_of_another_site_rings_at_no_door(small_shop: Shop) -> None:
    event = small_shop.bank.pay(await small_shop.begins(await small_shop.buyer()))
    body, headers = signed(event)

    answer = await small_shop.door.post(
        WEBHOOK, content=body, headers={**headers, "Origin": "https://evil.example"}
    )

    assert problem(answer) == (403, "cross_site")


async def test_where_nothing_is_sold_a_right_signature_opens_nothing(sqlite_town_url: str) -> None:
    given = {**SELLING, "payments": "off"}
    async with open_house(sqlite_town_url, **given) as house:
        client = await house.visitor()
        body, headers = signed({"id": "evt_1"}, secret=SECRET)

        answer = await client.post(WEBHOOK, content=body, headers=headers)

    assert problem(answer) == (409, "buying_off")
