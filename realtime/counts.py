"""What a process counts about its sockets. Plain numbers; the server shows them at /metrics."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

# The classes into which durations are counted: up to so many seconds; the last class has no end.
UP_TO_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Durations:
    """How long something took, each time, as a histogram: a few hundred nanoseconds to note one."""

    __slots__ = ("classes", "seconds")

    def __init__(self) -> None:
        self.classes = [0] * (len(UP_TO_SECONDS) + 1)
        self.seconds = 0.0

    def note(self, seconds: float) -> None:
        """Count one more. A clock that was set back makes nothing shorter than nothing."""
        seconds = max(0.0, seconds)
        self.classes[bisect_left(UP_TO_SECONDS, seconds)] += 1
        self.seconds += seconds


@dataclass(slots=True)
class Counts:
    """Sockets and watches are as of now; the others only grow."""

    sockets: int = 0
    watches: int = 0
    deliveries: int = 0
    commands: int = 0
    refused: int = 0
    slow_cut: int = 0
    flood_cut: int = 0
    signals_in: int = 0
    signals_out: int = 0
    gaps: int = 0
    # From the moment that a new pin or message carries until it is written to the sockets of this process.
    events: Durations = field(default_factory=Durations)
    # From a command's arrival to its answer, by the command's type.
    answers: defaultdict[str, Durations] = field(default_factory=lambda: defaultdict(Durations))
