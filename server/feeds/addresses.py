"""Where a feed and the page that shows the same are found."""

from typing import Any

from geo.privacy import HomeCell
from server.feeds.schemas import ALL, Choice, Wording
from server.http import Call
from server.settings import Settings

# At this zoom a map of usual size shows a mile.
_ZOOM = 14


def own(call: Call[Any, Any]) -> str:
    """Return the feed's own address: the same for all ways to ask for the same."""
    asked: Wording = call.query
    given = []
    if isinstance(asked, Choice) and asked.chosen != ALL:
        given.append(f"layers={','.join(asked.chosen)}")
    if asked.locale != "fr":
        given.append(f"locale={asked.locale}")
    query = f"?{'&'.join(given)}" if given else ""
    return f"{_root(call.site.settings)}{call.request.url.path}{query}"


def listing(settings: Settings, listing_id: str) -> str:
    """Return where a listing is shown."""
    return f"{_root(settings)}/annonces/{listing_id}"


def member(settings: Settings, member_id: str) -> str:
    """Return where a member is shown."""
    return f"{_root(settings)}/membres/{member_id}"


def mile(settings: Settings, cell: HomeCell) -> str:
    """Return where the map shows the mile around a cell."""
    at = cell.middle
    return f"{_root(settings)}/?lon={at.lon:.3f}&lat={at.lat:.3f}&z={_ZOOM}"


def _root(settings: Settings) -> str:
    return settings.public_url.rstrip("/")
