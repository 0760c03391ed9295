"""What a link to a listing or a member shows where it is shared: what a stranger may read, no more."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from realtime.backend import Viewer
from realtime.photos import Photo
from realtime.refusals import NotFound, TooMany
from realtime.shapes import Layer, Listing
from server.articles.rendering import words_of
from server.edge.browser import Find, Preview
from server.http import is_id
from server.listings import views
from server.problems import DATABASE_DOWN
from server.site import Site

_LONGEST: Final = 200
_ATOM: Final = "application/atom+xml"


async def of_listing(request: Request, listing: str) -> Preview | None:
    """Return what a link to a listing shows: its title, the beginning of its text, its first photo."""
    if not is_id(listing):
        return None
    try:
        view = await views.view(_site(request), _stranger(request), listing)
    except (NotFound, TooMany, *DATABASE_DOWN):
        return None
    shown = view.listing
    text = shown.text if shown.html is None else words_of(shown.html)
    photo = shown.photos[0] if shown.photos else None
    alt = photo.alt if photo else ""
    return Preview(shown.title, _beginning(text), image=_path(photo), alt=alt, feed=_feed(shown))


async def of_member(request: Request, member: str) -> Preview | None:
    """Return what a link to a member shows: the name, what they have on the map, the first photo of that."""
    if not is_id(member):
        return None
    try:
        async with _site(request).database.read() as session:
            author, rows = await views.on_the_map(session, member)
    except (NotFound, *DATABASE_DOWN):
        return None
    photos = [Photo.model_validate(row.photos[0]) for row in rows if row.photos]
    photo = photos[0] if photos else None
    text = _beginning(" · ".join(row.title for row in rows))
    feed = (_ATOM, f"/feeds/members/{author.id}.atom")
    return Preview(author.name, text, "profile", _path(photo), photo.alt if photo else "", feed)


BY_PATH: Final[Mapping[str, Find]] = {"/annonces/{id}": of_listing, "/membres/{id}": of_member}


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _stranger(request: Request) -> Viewer:
    return Viewer(address=request.client.host if request.client else "")


def _feed(listing: Listing) -> tuple[str, str] | None:
    """Return what the listing is followed by: a project's news, an event's date."""
    if listing.kind is Layer.PROJECT:
        return _ATOM, f"/feeds/projects/{listing.id}.atom"
    return None if listing.starts_at is None else ("text/calendar", f"/feeds/listings/{listing.id}.ics")


def _path(photo: Photo | None) -> str | None:
    return None if photo is None else f"/photos/{photo.name}-share.jpg"


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
