"""What the operator can watch, for Prometheus: requests by route, what realtime counts, how the process is.

Processes that share one address share a folder (`PROMETHEUS_MULTIPROC_DIR`), so that whichever is asked
answers for all: gauges of those that run now, counters of all that ever ran. Nothing here names a person.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from realtime.counts import UP_TO_SECONDS, Counts, Durations
from server import VERSION

SAMPLE_SECONDS: Final = 5.0
MULTIPROCESS: Final = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

# How processes that share an address become one figure: all together, the worst of them, each by itself, or
# (of what they ask the same database) the last answer.
_SUM, _MAX, _EACH, _LAST = "livesum", "livemax", "liveall", "livemostrecent"

GAUGES: Final[Mapping[str, tuple[str, str]]] = {
    "onemile_realtime_sockets": (_SUM, "Open sockets."),
    "onemile_realtime_watches": (_SUM, "Sockets that watch a place."),
    "onemile_pins": (_MAX, "Pins in the index."),
    "onemile_index_lag_seconds": (_MAX, "How far the index may be behind the database."),
    "onemile_bus_up": ("livemin", "1 while a process's own heartbeat comes back over the bus."),
    "onemile_bus_lag_seconds": (_MAX, "How long a heartbeat takes over the bus and back, or is missing."),
    "onemile_database_up": ("livemin", "1 while the database answers in time."),
    "onemile_outbox_signals": (_LAST, "Signals that are not known to be published."),
    "onemile_outbox_oldest_seconds": (_LAST, "Age of the oldest of them."),
    "onemile_jobs_due": (_LAST, "Jobs whose time has come."),
    "onemile_jobs_retried": (_LAST, "Jobs that failed and wait for another attempt."),
    "onemile_jobs_failed": (_LAST, "Jobs given up after their last attempt."),
    "onemile_payments_refused": (_LAST, "Notices of the payment provider that fit no purchase."),
    "onemile_loop_lag_seconds": (_MAX, "The longest the event loop kept a timer waiting since last time."),
    "onemile_process_resident_bytes": (_EACH, "Memory of the process."),
    "onemile_process_descriptors": (_EACH, "Open descriptors of the process."),
    "onemile_process_descriptors_most": (_EACH, "How many it may open."),
    "onemile_process_start_seconds": (_EACH, "When the process started, in seconds since 1970."),
}
COUNTERS: Final[Mapping[str, str]] = {
    "deliveries": "Events written to sockets.",
    "commands": "Commands that came over sockets.",
    "refused": "Commands that were refused.",
    "slow_cut": "Sockets cut off because their client did not read.",
    "flood_cut": "Sockets cut off because their client asked too much.",
    "signals_in": "Signals heard on the bus.",
    "signals_out": "Signals given to the bus.",
    "gaps": "Losses on the bus, after each of which the index was compared with the database.",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process knows about itself at one moment: its counts, and gauges by their name."""

    counts: Counts
    gauges: Mapping[str, float]


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        self.requests = Counter(
            "onemile_http_requests", "Requests answered.", ["method", "route", "status"], registry=own
        )
        self.seconds = Histogram(
            "onemile_http_seconds", "Time to answer.", ["route"], buckets=_BUCKETS, registry=own
        )
        self._gauges = {name: _gauge(name, mode, text, own) for name, (mode, text) in GAUGES.items()}
        version = Gauge(
            "onemile_version", "1, by version.", ["version"], multiprocess_mode="livemax", registry=own
        )
        version.labels(VERSION).set(1)
        self._counters = {
            name: Counter(f"onemile_realtime_{name}", text, registry=own) for name, text in COUNTERS.items()
        }
        self._seen = dict.fromkeys(COUNTERS, 0)
        self._events = _Counted(
            Histogram(
                "onemile_event_seconds",
                "From writing a new listing or message until the sockets of a process have it.",
                buckets=UP_TO_SECONDS,
                registry=own,
            )
        )
        self._answers = Histogram(
            "onemile_command_seconds",
            "Time to answer a command.",
            ["command"],
            buckets=UP_TO_SECONDS,
            registry=own,
        )
        self._answers_by_command: dict[str, _Counted] = {}
        self._of_routes: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request more, by its route's template."""
        counters = self._of_routes.get((method, route, status))
        if counters is None:
            # Looking them up by their labels takes longer than counting.
            counters = self.requests.labels(method, route, str(status)), self.seconds.labels(route)
            self._of_routes[method, route, status] = counters
        counters[0].inc()
        counters[1].observe(seconds)

    def sample(self, taken: Sample) -> None:
        """Take over what a process knows about itself."""
        for name, value in taken.gauges.items():
            self._gauges[name].set(value)
        for name, counter in self._counters.items():
            now: int = getattr(taken.counts, name)
            counter.inc(now - self._seen[name])
            self._seen[name] = now
        self._events.take(taken.counts.events)
        for command, took in taken.counts.answers.items():
            if command not in self._answers_by_command:
                self._answers_by_command[command] = _Counted(self._answers.labels(command))
            self._answers_by_command[command].take(took)

    def page(self) -> bytes:
        """Return all counters in Prometheus' text format, of all processes that share the folder."""
        return generate_latest(self._together())

    def totals(self) -> dict[str, float]:
        """Return every figure by its name, added up over its labels and all processes."""
        found: dict[str, float] = {}
        for family in self._together().collect():
            for one in family.samples:
                found[one.name] = found.get(one.name, 0.0) + one.value
        return found

    def _together(self) -> CollectorRegistry:
        if MULTIPROCESS not in os.environ:
            return self._registry
        together = CollectorRegistry()
        _Files(together, os.environ[MULTIPROCESS])  # type: ignore[no-untyped-call]
        return together


class _Files(MultiProcessCollector):
    """The files of all processes, but for one that a process has just made and not begun to fill."""

    def collect(self) -> Any:
        """Return what they hold together."""
        filled = [str(path) for path in Path(os.environ[MULTIPROCESS]).glob("*.db") if _size(path)]
        return self.merge(filled, accumulate=True)  # type: ignore[no-untyped-call]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


class _Counted:
    """A histogram that takes over durations which were counted elsewhere, by what came since last time."""

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._seen = Durations()

    def take(self, durations: Durations) -> None:
        """Add what is new in `durations`."""
        # prometheus_client has no word for "so many at once": one `observe` for each would be felt.
        histogram: Any = self._histogram
        for bucket, now, before in zip(
            histogram._buckets, durations.classes, self._seen.classes, strict=True
        ):
            if now != before:
                bucket.inc(now - before)
        histogram._sum.inc(durations.seconds - self._seen.seconds)
        self._seen.classes, self._seen.seconds = durations.classes.copy(), durations.seconds


def _gauge(name: str, mode: Any, text: str, registry: CollectorRegistry) -> Gauge:
    return Gauge(name, text, multiprocess_mode=mode, registry=registry)


def forget_all_but(living: set[int], folder: Path) -> None:
    """Take processes that run no more out of the gauges; what they counted stays."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = int(path.stem.rpartition("_")[2])
        if pid not in living:
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
