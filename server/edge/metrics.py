"""What the operator can watch: requests by route, and what realtime counts, for Prometheus.

Processes that share one address share a folder (`PROMETHEUS_MULTIPROC_DIR`), so that whichever is asked
answers for all.
"""

import os
from dataclasses import fields
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from realtime.counts import Counts

SAMPLE_SECONDS: Final = 5.0
MULTIPROCESS: Final = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "onemile_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "onemile_http_seconds", "Time to answer.", ["route"], buckets=_BUCKETS, registry=self._registry
        )
        self.pins = Gauge(
            "onemile_pins", "Pins in the index.", multiprocess_mode="livemax", registry=self._registry
        )
        self._realtime = {
            one.name: Gauge(
                f"onemile_realtime_{one.name}",
                f"What realtime counts as {one.name} (see realtime/counts.py).",
                multiprocess_mode="livesum",
                registry=self._registry,
            )
            for one in fields(Counts)
        }

    def sample(self, counts: Counts, pins: int) -> None:
        """Take over what realtime has counted."""
        self.pins.set(pins)
        for name, gauge in self._realtime.items():
            gauge.set(getattr(counts, name))

    def page(self) -> bytes:
        """Return all counters in Prometheus' text format, of all processes that share the folder."""
        if MULTIPROCESS not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
