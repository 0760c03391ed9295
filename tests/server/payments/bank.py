"""A Stripe of our own: a small server that speaks its JSON, so that the real library really asks somebody.

It keeps checkouts, money, refunds and disputes as Stripe does, and returns what Stripe would tell of each
change. It knows one account, whose key is `KEY`.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from server.clock import now
from tests.waiting import PATIENCE_SECONDS

KEY = "sk_test_of_this_account"

Shown: TypeAlias = dict[str, Any]


@dataclass
class Asked:
    """A question that came: what was asked, under which key, and with which headers."""

    method: str
    path: str
    form: dict[str, str]
    headers: dict[str, str]


@dataclass
class Money:
    """A payment: what was received, went back, and is disputed."""

    id: str
    received: int
    currency: str
    status: str = "succeeded"
    refunded: int = 0
    disputes: list[Shown] = field(default_factory=list)


@dataclass
class Checkout:
    """A page where one pays."""

    id: str
    form: dict[str, str]
    status: str = "open"
    payment_status: str = "unpaid"
    money: Money | None = None

    @property
    def cents(self) -> int:
        """What is to be paid."""
        quantity = int(self.form["line_items[0][quantity]"])
        return quantity * int(self.form["line_items[0][price_data][unit_amount]"])

    @property
    def currency(self) -> str:
        """In which currency."""
        return self.form["line_items[0][price_data][currency]"]


class Bank:
    """Stripe, as far as we ask it."""

    def __init__(self) -> None:
        self.url = ""
        self.down = False
        self.asked: list[Asked] = []
        self.checkouts: dict[str, Checkout] = {}
        self._by_key: dict[str, tuple[dict[str, str], str]] = {}
        self._told = 0
        # An answer that is ready waits here, if somebody wants to see what happens meanwhile.
        self.held: threading.Event | None = None
        self.waiting = threading.Event()

    def checkout_of(self, purchase: str) -> Checkout:
        """Return the page on which a purchase is paid."""
        (found,) = (one for one in self.checkouts.values() if one.form["client_reference_id"] == purchase)
        return found

    def pay(self, purchase: str, *, at_once: bool = True) -> Shown:
        """Have a purchase paid; not `at_once`, the money takes days."""
        checkout = self.checkout_of(purchase)
        checkout.status = "complete"
        checkout.money = Money(f"pi_{checkout.id}", 0, checkout.currency, "processing")
        if at_once:
            self._receive(checkout)
        return self.tell("checkout.session.completed", self.session(checkout))

    def money_arrives(self, purchase: str) -> Shown:
        """Have money arrive that took days."""
        checkout = self.checkout_of(purchase)
        self._receive(checkout)
        return self.tell("checkout.session.async_payment_succeeded", self.session(checkout))

    def money_fails(self, purchase: str) -> Shown:
        """Have money not arrive in the end."""
        checkout = self.checkout_of(purchase)
        self._money(purchase).status = "requires_payment_method"
        return self.tell("checkout.session.async_payment_failed", self.session(checkout))

    def expire(self, purchase: str) -> Shown:
        """Close a page on which nobody paid."""
        checkout = self.checkout_of(purchase)
        checkout.status = "expired"
        return self.tell("checkout.session.expired", self.session(checkout))

    def refund(self, purchase: str, cents: int) -> Shown:
        """Send money back; below zero, a refund that failed."""
        money = self._money(purchase)
        money.refunded += cents
        if cents > 0:
            return self.tell("charge.refunded", self._charge(money))
        refund = {"id": f"re_{money.id}", "object": "refund", "amount": -cents, "payment_intent": money.id}
        return self.tell("refund.failed", refund)

    def dispute(self, purchase: str, cents: int) -> list[Shown]:
        """Have the buyer's bank take money back."""
        money = self._money(purchase)
        dispute = {
            "id": f"du_{len(money.disputes)}_{money.id}",
            "object": "dispute",
            "amount": cents,
            "currency": money.currency,
            "status": "needs_response",
            "payment_intent": money.id,
            "balance_transactions": [],
        }
        money.disputes.append(dispute)
        created = self.tell("charge.dispute.created", dict(dispute))
        dispute["balance_transactions"] = [_moved(-cents, money.currency)]
        return [created, self.tell("charge.dispute.funds_withdrawn", dict(dispute))]

    def win(self, purchase: str) -> list[Shown]:
        """Win the last dispute: the money comes back."""
        money = self._money(purchase)
        dispute = money.disputes[-1]
        dispute["status"] = "won"
        closed = self.tell("charge.dispute.closed", dict(dispute))
        dispute["balance_transactions"] = [
            *dispute["balance_transactions"],
            _moved(dispute["amount"], money.currency),
        ]
        return [closed, self.tell("charge.dispute.funds_reinstated", dict(dispute))]

    def lose(self, purchase: str) -> list[Shown]:
        """Lose the last dispute: the money stays away."""
        dispute = self._money(purchase).disputes[-1]
        dispute["status"] = "lost"
        return [self.tell("charge.dispute.closed", dict(dispute))]

    def charged_back(self, purchase: str) -> int:
        """Return how many cents are away by disputes."""
        money = self.checkout_of(purchase).money
        return sum(one["amount"] for one in money.disputes if one["status"] != "won") if money else 0

    def tell(self, kind: str, about: Shown) -> Shown:
        """Return the event of `kind` about something."""
        self._told += 1
        return {
            "id": f"evt_{self._told}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(now().timestamp()),
            "livemode": False,
            "type": kind,
            "data": {"object": about},
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
        }

    def session(self, checkout: Checkout, *, whole: bool = False) -> Shown:
        """Return a page as it is shown, its money by name or `whole`."""
        money = checkout.money
        shown: Any = money.id if money is not None else None
        if whole and money is not None:
            shown = {
                "id": money.id,
                "object": "payment_intent",
                "amount": checkout.cents,
                "amount_received": money.received,
                "currency": money.currency,
                "status": money.status,
                "latest_charge": self._charge(money) if money.received else None,
            }
        return {
            "id": checkout.id,
            "object": "checkout.session",
            "amount_total": checkout.cents,
            "currency": checkout.currency,
            "client_reference_id": checkout.form["client_reference_id"],
            "livemode": False,
            "mode": "payment",
            "payment_intent": shown,
            "payment_status": checkout.payment_status,
            "status": checkout.status,
            "url": f"https://checkout.stripe.com/c/pay/{checkout.id}" if checkout.status == "open" else None,
        }

    def answer(self, asked: Asked) -> tuple[int, Shown]:
        """Return the status and the JSON with which Stripe answers a question."""
        self.asked.append(asked)
        if self.down:
            return 500, _error("api_error", "Something went wrong.")
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return 401, _error("invalid_request_error", "Invalid API Key provided: sk_test_****")
        match asked.method, asked.path.split("/")[2:]:
            case "POST", ["checkout", "sessions"]:
                return self._begin(asked)
            case "GET", ["checkout", "sessions"]:
                named = asked.form["payment_intent"]
                found = [one for one in self.checkouts.values() if one.money and one.money.id == named]
                return 200, _list([self.session(one) for one in found])
            case "GET", ["checkout", "sessions", checkout] if checkout in self.checkouts:
                whole = "payment_intent.latest_charge" in asked.form.values()
                return 200, self.session(self.checkouts[checkout], whole=whole)
            case "GET", ["disputes"]:
                named = asked.form["payment_intent"]
                moneys = [one.money for one in self.checkouts.values() if one.money]
                return 200, _list([one for money in moneys if money.id == named for one in money.disputes])
            case _:
                return 404, _error("invalid_request_error", "No such thing.", code="resource_missing")

    def _begin(self, asked: Asked) -> tuple[int, Shown]:
        key = asked.headers["idempotency-key"]
        if key not in self._by_key:
            checkout = Checkout(f"cs_test_{len(self.checkouts)}", asked.form)
            self.checkouts[checkout.id] = checkout
            self._by_key[key] = (asked.form, checkout.id)
        form, checkout_id = self._by_key[key]
        if form != asked.form:
            return 400, _error("idempotency_error", "Keys can only be used with the same parameters.")
        return 200, self.session(self.checkouts[checkout_id])

    def _receive(self, checkout: Checkout) -> None:
        assert checkout.money is not None
        checkout.payment_status = "paid"
        checkout.money.received, checkout.money.status = checkout.cents, "succeeded"

    def _money(self, purchase: str) -> Money:
        money = self.checkout_of(purchase).money
        assert money is not None
        return money

    def _charge(self, money: Money) -> Shown:
        return {
            "id": f"ch_{money.id}",
            "object": "charge",
            "amount": money.received,
            "amount_refunded": money.refunded,
            "currency": money.currency,
            "disputed": bool(money.disputes),
            "payment_intent": money.id,
            "refunded": money.refunded == money.received,
            "status": "succeeded",
        }


@contextmanager
def open_bank() -> Iterator[Bank]:
    """Serve a bank on a port of its own."""
    bank = Bank()

    class Teller(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

        def _serve(self) -> None:
            address = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            form = dict(parse_qsl(body or address.query, keep_blank_values=True))
            status, shown = bank.answer(Asked(self.command, address.path, form, headers))
            answer = json.dumps(shown).encode()
            held = bank.held
            if held is not None:
                bank.waiting.set()
                held.wait(PATIENCE_SECONDS)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Request-Id", f"req_{len(bank.asked)}")
            self.end_headers()
            self.wfile.write(answer)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Teller)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serving.start()
    bank.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield bank
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def _moved(cents: int, currency: str) -> Shown:
    return {
        "id": f"txn_{cents}",
        "object": "balance_transaction",
        "amount": cents,
        "currency": currency,
        "fee": 2000,
        "net": cents - 2000,
        "type": "adjustment",
    }


def _list(things: list[Shown]) -> Shown:
    return {"object": "list", "data": things, "has_more": False, "url": "/v1/things"}


def _error(kind: str, message: str, **more: str) -> Shown:
    return {"error": {"type": kind, "message": message, **more}}
