"""`python -m server serve` that says what it keeps when asked by a signal, and whose disk can be full.

`HURRY` in its environment: it waits for silent clients a tenth of the usual time.
"""

import asyncio
import gc
import json
import os
import resource
import signal
import sys
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from realtime import wire
from realtime.live import Live
from server.__main__ import main
from server.commands import serve
from server.edge.patience import PatientProtocol

# The file to write what is kept into.
KEPT = "KEPT"
HURRY = "HURRY"

_running: dict[asyncio.AbstractEventLoop, Live] = {}
_starts = Live.start


async def _start(live: Live) -> None:
    _running[asyncio.get_running_loop()] = live
    await _starts(live)


def hurry() -> None:
    """Wait for silent clients a tenth of the usual time."""
    patience: dict[Any, tuple[str, ...]] = {
        serve: ("PING_SECONDS",),
        wire: ("USER_TIMEOUT_MS", "CLOSE_SECONDS"),
        PatientProtocol: ("check_seconds", "request_seconds", "progress_seconds"),
    }
    for owner, names in patience.items():
        for name in names:
            value = getattr(owner, name)
            setattr(owner, name, type(value)(value / 10))


def tell(*_: Any) -> None:
    """Write what is kept: objects by type, what our own objects hold, tasks, descriptors."""
    gc.collect()
    loop, live = next(iter(_running.items()))
    kept = {
        **Counter(f"{type(one).__module__}.{type(one).__name__}" for one in gc.get_objects()),
        **dict(_held(live, set())),
        "tasks": len(asyncio.all_tasks(loop)),
        "descriptors": len(os.listdir("/dev/fd")),
    }
    path = Path(os.environ[KEPT])
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(kept))
    draft.rename(path)


def turn_disk(*_: Any) -> None:
    """Let the disk be full, so that no file may be written to; or free again, if it is."""
    now, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most if now == 0 else 0, most))


def _held(one: Any, seen: set[int]) -> Iterator[tuple[str, int]]:
    """Yield how much each collection holds that belongs to `one`, or to an object of ours that it has."""
    seen.add(id(one))
    slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    for name in [*slots, *getattr(one, "__dict__", ())]:
        value = getattr(one, name, None)
        if isinstance(value, dict | set | list | deque):
            yield f"{type(one).__name__}.{name}", len(value)
        elif type(value).__module__.startswith("realtime.") and id(value) not in seen:
            yield from _held(value, seen)


if __name__ == "__main__":
    setattr(Live, "start", _start)  # noqa: B010 - a door for tests, not a method of ours
    signal.signal(signal.SIGUSR1, tell)
    signal.signal(signal.SIGUSR2, turn_disk)
    if os.environ.get(HURRY):
        hurry()
    sys.exit(main(["serve"]))
