"""`python -m server serve` with faults of the tests in it: crash points, another clock, mutations.

`SABOTAGE` names the faults that are in the process from its start, by comma. Its clock can be set back later.
"""

import os
import signal
import sys
from datetime import datetime, timedelta
from typing import Any

import server.app
from server import clock, jobs
from server.__main__ import main
from server.projects import terms
from tests.faults import crash_points
from tests.faults.mutations import MUTATIONS

# A job whose process has died is taken over so soon; usually it is five minutes.
LEASE = timedelta(seconds=4)
# A project may close as soon; usually it is a day.
SOONEST = timedelta(0)
CLOCKS = {"clock behind": timedelta(hours=-1), "clock ahead": timedelta(hours=1)}


def shift_clock(by: timedelta) -> None:
    """Have this machine tell a wrong time of day to the one clock that this process goes by."""
    told: Any = vars(clock)["datetime"]

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return told.now(tz) + by

    setattr(clock, "datetime", Wrong)  # noqa: B010 - a fault, not an attribute of ours


def commit_sabotage(names: list[str]) -> None:
    """Put the faults of these names into this process, which has loaded all of the server."""
    assert server.app.OPERATIONS
    crash_points.lay()
    setattr(jobs, "LEASE", LEASE)  # noqa: B010 - haste, not a setting of ours
    setattr(terms, "SOONEST", SOONEST)  # noqa: B010 - the same
    signal.signal(signal.SIGUSR2, lambda *_: shift_clock(CLOCKS["clock behind"]))
    for name in names:
        if name in CLOCKS:
            shift_clock(CLOCKS[name])
        else:
            MUTATIONS[name]()


if __name__ == "__main__":
    commit_sabotage([name for name in os.environ.get("SABOTAGE", "").split(",") if name])
    sys.exit(main(["serve"]))
