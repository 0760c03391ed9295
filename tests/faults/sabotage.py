"""`python -m server serve` with faults of the tests in it: crash points, another clock, mutations.

`SABOTAGE` names the faults that are in the process from its start, by comma.
"""

import os
import sys
from datetime import datetime, timedelta

import server.app
from server import clock
from server.__main__ import main
from tests.faults import crash_points
from tests.faults.mutations import MUTATIONS

CLOCKS = {"clock behind": timedelta(hours=-1), "clock ahead": timedelta(hours=1)}


def shift_clock(by: timedelta) -> None:
    """Have this process tell a wrong time of day, in each module that asks for it."""
    told = clock.now

    def now() -> datetime:
        return told() + by

    for module in list(sys.modules.values()):
        if getattr(module, "now", None) is told:
            setattr(module, "now", now)  # noqa: B010 - a fault, not an attribute of ours


def commit_sabotage(names: list[str]) -> None:
    """Put the faults of these names into this process, which has loaded all of the server."""
    assert server.app.OPERATIONS
    crash_points.lay()
    for name in names:
        if name in CLOCKS:
            shift_clock(CLOCKS[name])
        else:
            MUTATIONS[name]()


if __name__ == "__main__":
    commit_sabotage([name for name in os.environ.get("SABOTAGE", "").split(",") if name])
    sys.exit(main(["serve"]))
