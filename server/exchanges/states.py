"""The life of an exchange: one table of who may do what when, and what becomes of its smiles then.

Pure: it is told the moment and asks nobody. docs/exchanges.md holds the same table for people.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from realtime.exchanges import Act, ExchangeState, ExchangeStep
from realtime.refusals import Conflict, Forbidden

Who: TypeAlias = Literal["proposer", "asked", "helper", "beneficiary", "moderator", "clock"]
Flow: TypeAlias = Literal["hold", "release", "return", "split"]
Due: TypeAlias = Literal["expire", "release", "return"]
Period: TypeAlias = Literal["answer", "lapse", "release", "objection"]

NEW: Final = "–"
PROPOSED, ACCEPTED, DONE, MISSED, DISPUTED = (
    ExchangeState.PROPOSED,
    ExchangeState.ACCEPTED,
    ExchangeState.DONE,
    ExchangeState.MISSED,
    ExchangeState.DISPUTED,
)
# In these smiles are held.
HELD: Final = frozenset({ACCEPTED, DONE, MISSED, DISPUTED})
UNDER_WAY: Final = HELD | {PROPOSED}
ACTS: Final[tuple[Act, ...]] = get_args(Act)
# What says why: nobody can answer an accusation that has no words.
NEED_WORDS: Final = frozenset({ExchangeStep.OBJECT, ExchangeStep.DISPUTE})


class Rule(NamedTuple):
    """One line of the table: in one of `states`, those named by `who` may do `step`, which leads to `to`.

    `flow` is what becomes of the smiles. `timing`: only "after" or "before" the agreed time, if there is one.
    """

    states: tuple[ExchangeState, ...]
    step: ExchangeStep
    who: tuple[Who, ...]
    to: ExchangeState
    flow: Flow | None = None
    timing: Literal["after", "before"] | None = None


class Clock(NamedTuple):
    """What the clock does to an exchange in some state if nobody does anything before, and after how long."""

    due: Due
    after: Period


TABLE: Final[tuple[Rule, ...]] = (
    Rule((), ExchangeStep.PROPOSE, ("proposer",), PROPOSED),
    Rule((PROPOSED,), ExchangeStep.AMEND, ("proposer", "asked"), PROPOSED),
    Rule((PROPOSED,), ExchangeStep.ACCEPT, ("asked",), ACCEPTED, "hold"),
    Rule((PROPOSED,), ExchangeStep.DECLINE, ("asked",), ExchangeState.DECLINED),
    Rule((PROPOSED,), ExchangeStep.CANCEL, ("proposer",), ExchangeState.CANCELLED),
    Rule((PROPOSED,), ExchangeStep.EXPIRE, ("clock",), ExchangeState.EXPIRED),
    Rule((ACCEPTED,), ExchangeStep.FINISH, ("helper",), DONE),
    Rule(
        (ACCEPTED, DONE, MISSED, DISPUTED),
        ExchangeStep.CONFIRM,
        ("beneficiary",),
        ExchangeState.CONFIRMED,
        "release",
    ),
    Rule(
        (ACCEPTED, DONE, MISSED, DISPUTED),
        ExchangeStep.CANCEL,
        ("helper",),
        ExchangeState.CANCELLED,
        "return",
    ),
    Rule((ACCEPTED,), ExchangeStep.CANCEL, ("beneficiary",), ExchangeState.CANCELLED, "return", "before"),
    Rule((ACCEPTED,), ExchangeStep.REPORT, ("beneficiary",), MISSED, timing="after"),
    Rule((ACCEPTED,), ExchangeStep.REPORT, ("helper",), ExchangeState.RETURNED, "return", "after"),
    Rule((ACCEPTED,), ExchangeStep.EXPIRE, ("clock",), ExchangeState.EXPIRED, "return"),
    Rule((MISSED,), ExchangeStep.OBJECT, ("helper",), DISPUTED),
    Rule((MISSED,), ExchangeStep.RETURN, ("clock",), ExchangeState.RETURNED, "return"),
    Rule((ACCEPTED, DONE), ExchangeStep.DISPUTE, ("beneficiary",), DISPUTED),
    Rule((ACCEPTED,), ExchangeStep.DISPUTE, ("helper",), DISPUTED),
    Rule((DONE,), ExchangeStep.RELEASE, ("clock",), ExchangeState.CONFIRMED, "release"),
    Rule((DISPUTED,), ExchangeStep.SETTLE, ("moderator",), ExchangeState.SETTLED, "split"),
)

CLOCKS: Final[dict[ExchangeState, Clock]] = {
    PROPOSED: Clock("expire", "answer"),
    # Counted from the agreed time, if that is still to come.
    ACCEPTED: Clock("expire", "lapse"),
    DONE: Clock("release", "release"),
    MISSED: Clock("return", "objection"),
}

# What becomes of an exchange when one of the two leaves 1Mile: nothing of theirs stays open.
LEAVING: Final[dict[ExchangeState, ExchangeStep]] = {
    PROPOSED: ExchangeStep.CANCEL,
    ACCEPTED: ExchangeStep.CANCEL,
    DONE: ExchangeStep.RELEASE,
    MISSED: ExchangeStep.RETURN,
    DISPUTED: ExchangeStep.SETTLE,
}


def rules(state: ExchangeState, step: ExchangeStep, roles: frozenset[Who]) -> Iterator[Rule]:
    """Yield the lines by which somebody with `roles` may do `step` in `state`, whatever the time."""
    for rule in TABLE:
        if rule.step is step and state in rule.states and not roles.isdisjoint(rule.who):
            yield rule


def rule_for(
    state: ExchangeState, step: ExchangeStep, roles: frozenset[Who], agreed_for: datetime | None, at: datetime
) -> Rule:
    """Return the line by which somebody with `roles` does `step` in `state` at the moment `at`.

    Raises `Conflict`: `not_yet` or `too_late` if it depends on the agreed time, `not_in_this_state` if it is
    theirs to do in another state; and `Forbidden` if it never is.
    """
    found = list(rules(state, step, roles))
    for rule in found:
        if _in_time(rule, agreed_for, at):
            return rule
    if found:
        raise Conflict("not_yet" if found[0].timing == "after" else "too_late")
    if any(rule.step is step and not roles.isdisjoint(rule.who) for rule in TABLE):
        raise Conflict("not_in_this_state")
    raise Forbidden("not_yours")


def acts(state: ExchangeState, roles: frozenset[Who]) -> list[Act]:
    """Return what somebody with `roles` may do in `state`, at its time."""
    return [act for act in ACTS if any(rules(state, ExchangeStep(act), roles))]


def _in_time(rule: Rule, agreed_for: datetime | None, at: datetime) -> bool:
    if rule.timing is None or agreed_for is None:
        return True
    return (at >= agreed_for) is (rule.timing == "after")
