"""What comes in and goes out when smiles are bought."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from realtime.words import Id, Shape


class PurchaseState(StrEnum):
    """Where a purchase is in its life.

    `pending`: paid by a way that takes days. `refunded`, `charged_back`: nothing of it is left.
    """

    OPEN = "open"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"


class PurchaseDraft(Shape):
    """How many smiles to buy. The id is made by the client and names the purchase: asked twice, it is one."""

    id: Id
    smiles: Annotated[int, Field(ge=1, le=10_000, strict=True)]


class Checkout(Shape):
    """Where to pay: a page of the payment provider."""

    url: str


class Purchase(Shape):
    """Smiles that one wanted to buy. `refunded` is how many cents came back, by whichever way."""

    id: Id
    smiles: int
    cents: int
    state: PurchaseState
    created_at: datetime
    paid_at: datetime | None
    refunded: int


class Purchases(Shape):
    """One's purchases, newest first."""

    purchases: list[Purchase]


class Noted(Shape):
    """What became of a notice of the payment provider, in one word."""

    outcome: str
