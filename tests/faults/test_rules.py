"""Each rule of the checker, on a history of a few lines that breaks it alone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from realtime.people import MemberKind, Person
from realtime.protocol import Opened, Watch
from realtime.shapes import Layer, Message, MessageState, Place, Scale
from tests.faults.checker import FAST_SECONDS, differences, violations
from tests.faults.copies import ConversationCopy, MapCopy
from tests.faults.history import Attempt, Deed, History, Outage, Outcome, Page
from tests.faults.telling import Wrong, told_of
from tests.faults.truth import Posted, Said, Truth

ANA, BO, THREAD, DIALOG, WORD, HELP = (f"00000000-0000-7000-8000-00000000000{n}" for n in range(6))
HERE = Watch(at=Place(lon=7.34, lat=47.75), scale=Scale.MILE, layers=frozenset({Layer.REQUEST}))
SAID = Said(WORD, THREAD, 1, 1, ANA, "Bonjour", edited=False, deleted=False)
POSTED = Posted(HELP, ANA, "Aide", "request", "open", 1, 7.34, 47.75)
TRUTH = Truth({WORD: SAID}, {THREAD: 1}, {HELP: POSTED}, {(THREAD, BO): 1}, untold=0)
OUT = Outage("database", frozenset({0}), 10.0, 40.0)


def message(**other: Any) -> Message:
    usual = {
        "id": WORD,
        "conversation": THREAD,
        "seq": 1,
        "change": 1,
        "author": Person(id=ANA, name="Ana", kind=MemberKind.INDIVIDUAL),
        "text": "Bonjour",
        "state": MessageState.VISIBLE,
        "created_at": datetime(2026, 11, 25, tzinfo=UTC),
        "edited_at": None,
    }
    return Message(**{**usual, **other})


def opened(*messages: Message, reset: bool = True, cursor: int = 1) -> Opened:
    return Opened(
        ref=1,
        conversation=THREAD,
        reset=reset,
        messages=list(messages),
        cursor=cursor,
        earlier=False,
        reads={},
        present=[],
        listing_version=1,
    )


def a_history() -> History:
    """Ana has said and published something; Bo has read it in the thread, and looked at the map."""
    copy = ConversationCopy(THREAD)
    copy.ask(1)
    copy.opened(opened(message()))
    page = Page("Bo", BO, {THREAD: copy}, MapCopy(HERE), heard_of={THREAD})
    history = History(pages=[page], dialogs={DIALOG: frozenset({ANA})})
    history.deeds = [
        Deed("post", ANA, WORD, THREAD, "Bonjour", 1, Outcome.ANSWERED, answers=[{"id": WORD, "seq": 1}]),
        Deed("publish", ANA, HELP, "", "Aide", 1, Outcome.ANSWERED, answers=[{"listing": {"version": 1}}]),
    ]
    return history


def test_a_history_in_which_all_went_well_breaks_no_rule() -> None:
    assert violations(a_history(), TRUTH) == []


def lose_an_answered_message(_: History) -> Truth:
    return replace(TRUTH, messages={}, numbers={THREAD: 0})


def lose_an_answered_listing(_: History) -> Truth:
    return replace(TRUTH, listings={})


def store_another_text(_: History) -> Truth:
    return replace(TRUTH, messages={WORD: replace(SAID, text="Bonsoir")})


def refuse_for_good(history: History) -> Truth:
    history.deeds[0].outcome = Outcome.REFUSED
    return TRUTH


def forget_an_answered_close(history: History) -> Truth:
    history.deeds.append(Deed("close", ANA, HELP, outcome=Outcome.ANSWERED))
    return TRUTH


def forget_an_answered_edit(history: History) -> Truth:
    history.deeds.append(Deed("edit", ANA, WORD, text="Pardon", outcome=Outcome.ANSWERED))
    return TRUTH


def answer_the_same_differently(history: History) -> Truth:
    history.deeds[0].answers.append({"id": WORD, "seq": 2})
    return TRUTH


def store_it_twice(_: History) -> Truth:
    twice = replace(SAID, id=BO, seq=2, change=2)
    return replace(TRUTH, messages={WORD: SAID, BO: twice}, numbers={THREAD: 2})


def give_a_number_twice(_: History) -> Truth:
    other = replace(SAID, id=BO, text="Moi aussi")
    return replace(TRUTH, messages={WORD: SAID, BO: other}, numbers={THREAD: 2})


def leave_a_number_out(_: History) -> Truth:
    return replace(TRUTH, numbers={THREAD: 2})


def tell_what_was_never_committed(history: History) -> Truth:
    history.pages[0].conversations[THREAD].take(message(id=BO, seq=2, change=2))
    return TRUTH


def answer_a_cursor_with_a_gap(history: History) -> Truth:
    copy = history.pages[0].conversations[THREAD]
    copy.ask(1)
    copy.opened(opened(reset=False, cursor=2))
    later = replace(SAID, id=BO, seq=2, change=2, text="Encore")
    return replace(TRUTH, messages={WORD: SAID, BO: later}, numbers={THREAD: 2})


def answer_a_cursor_with_what_is_known(history: History) -> Truth:
    copy = history.pages[0].conversations[THREAD]
    copy.ask(1)
    copy.opened(opened(message(), reset=False))
    return TRUTH


def go_back_on_the_map(history: History) -> Truth:
    shown = history.pages[0].map
    assert shown is not None
    shown.wrongs.append("version 1 after 2")
    return TRUTH


def tell_of_anothers_dialog(history: History) -> Truth:
    history.pages[0].heard_of.add(DIALOG)
    return TRUTH


def send_what_nobody_can_read(history: History) -> Truth:
    history.pages[0].unreadable.append("'NaN'")
    return TRUTH


def fail_without_the_bus(history: History) -> Truth:
    history.outages.append(OUT._replace(of="bus"))
    history.attempts.append(Attempt(0, "rest", True, 11.0, 12.0, 500))
    return TRUTH


def succeed_without_the_database(history: History) -> Truth:
    history.outages.append(OUT)
    history.attempts.append(Attempt(0, "rest", True, 11.0, 12.0, 201))
    return TRUTH


def keep_waiting_without_the_database(history: History) -> Truth:
    history.outages.append(OUT)
    history.attempts.append(Attempt(0, "rest", True, 11.0, 12.0 + FAST_SECONDS, 503))
    return TRUTH


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (lose_an_answered_message, "W1 post"),
        (lose_an_answered_listing, "W1 publish"),
        (store_another_text, "W1 post"),
        (refuse_for_good, "W1 post"),
        (forget_an_answered_close, "W1 close"),
        (forget_an_answered_edit, "W1 edit"),
        (answer_the_same_differently, "E4 post"),
        (store_it_twice, "E4 'Bonjour'"),
        (give_a_number_twice, f"E1 {THREAD} has change [1] twice"),
        (leave_a_number_out, f"E1 {THREAD} has had 1 changes, and counts 2"),
        (tell_what_was_never_committed, "E1 Bo: was told message"),
        (answer_a_cursor_with_a_gap, "E1 Bo: asked from 1, was told up to 2, and not change 2"),
        (answer_a_cursor_with_what_is_known, "E1 Bo: asked from 1, was told again"),
        (go_back_on_the_map, "E2 Bo"),
        (tell_of_anothers_dialog, "E6 Bo"),
        (send_what_nobody_can_read, "E8 Bo"),
        (fail_without_the_bus, "R4"),
        (succeed_without_the_database, "R5"),
        (keep_waiting_without_the_database, "R5"),
    ],
)
def test_the_checker_tells_of(wrong: Wrong, rule: str) -> None:
    assert told_of(rule, a_history(), wrong)


def test_what_was_not_answered_may_be_there_or_not_but_only_whole() -> None:
    history = a_history()
    history.deeds[1] = replace(history.deeds[1], outcome=Outcome.UNKNOWN, answers=[])

    absent = violations(history, replace(TRUTH, listings={}))
    whole = violations(history, TRUTH)
    half = violations(history, replace(TRUTH, listings={HELP: replace(POSTED, title="Ai")}))

    assert (absent, whole, len(half)) == ([], [], 1)


def test_copies_and_indexes_that_are_as_the_database_differ_in_nothing() -> None:
    history = a_history()
    shown = history.pages[0].map
    assert shown is not None

    lacking = differences(history, TRUTH, [{HELP: 1}, {HELP: 2}, None])
    history.pages[0].who, history.pages[0].signed_out = BO, True
    signed_out = differences(history, TRUTH, [{HELP: 1}])
    history.pages[0].who = None
    history.pages[0].map = None
    whole = differences(history, TRUTH, [{HELP: 1}])
    waiting = differences(history, replace(TRUTH, untold=1), [{HELP: 1}])

    assert [line[:12] for line in lacking] == ["E2 Bo: shows", "E7 process 1", "E7 process 2"]
    assert [line[:5] for line in signed_out] == ["E2 Bo", "E5 Bo"]
    assert whole == []
    assert [line[:2] for line in waiting] == ["E3"]
