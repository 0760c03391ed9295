"""Events as iCalendar (RFC 5545), to be subscribed to, or to be put into one's own calendar once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Component, Event, Timezone
from icalendar.enums import STATUS

from realtime.shapes import Listing, ListingState, Precision
from server import VERSION
from server.articles.rendering import words_of
from server.catalogue import translate
from server.feeds.texts import clean, line, shortened

ICS: Final = "text/calendar; charset=utf-8"
_ASK_EVERY: Final = timedelta(hours=1)
# An article is read where it stands. A hundred of them would be 2 MB, which take a second to be folded.
_DESCRIPTION_LENGTH: Final = 1000


class Occasion(NamedTuple):
    """Something with a date. `version` rises with each change; `changed_at` is the last one's time.

    `at` is its pin, latitude first; `location` says the same where calendars look for it, if that is exact.
    """

    uid: str
    title: str
    text: str
    starts_at: datetime
    ends_at: datetime | None
    link: str
    category: str | None
    at: tuple[float, float] | None
    changed_at: datetime
    version: int
    location: str | None = None
    cancelled: bool = False


def occasion(listing: Listing, changed_at: datetime, link: str, locale: str) -> Occasion:
    """Return the event that `listing`, which has a date and last changed at `changed_at`, tells of.

    Taken from the map before it was over it is cancelled; deleted, nothing is left of it but when it was.
    """
    assert listing.starts_at is not None, "the caller asks for what has a date"  # noqa: S101
    told = Occasion(
        uid=listing.id,
        title=listing.title,
        text=listing.text if listing.html is None else words_of(listing.html),
        starts_at=listing.starts_at,
        ends_at=listing.ends_at,
        link=link,
        category=translate(locale, f"feeds.category.{listing.category}"),
        at=(listing.lat, listing.lon),
        changed_at=changed_at,
        version=listing.version,
        # Calendars show this and make a map of it; few know what GEO is.
        location=f"{listing.lat:.6f}, {listing.lon:.6f}" if listing.precision is Precision.EXACT else None,
        cancelled=listing.state in {ListingState.DONE, ListingState.DELETED},
    )
    if listing.state is not ListingState.DELETED:
        return told
    title = translate(locale, "feeds.called_off")
    return told._replace(title=title, text="", category=None, at=None, location=None)


def calendar(name: str, link: str, occasions: Iterable[Occasion], locale: str) -> bytes:
    """Return the calendar called `name`, which is found at `link`."""
    made = Calendar.new(
        prodid=f"-//1Mile//1Mile {VERSION}//{locale.upper()}",
        name=line(name),
        uid=uuid5(NAMESPACE_URL, link),
    )
    # RFC 7986 (5.7, 5.8) wants the kind of value said, which the library leaves out.
    made.add("source", link, parameters={"VALUE": "URI"})
    made.add("refresh-interval", _ASK_EVERY, parameters={"VALUE": "DURATION"})
    events: list[Component] = [_event(one) for one in occasions]
    # By its grammar a calendar has at least one component; this one says nothing.
    for component in events or [Timezone.from_tzid("UTC")]:
        made.add_component(component)
    written: bytes = made.to_ical()
    return written


def _event(of: Occasion) -> Event:
    event = Event.new(
        uid=of.uid,
        # Of the event, not of the answer: what has not changed is the same bytes.
        stamp=of.changed_at,
        last_modified=of.changed_at,
        sequence=of.version,
        start=of.starts_at,
        end=of.ends_at if of.ends_at and of.ends_at > of.starts_at else None,
        summary=line(of.title),
        description="\n\n".join(
            filter(None, (shortened(clean(of.text).strip(), _DESCRIPTION_LENGTH), of.link))
        ),
        url=of.link,
        location=of.location,
        categories=[of.category] if of.category else (),
        status=STATUS.CANCELLED if of.cancelled else STATUS.CONFIRMED,
    )
    if of.at is not None:
        event.add("geo", (round(of.at[0], 6), round(of.at[1], 6)))
    return event
