"""Several who want the same exchange at once: one wins, nothing is done twice, and nobody waits for ever."""

import asyncio
from collections.abc import Awaitable

import pytest
import time_machine
from sqlmodel import col, func, select

from realtime.exchanges import Exchange, ExchangeState
from realtime.refusals import Conflict
from server import idempotency
from server.board.exchanges import StepRow
from server.exchanges import actions
from server.exchanges.later import DUE
from server.ids import new_id
from server.jobs import KINDS, Worker
from server.outbox import JobRow
from server.smiles import ledger
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair, due_of, id_of
from tests.server.house import House, a_request, problem

ROUNDS = 8


async def outcome(step: Awaitable[Exchange]) -> str:
    """Return the state that a step led to, or the code by which it was refused."""
    try:
        return (await step).state
    except Conflict as refusal:
        return refusal.code


@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_of_accepting_withdrawing_and_expiring_at_once_one_wins(town: Town, round_: int) -> None:
    pair = await Pair.meet(town)
    proposed = await pair.propose()
    payload = {"exchange": proposed.id, "version": 1, "letter": ""}

    async def expire() -> str:
        await KINDS[DUE].work(town.site, payload)
        return "clock"

    with time_machine.travel(due_of(proposed)):
        tries = [
            outcome(pair.take(pair.ana, "accept", proposed)),
            outcome(pair.take(pair.bo, "cancel", proposed)),
            expire(),
        ]
        # Another one begins first, each time.
        turned = tries[round_ % 3 :] + tries[: round_ % 3]
        outcomes = await asyncio.gather(*turned)

    after = await pair.now()
    assert after.version == 2
    won = [one for one in outcomes if one not in {"clock", "changed_meanwhile"}]
    assert won == ([] if after.state == "expired" else [after.state])
    purse = await pair.purse(pair.ana)
    assert purse.held == (3 if after.state == "accepted" else 0)
    assert purse.balance + purse.held == 10
    assert len(await pair.cards()) == 2


async def test_confirmed_and_renounced_and_released_at_once_smiles_pass_once_or_go_back(town: Town) -> None:
    for _ in range(ROUNDS // 2):
        pair = await Pair.meet(town)
        done = await pair.done()
        payload = {"exchange": done.id, "version": done.version, "letter": ""}
        with time_machine.travel(due_of(done)):
            await asyncio.gather(
                outcome(pair.take(pair.bo, "cancel", done)),
                outcome(pair.take(pair.ana, "confirm", done)),
                KINDS[DUE].work(town.site, payload),
            )

        over, mine, theirs = await pair.now(), await pair.purse(pair.ana), await pair.purse(pair.bo)
        assert over.version == done.version + 1
        passed = 3 if over.state == "confirmed" else 0
        assert (mine.balance, mine.held, theirs.balance) == (10 - passed, 0, passed)


async def test_what_is_due_is_done_once_though_several_workers_look_for_it(town: Town) -> None:
    pair = await Pair.meet(town)
    done = await pair.done()

    with time_machine.travel(due_of(done)):
        await asyncio.gather(*(Worker(town.site).drain() for _ in range(3)))
        async with town.database.read() as session:
            jobs = await session.exec(select(JobRow.payload).where(col(JobRow.kind) == DUE))
            payloads = [dict(payload) for payload in jobs]
        # A worker that died before it could say that it was done: another one does it again.
        for payload in payloads:
            await KINDS[DUE].work(town.site, payload)

    assert (await pair.now()).version == done.version + 1
    assert (await pair.purse(pair.bo)).balance == 3
    async with town.database.read() as session:
        steps = select(func.count()).select_from(StepRow).where(col(StepRow.exchange_id) == done.id)
        assert (await session.exec(steps)).one() == 4


async def test_steps_in_all_dialogs_of_a_listing_and_talk_beside_them_get_through(town: Town) -> None:
    ana = await Pair.meet(town, smiles=20)
    pairs = [ana, *[await ana.another_helper(f"Aide {n}") for n in range(5)]]

    async def walk(pair: Pair) -> str:
        agreed = await pair.take(pair.ana, "accept", await pair.propose(smiles=2))
        await town.post(pair.bo, pair.dialog)
        done = await pair.take(pair.bo, "finish", agreed)
        return (await pair.take(pair.ana, "confirm", done)).state

    async def talk(pair: Pair) -> None:
        for _ in range(4):
            await town.post(pair.ana, pair.dialog)

    walked = [asyncio.create_task(walk(pair)) for pair in pairs]
    await asyncio.gather(*walked, *(talk(pair) for pair in pairs))

    assert [task.result() for task in walked] == ["confirmed"] * len(pairs)
    purse = await ana.purse(ana.ana)
    assert (purse.balance, purse.held) == (20 - 2 * len(pairs), 0)


async def test_clicked_twice_it_happens_once_and_is_answered_the_same(house: House) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")
    listing = (
        await ana.post("/api/listings", json=a_request(), headers={"Idempotency-Key": new_id()})
    ).json()
    dialog = (await bo.put(f"/api/listings/{listing['listing']['id']}/dialog")).json()["conversation"]
    helper = (await bo.get("/api/session")).json()["member"]["id"]
    draft = {"id": new_id(), "helper": helper, "smiles": 0}
    path = f"/api/conversations/{dialog}/exchanges"
    key = {"Idempotency-Key": new_id()}

    twice = await asyncio.gather(*(bo.post(path, json=draft, headers=key) for _ in range(2)))
    again = {"Idempotency-Key": new_id()}
    accept = f"/api/exchanges/{draft['id']}/accept"
    clicks = [await ana.post(accept, json={"version": 1}, headers=again) for _ in range(2)]
    other = await ana.post(accept, json={"version": 2}, headers=again)
    late = await ana.post(accept, json={"version": 1}, headers={"Idempotency-Key": new_id()})

    assert [answer.status_code for answer in twice] == [201, 201]
    assert twice[0].text == twice[1].text
    assert [answer.status_code for answer in clicks] == [200, 200]
    assert clicks[0].text == clicks[1].text
    assert problem(other) == (409, "idempotency_key_reused")
    assert problem(late) == (409, "changed_meanwhile")


async def test_two_who_accept_each_others_proposals_at_once_both_get_through(postgresql_town: Town) -> None:
    town = postgresql_town
    for _ in range(ROUNDS):
        one = await Pair.meet(town)
        # Under a listing of Bo's, Ana is the helper: the same two purses, the other way round.
        listing = (await town.publish(one.bo)).listing
        back = Pair(town, one.bo, one.ana, listing.id, await town.dialog(one.ana, listing.id))
        await _fund(town, back)
        proposed = [(one, await one.propose()), (back, await back.propose())]

        answers = await asyncio.gather(*(_accept(pair, exchange) for pair, exchange in proposed))

        assert answers == [(200, ExchangeState.ACCEPTED)] * 2
        agreed = [(await one.now()), (await back.now())]
        ends = await asyncio.gather(
            one.take(one.ana, "confirm", agreed[0]), back.take(back.ana, "confirm", agreed[1])
        )
        assert [over.state for over in ends] == ["confirmed", "confirmed"]


async def _accept(pair: Pair, proposed: Exchange) -> tuple[int, str]:
    """Accept as REST does, which begins anew if the database lets another go first."""
    site, who = pair.town.site, pair.ana

    async def act() -> tuple[int, str]:
        return 200, (await actions.take(site, who, proposed.id, "accept", proposed.version)).state

    return await idempotency.once(site, idempotency.attempt(site, id_of(who), new_id(), b"accept"), act)


async def _fund(town: Town, pair: Pair) -> None:
    async with town.database.write() as session:
        await ledger.give(session, "grant", id_of(pair.ana), 10, key=f"grant:{id_of(pair.ana)}")
