"""Feeds over HTTP: a mile, a member or a project as GeoJSON, Atom and iCalendar.

They are the same for everybody and so are asked for without looking who asks. A mile is named by the 300 m
cell in its middle, since an address is kept in logs and handed on: it never tells where an avatar stands.
"""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from geo.index import Placed
from geo.sphere import MILE_M
from realtime.pins import EncodedPin, placed
from server.bodies import GEOJSON
from server.catalogue import translate
from server.feeds import addresses, reading
from server.feeds.answers import answer
from server.feeds.atom import ATOM, Entry, Feed, document, entry
from server.feeds.calendar import ICS, Occasion, calendar, occasion
from server.feeds.projects import closing, news
from server.feeds.reading import Found
from server.feeds.schemas import Choice, Wording
from server.http import Call, Routes
from server.listings import lookup
from server.listings.schemas import PinCollection

routes = Routes("feeds")

_LIMIT = "120/minute"

Asked = Call[None, Choice]


@routes.get(
    "/feeds/mile/{cell}.geojson",
    query=Choice,
    answer=PinCollection,
    access="public",
    content=GEOJSON,
    limit=_LIMIT,
)
async def mile_geojson(call: Asked) -> Response:
    """Return the pins within a mile of a cell's middle, nearest first."""
    return answer(call, lookup.collection(_within(call)), GEOJSON)


@routes.get("/feeds/mile/{cell}.atom", query=Choice, access="public", content=ATOM, limit=_LIMIT, status=200)
async def mile_atom(call: Asked) -> Response:
    """Return the newest listings within a mile of a cell's middle."""
    found = await reading.listings(call.site, reading.newest(_within(call)))
    page = addresses.mile(call.site.settings, reading.cell_of(call.path["cell"]))
    return await _atom(call, _mile_title(call), page, _entries(call, found))


@routes.get("/feeds/mile/{cell}.ics", query=Choice, access="public", content=ICS, limit=_LIMIT, status=200)
async def mile_calendar(call: Asked) -> Response:
    """Return the next events within a mile of a cell's middle, those too that were called off."""
    found = await reading.listings(call.site, reading.soonest(_within(call)))
    middle = reading.cell_of(call.path["cell"]).middle
    gone = await reading.called_off(call.site, middle, call.query.chosen)
    return await _calendar(call, _mile_title(call), _occasions(call, [*found, *gone]))


@routes.get(
    "/feeds/members/{id}.geojson",
    query=Choice,
    answer=PinCollection,
    access="public",
    content=GEOJSON,
    limit=_LIMIT,
)
async def member_geojson(call: Asked) -> Response:
    """Return the pins of a member's listings, newest first."""
    _, found = await reading.of_member(call.site, call.path["id"], call.query.chosen)
    return answer(call, lookup.collection(placed(one.listing) for one in found), GEOJSON)


@routes.get("/feeds/members/{id}.atom", query=Choice, access="public", content=ATOM, limit=_LIMIT, status=200)
async def member_atom(call: Asked) -> Response:
    """Return the newest listings of a member."""
    member, found = await reading.of_member(call.site, call.path["id"], call.query.chosen)
    page = addresses.member(call.site.settings, member.id)
    return await _atom(call, _title(call, member.name), page, _entries(call, found[: reading.MOST_NEWS]))


@routes.get("/feeds/members/{id}.ics", query=Choice, access="public", content=ICS, limit=_LIMIT, status=200)
async def member_calendar(call: Asked) -> Response:
    """Return the events of a member, those too that were called off."""
    member, found = await reading.of_member(call.site, call.path["id"], call.query.chosen)
    gone = await reading.called_off_by(call.site, member.id, call.query.chosen)
    return await _calendar(call, _title(call, member.name), _occasions(call, [*found, *gone]))


@routes.get("/feeds/listings/{id}.ics", query=Wording, access="public", content=ICS, limit=_LIMIT, status=200)
async def listing_calendar(call: Call[None, Wording]) -> Response:
    """Return an event, to be put into a calendar."""
    found = await reading.event(call.site, call.path["id"])
    made = await _calendar(call, found.listing.title, _occasions(call, [found]))
    # Its address ends with an id, by which nobody finds it among what they saved (RFC 6266, 4.3).
    name = quote(f"{found.listing.title}.ics", safe="")
    made.raw_headers.append((b"content-disposition", f"attachment; filename*=UTF-8''{name}".encode()))
    return made


@routes.get(
    "/feeds/projects/{id}.geojson",
    query=Wording,
    answer=PinCollection,
    access="public",
    content=GEOJSON,
    limit=_LIMIT,
)
async def project_geojson(call: Call[None, Wording]) -> Response:
    """Return the pins of a project and of its tasks."""
    await reading.project(call.site, call.path["id"])
    found = await reading.with_tasks(call.site, call.path["id"])
    return answer(call, lookup.collection(placed(one.listing) for one in found), GEOJSON)


@routes.get(
    "/feeds/projects/{id}.atom", query=Wording, access="public", content=ATOM, limit=_LIMIT, status=200
)
async def project_atom(call: Call[None, Wording]) -> Response:
    """Return what those behind a project told last."""
    project = await reading.project(call.site, call.path["id"])
    page = addresses.listing(call.site.settings, project.listing.id)
    told = await reading.updates(call.site, project.thread)
    settings, locale = call.site.settings, call.query.locale
    entries = [news(settings, project, one, locale) for one in told]
    return await _atom(call, _title(call, project.listing.title), page, entries)


@routes.get("/feeds/projects/{id}.ics", query=Wording, access="public", content=ICS, limit=_LIMIT, status=200)
async def project_calendar(call: Call[None, Wording]) -> Response:
    """Return until when a project can be supported."""
    project = await reading.project(call.site, call.path["id"])
    closes = closing(call.site.settings, project, call.query.locale)
    return await _calendar(call, _title(call, project.listing.title), [closes])


def _within(call: Asked) -> list[Placed[EncodedPin]]:
    middle = reading.cell_of(call.path["cell"]).middle
    return call.site.index.within(middle, MILE_M, call.query.chosen)


def _mile_title(call: Asked) -> str:
    return translate(call.query.locale, "feeds.mile", site=call.site.settings.name)


def _title(call: Call[Any, Any], what: str) -> str:
    return translate(call.query.locale, "feeds.of", what=what, site=call.site.settings.name)


def _entries(call: Asked, found: Iterable[Found]) -> Iterator[Entry]:
    settings, locale = call.site.settings, call.query.locale
    for one, _ in found:
        author = addresses.member(settings, one.author.id)
        yield entry(one, addresses.listing(settings, one.id), author, locale)


def _occasions(call: Call[Any, Any], found: Iterable[Found]) -> Iterator[Occasion]:
    # By its id: one that was called off between two looks is there once.
    for one, changed_at in {one.listing.id: one for one in found}.values():
        if one.starts_at is not None:
            link = addresses.listing(call.site.settings, one.id)
            yield occasion(one, changed_at, link, call.query.locale)


# Written in a thread, from what is only read there: fifty articles are megabytes of text.
async def _atom(call: Call[Any, Any], title: str, page: str, entries: Iterable[Entry]) -> Response:
    def written() -> Response:
        feed = Feed(title, addresses.own(call), page, call.query.locale, [*entries])
        return answer(call, document(feed), ATOM)

    return await asyncio.to_thread(written)


async def _calendar(call: Call[Any, Any], name: str, occasions: Iterable[Occasion]) -> Response:
    def written() -> Response:
        return answer(call, calendar(name, addresses.own(call), occasions, call.query.locale), ICS)

    return await asyncio.to_thread(written)
