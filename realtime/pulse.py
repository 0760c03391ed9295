"""One timer for the pings of all sockets, where each would have one of half a KiB."""

import asyncio
from collections import deque
from typing import Final, Protocol
from weakref import WeakKeyDictionary

# So finely is an interval divided.
BEATS: Final = 20


class Pinged(Protocol):
    """A socket as far as pings go."""

    def send_keepalive_ping(self) -> None:
        """Ask the client whether it is there."""
        ...


class Pulse:
    """Calls each socket once, an interval after it was noted; less up to a twentieth."""

    def __init__(self, loop: asyncio.AbstractEventLoop, interval_seconds: float) -> None:
        self._loop = loop
        self._beat_seconds = interval_seconds / BEATS
        self._beats: deque[set[Pinged]] = deque(set() for _ in range(BEATS))
        self._timer: asyncio.TimerHandle | None = None

    def note(self, one: Pinged) -> set[Pinged]:
        """Call `one` in an interval; return those called with it, from whom it may be taken."""
        if self._timer is None:
            self._timer = self._loop.call_later(self._beat_seconds, self._beat)
        latest = self._beats[-1]
        latest.add(one)
        return latest

    def _beat(self) -> None:
        due = self._beats.popleft()
        self._beats.append(set())
        self._timer = None
        if any(self._beats):
            self._timer = self._loop.call_later(self._beat_seconds, self._beat)
        for one in tuple(due):
            one.send_keepalive_ping()


_pulses: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[float, Pulse]] = WeakKeyDictionary()


def pulse_of(loop: asyncio.AbstractEventLoop, interval_seconds: float) -> Pulse:
    """Return the pulse of `loop` with this interval."""
    pulses = _pulses.setdefault(loop, {})
    if interval_seconds not in pulses:
        pulses[interval_seconds] = Pulse(loop, interval_seconds)
    return pulses[interval_seconds]
