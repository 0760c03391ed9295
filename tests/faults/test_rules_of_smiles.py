"""Each rule of smiles and exchanges, on a history of a few lines that breaks it alone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from realtime.exchanges import Exchange, ExchangeState, Purse
from realtime.people import MemberKind, Person
from tests.faults.checker import differences, violations
from tests.faults.copies import ExchangesCopy, InboxCopy, PurseCopy
from tests.faults.history import Deed, History, Outcome, Page
from tests.faults.ledger import Account, Agreed, Booked, Carded, Ledger, Stepped
from tests.faults.telling import Wrong, told_of
from tests.faults.truth import Posted, Said, Truth

ANA, BO, TALK, HELP, DEAL, FIRST, SECOND = (f"00000000-0000-7000-8000-00000000000{n}" for n in range(7))
ACCEPTED = Agreed(
    id=DEAL,
    conversation=TALK,
    listing=HELP,
    helper=ANA,
    beneficiary=BO,
    smiles=3,
    note="Samedi",
    state="accepted",
    to_helper=None,
    version=2,
    began_listing=True,
)
STEPS = [
    Stepped(DEAL, 1, "propose", BO, None, "proposed", 3),
    Stepped(DEAL, 2, "accept", ANA, None, "accepted", 3),
]
EARNED, HOLD = f"member:{BO}:earned", f"hold:{DEAL}:earned"
GRANT = Booked("g", "grant", "grant", None, {"mint:grant": -10, EARNED: 10})
HELD = Booked("h", "held", "hold", DEAL, {EARNED: -3, HOLD: 3})
LEDGER_ACCOUNTS = {
    EARNED: Account(EARNED, "member", "earned", BO, 7, 2),
    HOLD: Account(HOLD, "hold", "earned", BO, 3, 1),
}


def carded(step: Stepped, seq: int, **other: Any) -> Carded:
    card = {
        "step": step.step,
        "by": {"id": step.by} if step.by else None,
        "words": step.words,
        "exchange": {"id": DEAL, "version": step.version, "state": step.state, "smiles": step.smiles},
    }
    message = FIRST if seq == 1 else SECOND
    return Carded(message, TALK, seq, by_clock=step.by is None, card={**card, **other})


LEDGER = Ledger(
    exchanges={DEAL: ACCEPTED},
    steps=STEPS,
    cards=[carded(step, step.version) for step in STEPS],
    accounts=LEDGER_ACCOUNTS,
    transfers={one.id: one for one in (GRANT, HELD)},
)
TRUTH = Truth(
    messages={
        message: Said(message, TALK, seq, seq, author, None, edited=False, deleted=False)
        for message, seq, author in ((FIRST, 1, BO), (SECOND, 2, ANA))
    },
    numbers={TALK: 2},
    listings={HELP: Posted(HELP, ANA, "Aide", "offer", "in_progress", 2, 7.34, 47.75)},
    unread={},
    untold=0,
    ledger=LEDGER,
)


def exchange(**other: Any) -> Exchange:
    ana, bo = (Person(id=one, name=one[-1], kind=MemberKind.INDIVIDUAL) for one in (ANA, BO))
    usual = {
        "id": DEAL,
        "conversation": TALK,
        "listing": HELP,
        "helper": ana,
        "beneficiary": bo,
        "smiles": 3,
        "agreed_for": None,
        "note": "Samedi",
        "state": ExchangeState.ACCEPTED,
        "proposed_by": BO,
        "due": None,
        "due_at": None,
        "to_helper": None,
        "thanks": None,
        "acts": {},
        "version": 2,
        "updated_at": datetime(2026, 11, 25, tzinfo=UTC),
    }
    return Exchange(**{**usual, **other})


def purse(**other: Any) -> Purse:
    empty = dict.fromkeys(Purse.model_fields, 0)
    return Purse(**{**empty, "balance": 7, "held": 3, "version": 2, **other})


def a_history() -> History:
    """Bo has proposed and Ana has accepted; Bo's page shows the exchange and what is left in the purse."""
    page = Page("Bo", BO, inbox=InboxCopy(), exchanges=ExchangesCopy([TALK]), purse=PurseCopy())
    assert page.exchanges is not None
    assert page.purse is not None
    page.exchanges.take(exchange())
    page.purse.take(purse())
    return History(
        pages=[page],
        dialogs={TALK: frozenset({ANA, BO})},
        deeds=[
            Deed("propose", BO, DEAL, TALK, "Samedi", 1, Outcome.ANSWERED, answers=[{"version": 1}]),
            Deed("accept", ANA, DEAL, TALK, "", 1, Outcome.ANSWERED, answers=[{"version": 2}], version=1),
        ],
    )


def with_ledger(**other: Any) -> Truth:
    return replace(TRUTH, ledger=replace(LEDGER, **other))


def with_exchange(**other: Any) -> Truth:
    return with_ledger(exchanges={DEAL: replace(ACCEPTED, **other)})


def a_request(state: str, truth: Truth) -> Truth:
    return replace(truth, listings={HELP: replace(TRUTH.listings[HELP], kind="request", state=state)})


def test_a_history_in_which_all_went_well_breaks_no_rule() -> None:
    history = a_history()

    assert violations(history, TRUTH) == []
    assert differences(history, TRUTH, []) == []


def make_a_smile(_: History) -> Truth:
    made = replace(HELD, entries={EARNED: -3, HOLD: 4})
    accounts = {**LEDGER_ACCOUNTS, HOLD: replace(LEDGER_ACCOUNTS[HOLD], balance=4)}
    return with_ledger(transfers={"g": GRANT, "h": made}, accounts=accounts)


def lose_a_smile_somewhere(_: History) -> Truth:
    return with_ledger(balances=-1)


def forget_an_entry(_: History) -> Truth:
    return with_ledger(accounts={**LEDGER_ACCOUNTS, EARNED: replace(LEDGER_ACCOUNTS[EARNED], balance=10)})


def go_below_zero(_: History) -> Truth:
    spent = Booked("s", "spent", "correct", None, {EARNED: -9, f"member:{ANA}:earned": 9})
    accounts = {**LEDGER_ACCOUNTS, EARNED: replace(LEDGER_ACCOUNTS[EARNED], balance=-2)}
    return with_ledger(transfers={**LEDGER.transfers, "s": spent}, accounts=accounts)


def hold_twice(_: History) -> Truth:
    again = replace(HELD, id="i", key="held again")
    accounts = {
        EARNED: replace(LEDGER_ACCOUNTS[EARNED], balance=4),
        HOLD: replace(LEDGER_ACCOUNTS[HOLD], balance=6),
    }
    return with_ledger(transfers={**LEDGER.transfers, "i": again}, accounts=accounts)


def book_a_key_twice(_: History) -> Truth:
    return with_ledger(transfers={**LEDGER.transfers, "i": replace(GRANT, id="i")})


def answer_the_same_differently(history: History) -> Truth:
    history.deeds[1].answers.append({"version": 2, "state": "cancelled"})
    return TRUTH


def lose_an_answered_proposal(_: History) -> Truth:
    return with_ledger(exchanges={}, steps=[], cards=[])


def let_another_have_done_it(_: History) -> Truth:
    return with_ledger(steps=[STEPS[0], replace(STEPS[1], by=BO)])


def leave_a_step_out(_: History) -> Truth:
    return with_ledger(steps=STEPS[1:])


def leave_a_card_out(_: History) -> Truth:
    return with_ledger(cards=LEDGER.cards[:1])


def order_cards_otherwise(_: History) -> Truth:
    return with_ledger(cards=[carded(STEPS[1], 1), carded(STEPS[0], 2)])


def show_another_state_on_a_card(_: History) -> Truth:
    stood = {"id": DEAL, "version": 2, "state": "proposed", "smiles": 3}
    return with_ledger(cards=[LEDGER.cards[0], carded(STEPS[1], 2, exchange=stood)])


def accept_without_a_hold(_: History) -> Truth:
    accounts = {EARNED: replace(LEDGER_ACCOUNTS[EARNED], balance=10)}
    return with_ledger(transfers={"g": GRANT}, accounts=accounts)


def cancel_and_keep_the_hold(_: History) -> Truth:
    over = [STEPS[0], replace(STEPS[1], state="cancelled")]
    return with_ledger(exchanges={DEAL: replace(ACCEPTED, state="cancelled")}, steps=over)


def give_to_somebody_else(_: History) -> Truth:
    other = f"member:{TALK}:earned"
    gone = Booked("r", "given", "release", DEAL, {HOLD: -3, other: 3})
    over = [STEPS[0], replace(STEPS[1], state="confirmed")]
    return with_ledger(
        exchanges={DEAL: replace(ACCEPTED, state="confirmed", to_helper=3)},
        steps=over,
        transfers={**LEDGER.transfers, "r": gone},
        accounts={**LEDGER_ACCOUNTS, HOLD: replace(LEDGER_ACCOUNTS[HOLD], balance=0)},
    )


def give_less_than_agreed(_: History) -> Truth:
    return with_exchange(state="confirmed", to_helper=2)


def leave_the_listing_open(_: History) -> Truth:
    return replace(TRUTH, listings={HELP: replace(TRUTH.listings[HELP], state="open")})


def let_nobody_have_begun_the_listing(_: History) -> Truth:
    return with_exchange(began_listing=False)


def end_a_request_that_nobody_helped_with(_: History) -> Truth:
    return a_request("done", TRUTH)


def let_the_listing_go_on_that_is_over(_: History) -> Truth:
    return a_request("in_progress", with_exchange(state="confirmed", to_helper=3))


def let_two_win(history: History) -> Truth:
    history.deeds.append(replace(history.deeds[1], kind="cancel", member=BO))
    return TRUTH


def refuse_what_nobody_had_done_before(history: History) -> Truth:
    late = Deed("cancel", BO, DEAL, TALK, "", 1, Outcome.OVERTAKEN, refusal="changed_meanwhile", version=2)
    history.deeds.append(late)
    return TRUTH


def refuse_a_proposal_for_no_other(history: History) -> Truth:
    history.deeds.append(
        Deed("propose", BO, DEAL, TALK, "", 1, Outcome.OVERTAKEN, refusal="exchange_under_way")
    )
    return TRUTH


def tell_one_version_in_two_ways(history: History) -> Truth:
    shown = history.pages[0].exchanges
    assert shown is not None
    shown.take(exchange(smiles=4))
    return TRUTH


def tell_one_purse_in_two_ways(history: History) -> Truth:
    shown = history.pages[0].purse
    assert shown is not None
    shown.take(purse(balance=8))
    return TRUTH


def tell_a_purse_to_somebody_else(history: History) -> Truth:
    history.pages[0].foreign_purses = 1
    return TRUTH


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (make_a_smile, "L1 the entries of held sum to 1"),
        (lose_a_smile_somewhere, "L1 all balances"),
        (forget_an_entry, f"L2 {EARNED} has 10, its entries say 7"),
        (go_below_zero, f"L2 {EARNED} is below zero"),
        (hold_twice, f"L4 exchange {DEAL} was held 2 times"),
        (book_a_key_twice, "L4 grant was booked 2 times"),
        (answer_the_same_differently, "L4 accept"),
        (lose_an_answered_proposal, "L5 propose"),
        (let_another_have_done_it, "L5 accept"),
        (leave_a_step_out, f"L5 exchange {DEAL}: is in version 2, its steps are [2]"),
        (leave_a_card_out, f"L5 exchange {DEAL}: its cards"),
        (order_cards_otherwise, f"L5 exchange {DEAL}: its cards"),
        (show_another_state_on_a_card, f"L5 exchange {DEAL}: card 2"),
        (accept_without_a_hold, f"L5 exchange {DEAL}: is accepted for 3 smiles, and 0 are held"),
        (cancel_and_keep_the_hold, f"L5 exchange {DEAL}: is cancelled for 3 smiles, and 3 are held"),
        (give_to_somebody_else, f"L5 exchange {DEAL}: is confirmed for 3 smiles: booked were"),
        (give_less_than_agreed, f"L5 exchange {DEAL}: is confirmed for 3 smiles, and 2 have passed"),
        (leave_the_listing_open, f"L5 listing {HELP} is open"),
        (let_nobody_have_begun_the_listing, f"L5 listing {HELP} was begun by []"),
        (end_a_request_that_nobody_helped_with, f"L5 listing {HELP} is done, and 1 exchanges"),
        (let_the_listing_go_on_that_is_over, f"L5 listing {HELP} is in_progress, and 0 exchanges"),
        (let_two_win, "L8 2 were told"),
        (refuse_what_nobody_had_done_before, "L5 cancel"),
        (refuse_a_proposal_for_no_other, "L5 propose"),
        (tell_one_version_in_two_ways, "E2 Bo: exchange"),
        (tell_one_purse_in_two_ways, "E2 Bo: a purse"),
        (tell_a_purse_to_somebody_else, "E6 Bo"),
    ],
)
def test_the_checker_tells_of(wrong: Wrong, rule: str) -> None:
    assert told_of(rule, a_history(), wrong)


def test_a_request_is_done_once_somebody_was_helped_and_then_stays_so() -> None:
    helped = replace(ACCEPTED, id=FIRST, state="confirmed", to_helper=3, began_listing=False)
    again = replace(ACCEPTED, began_listing=False)
    truth = with_ledger(exchanges={FIRST: helped, DEAL: again})

    assert not [one for one in violations(a_history(), a_request("done", truth)) if "listing" in one]


def test_a_step_that_was_not_answered_may_be_there_or_not() -> None:
    history = a_history()
    history.deeds[0] = replace(history.deeds[0], outcome=Outcome.UNKNOWN, answers=[])
    history.deeds[1] = replace(history.deeds[1], outcome=Outcome.UNKNOWN, answers=[])

    whole = violations(history, TRUTH)
    nothing = Ledger(accounts={EARNED: replace(LEDGER_ACCOUNTS[EARNED], balance=10)}, transfers={"g": GRANT})
    absent = violations(history, replace(TRUTH, messages={}, numbers={}, listings={}, ledger=nothing))

    assert (whole, absent) == ([], [])


def test_who_comes_second_or_lacks_smiles_is_refused_for_a_reason() -> None:
    history = a_history()
    for version, why in ((1, "changed_meanwhile"), (2, "not_enough_smiles")):
        history.deeds.append(
            Deed("cancel", BO, DEAL, TALK, "", 1, Outcome.OVERTAKEN, refusal=why, version=version)
        )

    assert violations(history, TRUTH) == []


def test_a_page_that_shows_an_older_exchange_or_purse_differs_and_so_does_a_clock_that_stands() -> None:
    history = a_history()
    page = history.pages[0]
    page.exchanges, page.purse = ExchangesCopy([TALK]), PurseCopy()
    page.exchanges.take(exchange(version=1, state=ExchangeState.PROPOSED))
    page.purse.take(purse(balance=10, held=0, version=1))

    late = differences(history, TRUTH, [])
    overdue = differences(a_history(), with_exchange(overdue=True), [])

    assert [line[:18] for line in late] == ["E2 Bo: has (1, <Ex", "E2 Bo: its purse h"]
    assert [line[:15] for line in overdue] == ["clock: exchange"]
