"""What the checker says of a history that somebody has made wrong."""

from collections.abc import Callable

from tests.faults.checker import violations
from tests.faults.history import History
from tests.faults.truth import Truth

# Breaks one rule in a history, or in the truth that it returns.
Wrong = Callable[[History], Truth]


def told_of(rule: str, history: History, wrong: Wrong) -> list[str]:
    """Return what the checker says of `rule` once `wrong` has been done to `history`."""
    truth = wrong(history)
    return [line for line in violations(history, truth) if line.startswith(rule)]
