"""How the process itself is: memory, descriptors, and whether its event loop keeps time."""

import asyncio
import os
import resource
import sys
import time
from pathlib import Path
from typing import Final

_BEAT_SECONDS: Final = 0.25
_STARTED: Final = time.time()
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_STATM: Final = Path("/proc/self/statm")
_DESCRIPTORS: Final = Path("/proc/self/fd")


class Pulse:
    """The lateness of a timer that is set again and again: what everybody on this loop has to wait."""

    def __init__(self) -> None:
        self._worst = 0.0

    async def run(self) -> None:
        """Beat for ever."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _BEAT_SECONDS
            await asyncio.sleep(_BEAT_SECONDS)
            self._worst = max(self._worst, loop.time() - due)

    def gauges(self) -> dict[str, float]:
        """Return how the process is; the loop's lag since this was last asked."""
        worst, self._worst = self._worst, 0.0
        return {
            "onemile_loop_lag_seconds": worst,
            "onemile_process_resident_bytes": resident_bytes(),
            "onemile_process_descriptors": descriptors(),
            "onemile_process_descriptors_most": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            "onemile_process_start_seconds": _STARTED,
        }


def resident_bytes() -> int:
    """Return the memory of this process; where there is no /proc, the most it ever had."""
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE_BYTES
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def descriptors() -> int:
    """Return how many descriptors this process has open."""
    # Linux from 6.2 on says it as the folder's size; to list ten thousand of them would hold up the loop.
    try:
        return _DESCRIPTORS.stat().st_size or len(os.listdir(_DESCRIPTORS))
    except OSError:
        return len(os.listdir("/dev/fd"))


def started_at() -> float:
    """Return when this process started, in seconds since 1970."""
    return _STARTED
