"""What whoever takes the money must be able to do, be it Stripe or the page that pretends.

A cashier rings a bell when something has happened to a payment: a notice, signed. What a notice says is only
a reason to look. What counts is the payment as the cashier shows it when it is asked again, so that notices
may come late, twice and in any order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from realtime.refusals import Conflict, Refusal, Unavailable

Progress: TypeAlias = Literal["open", "pending", "paid", "failed", "expired"]


class BadSignature(Refusal):
    """A notice was not signed by the cashier, was changed on the way, or is too old."""

    status = 400


class CashierAway(Unavailable):
    """The cashier does not answer, or not with what can be understood."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid: the purchase it is for, so many smiles, and where one comes back to after it."""

    purchase: str
    smiles: int
    cents: int
    currency: str
    back_to: str


@dataclass(frozen=True, slots=True)
class Till:
    """Where one pays: the cashier's name for the page, and its address."""

    ref: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """That something happened, by the cashier's own id for it: told twice, it is one.

    `about` is the payment, as the cashier's name for its page (`checkout`) or for the money (`payment`). What
    the notice itself says of amount and currency is null where it says nothing. `ours` is false for what
    happened in somebody else's books, or in a trial where ours are real.
    """

    id: str
    kind: str
    at: datetime
    checkout: str | None
    payment: str | None
    cents: int | None
    currency: str | None
    ours: bool


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as it stands. `refunded` and `charged_back` are how many cents went back, each way."""

    purchase: str | None
    checkout: str
    payment: str | None
    progress: Progress
    cents: int | None
    currency: str | None
    refunded: int
    charged_back: int
    url: str | None


class Cashier(Protocol):
    """Takes money for smiles."""

    @property
    def name(self) -> str:
        """Its name in the table of purchases."""
        ...

    async def begin(self, order: Order) -> Till:
        """Open a page where `order` is paid, once per purchase. Raises `CashierAway`."""
        ...

    async def hear(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Return what `body` tells, or None for what is of no interest. Raises `BadSignature`."""
        ...

    async def look(self, *, checkout: str | None = None, payment: str | None = None) -> Payment | None:
        """Return a payment as it is now, by either of its names; None if there is none.

        Raises `CashierAway`.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class Closed:
    """Nobody sells smiles here."""

    name = "off"

    async def begin(self, order: Order) -> Till:  # noqa: ARG002
        """Refuse."""
        raise Conflict("buying_off")

    async def hear(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:  # noqa: ARG002
        """Refuse."""
        raise Conflict("buying_off")

    async def look(self, *, checkout: str | None = None, payment: str | None = None) -> Payment | None:  # noqa: ARG002
        """Refuse."""
        raise Conflict("buying_off")

    async def aclose(self) -> None:
        """Nothing is held open."""


CLOSED = Closed()
