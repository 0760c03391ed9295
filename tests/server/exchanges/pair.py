"""Two neighbours in a dialog, who agree on things through the very functions that REST calls."""

from datetime import datetime
from typing import Any, NamedTuple, Self

import time_machine

from realtime.backend import Viewer
from realtime.exchanges import Act, Exchange, Purse
from realtime.shapes import Listing, Message
from server.conversations import queries
from server.database import Session
from server.exchanges import actions
from server.exchanges.schemas import ExchangeDraft
from server.ids import new_id
from server.jobs import KINDS
from server.listings import views
from server.listings.later import EXPIRE
from server.smiles import ledger, purses
from tests.server.board.town import Town


class Pair(NamedTuple):
    """Ana, who wants her lawn mown and has ten smiles, and Bo, who answers, in their dialog."""

    town: Town
    ana: Viewer
    bo: Viewer
    listing: str
    dialog: str

    @classmethod
    async def meet(cls, town: Town, *, smiles: int = 10, **draft: Any) -> Self:
        """Let the two meet under a new listing of Ana's."""
        ana, bo = await town.member("Ana"), await town.member("Bo")
        if smiles:
            async with town.database.write() as session:
                await ledger.give(session, "grant", id_of(ana), smiles, key=f"grant:{id_of(ana)}")
        listing = (await town.publish(ana, **draft)).listing
        return cls(town, ana, bo, listing.id, await town.dialog(bo, listing.id))

    async def another_helper(self, name: str = "Cy") -> Self:
        """Return the dialog of one more who answers."""
        helper = await self.town.member(name)
        return self._replace(bo=helper, dialog=await self.town.dialog(helper, self.listing))

    async def propose(self, by: Viewer | None = None, **draft: Any) -> Exchange:
        """Have Bo (or `by`) propose to help Ana for three smiles."""
        usual: dict[str, Any] = {"id": new_id(), "helper": id_of(self.bo), "smiles": 3}
        wanted = ExchangeDraft(**{**usual, **draft})
        return await actions.propose(self.town.site, by or self.bo, self.dialog, wanted)

    async def take(self, who: Viewer, act: Act, known: Exchange, words: str | None = None) -> Exchange:
        """Have one of them do something to the exchange as they know it."""
        return await actions.take(self.town.site, who, known.id, act, known.version, words)

    async def accepted(self, **draft: Any) -> Exchange:
        """Have them agree."""
        return await self.take(self.ana, "accept", await self.propose(**draft))

    async def done(self, **draft: Any) -> Exchange:
        """Have them agree, and Bo say that it is done."""
        return await self.take(self.bo, "finish", await self.accepted(**draft))

    async def missed(self, **draft: Any) -> Exchange:
        """Have them agree, and Ana say that Bo did not come."""
        return await self.take(self.ana, "report", await self.accepted(**draft))

    async def disputed(self, **draft: Any) -> Exchange:
        """Have them agree and disagree."""
        return await self.take(self.bo, "object", await self.missed(**draft), "J’étais là !")

    async def now(self) -> Exchange:
        """Return the latest exchange as it stands."""
        return (await actions.exchanges(self.town.site, self.ana, self.dialog))[0]

    async def cards(self) -> list[Message]:
        """Return the cards of the dialog, the oldest first."""
        page = await queries.page(self.town.site, self.bo, self.dialog, limit=200)
        return [one for one in page.messages if one.card is not None]

    async def above(self) -> Listing:
        """Return the listing as it stands."""
        return (await views.view(self.town.site, self.ana, self.listing)).listing

    async def expire(self) -> None:
        """Have the clock take the listing's pin, if it still stands."""
        at = (await self.above()).expires_at
        payload = {"listing": self.listing, "expires_at": at.isoformat()}
        with time_machine.travel(at):
            await KINDS[EXPIRE].work(self.town.site, payload)

    async def purse(self, who: Viewer) -> Purse:
        """Return somebody's smiles."""
        async with self.town.database.read() as session:
            return await purses.purse(session, id_of(who))


def id_of(viewer: Viewer) -> str:
    """Return a member's id."""
    assert viewer.member is not None
    return viewer.member.id


def due_of(exchange: Exchange) -> datetime:
    """Return when the clock does something."""
    assert exchange.due_at is not None
    return exchange.due_at


async def faults(session: Session) -> list[str]:
    """Return what is wrong with the ledger."""
    from server.books.proof import faults as found

    return await found(session)
