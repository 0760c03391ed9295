"""/dev/pay: where one pretends to pay. No money moves, and the page says so.

What is done here is told at the very door where Stripe would tell it, signed; nothing is written otherwise.
"""

from typing import Final
from urllib.parse import parse_qs

from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from realtime.refusals import Conflict, NotFound
from server import catalogue
from server.bodies import read_raw
from server.cashier import Payment, Progress
from server.edge.pages import page
from server.payments.models import PurchaseRow
from server.payments.page_cashier import PATH, PageCashier, acts_on
from server.payments.schemas import PurchaseState
from server.problems import locale_of
from server.settings import Settings
from server.site import Site

WEBHOOK: Final = "/api/payments/webhook"
_LONGEST_FORM: Final = 200
_WORDS: Final = ("title", "pretends", "price", "back", "pay", "decline", "refund", "charge_back", "reinstate")


def routes(settings: Settings) -> list[BaseRoute]:
    """Return the page's route, if the settings have one."""
    return [Route(f"{PATH}/{{ref}}", show, methods=["GET", "POST"])] if settings.payments == "page" else []


async def show(request: Request) -> Response:
    """Show a payment with what can be done to it, or (by POST) do it."""
    site: Site = request.app.state.site
    payment = await _payment(site, request.path_params["ref"])
    if request.method == "POST":
        form = parse_qs((await read_raw(request, _LONGEST_FORM)).decode("ascii", "replace"))
        return await _act(request, payment, form.get("act", [""])[0])
    locale = locale_of(request)
    smiles = (payment.cents or 0) // 100
    words = {
        name: catalogue.translate(locale, f"payment.page.{name}", site=site.settings.name, count=smiles)
        for name in (*_WORDS, f"state.{_state(payment)}")
    }
    back = f"{site.settings.public_url.rstrip('/')}/smiles?achat={payment.purchase}"
    return page(
        site.settings,
        "pay.html",
        locale,
        words=words,
        state=words[f"state.{_state(payment)}"],
        acts=acts_on(payment),
        back=back,
    )


async def _act(request: Request, payment: Payment, act: str) -> Response:
    site: Site = request.app.state.site
    assert isinstance(site.cashier, PageCashier)  # noqa: S101 - for mypy
    told = site.cashier.act(payment.checkout, act)
    if told is None:
        raise Conflict("not_in_this_state")
    # Imported here: only development pretends.
    import httpx

    body, headers = told
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(request.app), base_url=site.settings.origin
    ) as bell:
        (await bell.post(WEBHOOK, content=body, headers=headers)).raise_for_status()
    return RedirectResponse(f"{PATH}/{payment.checkout}", 303)


async def _payment(site: Site, ref: str) -> Payment:
    """Return the payment of the page `ref`, begun anew from the purchase after a restart."""
    assert isinstance(site.cashier, PageCashier)  # noqa: S101 - for mypy
    known = await site.cashier.look(checkout=ref)
    if known is not None:
        return known
    async with site.database.read() as session:
        row = (await session.exec(select(PurchaseRow).where(col(PurchaseRow.checkout_ref) == ref))).first()
    if row is None:
        raise NotFound("not_found")
    progress: Progress = (
        "open" if row.state == PurchaseState.OPEN else "paid" if row.paid_at is not None else "expired"
    )
    return site.cashier.remember(
        Payment(
            purchase=row.id,
            checkout=ref,
            payment=row.payment_ref,
            progress=progress,
            cents=row.cents,
            currency=row.currency,
            refunded=row.refunded,
            charged_back=row.charged_back,
            url=f"{site.settings.public_url.rstrip('/')}{PATH}/{ref}" if progress == "open" else None,
        )
    )


def _state(payment: Payment) -> str:
    if payment.progress != "paid":
        return payment.progress
    return "charged_back" if payment.charged_back else "refunded" if payment.refunded else "paid"
