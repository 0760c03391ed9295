"""What becomes of the cashier's notices: heard once each, compared with the purchase, kept with the outcome.

A notice is no more than a reason to look: the payment is fetched again, and the ledger is brought to where
the payment is (`server.payments.crediting`). So it does not matter in which order notices come, nor how
often. A payment that was looked at before another notice of the same purchase was settled is looked at again:
what is applied was seen after whatever has been applied.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from sqlmodel import col, func, select

from realtime.refusals import Unavailable
from server.cashier import Notice, Payment
from server.clock import now
from server.database import Session
from server.inserting import insert, insert_new
from server.payments.crediting import Case, credit
from server.payments.models import REFUSED, PaymentEventRow, PurchaseRow
from server.site import Site

log = structlog.get_logger(__name__)

KNOWN: Final = "known"
IGNORED: Final = "ignored"
# So often another notice of the same purchase may come in between.
MOST_LOOKS: Final = 6


@dataclass(frozen=True, slots=True)
class Lead:
    """Which purchase a notice is about, and how many notices of it were settled by then."""

    purchase: str
    checkout: str
    settled: int


async def hear(site: Site, body: bytes, headers: Mapping[str, str]) -> str:
    """Settle what a signed body tells; return what became of it, in a word.

    Raises `BadSignature`, `Conflict` where nobody sells, and `Unavailable` if trying again may help.
    """
    notice = await site.cashier.hear(body, headers)
    if notice is None:
        return IGNORED
    return await settle(site, notice)


async def settle(site: Site, notice: Notice) -> str:
    """Settle `notice`, once; return what became of it. Raises `Unavailable` if nobody can tell yet."""
    if not notice.ours:
        return await _refuse(site, notice, "not_ours")
    checkout = notice.checkout or await _checkout_of(site, notice)
    for _ in range(MOST_LOOKS):
        lead = await _lead(site, checkout)
        if lead is None:
            return await _refuse(site, notice, "unknown")
        payment = await site.cashier.look(checkout=lead.checkout)
        async with site.database.write() as session:
            purchase = await session.get_one(PurchaseRow, lead.purchase, with_for_update=True)
            if await session.get(PaymentEventRow, notice.id) is not None:
                return KNOWN
            if await _settled(session, lead.purchase) != lead.settled:
                continue
            wrong = _wrong(site, notice, purchase, payment)
            if wrong is not None or payment is None:
                outcome = _refused(notice, wrong or "unknown", purchase.id)
            else:
                outcome = await credit(Case(site, session, notice, purchase), payment)
            await insert(session, _told(notice, purchase.id, outcome))
            return outcome
    raise Unavailable("payment_away")


async def _checkout_of(site: Site, notice: Notice) -> str | None:
    """Return the page on which the money that a notice is about was paid, known to us or not."""
    async with site.database.read() as session:
        known = select(PurchaseRow.checkout_ref).where(col(PurchaseRow.payment_ref) == notice.payment)
        found = (await session.exec(known)).first()
    if found is not None:
        return found
    payment = await site.cashier.look(payment=notice.payment)
    return payment.checkout if payment is not None else None


async def _lead(site: Site, checkout: str | None) -> Lead | None:
    if checkout is None:
        return None
    async with site.database.read() as session:
        ours = select(PurchaseRow.id).where(col(PurchaseRow.checkout_ref) == checkout)
        purchase = (await session.exec(ours)).first()
        if purchase is None:
            return None
        return Lead(purchase, checkout, await _settled(session, purchase))


async def _settled(session: Session, purchase: str) -> int:
    told = select(func.count()).where(col(PaymentEventRow.purchase_id) == purchase)
    return (await session.exec(told)).one()


def _wrong(site: Site, notice: Notice, purchase: PurchaseRow, payment: Payment | None) -> str | None:
    """Return what does not fit together, if anything: nothing of it is believed then."""
    if purchase.provider != site.cashier.name:
        return "other_provider"
    if payment is None or payment.purchase != purchase.id:
        return "unknown"
    if purchase.payment_ref is not None and payment.payment != purchase.payment_ref:
        return "other_payment"
    if any(said not in (None, purchase.currency) for said in (notice.currency, payment.currency)):
        return "currency"
    if any(said not in (None, purchase.cents) for said in (notice.cents, payment.cents)):
        return "amount"
    return None


async def _refuse(site: Site, notice: Notice, why: str) -> str:
    """Keep that a notice of no purchase of ours was refused, unless that is known."""
    async with site.database.write() as session:
        told = _told(notice, None, f"{REFUSED}{why}")
        return _refused(notice, why, None) if await insert_new(session, told) else KNOWN


def _refused(notice: Notice, why: str, purchase: str | None) -> str:
    log.error("payment_refused", why=why, notice=notice.id, kind=notice.kind, purchase=purchase)
    return f"{REFUSED}{why}"


def _told(notice: Notice, purchase: str | None, outcome: str) -> PaymentEventRow:
    return PaymentEventRow(
        id=notice.id,
        kind=notice.kind,
        purchase_id=purchase,
        outcome=outcome,
        created_at=notice.at,
        received_at=now(),
    )
