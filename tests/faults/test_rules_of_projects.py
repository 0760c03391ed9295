"""Each rule of projects, on a history of a few lines that breaks it alone."""

from dataclasses import replace
from typing import Any

import pytest

from realtime.protocol import PinPut, Watch
from realtime.shapes import Layer, Listing, Place, Scale
from tests.faults.album import Album
from tests.faults.all_well import (
    ANA,
    ANAS,
    BACK,
    BO,
    BOS,
    GARDEN,
    GAVE,
    GIFT,
    HOLD,
    MONEY,
    PASSED,
    PLEDGED,
    PROJECTS,
    RAISED,
    SHOP,
    SHOWS,
    STEPS,
    TASK,
    TRUTH,
    a_history,
    a_map,
    deed,
    helped_by,
    opened,
    pin,
    released,
    standing,
    with_gift,
    with_project,
    with_projects,
)
from tests.faults.checker import differences, violations
from tests.faults.copies import MapCopy
from tests.faults.history import History, Outcome
from tests.faults.ledger import Account, Ledger
from tests.faults.projects import PledgeStepped
from tests.faults.telling import Wrong, told_of
from tests.faults.truth import Truth


def test_a_history_in_which_all_went_well_breaks_no_rule() -> None:
    history = a_history()

    assert violations(history, TRUTH) == []
    assert differences(history, TRUTH, []) == []
    assert violations(history, released()) == []


def lose_a_gift(_: History) -> Truth:
    return with_projects(gifts={})


def store_another_amount(_: History) -> Truth:
    return with_gift(replace(GAVE, smiles=4))


def lose_a_pledge(_: History) -> Truth:
    return with_projects(pledges={}, steps=[])


def answer_the_same_differently(history: History) -> Truth:
    history.deeds[0].answers.append({"version": 7})
    return TRUTH


def take_back_what_stays(history: History) -> Truth:
    history.deeds.append(deed("take_back", BO, GIFT, GARDEN, version=1))
    return TRUTH


def refuse_to_take_back_what_waits(history: History) -> Truth:
    late = {"outcome": Outcome.OVERTAKEN, "refusal": "changed_meanwhile"}
    history.deeds.append(deed("take_back", BO, GIFT, GARDEN, version=1, **late))
    return TRUTH


def refuse_a_step_that_nobody_took(history: History) -> Truth:
    late = {"outcome": Outcome.OVERTAKEN, "refusal": "changed_meanwhile"}
    history.deeds.append(deed("unreceive", ANA, MONEY, GARDEN, version=2, **late))
    return TRUTH


def let_another_have_received(_: History) -> Truth:
    return with_projects(steps=[STEPS[0], replace(STEPS[1], by=BO)])


def forget_a_step(_: History) -> Truth:
    return with_projects(steps=STEPS[1:])


def lead_elsewhere(_: History) -> Truth:
    return with_projects(pledges={MONEY: replace(PLEDGED, state="promised")})


def change_the_amount_on_the_way(_: History) -> Truth:
    return with_projects(steps=[STEPS[0], replace(STEPS[1], cents=100)])


def withdraw_by_the_clock_while_it_is_open(_: History) -> Truth:
    steps = [STEPS[0], PledgeStepped(MONEY, 2, "withdraw", None, 2000)]
    return with_projects(steps=steps, pledges={MONEY: replace(PLEDGED, state="withdrawn")})


def refuse_for_good(history: History) -> Truth:
    history.deeds[0].outcome = Outcome.REFUSED
    return TRUTH


def forget_a_cancellation(history: History) -> Truth:
    history.deeds.append(deed("call_off", ANA, GARDEN))
    return TRUTH


def decide_otherwise(history: History) -> Truth:
    history.deeds.append(deed("return", ANA, GARDEN))
    return standing("done", with_gift(PASSED, outcome="closed", release="released", target_smiles=3))


def hold_nothing(_: History) -> Truth:
    return with_gift(replace(GAVE, moved={}, booked={}))


def hold_what_went_back(_: History) -> Truth:
    return with_gift(replace(BACK, moved=GAVE.moved))


def pass_twice(_: History) -> Truth:
    twice = replace(PASSED, moved={**PASSED.moved, ANAS: 6, HOLD: -3}, booked={**PASSED.booked, ANAS: 2})
    return with_gift(twice, release="released", target_smiles=3)


def pass_and_go_back(_: History) -> Truth:
    return with_gift(replace(BACK, moved={BOS: 0, HOLD: 0, ANAS: 3}))


def keep_it_on_the_way(_: History) -> Truth:
    stuck = replace(PASSED, moved={BOS: -3, HOLD: 0, RAISED: 3})
    return with_gift(stuck, release="released", target_smiles=3)


def pass_past_the_project(_: History) -> Truth:
    past = replace(PASSED, moved={BOS: -3, HOLD: 0, ANAS: 3}, booked={HOLD: 1, ANAS: 1})
    return with_gift(past, release="released", target_smiles=3)


def count_no_version(_: History) -> Truth:
    return with_gift(replace(PASSED, version=1), release="released", target_smiles=3)


def go_back_after_the_goal(_: History) -> Truth:
    return with_gift(BACK, release="released", target_smiles=3)


def pass_while_it_waits(_: History) -> Truth:
    return with_gift(PASSED)


def pass_what_is_cancelled(_: History) -> Truth:
    return standing("expired", with_gift(PASSED, outcome="cancelled", release="returned"))


def miss_the_goal(_: History) -> Truth:
    return with_project(target_smiles=3)


def release_without_a_goal(_: History) -> Truth:
    return with_gift(PASSED, release="released")


def wait_though_it_is_cancelled(_: History) -> Truth:
    return standing("expired", with_project(outcome="cancelled"))


def ask_for_a_word_while_it_is_open(_: History) -> Truth:
    return with_project(deciding=True)


def leave_its_pin(_: History) -> Truth:
    return with_project(outcome="closed")


def hold_for_who_has_left(_: History) -> Truth:
    return with_projects(left=frozenset({BO}))


def promise_for_who_has_left(_: History) -> Truth:
    return with_projects(left=frozenset({BO}), pledges={MONEY: replace(PLEDGED, state="promised")})


def keep_who_has_left_in_the_team(_: History) -> Truth:
    return with_projects(left=frozenset({BO}), gifts={}, teams=PROJECTS.teams | {(GARDEN, BO)})


def leave_something_to_who_has_left(_: History) -> Truth:
    accounts = {
        BOS: Account(BOS, "member", "earned", BO, 0, 1),
        ANAS: Account(ANAS, "member", "earned", ANA, 3, 1),
    }
    return replace(with_projects(left=frozenset({ANA})), ledger=Ledger(accounts=accounts))


def forget_a_leaving(history: History) -> Truth:
    history.deeds.append(deed("leave", BO, BO))
    return TRUTH


def leave_listings_standing(_: History) -> Truth:
    return with_projects(left=frozenset({ANA}))


def tell_one_version_in_two_ways(history: History) -> Truth:
    shown = history.pages[0].map
    assert shown is not None
    shown.apply(PinPut(pin=pin(title="Potager")))
    return TRUTH


def tell_who_has_it_open_in_two_ways(history: History) -> Truth:
    panel = history.pages[0].panel
    assert panel is not None
    panel.take(Listing(**{**dict(panel.shown or ()), "text": "Des arbres."}))
    return TRUTH


def tell_of_a_layer_that_is_off(history: History) -> Truth:
    shown = MapCopy(Watch(at=Place(lon=7.34, lat=47.75), scale=Scale.MILE, layers=frozenset({Layer.REQUEST})))
    shown.apply(PinPut(pin=pin()))
    history.pages[0].map = shown
    return TRUTH


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (lose_a_gift, "W1 give"),
        (store_another_amount, "W1 give"),
        (lose_a_pledge, "W1 promise"),
        (answer_the_same_differently, "L4 give"),
        (take_back_what_stays, "W1 take_back"),
        (refuse_to_take_back_what_waits, "W1 take_back"),
        (refuse_a_step_that_nobody_took, "W1 unreceive"),
        (let_another_have_received, "W1 receive"),
        (let_another_have_received, f"J2 pledge {MONEY}: took its step"),
        (forget_a_step, f"J2 pledge {MONEY}: is in version 2, its steps are [2]"),
        (lead_elsewhere, f"J2 pledge {MONEY}: is promised, its steps lead to received"),
        (change_the_amount_on_the_way, f"J2 pledge {MONEY}: is of 2000 cents"),
        (withdraw_by_the_clock_while_it_is_open, f"J2 pledge {MONEY}: took its step"),
        (refuse_for_good, "W1 give"),
        (forget_a_cancellation, "W1 call_off"),
        (decide_otherwise, "W1 return"),
        (hold_nothing, f"L8 gift {GIFT}: is held with 3 smiles, and 0 are held"),
        (hold_what_went_back, f"L8 gift {GIFT}: is returned with 3 smiles, and 3 are held"),
        (pass_twice, f"L8 gift {GIFT}: was booked 2 times into {ANAS}"),
        (pass_and_go_back, f"L8 gift {GIFT}: is returned with 3 smiles: booked were"),
        (keep_it_on_the_way, f"L8 gift {GIFT}: is given, and passed by"),
        (pass_past_the_project, f"L8 gift {GIFT}: is given, and passed by"),
        (count_no_version, f"L8 gift {GIFT}: is given in version 1"),
        (go_back_after_the_goal, f"L8 gift {GIFT}: went back, and nobody wanted that"),
        (pass_while_it_waits, f"J1 project {GARDEN}: is open and waiting, and smiles have passed"),
        (pass_what_is_cancelled, f"J1 project {GARDEN}: is cancelled and returned, and smiles have passed"),
        (miss_the_goal, f"J1 project {GARDEN}: wants 3 smiles and has 3, which wait"),
        (
            release_without_a_goal,
            f"J1 project {GARDEN}: wants 10 smiles, has 3, and nobody has released them",
        ),
        (wait_though_it_is_cancelled, f"J1 project {GARDEN}: is cancelled, and its smiles wait"),
        (ask_for_a_word_while_it_is_open, f"J1 project {GARDEN}: waits for its owner's word"),
        (leave_its_pin, f"J1 project {GARDEN}: is closed, its listing is open"),
        (hold_for_who_has_left, f"J3 {BO} has left: ['{GIFT}'] are held"),
        (promise_for_who_has_left, f"J3 {BO} has left: ['{GIFT}', '{MONEY}'] are held or promised"),
        (keep_who_has_left_in_the_team, f"J3 {BO} has left: is behind"),
        (leave_something_to_who_has_left, f"J3 {ANA} has left: has {{'{ANAS}': 3}}"),
        (leave_listings_standing, f"J3 {ANA} has left: ['{GARDEN}'"),
        (forget_a_leaving, "W1 leave"),
        (tell_one_version_in_two_ways, "E2 Bo: Potager was told as"),
        (tell_who_has_it_open_in_two_ways, "E2 Bo: Jardin was told as"),
        (tell_of_a_layer_that_is_off, "E2 Bo: Jardin is of a layer that is off"),
    ],
)
def test_the_checker_tells_of(wrong: Wrong, rule: str) -> None:
    assert told_of(rule, a_history(), wrong)


def test_what_was_not_answered_may_be_there_or_not_but_only_whole() -> None:
    history = a_history()
    history.deeds = [replace(one, outcome=Outcome.UNKNOWN, answers=[]) for one in history.deeds]

    whole = violations(history, TRUTH)
    absent = violations(history, replace(with_projects(gifts={}, pledges={}, steps=[]), album=Album()))
    half = violations(history, with_gift(replace(GAVE, smiles=2)))

    assert (whole, absent) == ([], [])
    assert [line[:7] for line in half if line.startswith("W1")] == ["W1 give"]


def test_who_comes_too_late_is_refused_for_a_reason() -> None:
    history = a_history()
    late: dict[str, Any] = {"outcome": Outcome.OVERTAKEN, "refusal": "project_over", "answers": []}
    history.deeds += [
        deed("give", BO, TASK, GARDEN, "1", **late),
        deed("conclude", ANA, GARDEN, **late),
        deed("take_back", BO, GIFT, GARDEN, version=1, **late),
        deed("withdraw", BO, MONEY, GARDEN, version=1, **late),
    ]

    assert violations(history, released()) == []


def test_who_left_took_home_what_others_later_released() -> None:
    history = a_history()
    history.deeds += [deed("leave", BO, BO), deed("release", ANA, GARDEN, version=4)]
    truth = standing("done", with_gift(BACK, outcome="closed", release="released"))

    gone = replace(truth, projects=replace(truth.projects, left=frozenset({BO})))

    assert violations(history, gone) == []
    assert any("nobody wanted that" in line for line in violations(history, truth))


def test_what_adds_up_to_something_else_than_is_shown_differs_and_so_does_what_waits_too_long() -> None:
    stale = {**SHOWS, "given_smiles": 0}

    on_the_page = differences(a_history(), with_projects(gifts={GIFT: replace(GAVE, smiles=4)}), [])
    history = a_history()
    history.pages[0].map = a_map(progress=None)
    on_the_map = differences(history, TRUTH, [])
    history.pages[0].map, history.pages[0].panel = None, opened(progress=None)
    in_the_panel = differences(history, TRUTH, [])
    in_the_row = differences(a_history(), with_project(shows=stale), [])
    helped = differences(a_history(), helped_by(SHOP), [])
    overdue = differences(a_history(), with_project(overdue=True), [])
    unsettled = differences(a_history(), with_project(release="returned"), [])
    left = with_projects(left=frozenset({ANA}), pledges={MONEY: replace(PLEDGED, state="promised")})
    promised_to_nobody = [line for line in differences(a_history(), left, []) if line.startswith("clock")]

    assert [line[:18] for line in on_the_page] == [
        "J1 project 0000000",
        "E2 Bo: shows on th",
        "E2 Bo: shows open ",
    ]
    assert [line[:18] for line in on_the_map] == ["E2 Bo: shows on th"]
    assert [line[:18] for line in in_the_panel] == ["E2 Bo: shows open "]
    assert [line[:10] for line in in_the_row] == ["J1 project"]
    assert "'supporters': 1}, it is {" in helped[0]
    assert "'supporters': 2}" in helped[0]
    assert differences(a_history(), helped_by(BO), []) == []
    assert [line[:14] for line in overdue] == ["clock: project"]
    assert [line[:14] for line in unsettled] == ["clock: project"]
    assert [line[-6:] for line in promised_to_nobody] == ["1 wait"]
