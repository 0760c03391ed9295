"""The one place where money becomes smiles, and smiles cease to be because money went back.

The ledger is brought to where the payment is, from wherever it is: a refund that is heard of before the
payment credits first and takes back then.
"""

import hashlib
from typing import Final, Literal, NamedTuple, TypeAlias

from server.cashier import Notice, Payment
from server.clock import now
from server.database import Session
from server.members.models import MemberRow
from server.payments import letters
from server.payments.actions import CENTS_EACH
from server.payments.models import PurchaseRow
from server.payments.schemas import PurchaseState
from server.site import Site
from server.smiles import ledger, locks
from server.smiles.accounts import ORIGINS, bought, community, earned, mint
from server.smiles.transfers import Transfer

NOTHING: Final = "noted"
_LONGEST_IN_KEY: Final = 64
_STEPS: Final = {"refund": "refunded", "chargeback": "charged_back", "reinstate": "reinstated"}

Way: TypeAlias = Literal["refund", "chargeback"]


class Case(NamedTuple):
    """A notice that is being settled: the purchase it is about is locked in the session's transaction."""

    site: Site
    session: Session
    notice: Notice
    purchase: PurchaseRow


async def credit(case: Case, payment: Payment) -> str:
    """Bring the purchase, and the ledger with it, to where `payment` is; return what that took, in a word.

    Smiles of somebody who has left go to the community.
    """
    session, purchase = case.session, case.purchase
    purchase.payment_ref = payment.payment
    if purchase.paid_at is None and payment.progress != "paid":
        purchase.state = payment.progress
        return NOTHING
    # Whoever leaves at this moment has left before, or leaves after.
    member = await session.get_one(MemberRow, purchase.member_id, with_for_update={"key_share": True})
    heirs = [] if member.left_at is None else [*map(community, ORIGINS)]
    await locks.lock(session, [earned(member.id), mint("purchase"), *heirs])
    steps = [
        await _pay(case, member),
        await _move(case, member, "refund", min(payment.refunded, purchase.cents)),
        await _move(case, member, "chargeback", min(payment.charged_back, purchase.cents)),
    ]
    purchase.state = _state(purchase)
    if heirs:
        await ledger.community_takes(session, member.id, key=f"left:{purchase.id}:{_named(case.notice)}")
    return "+".join(filter(None, steps)) or NOTHING


def kept_smiles(purchase: PurchaseRow) -> int:
    """Return how many smiles of a paid purchase stand: none without its whole euro.

    A bank may take back the whole amount although a part of it was refunded before.
    """
    gone = min(purchase.cents, purchase.refunded + purchase.charged_back)
    return (purchase.cents - gone) // CENTS_EACH


async def _pay(case: Case, member: MemberRow) -> str | None:
    """Credit the purchase, unless it was; return the word for it."""
    purchase = case.purchase
    if purchase.paid_at is not None:
        return None
    purchase.paid_at = now()
    key = f"purchase:{purchase.id}"
    await ledger.give(case.session, "purchase", member.id, purchase.smiles, key=key, purchase=purchase.id)
    await letters.receipt(case.site, case.session, member, purchase)
    return "credited"


async def _move(case: Case, member: MemberRow, way: Way, cents: int) -> str | None:
    """Have `cents` be what went back by `way`, in money and in smiles; return the word for it, if any."""
    purchase, kept = case.purchase, kept_smiles(case.purchase)
    known = purchase.refunded if way == "refund" else purchase.charged_back
    if cents == known:
        return None
    if way == "refund":
        purchase.refunded = cents
    else:
        purchase.charged_back = cents
    smiles = kept_smiles(purchase) - kept
    await _book(case, member.id, way, smiles)
    what: letters.Return = way if cents > known else "reinstate"
    went = letters.Went(what, abs(cents - known), abs(smiles))
    await letters.tell(case.site, case.session, member, purchase, went)
    return _STEPS[what]


async def _book(case: Case, member: str, way: Way, smiles: int) -> None:
    """Give `smiles` back to the member, or (below zero) take as many."""
    purchase = case.purchase.id
    # By the notice, not by the sum: a refund that fails makes the sum fall, and rise again later.
    key = f"{way}:{purchase}:{_named(case.notice)}"
    if smiles < 0:
        await ledger.take_back(case.session, member, -smiles, key=key, reason=way, purchase=purchase)
    elif smiles > 0:
        entries = {mint("purchase"): -smiles, bought(member): smiles}
        await ledger.book(case.session, Transfer(key, "reinstate", entries, purchase=purchase))


def _named(notice: Notice) -> str:
    """Return the notice's id as it stands in keys, which are not as long as ids may be."""
    if len(notice.id) <= _LONGEST_IN_KEY:
        return notice.id
    return hashlib.sha256(notice.id.encode()).hexdigest()


def _state(purchase: PurchaseRow) -> PurchaseState:
    if kept_smiles(purchase) > 0:
        return PurchaseState.PAID
    return PurchaseState.CHARGED_BACK if purchase.charged_back else PurchaseState.REFUNDED
