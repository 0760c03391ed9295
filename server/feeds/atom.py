"""News as Atom (RFC 4287), newest first, with their places (GeoRSS).

Written by the standard library's ElementTree, which escapes whatever it is given: a feed is fifteen elements.
The library made for it (feedgen) would add lxml and has had no release for three years.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from realtime.shapes import Listing
from server import VERSION
from server.articles.rendering import words_of
from server.catalogue import translate
from server.clock import now
from server.feeds.texts import clean, line, summary

ATOM: Final = "application/atom+xml"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_GEORSS: Final = "http://www.georss.org/georss"


class Entry(NamedTuple):
    """One piece of news. `id` is a UUID; `html` is clean; `category` is a term and what it is called."""

    id: str
    title: str
    link: str
    author: str
    author_link: str
    published: datetime
    updated: datetime
    text: str
    html: str | None = None
    category: tuple[str, str] | None = None
    at: tuple[float, float] | None = None


class Feed(NamedTuple):
    """A feed: what it is called, its own address (`link`), and the page (`page`) that shows the same."""

    title: str
    link: str
    page: str
    locale: str
    entries: Sequence[Entry]


def entry(listing: Listing, link: str, author_link: str, locale: str) -> Entry:
    """Return the news that `listing` is there."""
    kind = translate(locale, f"feeds.kind.{listing.kind}")
    return Entry(
        id=listing.id,
        title=translate(locale, "feeds.listing", kind=kind, title=listing.title),
        link=link,
        author=listing.author.name,
        author_link=author_link,
        published=listing.created_at,
        updated=listing.edited_at or listing.created_at,
        text=listing.text if listing.html is None else words_of(listing.html),
        html=listing.html,
        category=(listing.category, translate(locale, f"feeds.category.{listing.category}")),
        at=(listing.lat, listing.lon),
    )


def document(feed: Feed) -> bytes:
    """Return the feed as it is sent."""
    root = ET.Element("feed", {"xmlns": _NAMESPACE, "xmlns:georss": _GEORSS, "xml:lang": feed.locale})
    _add(root, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, feed.link)}")
    _add(root, "title", line(feed.title))
    _add(root, "updated", _written(max((one.updated for one in feed.entries), default=_today())))
    _add(root, "link", rel="self", type=ATOM, href=feed.link)
    _add(root, "link", rel="alternate", type="text/html", href=feed.page)
    _add(root, "generator", "1Mile", version=VERSION)
    for one in feed.entries:
        _put(root, one)
    written: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return written


def _put(root: ET.Element, one: Entry) -> None:
    element = _add(root, "entry")
    _add(element, "id", f"urn:uuid:{one.id}")
    _add(element, "title", line(one.title))
    _add(element, "published", _written(one.published))
    _add(element, "updated", _written(one.updated))
    _add(element, "link", rel="alternate", type="text/html", href=one.link)
    author = _add(element, "author")
    _add(author, "name", line(one.author))
    _add(author, "uri", one.author_link)
    if one.category is not None:
        term, label = one.category
        _add(element, "category", term=term, label=label)
    _add(element, "summary", summary(one.text))
    if one.html is not None:
        _add(element, "content", clean(one.html), type="html")
    if one.at is not None:
        _add(element, "georss:point", "{:.6f} {:.6f}".format(*one.at))


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, attributes)
    element.text = text
    return element


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _today() -> datetime:
    """Return the beginning of this day, for a feed of which nothing else says when it last changed."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0)
