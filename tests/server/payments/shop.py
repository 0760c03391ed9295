"""A house that sells smiles through a Stripe of our own, and those who buy."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import stripe
from sqlmodel import col, select

from realtime.exchanges import Purse
from realtime.people import MemberKind, Person
from server.books import proof
from server.clock import now
from server.ids import new_id
from server.members.models import MemberRow
from server.payments import actions
from server.payments.models import PaymentEventRow, PurchaseRow
from server.payments.schemas import PurchaseDraft
from server.smiles import holds, locks, purses
from server.smiles.accounts import bought, earned
from tests.server.house import House, open_house
from tests.server.payments.bank import KEY, Bank

WEBHOOK = "/api/payments/webhook"
SECRET = "whsec_of_this_webhook"
SELLING = {"payments": "stripe", "stripe_key": KEY, "stripe_webhook_secret": SECRET}


class Shop:
    """A house that sells, its bank, and what one does with them."""

    def __init__(self, house: House, bank: Bank, door: httpx.AsyncClient) -> None:
        self.house, self.bank, self.door = house, bank, door

    async def buyer(self, **facts: Any) -> Person:
        """Let somebody live here who has no smiles yet."""
        member = a_member(**facts)
        async with self.house.site.database.write() as session:
            session.add(member)
        return member.person()

    async def begins(self, buyer: Person, smiles: int = 10) -> str:
        """Have somebody begin to buy; return the purchase."""
        draft = PurchaseDraft(id=new_id(), smiles=smiles)
        await actions.buy(self.house.site, buyer, draft)
        return draft.id

    async def tell(self, event: dict[str, Any] | bytes, **how: Any) -> httpx.Response:
        """Ring at the webhook, signed as Stripe would."""
        body, headers = signed(event, **how)
        return await self.door.post(WEBHOOK, content=body, headers=headers)

    async def outcome(self, event: dict[str, Any] | bytes) -> str:
        """Ring, and return what became of it."""
        answer = await self.tell(event)
        assert answer.status_code == 200, answer.text
        outcome: str = answer.json()["outcome"]
        return outcome

    async def purse(self, member: Person) -> Purse:
        """Return somebody's smiles."""
        async with self.house.site.database.read() as session:
            return await purses.purse(session, member.id)

    async def stands(self, member: Person) -> tuple[int, int]:
        """Return what somebody has, and owes."""
        purse = await self.purse(member)
        return purse.balance, purse.debt

    async def purchase(self, purchase: str) -> PurchaseRow:
        """Return a purchase as it is written."""
        async with self.house.site.database.read() as session:
            return await session.get_one(PurchaseRow, purchase)

    async def kept(self) -> dict[str, str]:
        """Return what became of each notice that was kept, by its id."""
        async with self.house.site.database.read() as session:
            rows = await session.exec(select(PaymentEventRow).order_by(col(PaymentEventRow.received_at)))
            return {row.id: row.outcome for row in rows}

    async def gives(self, giver: Person, receiver: Person, smiles: int) -> None:
        """Pass smiles from one to another, of what was earned first."""
        exchange, key = new_id(), new_id()
        async with self.house.site.database.write() as session:
            await holds.put_on_hold(session, exchange, giver.id, smiles, key=key, by=giver.id)
            await holds.release(session, exchange, giver.id, receiver.id, smiles, key=key, by=giver.id)

    async def faults(self) -> list[str]:
        """Return what is wrong with the ledger; what passes here is of no exchange that there is."""
        async with self.house.site.database.snapshot() as session:
            return [fault for fault in await proof.faults(session) if not fault.startswith("L8")]

    async def accounts(self, member: Person) -> tuple[int, int]:
        """Return what of a member's smiles was earned, and bought."""
        async with self.house.site.database.write() as session:
            balances = await locks.lock(session, [earned(member.id), bought(member.id)])
        return balances[earned(member.id).id], balances[bought(member.id).id]


def a_member(**facts: Any) -> MemberRow:
    """Return somebody whose address is proved."""
    member_id = new_id()
    usual = {
        "id": member_id,
        "email": f"{member_id}@example.org",
        "name": "Ana",
        "kind": MemberKind.INDIVIDUAL,
        "locale": "fr",
        "verified_at": now(),
        "created_at": now(),
    }
    return MemberRow(**{**usual, **facts})


def signed(
    event: dict[str, Any] | bytes, *, secret: str = SECRET, age_seconds: int = 0
) -> tuple[bytes, dict[str, str]]:
    """Return a body, and the header with which Stripe signs it: worked out here, by nobody's library."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    stamp = str(int(time.time()) - age_seconds)
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={stamp},v1={mac}", "Content-Type": "application/json"}


@asynccontextmanager
async def open_shop(
    url: str, bank: Bank, monkeypatch: pytest.MonkeyPatch, **given: Any
) -> AsyncIterator[Shop]:
    """Open a house that sells through `bank`."""
    monkeypatch.setattr(stripe, "api_base", bank.url)
    async with open_house(url, **{**SELLING, **given}) as house:
        # As Stripe rings: a program, which says nothing of where it comes from.
        transport = httpx.ASGITransport(house.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=house.settings.origin) as door:
            yield Shop(house, bank, door)
