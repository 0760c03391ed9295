"""Photos as anybody may get them: by a name that cannot be guessed, for good, and never as anything else.

Whatever lies in the store, a browser is told by our own table what it is, not to guess otherwise, and to run
nothing in it. What moderators have hidden, an avatar or a listing's photos, is given to them and to whose it
is alone: everybody else may have its address from before.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from sqlmodel import col, or_, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from realtime.refusals import NotFound
from realtime.shapes import ListingState
from server.board.models import ListingRow
from server.bodies import headers_of
from server.database import Session
from server.photos.models import PhotoRow
from server.policy.avatars import AvatarFacts
from server.policy.listings import ListingFacts
from server.policy.matrix import may
from server.problems import DATABASE_DOWN
from server.site import Site

Hidden: TypeAlias = ListingFacts | AvatarFacts

_MEDIA: Final = {"webp": "image/webp", "avif": "image/avif", "jpg": "image/jpeg"}
_ADDRESS: Final = re.compile(r"([A-Za-z0-9_-]{22})-([1-9]\d{0,3}\.(?:webp|avif)|share\.jpg)")
_HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    # A feed's reader or a town's own page shows them too.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def media_type(file: str) -> str:
    """Return the type of a photo's file, by its name."""
    return _MEDIA[file.rpartition(".")[2]]


def pages() -> list[Route]:
    """Return the route of photos."""
    return [Route("/photos/{address:path}", show)]


async def show(request: Request) -> Response:
    """Return a file of a photo. Raises `NotFound` for any other name, and for one that is hidden."""
    site: Site = request.app.state.site
    # The path itself: a route takes one that ends with a line's end for the same without it.
    asked = _ADDRESS.fullmatch(request.scope["path"].removeprefix("/photos/"))
    if asked is None:
        raise NotFound("not_found")
    headers, hidden = _HEADERS, await _if_hidden(site, asked[1])
    if hidden is not None:
        await _require_reader(site, request, hidden)
        headers = {**headers, "Cache-Control": "no-store"}
    found = await site.album.store.get(asked[1], asked[2])
    if found is None:
        raise NotFound("not_found")
    return Response(found, headers=headers, media_type=media_type(asked[2]))


async def _if_hidden(site: Site, photo: str) -> Hidden | None:
    """Return what the rules need to know of what is hidden and a photo belongs to; None if nothing is."""
    try:
        return await site.database.ask(_hidden, photo)
    except DATABASE_DOWN:
        # Nobody could be told apart: photos go on being shown.
        return None


async def _require_reader(site: Site, request: Request, hidden: Hidden) -> None:
    address = request.client.host if request.client else ""
    viewer = await site.identify(site, headers_of(request.scope), address)
    if not may(viewer, "read", hidden):
        raise NotFound("not_found")


async def _hidden(session: Session, photos: Sequence[str]) -> Mapping[str, Hidden]:
    found = (
        select(PhotoRow.name, PhotoRow.owner_id, ListingRow.author_id, ListingRow.state)
        .join(ListingRow, col(ListingRow.id) == col(PhotoRow.listing_id), isouter=True)
        .where(
            col(PhotoRow.name).in_(photos),
            or_(col(ListingRow.hidden_at).is_not(None), col(PhotoRow.hidden_at).is_not(None)),
        )
    )
    # On no listing, it is somebody's avatar.
    return {
        name: ListingFacts(author, ListingState(state), hidden=True)
        if author is not None
        else AvatarFacts(owner, hidden=True)
        for name, owner, author, state in await session.exec(found)
    }
