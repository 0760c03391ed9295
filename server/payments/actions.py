"""Buying smiles: a purchase is written down, and the cashier opens a page where it is paid.

Nothing is credited here. That is done when the cashier's bell rings: `server.payments.settling`.
"""

from typing import Final

from sqlmodel import col, select, update

from realtime.people import Person
from realtime.refusals import Conflict, Invalid
from server.cashier import Order
from server.clock import now
from server.inserting import insert_new
from server.payments.models import PurchaseRow
from server.payments.schemas import Checkout, Purchase, PurchaseDraft, Purchases, PurchaseState
from server.site import Site

CENTS_EACH: Final = 100
CURRENCY: Final = "eur"


async def buy(site: Site, member: Person, draft: PurchaseDraft) -> Checkout:
    """Begin to buy smiles, or go on with a purchase of the same id that is not paid yet.

    The cashier is asked between two transactions, not within one, so that nobody waits for it with us; the
    purchase's id is its idempotency key there too. Raises `Conflict` where nobody sells, for another purchase
    under the same id, and for one that is over; `Invalid` for more than one may buy at once.
    """
    _check_open(site)
    if draft.smiles > site.settings.purchase_most:
        raise Invalid("too_many_smiles", field="smiles", most=site.settings.purchase_most)
    row = await _written(site, member, draft)
    if row.checkout_ref is not None:
        known = await site.cashier.look(checkout=row.checkout_ref)
        if known is None or known.url is None:
            raise Conflict("not_in_this_state")
        return Checkout(url=known.url)
    till = await site.cashier.begin(
        Order(row.id, row.smiles, row.cents, row.currency, _back_to(site, row.id))
    )
    async with site.database.write() as session:
        await session.exec(
            update(PurchaseRow).where(col(PurchaseRow.id) == row.id).values(checkout_ref=till.ref)
        )
    return Checkout(url=till.url)


async def purchases(site: Site, member: Person) -> Purchases:
    """Return what a member has bought or begun to buy, newest first."""
    own = select(PurchaseRow).where(
        col(PurchaseRow.member_id) == member.id, col(PurchaseRow.checkout_ref).is_not(None)
    )
    async with site.database.read() as session:
        rows = await session.exec(
            own.order_by(col(PurchaseRow.created_at).desc(), col(PurchaseRow.id).desc())
        )
        return Purchases(purchases=[purchase(row) for row in rows])


def purchase(row: PurchaseRow) -> Purchase:
    """Return a purchase as its buyer sees it."""
    return Purchase(
        id=row.id,
        smiles=row.smiles,
        cents=row.cents,
        state=PurchaseState(row.state),
        created_at=row.created_at,
        paid_at=row.paid_at,
        refunded=min(row.cents, row.refunded + row.charged_back),
    )


async def _written(site: Site, member: Person, draft: PurchaseDraft) -> PurchaseRow:
    row = PurchaseRow(
        id=draft.id,
        member_id=member.id,
        smiles=draft.smiles,
        cents=draft.smiles * CENTS_EACH,
        currency=CURRENCY,
        provider=site.cashier.name,
        state=PurchaseState.OPEN,
        created_at=now(),
    )
    async with site.database.write() as session:
        if await insert_new(session, row):
            return row
        known = await session.get_one(PurchaseRow, draft.id)
    if (known.member_id, known.smiles) != (member.id, draft.smiles):
        raise Conflict("idempotency_key_reused")
    if known.state != PurchaseState.OPEN or known.provider != site.cashier.name:
        raise Conflict("not_in_this_state")
    return known


def _check_open(site: Site) -> None:
    if site.settings.payments == "off":
        raise Conflict("buying_off")


def _back_to(site: Site, purchase_id: str) -> str:
    return f"{site.settings.public_url.rstrip('/')}/smiles?achat={purchase_id}"
