"""An association with a project and neighbours who support it, by the very functions that REST calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.exchanges import Purse
from realtime.people import MemberKind
from realtime.projects import Progress
from realtime.shapes import Listing, Message
from server.board.projects import GiftRow, PledgeRow
from server.books.proof import faults
from server.clock import now
from server.ids import new_id
from server.listings import views as listings
from server.payments.models import PurchaseRow
from server.projects import ending, gifts, pledges, team, updates, views
from server.projects.schemas import (
    Gift,
    GiftDraft,
    Pledge,
    PledgeDraft,
    ProjectView,
    UpdateDraft,
)
from server.smiles import ledger, purses
from tests.server.board.town import REUNION, Town
from tests.server.exchanges.pair import id_of

INSTRUCTIONS = "IBAN FR76 3000 4000 0000 0000 0000 000, motif : jardin."


def terms(**given: Any) -> dict[str, Any]:
    """Return the terms of a project, with whatever is `given` otherwise."""
    usual: dict[str, Any] = {
        "reach": "local",
        "target_cents": 50_000,
        "target_smiles": 20,
        "closes_at": now() + timedelta(days=30),
        "instructions": INSTRUCTIONS,
    }
    return {**usual, **given}


def a_project(*, project: dict[str, Any] | None = None, **draft: Any) -> dict[str, Any]:
    """Return what is published as a project."""
    usual: dict[str, Any] = {
        "kind": "project",
        "title": "Un jardin partagé",
        "text": "Des bacs, de la terre et des bras.",
        "category": "environment",
        "smiles": 0,
        "place": REUNION,
        "project": terms(**(project or {})),
    }
    return {**usual, **draft}


@dataclass
class Garden:
    """Asso, who is behind the project `id`."""

    town: Town
    asso: Viewer
    id: str

    @classmethod
    async def lay_out(cls, town: Town, *, draft: dict[str, Any] | None = None, **project: Any) -> Self:
        """Let an association publish a project of these terms."""
        asso = await town.member("Asso", kind=MemberKind.ASSOCIATION)
        published = await town.publish(asso, **a_project(project=project, **(draft or {})))
        return cls(town, asso, published.listing.id)

    async def neighbour(self, name: str, smiles: int = 10, bought: int = 0, **facts: Any) -> Viewer:
        """Let somebody live here who has smiles."""
        who = await self.town.member(name, **facts)
        async with self.town.database.write() as session:
            if smiles:
                await ledger.give(session, "grant", id_of(who), smiles, key=f"grant:{id_of(who)}")
            if bought:
                purchase = PurchaseRow(
                    id=new_id(),
                    member_id=id_of(who),
                    smiles=bought,
                    cents=bought * 100,
                    currency="eur",
                    provider="page",
                    state="paid",
                    created_at=now(),
                    paid_at=now(),
                )
                session.add(purchase)
                await session.flush()
                key = f"bought:{purchase.id}"
                await ledger.give(session, "purchase", id_of(who), bought, key=key, purchase=purchase.id)
        return who

    async def promise(self, by: Viewer, euros: int = 20, **draft: Any) -> Pledge:
        """Promise a donation."""
        usual: dict[str, Any] = {"id": new_id(), "cents": euros * 100}
        return await pledges.promise(self.town.site, by, self.id, PledgeDraft(**{**usual, **draft}))

    async def take(self, who: Viewer, act: pledges.Act, pledge: Pledge) -> Pledge:
        """Take a step of a pledge as it is known."""
        return await pledges.take(self.town.site, who, pledge.id, act, pledge.version)

    async def give(self, by: Viewer, smiles: int = 5, **draft: Any) -> Gift:
        """Give smiles."""
        usual: dict[str, Any] = {"id": new_id(), "smiles": smiles}
        return await gifts.give(self.town.site, by, self.id, GiftDraft(**{**usual, **draft}))

    async def take_back(self, by: Viewer, gift: Gift) -> Gift:
        """Withdraw a gift as it is known."""
        return await gifts.withdraw(self.town.site, by, gift.id, gift.version)

    async def close(self) -> ProjectView:
        """Close it before its time."""
        return await ending.close(self.town.site, self.asso, self.id, await self.version())

    async def cancel(self, words: str = "") -> ProjectView:
        """Call it off."""
        return await ending.cancel(self.town.site, self.asso, self.id, await self.version(), words)

    async def decide(self, release: Literal["released", "returned"]) -> ProjectView:
        """Say what becomes of the smiles."""
        return await ending.decide(self.town.site, self.asso, self.id, release, await self.version())

    async def tell(self, by: Viewer, text: str = "Les bacs sont là !") -> Message:
        """Tell the supporters something."""
        return await updates.post(self.town.site, by, self.id, UpdateDraft(id=new_id(), text=text))

    async def task(self, by: Viewer | None = None, **draft: Any) -> Listing:
        """Publish a task."""
        wanted = {"title": "Monter les bacs", "smiles": 0, "project_id": self.id, **draft}
        return (await self.town.publish(by or self.asso, **wanted)).listing

    async def join(self, who: Viewer) -> ProjectView:
        """Have somebody join the team by its code."""
        code = (await team.link(self.town.site, self.asso, self.id)).code
        return await team.join(self.town.site, who, self.id, code)

    async def view(self, who: Viewer | None = None) -> ProjectView:
        """Return the project as somebody sees it."""
        return await views.view(self.town.site, who or self.asso, self.id)

    async def listing(self) -> Listing:
        """Return its listing as it stands."""
        return (await listings.view(self.town.site, self.asso, self.id)).listing

    async def version(self) -> int:
        """Return the version of its listing."""
        return (await self.listing()).version

    async def progress(self) -> Progress:
        """Return how far it has come."""
        shown = (await self.listing()).progress
        assert shown is not None
        return shown

    async def purse(self, who: Viewer) -> Purse:
        """Return somebody's smiles."""
        async with self.town.database.read() as session:
            return await purses.purse(session, id_of(who))

    async def gift(self, gift: str) -> GiftRow:
        """Return a gift as it is stored."""
        async with self.town.database.read() as session:
            return await session.get_one(GiftRow, gift)

    async def pledges(self) -> list[PledgeRow]:
        """Return all pledges as they are stored, the oldest first."""
        async with self.town.database.read() as session:
            return list(await session.exec(select(PledgeRow).order_by(col(PledgeRow.created_at))))

    async def faults(self) -> list[str]:
        """Return what is wrong with the ledger."""
        async with self.town.database.snapshot() as session:
            return await faults(session)


def in_days(days: float) -> datetime:
    """Return the moment so many days from now."""
    return now() + timedelta(days=days)
