"""Each rule of projects and photos, on a history of a few lines that breaks it alone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from realtime.people import MemberKind, Person
from realtime.projects import Progress
from realtime.protocol import PinPut, Watch
from realtime.shapes import Layer, Listing, Pin, Place, Scale
from tests.faults.album import Album, Kept
from tests.faults.checker import differences, violations
from tests.faults.copies import MapCopy, PanelCopy
from tests.faults.history import Deed, History, Outcome, Page
from tests.faults.ledger import Account, Agreed, Ledger
from tests.faults.projects import Founded, Given, Pledged, PledgeStepped, Projects
from tests.faults.telling import Wrong, told_of
from tests.faults.truth import Posted, Truth

ANA, BO, GARDEN, GIFT, MONEY, TASK, SHOP, PHOTO = (
    f"00000000-0000-7000-8000-00000000000{n}" for n in range(8)
)
NAME = "n" * 22
FILES = frozenset({"48.avif", "48.webp", "share.jpg"})
AT = datetime(2026, 11, 29, tzinfo=UTC)
SHOWS = {
    "outcome": "open",
    "released": False,
    "promised_cents": 2000,
    "received_cents": 2000,
    "given_smiles": 3,
    "tasks": 1,
    "tasks_done": 0,
    "supporters": 1,
}
FOUNDED = Founded(GARDEN, ANA, "open", "waiting", 10, deciding=False, shows=SHOWS)
BOS, HOLD, ANAS = f"member:{BO}:earned", f"hold:{GIFT}:earned", f"member:{ANA}:earned"
RAISED = f"project:{GARDEN}:earned"
GAVE = Given(GIFT, GARDEN, BO, 3, "held", 1, {BOS: -3, HOLD: 3}, {HOLD: 1})
PASSED = replace(
    GAVE,
    state="given",
    version=2,
    moved={BOS: -3, HOLD: 0, RAISED: 0, ANAS: 3},
    booked={HOLD: 1, RAISED: 1, ANAS: 1},
)
BACK = replace(GAVE, state="returned", version=2, moved={BOS: 0, HOLD: 0}, booked={HOLD: 1, BOS: 1})
PLEDGED = Pledged(MONEY, GARDEN, BO, 2000, "received", 2)
STEPS = [
    PledgeStepped(MONEY, 1, "promise", BO, 2000),
    PledgeStepped(MONEY, 2, "receive", ANA, 2000),
]
PROJECTS = Projects(
    {GARDEN: FOUNDED}, {MONEY: PLEDGED}, STEPS, {GIFT: GAVE}, frozenset({(GARDEN, ANA)}), frozenset()
)
ALBUM = Album({PHOTO: Kept(PHOTO, ANA, NAME, SHOP, FILES)}, {SHOP: [NAME]}, frozenset({NAME}), {NAME: FILES})
TRUTH = Truth(
    messages={},
    numbers={},
    listings={
        GARDEN: Posted(GARDEN, ANA, "Jardin", "project", "open", 4, 7.34, 47.75),
        TASK: Posted(TASK, ANA, "Bêcher", "request", "open", 1, 7.34, 47.75, GARDEN),
        SHOP: Posted(SHOP, ANA, "Boutique", "mag", "open", 1, 7.34, 47.75),
    },
    unread={},
    untold=0,
    projects=PROJECTS,
    album=ALBUM,
)


def pin(listing: str = GARDEN, **other: Any) -> Pin:
    posted = TRUTH.listings[listing]
    progress = Progress(reach="local", closes_at=AT, target_cents=None, target_smiles=10, **SHOWS)
    usual = {
        "id": posted.id,
        "kind": Layer(posted.kind),
        "title": posted.title,
        "category": "other",
        "smiles": 0,
        "state": posted.state,
        "lon": posted.lon,
        "lat": posted.lat,
        "precision": "exact",
        "author": Person(id=ANA, name="Ana", kind=MemberKind.INDIVIDUAL),
        "created_at": AT,
        "expires_at": AT,
        "version": posted.version,
        "progress": progress if posted.kind == "project" else None,
    }
    return Pin(**{**usual, **other})


def a_map(**other: Any) -> MapCopy:
    """Return a mile with all layers on, in which the garden is `other` than it should."""
    shown = MapCopy(Watch(at=Place(lon=7.34, lat=47.75), scale=Scale.MILE, layers=frozenset(Layer)))
    for listing in (TASK, SHOP):
        shown.apply(PinPut(pin=pin(listing)))
    shown.apply(PinPut(pin=pin(**other)))
    return shown


def opened(**other: Any) -> PanelCopy:
    """Return the garden opened, `other` than it should be."""
    more = {"text": "Des bacs.", "thread": TASK, "edited_at": None, "hidden": False}
    panel = PanelCopy(GARDEN, TASK)
    panel.take(Listing(**{**pin().model_dump(), **more, **other}))
    return panel


def deed(kind: Any, member: str, subject: str, where: str = "", text: str = "", **other: Any) -> Deed:
    usual: dict[str, Any] = {"tries": 1, "outcome": Outcome.ANSWERED, "answers": [{}]}
    return Deed(kind, member, subject, where, text, **{**usual, **other})


def a_history() -> History:
    """Ana has a project with a task, and a photo in a mag; Bo has given smiles, and money that has come."""
    return History(
        pages=[Page("Bo", BO, map=a_map(), panel=opened())],
        deeds=[
            deed("give", BO, GIFT, GARDEN, "3"),
            deed("promise", BO, MONEY, GARDEN, "2000"),
            deed("receive", ANA, MONEY, GARDEN, version=1),
            deed("photo", ANA, PHOTO, answers=[{"name": NAME}]),
        ],
    )


def with_projects(**other: Any) -> Truth:
    return replace(TRUTH, projects=replace(PROJECTS, **other))


def with_project(**other: Any) -> Truth:
    return with_projects(founded={GARDEN: replace(FOUNDED, **other)})


def with_gift(gift: Given, **project: Any) -> Truth:
    return with_projects(gifts={GIFT: gift}, founded={GARDEN: replace(FOUNDED, **project)})


def with_album(**other: Any) -> Truth:
    return replace(TRUTH, album=replace(ALBUM, **other))


def helped_by(member: str) -> Truth:
    """Somebody has helped with the task, for no smiles."""
    deal = Agreed(PHOTO, SHOP, TASK, member, ANA, 0, "Samedi", "confirmed", 0, 3, began_listing=False)
    return replace(TRUTH, ledger=Ledger(exchanges={PHOTO: deal}))


def standing(state: str, truth: Truth) -> Truth:
    return replace(truth, listings={**truth.listings, GARDEN: replace(truth.listings[GARDEN], state=state)})


def released() -> Truth:
    """Bo's three smiles were all that was wanted, and have passed."""
    return with_gift(PASSED, release="released", target_smiles=3)


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


def lose_a_file(_: History) -> Truth:
    return with_album(files={NAME: FILES - {"share.jpg"}})


def lose_a_photo(_: History) -> Truth:
    return with_album(photos={})


def name_it_otherwise(history: History) -> Truth:
    history.deeds[-1].answers.append({"name": "m" * 22})
    return TRUTH


def leave_files_lying(_: History) -> Truth:
    return with_album(files={NAME: FILES, "m" * 22: FILES})


def show_it_elsewhere(_: History) -> Truth:
    return with_album(shown={SHOP: [NAME], TASK: [NAME]})


def show_what_is_none(_: History) -> Truth:
    return with_album(shown={SHOP: [NAME, "m" * 22]})


def keep_what_was_thrown_away(history: History) -> Truth:
    history.deeds.append(deed("throw", ANA, PHOTO))
    return TRUTH


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
        (lose_a_file, f"F1 photo {PHOTO} has no ['share.jpg']"),
        (lose_a_photo, "W1 photo"),
        (name_it_otherwise, "W1 photo"),
        (leave_files_lying, "F2 files lie by the name of m"),
        (show_it_elsewhere, f"F3 photo {PHOTO} is for {SHOP}, and shown by"),
        (show_what_is_none, f"F3 listing {SHOP} shows ['m"),
        (keep_what_was_thrown_away, "W1 throw"),
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


def test_a_photo_that_was_thrown_away_or_left_behind_is_not_missed() -> None:
    history = a_history()
    history.deeds.append(deed("throw", ANA, PHOTO))

    assert violations(history, replace(TRUTH, album=Album())) == []


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
