"""The page that says how the service is, for people: `/status`.

In words for everybody, with nothing about anybody. How many are here, and what waits, is the operators'
business: the figures are for moderators, and at `/metrics` for Prometheus.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from babel.dates import format_timedelta
from babel.numbers import format_decimal
from starlette.requests import Request
from starlette.responses import Response

from server import VERSION
from server.about.checkup import Checkup, Finding
from server.catalogue import translate
from server.clock import now
from server.edge.metrics import Metrics
from server.edge.pages import page
from server.edge.pulse import started_at
from server.problems import DATABASE_DOWN, locale_of
from server.site import Site

_MEBIBYTE: Final = 2**20
# What moderators see of the metrics, and by what it is divided.
FIGURES: Final = {
    "sockets": ("onemile_realtime_sockets", 1),
    "watches": ("onemile_realtime_watches", 1),
    "pins": ("onemile_pins", 1),
    "deliveries": ("onemile_realtime_deliveries_total", 1),
    "index_lag": ("onemile_index_lag_seconds", 1),
    "bus_lag": ("onemile_bus_lag_seconds", 1),
    "untold": ("onemile_outbox_signals", 1),
    "jobs_due": ("onemile_jobs_due", 1),
    "jobs_failed": ("onemile_jobs_failed", 1),
    "loop_lag": ("onemile_loop_lag_seconds", 1),
    "memory": ("onemile_process_resident_bytes", _MEBIBYTE),
}


class Line(NamedTuple):
    """One line of the page: what, how, and since when if that is known."""

    name: str
    said: str
    state: str = ""
    since: datetime | None = None
    for_: str = ""


async def show(request: Request) -> Response:
    """Show how the service is; with 503 if it cannot serve."""
    site: Site = request.app.state.site
    checkup: Checkup = request.app.state.checkup
    found = await checkup.look()
    locale = locale_of(request)
    moderator = found.parts["database"].state == "ok" and await _is_moderator(site, request)
    say = partial(translate, locale)
    return page(
        site.settings,
        "status.html",
        locale,
        status=503 if found.status == "failing" else 200,
        say=say,
        standing=found.status,
        parts=list(_parts(found, locale, say)),
        facts=list(_facts(locale, say)),
        figures=list(_figures(request.app.state.metrics, locale, say)) if moderator else [],
    )


def _parts(found: Finding, locale: str, say: Callable[[str], str]) -> Iterator[Line]:
    for name, part in found.parts.items():
        said = say(f"status.state.{part.state}")
        yield Line(say(f"status.part.{name}"), said, part.state, part.since, _lasting(part.since, locale))


def _facts(locale: str, say: Callable[[str], str]) -> Iterator[Line]:
    begun = datetime.fromtimestamp(started_at(), UTC)
    yield Line(say("status.running"), _lasting(begun, locale), since=begun)
    yield Line(say("status.version"), VERSION)


def _figures(metrics: Metrics, locale: str, say: Callable[[str], str]) -> Iterator[Line]:
    totals = metrics.totals()
    for name, (figure, unit) in FIGURES.items():
        if figure in totals:
            said = format_decimal(totals[figure] / unit, "#,##0.###" if unit == 1 else "#,##0", locale)
            yield Line(say(f"status.figure.{name}"), said)


def _lasting(since: datetime, locale: str) -> str:
    """Return how long it has been so, in words."""
    return format_timedelta(max(timedelta(0), now() - since), threshold=1.5, locale=locale)


async def _is_moderator(site: Site, request: Request) -> bool:
    try:
        address = request.client.host if request.client else ""
        return (await site.identify(site, request.headers, address)).moderator
    except DATABASE_DOWN:
        return False
