"""What the sockets ask of the rules, answered by the very actions that REST calls."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing

from sqlmodel import col, select

from realtime.backend import Opening, Viewer
from realtime.refusals import Refusal
from realtime.shapes import Message, Pin
from server import problems
from server.board import shaping
from server.board.finding import stream
from server.board.models import ListingRow
from server.conversations import actions, openings
from server.conversations.schemas import MessageDraft
from server.members.models import MemberRow
from server.policy.listings import ALIVE
from server.site import Site


class SiteBackend:
    """The rules of one running 1Mile as `realtime.backend.Backend`."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def pins(self) -> AsyncIterator[Pin]:
        """Yield every pin there is now, in one reading of the database."""
        alive = (
            select(ListingRow, MemberRow)
            .join(MemberRow, col(MemberRow.id) == col(ListingRow.author_id))
            .where(col(ListingRow.state).in_(ALIVE))
        )
        async with self._site.database.read() as session, aclosing(stream(session, alive)) as rows:
            async for row, author in rows:
                if shaping.has_pin(row, author):
                    yield shaping.pin(row, author)

    async def identify(self, headers: Mapping[str, str], address: str) -> Viewer:
        """Return who sent these headers."""
        return await self._site.identify(self._site, headers, address)

    async def admit(self, viewer: Viewer, conversation: str) -> str:
        """Return the listing above `conversation`; `NotFound` unless `viewer` may read it now."""
        return (await openings.admit(self._site.database, viewer, conversation)).listing

    async def opening(self, viewer: Viewer, conversation: str, cursor: int | None) -> Opening:
        """Return `conversation` for `viewer`, whole or since `cursor`."""
        return await openings.opening(self._site.database, viewer, conversation, cursor)

    async def send(self, viewer: Viewer, conversation: str, message_id: str, text: str) -> Message:
        """Store a message once and return it as stored."""
        draft = MessageDraft(id=message_id, text=text)
        return await actions.post(self._site, viewer, conversation, draft)

    async def read(self, viewer: Viewer, conversation: str, seq: int) -> None:
        """Note that `viewer` has read `conversation` up to `seq`."""
        await actions.read(self._site, viewer, conversation, seq)

    def explain(self, refusal: Refusal, locale: str) -> str:
        """Return the refusal's sentence in the reader's language."""
        return problems.explain(refusal, locale)
