"""Stripe: one pays on its page (Checkout), and it rings at our webhook.

Nothing of a card ever comes to us. The library is loaded when it is first needed, in a thread: it takes a
tenth of a second, and few processes sell anything.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, TypeVar

import structlog
from pydantic import BaseModel, Field, ValidationError

from server.cashier import BadSignature, CashierAway, Notice, Order, Payment, Progress, Till
from server.settings import Settings

if TYPE_CHECKING:
    from stripe import Charge, Dispute, HTTPXClient, PaymentIntent, StripeClient
    from stripe.checkout import Session

log = structlog.get_logger(__name__)

# Written for this version of their interface; what they change later comes with a look at it.
API_VERSION: Final = "2026-10-28.endive"
ANSWER_SECONDS: Final = 8.0
RETRIES: Final = 1
SIGNATURE: Final = "stripe-signature"
TOLERANCE_SECONDS: Final = 300
# As they promise.
_LONGEST_ID: Final = 255
_END_OF_TIME: Final = 2**36
_MOST_DISPUTES: Final = 100

# What they tell that may concern us; the rest is let pass.
_OF_CHECKOUTS: Final = frozenset(
    f"checkout.session.{what}"
    for what in ("completed", "async_payment_succeeded", "async_payment_failed", "expired")
)
_OF_MONEY: Final = frozenset(
    {
        "charge.refunded",
        "charge.refund.updated",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    }
)
# Disputes in which nothing has been taken from us, or all has come back.
_HARMLESS: Final = frozenset(
    {"warning_needs_response", "warning_under_review", "warning_closed", "won", "prevented"}
)
# Whoever paid by a way that takes days, and did not pay in the end.
_UNPAID: Final = frozenset({"requires_payment_method", "canceled"})

Answer = TypeVar("Answer")


class _Told(BaseModel):
    """An event of theirs, as far as we read it."""

    id: Annotated[str, Field(max_length=_LONGEST_ID)]
    type: str
    created: Annotated[int, Field(ge=0, le=_END_OF_TIME)]
    livemode: bool
    account: str | None = None
    data: dict[str, Any]


class _About(BaseModel):
    """What an event is about: a checkout, a charge, a refund or a dispute."""

    id: str
    payment_intent: str | None = None
    amount_total: int | None = None
    currency: str | None = None


class _Opened(NamedTuple):
    client: "StripeClient"
    connections: "HTTPXClient"


class StripeCashier:
    """Takes money through Stripe Checkout."""

    name = "stripe"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._site_name = settings.name
        self._live = settings.stripe_is_live
        self._opening = asyncio.Lock()
        self._opened: _Opened | None = None

    async def begin(self, order: Order) -> Till:
        """Open a page of Stripe's for `order`; asked again for the same purchase, it is the same page."""
        client = await self._client()
        what = {"purchase": order.purchase}
        session = await self._asked(
            client.v1.checkout.sessions.create_async(
                {
                    "mode": "payment",
                    "client_reference_id": order.purchase,
                    "metadata": what,
                    "payment_intent_data": {"metadata": what},
                    "line_items": [
                        {
                            "quantity": order.smiles,
                            "price_data": {
                                "currency": order.currency,
                                "unit_amount": order.cents // order.smiles,
                                "product_data": {"name": f"Smile – {self._site_name}"},
                            },
                        }
                    ],
                    # In another currency the amount would be another.
                    "adaptive_pricing": {"enabled": False},
                    "success_url": order.back_to,
                    "cancel_url": order.back_to,
                },
                {"idempotency_key": f"purchase:{order.purchase}"},
            )
        )
        if session is None or session.url is None:
            raise CashierAway("payment_away")
        return Till(session.id, session.url)

    async def hear(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Return what `body` tells, if it is of a kind that may concern us. Raises `BadSignature`."""
        await self._client()
        import stripe

        secret = self._settings.stripe_webhook_secret.get_secret_value()
        signature = headers.get(SIGNATURE)
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, ValueError, TypeError) as error:
            # What is not even text was not signed by them either.
            raise BadSignature("bad_signature") from error
        return self._notice(body)

    async def look(self, *, checkout: str | None = None, payment: str | None = None) -> Payment | None:
        """Return a payment as Stripe shows it now. Raises `CashierAway`."""
        client = await self._client()
        sessions = client.v1.checkout.sessions
        if checkout is None:
            named = await self._asked(sessions.list_async({"payment_intent": payment or "", "limit": 1}))
            if named is None or not named.data:
                return None
            checkout = named.data[0].id
        session: Session | None = await self._asked(
            sessions.retrieve_async(checkout, {"expand": ["payment_intent.latest_charge"]})
        )
        if session is None:
            return None
        intent: Any = session.payment_intent
        charge: Charge | None = intent.latest_charge if intent is not None else None
        progress = _progress(session, intent)
        currency = intent.currency if progress == "paid" and intent is not None else session.currency
        return Payment(
            purchase=session.client_reference_id,
            checkout=session.id,
            payment=intent.id if intent is not None else None,
            progress=progress,
            cents=intent.amount_received
            if progress == "paid" and intent is not None
            else session.amount_total,
            currency=currency,
            refunded=charge.amount_refunded if charge is not None else 0,
            charged_back=await self._charged_back(client, intent, charge),
            url=session.url,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.connections.close_async()  # type: ignore[no-untyped-call]

    async def _charged_back(
        self, client: "StripeClient", intent: "PaymentIntent | None", charge: "Charge | None"
    ) -> int:
        if intent is None or charge is None or not charge.disputed:
            return 0
        disputes = await self._asked(
            client.v1.disputes.list_async({"payment_intent": intent.id, "limit": _MOST_DISPUTES})
        )
        return sum(_taken(one, intent) for one in disputes.data) if disputes is not None else 0

    def _notice(self, body: bytes) -> Notice | None:
        """Return what signed `body` tells. In other books, or on trial where we are real, it is not ours."""
        try:
            told = _Told.model_validate_json(body)
        except ValidationError:
            return None
        if told.type not in _OF_CHECKOUTS | _OF_MONEY:
            return None
        try:
            about = _About.model_validate(told.data["object"])
        except (ValidationError, KeyError):
            # Their version of it is not ours: told again for days, it waits until somebody looks.
            log.error("stripe_unreadable", kind=told.type, notice=told.id)
            raise CashierAway("payment_away") from None
        of_checkout = told.type in _OF_CHECKOUTS
        if not of_checkout and about.payment_intent is None:
            return None
        return Notice(
            id=told.id,
            kind=told.type,
            at=datetime.fromtimestamp(told.created, UTC),
            checkout=about.id if of_checkout else None,
            payment=None if of_checkout else about.payment_intent,
            cents=about.amount_total if of_checkout else None,
            currency=about.currency if of_checkout else None,
            ours=told.account is None and told.livemode == self._live,
        )

    async def _client(self) -> "StripeClient":
        async with self._opening:
            if self._opened is None:
                self._opened = await asyncio.to_thread(self._open)
            return self._opened.client

    def _open(self) -> "_Opened":
        import stripe

        # How long each of our questions took is nobody's business.
        stripe.enable_telemetry = False
        connections = stripe.HTTPXClient(timeout=ANSWER_SECONDS)
        client = stripe.StripeClient(
            self._settings.stripe_key.get_secret_value(),
            stripe_version=API_VERSION,
            base_addresses={"api": stripe.api_base},
            max_network_retries=RETRIES,
            http_client=connections,
        )
        return _Opened(client, connections)

    async def _asked(self, question: Awaitable[Answer]) -> Answer | None:
        """Return Stripe's answer, or None if there is no such thing. Raises `CashierAway`."""
        import stripe

        try:
            return await question
        except stripe.StripeError as error:
            if error.http_status == 404:
                return None
            # Their words may hold what we sent: the kind of the error says enough, their id finds the rest.
            log.warning(
                "stripe_refused",
                error=type(error).__name__,
                status=error.http_status,
                code=error.code,
                their_request=error.request_id,
            )
            raise CashierAway("payment_away") from None


def _progress(session: "Session", intent: "PaymentIntent | None") -> Progress:
    if session.status == "expired":
        return "expired"
    if session.status != "complete":
        return "open"
    if session.payment_status == "paid":
        return "paid"
    return "failed" if intent is not None and intent.status in _UNPAID else "pending"


def _taken(dispute: "Dispute", intent: "PaymentIntent") -> int:
    """Return how many cents a dispute has taken from us, as things stand.

    Of what moved they tell in the account's currency; if that is another, the disputed amount says it.
    """
    if dispute.status in _HARMLESS:
        return 0
    moved = dispute.balance_transactions
    if moved and all(one.currency == intent.currency for one in moved):
        return max(0, -sum(one.amount for one in moved))
    return dispute.amount if dispute.currency == intent.currency else intent.amount_received
