"""Buying smiles over HTTP, and the door at which the payment provider rings."""

from typing import Final

from server.bodies import read_raw
from server.http import Call, Routes
from server.payments import actions, settling
from server.payments.schemas import Checkout, Noted, PurchaseDraft, Purchases

# Some kilobytes are usual.
LONGEST_NOTICE: Final = 256 * 1024

routes = Routes("payments")


@routes.post(
    "/api/purchases", body=PurchaseDraft, answer=Checkout, status=201, access="member", limit="20/hour"
)
async def buy(call: Call[PurchaseDraft]) -> Checkout:
    """Begin to buy smiles: the answer is where to pay. The same id again is the same purchase."""
    return await actions.buy(call.site, call.member, call.body)


@routes.get("/api/purchases", answer=Purchases, access="member")
async def list_purchases(call: Call) -> Purchases:
    """List one's own purchases, newest first."""
    return await actions.purchases(call.site, call.member)


@routes.post("/api/payments/webhook", answer=Noted, access="public")
async def webhook(call: Call) -> Noted:
    """Hear what the payment provider tells, signed over the bytes of the body."""
    body = await read_raw(call.request, LONGEST_NOTICE)
    return Noted(outcome=await settling.hear(call.site, body, call.request.headers))
