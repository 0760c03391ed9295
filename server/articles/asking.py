"""How often one may have an article made into what is shown. To read one that is kept is not counted."""

from typing import Final

from realtime.backend import Viewer
from server.articles.rendering import is_kept
from server.limits import network
from server.site import Site

# By a member, or a network of who is not signed in: 2.4 s of a process, were each as intricate as may be.
MOST_MADE: Final = "60/minute"


async def allow(site: Site, viewer: Viewer, text: str) -> None:
    """Let `viewer` read the article `text`. Raises `TooMany` if too much had to be made for them already."""
    if not is_kept(text):
        who = viewer.member.id if viewer.member else network(viewer.address)
        await site.limits.hit(MOST_MADE, "articles.made", who)
