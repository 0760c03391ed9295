"""The cashier of development: a page that pretends. No money moves, and it says so.

It rings the same bell as a real one, with a signature of its own kind that must be right as well. What its
bank holds is in memory; after a restart it begins again with what the purchase says (`remember`).
"""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import orjson

from server.cashier import BadSignature, Notice, Order, Payment, Till
from server.clock import now
from server.ids import new_id
from server.settings import Settings

PATH: Final = "/dev/pay"
HEADER: Final = "payment-signature"
TOLERANCE_SECONDS: Final = 300

# What one may do on the page, and to which payments.
ACTS: Final[Mapping[str, Callable[[Payment], Payment]]] = {
    "pay": lambda it: replace(it, progress="paid", payment=f"page_money_{it.purchase}", url=None),
    "decline": lambda it: replace(it, progress="expired", url=None),
    "refund": lambda it: replace(it, refunded=it.cents or 0),
    "charge_back": lambda it: replace(it, charged_back=it.cents or 0),
    "reinstate": lambda it: replace(it, charged_back=0),
}


def acts_on(payment: Payment) -> list[str]:
    """Return what may be done to `payment` now."""
    if payment.progress == "open":
        return ["pay", "decline"]
    if payment.progress != "paid":
        return []
    if payment.charged_back:
        return ["reinstate"]
    return [] if payment.refunded else ["refund", "charge_back"]


class PageCashier:
    """Pretends to take money, on a page of our own."""

    name = "page"

    def __init__(self, settings: Settings) -> None:
        self._base = settings.public_url.rstrip("/")
        self._key = settings.key("page cashier")
        self._payments: dict[str, Payment] = {}

    async def begin(self, order: Order) -> Till:
        """Return the page that pretends."""
        ref = f"page_{order.purchase}"
        url = f"{self._base}{PATH}/{ref}"
        self.remember(Payment(order.purchase, ref, None, "open", order.cents, order.currency, 0, 0, url))
        return Till(ref, url)

    async def hear(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Return what `body` tells. Raises `BadSignature`."""
        stamp, _, signature = headers.get(HEADER, "").partition(",v1=")
        written = stamp.removeprefix("t=")
        right = hmac.compare_digest(self._signed(written, body).encode(), signature.encode())
        if not right or not time.time() - TOLERANCE_SECONDS <= int(written):
            raise BadSignature("bad_signature")
        told = orjson.loads(body)
        at = datetime.fromtimestamp(told["at"], UTC)
        return Notice(told["id"], told["kind"], at, told["checkout"], None, None, None, ours=True)

    async def look(self, *, checkout: str | None = None, payment: str | None = None) -> Payment | None:
        """Return a payment as it is now."""
        if checkout is not None:
            return self._payments.get(checkout)
        return next((one for one in self._payments.values() if one.payment == payment), None)

    async def aclose(self) -> None:
        """Nothing is held open."""

    def remember(self, payment: Payment) -> Payment:
        """Begin with `payment`, unless it is known already; return it as it is."""
        return self._payments.setdefault(payment.checkout, payment)

    def act(self, checkout: str, act: str) -> tuple[bytes, dict[str, str]] | None:
        """Do `act` to a payment; return what tells of it, signed, or None if it cannot be done."""
        known = self._payments[checkout]
        if act not in acts_on(known):
            return None
        self._payments[checkout] = ACTS[act](known)
        told = {"id": f"page_{new_id()}", "kind": act, "at": int(now().timestamp()), "checkout": checkout}
        body, stamp = orjson.dumps(told), str(int(time.time()))
        return body, {HEADER: f"t={stamp},v1={self._signed(stamp, body)}"}

    def _signed(self, stamp: str, body: bytes) -> str:
        return hmac.digest(self._key, stamp.encode() + b"." + body, "sha256").hex()
