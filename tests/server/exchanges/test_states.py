"""The table of an exchange's life: the page for people holds the same; what it does not have is refused."""

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from realtime.exchanges import Act, ExchangeState, ExchangeStep
from realtime.refusals import Conflict, Forbidden, Refusal
from server.exchanges.states import (
    ACTS,
    CLOCKS,
    LEAVING,
    NEW,
    TABLE,
    UNDER_WAY,
    Rule,
    Who,
    acts,
    rule_for,
)

PAGE = Path(__file__).parents[3] / "docs" / "exchanges.md"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SIDES: tuple[Who, ...] = ("helper", "beneficiary")
PARTS: tuple[Who, ...] = ("proposer", "asked")
ROLES: list[frozenset[Who]] = [
    *(frozenset({side, part}) for side, part in product(SIDES, PARTS)),
    frozenset({"clock"}),
    frozenset({"moderator"}),
    frozenset(),
]


def rows_after(heading: str) -> list[list[str]]:
    """Return the cells of the first table after a line of the page."""
    after = PAGE.read_text("utf-8").split(heading, 1)[1]
    table = re.search(r"(?:^\|.*\n)+", after, flags=re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table[0].splitlines()][2:]


def written(rule: Rule) -> list[str]:
    states = ", ".join(rule.states) or NEW
    who = ", ".join(rule.who) + (f", {rule.timing}" if rule.timing else "")
    return [states, rule.step, who, rule.to, rule.flow or ""]


def test_the_page_for_people_holds_the_same_table() -> None:
    assert rows_after("# The life of an exchange") == [written(rule) for rule in TABLE]


def test_the_page_for_people_holds_the_same_clock() -> None:
    clocks = [[state, clock.after, clock.due] for state, clock in CLOCKS.items()]

    assert [row[:3] for row in rows_after("## The clock")] == clocks


def test_the_page_for_people_says_the_same_of_who_leaves() -> None:
    found = {state: becomes.split(",")[0] for state, becomes in rows_after("## Who leaves")}

    assert found == dict(LEAVING)
    assert {*LEAVING} == UNDER_WAY


def test_the_clock_does_only_what_the_table_lets_it() -> None:
    for state, clock in CLOCKS.items():
        assert rule_for(state, ExchangeStep(clock.due), frozenset({"clock"}), None, NOON)


@pytest.mark.parametrize("roles", ROLES, ids=lambda roles: "+".join(sorted(roles)) or "stranger")
def test_each_may_do_in_each_state_what_one_line_says_and_nothing_else(roles: frozenset[Who]) -> None:
    for state, step, agreed in product(ExchangeState, ExchangeStep, (None, NOON - HOUR, NOON + HOUR)):
        lines = [one for one in TABLE if state in one.states and one.step is step and roles & {*one.who}]
        passed = agreed is None or agreed <= NOON
        coming = agreed is None or agreed > NOON
        open_now = {None: True, "after": passed, "before": coming}
        allowed = [one for one in lines if open_now[one.timing]]

        found: Rule | Refusal
        try:
            found = rule_for(state, step, roles, agreed, NOON)
        except Refusal as refusal:
            found = refusal

        if allowed:
            assert [found] == allowed
        elif lines:
            assert isinstance(found, Conflict)
            assert found.code == ("not_yet" if lines[0].timing == "after" else "too_late")
        else:
            theirs = any(one.step is step and roles & {*one.who} for one in TABLE)
            assert isinstance(found, Conflict if theirs else Forbidden)


def test_nothing_leads_out_of_what_is_over() -> None:
    assert {state for rule in TABLE for state in rule.states} == UNDER_WAY
    for state, roles in product({*ExchangeState} - UNDER_WAY, ROLES):
        assert acts(state, roles) == []


def test_every_state_is_reached_and_every_open_one_ends_by_the_clock_or_a_moderator() -> None:
    assert {rule.to for rule in TABLE} == {*ExchangeState}
    assert UNDER_WAY - {*CLOCKS} == {ExchangeState.DISPUTED}


def test_what_is_offered_to_a_browser_is_what_the_table_has_at_some_time() -> None:
    assert get_args(Act) == ACTS
    helper: frozenset[Who] = frozenset({"helper", "proposer"})
    beneficiary: frozenset[Who] = frozenset({"beneficiary", "asked"})

    assert acts(ExchangeState.PROPOSED, helper) == ["amend", "cancel"]
    assert acts(ExchangeState.PROPOSED, beneficiary) == ["amend", "accept", "decline"]
    assert acts(ExchangeState.ACCEPTED, helper) == ["cancel", "finish", "report", "dispute"]
    assert acts(ExchangeState.ACCEPTED, beneficiary) == ["cancel", "confirm", "report", "dispute"]
    assert acts(ExchangeState.DONE, beneficiary) == ["confirm", "dispute"]
    assert acts(ExchangeState.MISSED, helper) == ["cancel", "object"]
    assert acts(ExchangeState.DISPUTED, beneficiary) == ["confirm"]
