"""The life of an exchange, as product.md promises it: one rule, one test."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from realtime.exchanges import ExchangeState, ExchangeStep
from realtime.refusals import Conflict, Forbidden, Invalid, NotFound
from realtime.shapes import ListingState
from server.clock import now
from server.exchanges import actions
from server.exchanges.schemas import Amendment, ExchangeDraft
from server.ids import new_id
from server.listings import actions as listings
from server.policy.listings import ALIVE
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair, due_of, id_of

TOMORROW = timedelta(days=1)


async def test_what_is_agreed_is_held_and_passes_when_it_is_confirmed(town: Town) -> None:
    pair = await Pair.meet(town)

    agreed = await pair.accepted()
    held, pin = await pair.purse(pair.ana), await pair.above()
    done = await pair.take(pair.bo, "finish", agreed)
    over = await pair.take(pair.ana, "confirm", done, "Merci, c’est parfait !")

    assert (held.balance, held.held, pin.state) == (7, 3, ListingState.IN_PROGRESS)
    assert (over.state, over.to_helper, over.thanks) == ("confirmed", 3, "Merci, c’est parfait !")
    mine, theirs = await pair.purse(pair.ana), await pair.purse(pair.bo)
    assert (mine.balance, mine.held, theirs.balance) == (7, 0, 3)
    assert (await pair.above()).state is ListingState.DONE


async def test_with_too_few_smiles_acceptance_is_refused_with_how_many_are_missing_and_nothing_changes(
    town: Town,
) -> None:
    pair = await Pair.meet(town, smiles=1)
    proposed = await pair.propose()

    with pytest.raises(Conflict) as refused:
        await pair.take(pair.ana, "accept", proposed)

    assert (refused.value.code, refused.value.params) == ("not_enough_smiles", {"missing": 2})
    assert await pair.now() == proposed
    assert len(await pair.cards()) == 1
    assert (await pair.above()).state is ListingState.OPEN
    assert (await pair.purse(pair.ana)).balance == 1


async def test_two_helpers_accepted_each_have_a_hold_of_their_own_or_the_second_is_refused(
    town: Town,
) -> None:
    bo = await Pair.meet(town, smiles=5)
    cy = await bo.another_helper()
    first, second = await bo.propose(), await cy.propose(smiles=2)
    dan = await bo.another_helper("Dan")
    third = await dan.propose(smiles=1)

    await bo.take(bo.ana, "accept", first)
    await cy.take(cy.ana, "accept", second)
    with pytest.raises(Conflict, match="not_enough_smiles"):
        await dan.take(dan.ana, "accept", third)

    purse = await bo.purse(bo.ana)
    assert (purse.balance, purse.held) == (0, 5)
    assert (await dan.now()).state is ExchangeState.PROPOSED


async def test_a_no_show_without_objection_gives_the_hold_back_after_48_hours_and_counts(town: Town) -> None:
    pair = await Pair.meet(town)
    missed = await pair.missed()
    with time_machine.travel(due_of(missed) - timedelta(seconds=1)):
        await town.work()
        before = await pair.now()
    with time_machine.travel(due_of(missed)):
        await town.work()

    over = await pair.now()
    assert due_of(missed) - missed.updated_at == timedelta(hours=48)
    assert (before.state, over.state, over.to_helper) == ("missed", "returned", 0)
    assert (await pair.purse(pair.ana)).balance == 10
    assert (await pair.above()).state is ListingState.OPEN


async def test_a_helper_who_says_that_they_could_not_come_gives_it_back_at_once(town: Town) -> None:
    pair = await Pair.meet(town)

    over = await pair.take(pair.bo, "report", await pair.accepted(), "Malade, pardon.")

    assert over.state is ExchangeState.RETURNED
    assert (await pair.purse(pair.ana)).balance == 10


async def test_nobody_is_reported_before_the_agreed_time(town: Town) -> None:
    pair = await Pair.meet(town)
    agreed = await pair.accepted(agreed_for=now() + TOMORROW)

    for who in (pair.ana, pair.bo):
        with pytest.raises(Conflict, match="not_yet"):
            await pair.take(who, "report", agreed)
    with time_machine.travel(now() + TOMORROW + timedelta(minutes=1)):
        missed = await pair.take(pair.ana, "report", agreed)

    assert missed.state is ExchangeState.MISSED


async def test_a_beneficiary_calls_it_off_only_before_the_agreed_time(town: Town) -> None:
    pair = await Pair.meet(town)
    agreed = await pair.accepted(agreed_for=now() + TOMORROW)

    with (
        time_machine.travel(now() + TOMORROW + timedelta(minutes=1)),
        pytest.raises(Conflict, match="too_late"),
    ):
        await pair.take(pair.ana, "cancel", agreed)
    over = await pair.take(pair.ana, "cancel", agreed)

    assert over.state is ExchangeState.CANCELLED
    assert (await pair.purse(pair.ana)).balance == 10


async def test_a_beneficiary_who_never_confirms_pays_after_a_week(town: Town) -> None:
    pair = await Pair.meet(town)
    done = await pair.done()

    with time_machine.travel(due_of(done)):
        await town.work()

    over = await pair.now()
    assert due_of(done) - done.updated_at == timedelta(days=7)
    assert (over.state, over.to_helper, over.due) == (ExchangeState.CONFIRMED, 3, None)
    assert (await pair.purse(pair.bo)).balance == 3
    card = (await pair.cards())[-1].card
    assert card is not None
    assert (card.step, card.by) == (ExchangeStep.RELEASE, None)


async def test_what_is_disputed_waits_however_long(town: Town) -> None:
    pair = await Pair.meet(town)
    done = await pair.done()
    disputed = await pair.take(pair.ana, "dispute", done, "La moitié seulement.")

    with time_machine.travel(due_of(done) + timedelta(days=300)):
        await town.work()

    assert (disputed.due, disputed.due_at) == (None, None)
    assert await pair.now() == disputed
    assert (await pair.purse(pair.ana)).held == 3


async def test_a_proposal_that_nobody_answers_expires_and_so_does_what_was_accepted_and_forgotten(
    town: Town,
) -> None:
    pair = await Pair.meet(town)
    proposed = await pair.propose()
    with time_machine.travel(due_of(proposed)):
        await town.work()
        first = await pair.now()
        agreed = await pair.accepted(agreed_for=now() + TOMORROW)
    with time_machine.travel(due_of(agreed)):
        await town.work()
        second = await pair.now()

    assert due_of(proposed) - proposed.updated_at == timedelta(days=14)
    assert agreed.agreed_for is not None
    assert due_of(agreed) - agreed.agreed_for == timedelta(days=30)
    assert (first.state, second.state) == ("expired", "expired")
    assert (await pair.purse(pair.ana)).balance == 10


async def test_a_listing_that_expires_leaves_the_map_and_its_exchange_lives_on(town: Town) -> None:
    pair = await Pair.meet(town)
    agreed = await pair.accepted(agreed_for=now() + timedelta(days=40))
    with time_machine.travel((await pair.above()).expires_at):
        await town.work()
        expired = await pair.above()
        over = await pair.take(pair.ana, "confirm", agreed)

    assert expired.state is ListingState.EXPIRED
    assert over.state is ExchangeState.CONFIRMED
    assert (await pair.purse(pair.bo)).balance == 3
    assert (await pair.above()).state is ListingState.EXPIRED


async def test_an_exchange_goes_on_under_a_deleted_listing(town: Town) -> None:
    pair = await Pair.meet(town)
    agreed = await pair.accepted()
    await listings.delete(town.site, pair.ana, pair.listing)

    over = await pair.take(pair.bo, "cancel", agreed)

    assert over.state is ExchangeState.CANCELLED
    assert (await pair.purse(pair.ana)).balance == 10


@pytest.mark.parametrize("kind", ["request", "offer"])
@pytest.mark.parametrize("end", ["confirm", "cancel"])
async def test_the_listing_is_in_progress_meanwhile_and_turned_on_by_the_end(
    town: Town, kind: str, end: str
) -> None:
    pair = await Pair.meet(town, kind=kind)
    agreed = await pair.accepted()
    meanwhile = await pair.above()

    await (
        pair.take(pair.ana, "confirm", agreed) if end == "confirm" else pair.take(pair.bo, "cancel", agreed)
    )

    after = await pair.above()
    done = kind == "request" and end == "confirm"
    assert meanwhile.state is ListingState.IN_PROGRESS
    assert after.state is (ListingState.DONE if done else ListingState.OPEN)
    assert after.version == meanwhile.version + 1 == 3


async def test_of_two_exchanges_under_a_listing_the_end_of_the_last_one_turns_it(town: Town) -> None:
    bo = await Pair.meet(town)
    cy = await bo.another_helper()
    first, second = await bo.accepted(), await cy.accepted()

    await bo.take(bo.bo, "cancel", first)
    between = await bo.above()
    await cy.take(cy.bo, "cancel", second)

    assert between.state is ListingState.IN_PROGRESS
    assert (await bo.above()).state is ListingState.OPEN


async def test_a_listing_that_its_author_closed_meanwhile_stays_closed(town: Town) -> None:
    pair = await Pair.meet(town)
    agreed = await pair.accepted()
    await listings.close(town.site, pair.ana, pair.listing)

    await pair.take(pair.bo, "cancel", agreed)

    assert (await pair.above()).state not in ALIVE


async def test_who_amends_asks_the_other_one(town: Town) -> None:
    pair = await Pair.meet(town)
    proposed = await pair.propose(note="Samedi ?", agreed_for=now() + TOMORROW)

    change = Amendment(version=1, smiles=5, helper=id_of(pair.ana), agreed_for=None)
    amended = await actions.amend(town.site, pair.ana, proposed.id, change)

    assert (amended.smiles, amended.note, amended.agreed_for) == (5, "Samedi ?", None)
    assert (amended.helper.name, amended.beneficiary.name) == ("Ana", "Bo")
    assert amended.acts == {
        id_of(pair.ana): ["amend", "cancel"],
        id_of(pair.bo): ["amend", "accept", "decline"],
    }
    with pytest.raises(Forbidden, match="not_yours"):
        await pair.take(pair.ana, "accept", amended)
    with pytest.raises(Invalid, match="nothing_changed"):
        await actions.amend(town.site, pair.ana, proposed.id, Amendment(version=2, smiles=5))


async def test_a_step_about_what_has_changed_meanwhile_is_refused(town: Town) -> None:
    pair = await Pair.meet(town)
    proposed = await pair.propose()
    await actions.amend(town.site, pair.bo, proposed.id, Amendment(version=1, smiles=9))

    with pytest.raises(Conflict, match="changed_meanwhile") as refused:
        await pair.take(pair.ana, "accept", proposed)

    assert refused.value.params == {"version": 2}
    assert (await pair.purse(pair.ana)).held == 0


async def test_one_exchange_at_a_time_is_under_way_in_a_dialog(town: Town) -> None:
    pair = await Pair.meet(town)
    proposed = await pair.propose()

    with pytest.raises(Conflict, match="exchange_under_way"):
        await pair.propose(by=pair.ana)
    await pair.take(pair.ana, "decline", proposed)
    again = await pair.propose(by=pair.ana)

    assert again.proposed_by == id_of(pair.ana)


async def test_proposed_twice_under_one_id_it_exists_once(town: Town) -> None:
    pair = await Pair.meet(town)
    draft = ExchangeDraft(id=new_id(), helper=id_of(pair.bo), smiles=3)

    first = await actions.propose(town.site, pair.bo, pair.dialog, draft)
    second = await actions.propose(town.site, pair.bo, pair.dialog, draft)
    other = draft.model_copy(update={"smiles": 4})
    with pytest.raises(Conflict, match="id_taken"):
        await actions.propose(town.site, pair.bo, pair.dialog, other)

    assert first == second
    assert len(await pair.cards()) == 1


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"agreed_for": now() - timedelta(hours=1)}, "agreed_for"),
        ({"agreed_for": now() + timedelta(days=400)}, "agreed_for"),
        ({"helper": new_id()}, "helper"),
    ],
)
async def test_what_cannot_be_agreed_is_refused_by_its_field(
    town: Town, draft: dict[str, Any], field: str
) -> None:
    pair = await Pair.meet(town)

    with pytest.raises(Invalid) as refused:
        await pair.propose(**draft)

    assert refused.value.field == field


async def test_strangers_find_no_exchange_and_moderators_neither(town: Town) -> None:
    pair = await Pair.meet(town)
    proposed = await pair.propose()

    for who in (await town.member("Cy"), await town.member("Mo", moderator=True)):
        with pytest.raises(NotFound):
            await pair.take(who, "accept", proposed)
        with pytest.raises(NotFound):
            await actions.exchanges(town.site, who, pair.dialog)


async def test_zero_smiles_walk_the_same_path_without_a_ledger_entry(town: Town) -> None:
    pair = await Pair.meet(town, smiles=0)

    over = await pair.take(pair.ana, "confirm", await pair.done(smiles=0), "Merci !")

    assert (over.state, over.to_helper) == (ExchangeState.CONFIRMED, 0)
    assert [one.card.step for one in await pair.cards() if one.card] == [
        "propose",
        "accept",
        "finish",
        "confirm",
    ]
    assert (await pair.purse(pair.ana)).version == 0
    assert (await pair.above()).state is ListingState.DONE
