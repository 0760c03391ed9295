"""Two processes, one ledger: whatever comes at once or twice has one effect, one winner and one answer."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from realtime.shapes import Place
from server.clock import now
from server.ids import new_id
from tests.processes.pairs import Pair, a_pair, step
from tests.processes.street import WebProcess
from tests.server.board.town import Town
from tests.servers import RedisServer
from tests.waiting import until

TRIES = 50
# So soon a proposal that nobody answers expires.
ANSWER_SECONDS = 1.0
ROUNDS, AT_ONCE = 4, 6


@pytest.fixture(scope="module")
def hasty(database_of_all: str, redis_server: RedisServer) -> Iterator[tuple[WebProcess, WebProcess]]:
    """Two more, in which the clock runs soon."""
    redis_server.start()
    days = f"{ANSWER_SECONDS / 86_400:.9f}"
    with (
        WebProcess(database_of_all, redis_server.url, ONEMILE_EXCHANGE_ANSWER_DAYS=days) as one,
        WebProcess(database_of_all, redis_server.url, ONEMILE_EXCHANGE_ANSWER_DAYS=days) as two,
    ):
        yield one, two


def outcomes(answers: list[httpx.Response]) -> Counter[tuple[int, str | None]]:
    """Count the answers by status and code."""
    return Counter((answer.status_code, answer.json().get("code")) for answer in answers)


async def test_fifty_tries_of_one_proposal_are_one_exchange_and_one_answer(
    town: Town, west: WebProcess, east: WebProcess, somewhere: Place
) -> None:
    pair, key = await a_pair(town, west, somewhere), new_id()
    draft = pair.draft()

    answers = await asyncio.gather(
        *(pair.beneficiary.ask((west, east)[n % 2], "POST", pair.path, draft, key) for n in range(TRIES))
    )
    others = [
        await pair.beneficiary.ask(web, "POST", pair.path, {**draft, "smiles": 4}, key)
        for web in (west, east)
    ]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert outcomes(others) == {(409, "idempotency_key_reused"): 2}
    truth = await pair.truth()
    assert [(one.id, one.version, one.smiles) for one in truth.ledger.exchanges.values()] == [
        (draft["id"], 1, 3)
    ]


async def test_fifty_tries_of_one_purchase_are_one_purchase_and_one_checkout(
    town: Town, west: WebProcess, east: WebProcess, somewhere: Place
) -> None:
    ana = (await a_pair(town, west, somewhere)).helper
    draft = {"id": new_id(), "smiles": 5}

    answers = await asyncio.gather(
        *(ana.ask((west, east)[n % 2], "POST", "/api/purchases", draft, new_id()) for n in range(TRIES))
    )
    others = [
        await ana.ask(web, "POST", "/api/purchases", {**draft, "smiles": 6}, new_id()) for web in (west, east)
    ]

    assert {answer.status_code for answer in answers} == {201}
    # The two of a test have an address each; what is opened there is one and the same.
    assert len({httpx.URL(answer.json()["url"]).path for answer in answers}) == 1
    assert outcomes(others) == {(409, "idempotency_key_reused"): 2}
    bought = (await ana.ask(east, "GET", "/api/purchases")).json()["purchases"]
    assert [(one["id"], one["smiles"], one["state"]) for one in bought] == [(draft["id"], 5, "open")]


async def test_fifty_tries_of_one_acceptance_hold_once_and_have_one_answer(
    town: Town, west: WebProcess, east: WebProcess, somewhere: Place
) -> None:
    pair, key = await a_pair(town, west, somewhere), new_id()
    exchange = await pair.propose(east)

    answers = await asyncio.gather(
        *(step(pair.helper, (west, east)[n % 2], "accept", exchange, key=key) for n in range(TRIES))
    )
    others = [
        await step(pair.helper, web, "accept", {**exchange, "version": 2}, key=key) for web in (west, east)
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert outcomes(others) == {(409, "idempotency_key_reused"): 2}
    assert await pair.balance() == (7, 3, 0)
    assert len((await pair.truth()).ledger.cards) == 2


async def test_of_fifty_acceptances_under_keys_of_their_own_one_is_carried_out(
    town: Town, west: WebProcess, east: WebProcess, somewhere: Place
) -> None:
    pair = await a_pair(town, west, somewhere)
    exchange = await pair.propose(east)

    answers = await asyncio.gather(
        *(step(pair.helper, (west, east)[n % 2], "accept", exchange) for n in range(TRIES))
    )

    assert outcomes(answers) == {(200, None): 1, (409, "changed_meanwhile"): TRIES - 1}
    assert await pair.balance() == (7, 3, 0)
    await pair.truth()


async def test_of_accept_cancel_and_expire_at_once_exactly_one_wins_and_the_hold_is_right(
    town: Town, hasty: tuple[WebProcess, WebProcess], somewhere: Place
) -> None:
    west, east = hasty
    pairs = [await a_pair(town, west, somewhere) for _ in range(AT_ONCE)]
    winners: Counter[str] = Counter()

    for _ in range(ROUNDS):
        for winner in await asyncio.gather(*(one_race(pair, west, east) for pair in pairs)):
            winners[winner] += 1

    assert sum(winners.values()) == ROUNDS * AT_ONCE
    assert winners.keys() <= {"accepted", "cancelled", "expired"}


async def one_race(pair: Pair, west: WebProcess, east: WebProcess) -> str:
    """Let helper, beneficiary and clock race for a proposal; return which state won, having checked it."""
    exchange = await pair.propose(west)
    due_at = datetime.fromisoformat(exchange["due_at"])
    await until(lambda: now() >= due_at, "the clock may act")

    accepted, cancelled, _ = await asyncio.gather(
        step(pair.helper, west, "accept", exchange),
        step(pair.beneficiary, east, "cancel", exchange),
        pair.town.work(),
    )

    truth = await pair.truth()
    agreed = truth.ledger.exchanges[exchange["id"]]
    winners = [answer for answer in (accepted, cancelled) if answer.status_code == 200]
    losers = [answer for answer in (accepted, cancelled) if answer.status_code != 200]
    assert [answer.json()["state"] for answer in winners] == ([agreed.state] if winners else [])
    assert {answer.json()["code"] for answer in losers} <= {"changed_meanwhile"}
    assert winners or agreed.state == "expired"
    assert agreed.version == 2
    before = await pair.balance()
    if agreed.state == "accepted":
        assert before == (7, 3, 0)
        assert (await step(pair.helper, east, "cancel", accepted.json())).status_code == 200
    assert await pair.balance() == (10, 0, 0)
    return agreed.state


async def test_of_two_who_accept_what_one_can_pay_for_once_one_wins_and_the_other_learns_what_is_missing(
    town: Town, west: WebProcess, east: WebProcess, somewhere: Place
) -> None:
    one = await a_pair(town, west, somewhere, smiles=5)
    two = await a_pair(town, east, somewhere, beneficiary=one.beneficiary)
    for _ in range(ROUNDS):
        exchanges = [await pair.propose(west, smiles=4) for pair in (one, two)]

        answers = await asyncio.gather(
            *(
                step(pair.helper, web, "accept", exchange)
                for pair, web, exchange in zip((one, two), (west, east), exchanges, strict=True)
            )
        )

        assert outcomes([*answers]) == {(200, None): 1, (409, "not_enough_smiles"): 1}
        lost = next(answer.json() for answer in answers if answer.status_code == 409)
        assert lost["missing"] == 3
        assert await one.balance() == (1, 4, 0)
        for pair, answer, exchange in zip((one, two), answers, exchanges, strict=True):
            await pair.truth()
            who = pair.helper if answer.status_code == 200 else pair.beneficiary
            stands = answer.json() if answer.status_code == 200 else exchange
            assert (await step(who, west, "cancel", stands)).status_code == 200


async def test_what_the_clock_does_is_done_once_by_one_of_two_workers(
    town: Town, hasty: tuple[WebProcess, WebProcess], somewhere: Place
) -> None:
    west, _ = hasty
    pairs = [await a_pair(town, west, somewhere) for _ in range(AT_ONCE)]

    exchanges = [await pair.propose(west) for pair in pairs]

    async def all_over() -> bool:
        found = [(await pair.truth()).ledger for pair in pairs]
        return all(one.state == "expired" for ledger in found for one in ledger.exchanges.values())

    await until(all_over, "all expire")
    for pair, exchange in zip(pairs, exchanges, strict=True):
        steps = (await pair.truth()).ledger.steps
        assert [(one.exchange, one.step, one.by) for one in steps] == [
            (exchange["id"], "propose", pair.beneficiary.id),
            (exchange["id"], "expire", None),
        ]
