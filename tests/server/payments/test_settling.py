"""What the provider's signed messages do: smiles for what was paid, and none for anything else."""

from typing import Any

import pytest

from server.about.figures import backlog
from server.clock import now
from server.members.models import MemberRow
from server.smiles import locks
from server.smiles.accounts import community, earned
from tests.server.payments.bank import Bank
from tests.server.payments.shop import Shop


async def test_who_has_paid_has_their_smiles_and_a_receipt(shop: Shop) -> None:
    ana = await shop.buyer(email="ana@example.org")
    purchase = await shop.begins(ana, 12)

    outcome = await shop.outcome(shop.bank.pay(purchase))

    assert outcome == "credited"
    assert await shop.accounts(ana) == (0, 12)
    (letter,) = await shop.house.mails()
    assert letter.to == "ana@example.org"
    assert letter.subject == "Votre reçu\u00a0: 12 smiles sur 1Mile"
    for part in (
        "Reçu n°",
        "Vendeur\u00a0: 1Mile",
        "12 smiles",
        "12,00\u00a0€",
        "ne peuvent pas être échangés",
    ):
        assert part in letter.text, part
    assert (await shop.purchase(purchase)).id.replace("-", "")[-10:].upper() in letter.text
    assert await shop.faults() == []


async def test_who_reads_english_has_an_english_receipt(small_shop: Shop) -> None:
    purchase = await small_shop.begins(await small_shop.buyer(locale="en"), 1)

    await small_shop.outcome(small_shop.bank.pay(purchase))

    (letter,) = await small_shop.house.mails()
    assert letter.subject == "Your receipt: 1 smile on 1Mile"
    assert "€1.00" in letter.text
    paid_at = (await small_shop.purchase(purchase)).paid_at
    assert paid_at is not None
    assert f"{paid_at.day} {paid_at:%B %Y}" in letter.text
    assert "cannot be exchanged for money" in letter.text


async def test_coming_back_from_the_page_credits_nothing(small_shop: Shop) -> None:
    ana = await small_shop.buyer()
    purchase = await small_shop.begins(ana)

    small_shop.bank.pay(purchase)

    assert (await small_shop.purchase(purchase)).state == "open"
    assert await small_shop.stands(ana) == (0, 0)


async def test_what_is_told_again_changes_nothing(shop: Shop) -> None:
    ana = await shop.buyer()
    event = shop.bank.pay(await shop.begins(ana))

    outcomes = [await shop.outcome(event) for _ in range(3)]

    assert outcomes == ["credited", "known", "known"]
    assert await shop.stands(ana) == (10, 0)
    assert len(await shop.house.mails()) == 1


async def test_two_messages_of_one_payment_credit_once(shop: Shop) -> None:
    ana = await shop.buyer()
    purchase = await shop.begins(ana)
    completed, succeeded = shop.bank.pay(purchase), shop.bank.money_arrives(purchase)

    outcomes = [await shop.outcome(succeeded), await shop.outcome(completed)]

    assert outcomes == ["credited", "noted"]
    assert await shop.stands(ana) == (10, 0)


async def test_money_that_takes_days_is_credited_when_it_has_come(shop: Shop) -> None:
    ana = await shop.buyer()
    purchase = await shop.begins(ana)

    await shop.outcome(shop.bank.pay(purchase, at_once=False))
    state, before = (await shop.purchase(purchase)).state, await shop.stands(ana)
    await shop.outcome(shop.bank.money_arrives(purchase))

    assert (state, before) == ("pending", (0, 0))
    assert ((await shop.purchase(purchase)).state, await shop.stands(ana)) == ("paid", (10, 0))


async def test_money_that_never_comes_and_pages_that_nobody_pays_credit_nothing(shop: Shop) -> None:
    ana = await shop.buyer()
    failing, expiring = await shop.begins(ana), await shop.begins(ana)
    shop.bank.pay(failing, at_once=False)

    await shop.outcome(shop.bank.money_fails(failing))
    await shop.outcome(shop.bank.expire(expiring))

    states = [(await shop.purchase(one)).state for one in (failing, expiring)]
    assert (states, await shop.stands(ana)) == (["failed", "expired"], (0, 0))


async def test_a_refund_takes_smiles_back_and_says_so(shop: Shop) -> None:
    ana = await shop.buyer()
    purchase = await shop.begins(ana)
    await shop.outcome(shop.bank.pay(purchase))

    outcome = await shop.outcome(shop.bank.refund(purchase, 1000))

    row = await shop.purchase(purchase)
    assert (outcome, row.state, row.refunded) == ("refunded", "refunded", 1000)
    assert await shop.stands(ana) == (0, 0)
    assert (await shop.house.mails())[-1].subject == "Remboursement de 10,00\u00a0€"
    assert await shop.faults() == []


@pytest.mark.parametrize(("cents", "left"), [(1, 9), (99, 9), (100, 9), (101, 8), (999, 0), (1000, 0)])
async def test_no_smile_stands_without_its_whole_euro(small_shop: Shop, cents: int, left: int) -> None:
    ana = await small_shop.buyer()
    purchase = await small_shop.begins(ana)
    await small_shop.outcome(small_shop.bank.pay(purchase))

    await small_shop.outcome(small_shop.bank.refund(purchase, cents))

    assert await small_shop.stands(ana) == (left, 0)
    assert await small_shop.faults() == []


async def test_what_was_spent_before_the_bank_took_it_back_is_owed_and_paid_from_what_comes(
    shop: Shop,
) -> None:
    ana, bo = await shop.buyer(), await shop.buyer()
    purchase = await shop.begins(ana)
    await shop.outcome(shop.bank.pay(purchase))
    await shop.gives(ana, bo, 7)

    created, withdrawn = shop.bank.dispute(purchase, 1000)
    outcomes = [await shop.outcome(created), await shop.outcome(withdrawn)]
    owing = await shop.stands(ana)
    await shop.gives(bo, ana, 5)

    assert outcomes == ["charged_back", "noted"]
    assert (owing, await shop.stands(ana)) == ((0, 7), (0, 2))
    assert (await shop.purchase(purchase)).state == "charged_back"
    assert "repris 10,00\u00a0€" in (await shop.house.mails())[-1].text
    assert await shop.faults() == []


async def test_a_dispute_that_is_won_gives_back(shop: Shop) -> None:
    ana, bo = await shop.buyer(), await shop.buyer()
    purchase = await shop.begins(ana)
    await shop.outcome(shop.bank.pay(purchase))
    await shop.gives(ana, bo, 7)
    for event in shop.bank.dispute(purchase, 1000):
        await shop.outcome(event)

    outcomes = [await shop.outcome(event) for event in shop.bank.win(purchase)]

    assert "reinstated" in outcomes
    assert await shop.stands(ana) == (3, 0)
    assert (await shop.purchase(purchase)).state == "paid"
    assert await shop.faults() == []


@pytest.mark.parametrize("length", [120, 255])
async def test_a_message_counts_however_long_its_id_is(shop: Shop, length: int) -> None:
    ana, bo = await shop.buyer(), await shop.buyer()
    purchase = await shop.begins(ana)
    await shop.outcome(shop.bank.pay(purchase))
    await shop.gives(ana, bo, 7)

    async def outcome(event: dict[str, Any]) -> str:
        return await shop.outcome({**event, "id": event["id"].ljust(length, "0")})

    taken = [await outcome(event) for event in shop.bank.dispute(purchase, 1000)]
    given = [await outcome(event) for event in shop.bank.win(purchase)]

    assert "charged_back" in taken
    assert "reinstated" in given
    assert await shop.stands(ana) == (3, 0)
    assert await shop.faults() == []


async def test_a_refund_that_fails_gives_back_and_may_be_tried_again(shop: Shop) -> None:
    ana = await shop.buyer()
    purchase = await shop.begins(ana)
    await shop.outcome(shop.bank.pay(purchase))
    stood = []

    for cents in (400, -400, 400):
        await shop.outcome(shop.bank.refund(purchase, cents))
        stood.append(await shop.stands(ana))

    assert stood == [(6, 0), (10, 0), (6, 0)]
    assert await shop.faults() == []


async def test_a_bank_that_takes_all_after_a_part_was_refunded_takes_no_more_than_was_bought(
    shop: Shop,
) -> None:
    ana = await shop.buyer()
    purchase = await shop.begins(ana)
    await shop.outcome(shop.bank.pay(purchase))

    await shop.outcome(shop.bank.refund(purchase, 400))
    for event in shop.bank.dispute(purchase, 1000):
        await shop.outcome(event)

    assert await shop.stands(ana) == (0, 0)
    assert await shop.faults() == []


async def test_a_refund_that_is_told_before_the_payment_comes_out_right(shop: Shop) -> None:
    ana = await shop.buyer()
    purchase = await shop.begins(ana)
    paid, refunded = shop.bank.pay(purchase), shop.bank.refund(purchase, 300)

    outcomes = [await shop.outcome(refunded), await shop.outcome(paid)]

    assert outcomes == ["credited+refunded", "noted"]
    assert await shop.stands(ana) == (7, 0)


async def test_what_was_paid_for_in_another_amount_credits_nothing_and_is_shown(shop: Shop) -> None:
    ana = await shop.buyer()
    purchase = await shop.begins(ana)
    event = shop.bank.pay(purchase)
    money = shop.bank.checkout_of(purchase).money
    assert money is not None
    money.received = 100

    outcome = await shop.outcome(event)

    assert outcome == "refused:amount"
    assert await shop.stands(ana) == (0, 0)
    assert await shop.kept() == {event["id"]: "refused:amount"}
    assert (await backlog(shop.house.site))["onemile_payments_refused"] == 1


async def test_an_amount_that_the_message_alone_makes_up_credits_nothing(small_shop: Shop) -> None:
    ana = await small_shop.buyer()
    event = small_shop.bank.pay(await small_shop.begins(ana))
    event["data"]["object"]["amount_total"] = 1_000_000

    assert await small_shop.outcome(event) == "refused:amount"
    assert await small_shop.stands(ana) == (0, 0)


@pytest.mark.parametrize("where", ["in the message", "at the bank"])
async def test_another_currency_credits_nothing(small_shop: Shop, where: str) -> None:
    ana = await small_shop.buyer()
    purchase = await small_shop.begins(ana)
    event = small_shop.bank.pay(purchase)
    if where == "in the message":
        event["data"]["object"]["currency"] = "jpy"
    else:
        money = small_shop.bank.checkout_of(purchase).money
        assert money is not None
        money.currency = "jpy"

    assert await small_shop.outcome(event) == "refused:currency"
    assert await small_shop.stands(ana) == (0, 0)


@pytest.mark.parametrize("difference", [{"account": "acct_of_somebody_else"}, {"livemode": True}])
async def test_what_happened_in_other_books_is_not_ours(small_shop: Shop, difference: dict[str, Any]) -> None:
    ana = await small_shop.buyer()
    event = small_shop.bank.pay(await small_shop.begins(ana)) | difference

    assert await small_shop.outcome(event) == "refused:not_ours"
    assert await small_shop.stands(ana) == (0, 0)


async def test_a_purchase_that_we_do_not_know_credits_nothing_and_is_shown(shop: Shop) -> None:
    session = {"id": "cs_test_of_another_town", "amount_total": 1000, "currency": "eur"}
    paid = shop.bank.tell("checkout.session.completed", session)
    disputed = shop.bank.tell("charge.dispute.created", {"id": "du_1", "payment_intent": "pi_unknown"})

    outcomes = [await shop.outcome(one) for one in (paid, disputed, paid)]

    assert outcomes == ["refused:unknown", "refused:unknown", "known"]
    assert (await backlog(shop.house.site))["onemile_payments_refused"] == 2


async def test_a_checkout_that_says_another_purchase_at_the_bank_credits_nobody(small_shop: Shop) -> None:
    ana, bo = await small_shop.buyer(), await small_shop.buyer()
    purchase, other = await small_shop.begins(ana), await small_shop.begins(bo)
    event = small_shop.bank.pay(purchase)
    small_shop.bank.checkout_of(purchase).form["client_reference_id"] = "of another's"

    assert await small_shop.outcome(event) == "refused:unknown"
    assert [await small_shop.stands(one) for one in (ana, bo)] == [(0, 0), (0, 0)]
    assert (await small_shop.purchase(other)).state == "open"


async def test_another_payment_for_what_is_paid_already_is_not_believed(small_shop: Shop) -> None:
    ana = await small_shop.buyer()
    purchase = await small_shop.begins(ana)
    await small_shop.outcome(small_shop.bank.pay(purchase))
    money = small_shop.bank.checkout_of(purchase).money
    assert money is not None
    money.id = "pi_another"

    assert await small_shop.outcome(small_shop.bank.money_arrives(purchase)) == "refused:other_payment"
    assert await small_shop.stands(ana) == (10, 0)


async def test_what_is_of_no_interest_is_let_pass(small_shop: Shop) -> None:
    event = small_shop.bank.tell("customer.created", {"id": "cus_1"})

    assert await small_shop.outcome(event) == "ignored"
    assert await small_shop.kept() == {}


async def test_while_the_bank_is_away_nothing_is_settled_and_it_is_to_be_told_again(shop: Shop) -> None:
    ana = await shop.buyer()
    event = shop.bank.pay(await shop.begins(ana))
    shop.bank.down = True

    away = await shop.tell(event)
    kept = await shop.kept()
    shop.bank.down = False
    outcome = await shop.outcome(event)

    assert (away.status_code, away.json()["code"], kept) == (503, "payment_away", {})
    assert (outcome, await shop.stands(ana)) == ("credited", (10, 0))


async def test_who_has_left_leaves_what_they_bought_to_the_community(shop: Shop) -> None:
    ana = await shop.buyer()
    purchase = await shop.begins(ana)
    event = shop.bank.pay(purchase)
    async with shop.house.site.database.write() as session:
        (await session.get_one(MemberRow, ana.id)).left_at = now()

    await shop.outcome(event)
    balance = await shop.stands(ana)
    async with shop.house.site.database.write() as session:
        left = await locks.lock(session, [community("bought"), earned(ana.id)])
    await shop.outcome(shop.bank.refund(purchase, 1000))

    assert (balance, left[community("bought").id]) == ((0, 0), 10)
    assert await shop.stands(ana) == (0, 10)
    assert await shop.house.mails() == []
    assert await shop.faults() == []


async def test_nothing_of_a_card_or_an_address_is_kept(small_shop: Shop, bank: Bank) -> None:
    ana = await small_shop.buyer()
    event = bank.pay(await small_shop.begins(ana))
    event["data"]["object"]["customer_details"] = {
        "email": "secret@example.org",
        "name": "Cardholder",
        "address": {"line1": "Rue cachée"},
    }

    await small_shop.outcome(event)

    await small_shop.house.mails()
    async with small_shop.house.site.database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        dump = "\n".join([line async for line in raw.driver_connection.iterdump()])
    for told in ("secret@example.org", "Cardholder", "cachée"):
        assert told not in dump
    assert ana.id in dump


async def test_a_message_keeps_when_it_happened_and_when_it_came(small_shop: Shop) -> None:
    purchase = await small_shop.begins(await small_shop.buyer())
    event = small_shop.bank.pay(purchase)
    event["created"] -= 3600
    came = now()

    await small_shop.outcome(event)

    row = await small_shop.purchase(purchase)
    assert row.paid_at is not None
    assert came <= row.paid_at <= now()
