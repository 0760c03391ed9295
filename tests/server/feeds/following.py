"""Following a mile, a member or a project as another program does: with libraries made for each format."""

import re
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import httpx
from geojson_pydantic import Feature, FeatureCollection, Point
from icalendar import Calendar

from geo.position import Point as Place
from geo.privacy import home_cell
from server.board.finding import find_listing
from server.board.news import tell_listing
from server.ids import new_id
from tests.server.house import REUNION, House, a_request
from tests.waiting import until

CELL = str(home_cell(Place(**REUNION)))
MILE = f"/feeds/mile/{CELL}"
_ATOM = "{http://www.w3.org/2005/Atom}"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


async def publish(house: House, author: httpx.AsyncClient, **draft: Any) -> str:
    """Publish a listing by its author, wait until the index has it, and return its id."""
    wanted = a_request(**draft)
    answer = await author.post("/api/listings", json=wanted, headers={"Idempotency-Key": new_id()})
    assert answer.status_code == 201, answer.text
    await until(lambda: house.site.index.get(wanted["id"]) is not None, "the pin")
    return str(wanted["id"])


async def change(house: House, listing: str, **columns: Any) -> None:
    """Change a listing as no form lets one, tell of it, and wait until the index has it so."""
    async with house.site.database.write() as session:
        posted = await find_listing(session, listing, lock=True)
        for name, value in columns.items():
            setattr(posted.row, name, value)
        posted.row.version += 1
        version = posted.row.version
        await tell_listing(session, posted)

    def has_come() -> bool:
        found = house.site.index.get(listing)
        return found is None or found.version >= version

    await until(has_come, "the change")


def titles_on_the_map(answer: httpx.Response) -> list[str]:
    """Return the titles in a feed of GeoJSON, once it is what RFC 7946 says."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    collection = FeatureCollection[Feature[Point, dict[str, Any]]].model_validate_json(answer.text)
    assert "crs" not in answer.json()
    for feature in collection.features:
        assert feature.geometry is not None
        lon, lat = feature.geometry.coordinates[:2]
        assert -180 <= lon <= 180
        assert -90 <= lat <= 90
    return [str((feature.properties or {})["title"]) for feature in collection.features]


def entries(answer: httpx.Response) -> list[Any]:
    """Return the entries of an Atom feed, once it is what RFC 4287 says."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml"
    root = ET.fromstring(answer.content)
    assert root.tag == f"{_ATOM}feed"
    _one_of_each(root, "id", "title", "updated")
    links = {(link.get("rel"), link.get("href")) for link in root.findall(f"{_ATOM}link")}
    assert {rel for rel, _ in links} == {"self", "alternate"}
    ids = [entry.findtext(f"{_ATOM}id") for entry in root.findall(f"{_ATOM}entry")]
    assert len(set(ids)) == len(ids)
    for entry in root.findall(f"{_ATOM}entry"):
        _one_of_each(entry, "id", "title", "updated", "published", "summary", "author", "link")
        assert entry.findtext(f"{_ATOM}author/{_ATOM}name")
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo, parsed.bozo_exception
    assert parsed.version == "atom10"
    return list(parsed.entries)


def events(answer: httpx.Response) -> list[Any]:
    """Return the events of a calendar, once it is what RFC 5545 says."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.content.endswith(b"\r\n")
    lines = answer.content.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    parsed = Calendar.from_ical(answer.content)
    assert isinstance(parsed, Calendar)
    assert parsed["version"] == "2.0"
    assert parsed["prodid"]
    assert parsed.subcomponents, "a calendar has at least one component"
    # What could not be read is kept here by the library, instead of being refused.
    assert [error for part in parsed.walk() for error in part.errors] == []
    found = parsed.events
    for event in found:
        assert event["uid"]
        assert isinstance(event.DTSTAMP, datetime)
        assert isinstance(event.DTSTART, datetime)
        assert event.DTSTART.tzinfo is not None
    assert len({str(event["uid"]) for event in found}) == len(found)
    return list(found)


def _one_of_each(element: ET.Element, *names: str) -> None:
    for name in names:
        found = element.findall(f"{_ATOM}{name}")
        assert len(found) == 1, f"{name}: {len(found)}"
        if name in {"updated", "published"}:
            assert _RFC3339.fullmatch(found[0].text or ""), found[0].text
        if name == "id":
            assert (found[0].text or "").startswith("urn:uuid:")
