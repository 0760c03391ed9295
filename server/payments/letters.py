"""The letters of a purchase: the receipt, and what is said when money went back or came again."""

from typing import Final, Literal, NamedTuple, TypeAlias

from babel.dates import format_date
from babel.numbers import format_currency

from server import mail
from server.database import Session
from server.members.models import MemberRow
from server.payments.models import PurchaseRow
from server.site import Site

Return: TypeAlias = Literal["refund", "chargeback", "reinstate"]

_NUMBER_LENGTH: Final = 10
# English as in Europe: «5 December 2026».
_DATES: Final = {"fr": "fr", "en": "en_GB"}


class Went(NamedTuple):
    """What money went which way, and how many smiles with it."""

    kind: Return | Literal["receipt"]
    cents: int
    smiles: int


async def receipt(site: Site, session: Session, member: MemberRow, purchase: PurchaseRow) -> None:
    """Send the receipt of a purchase that has just been paid."""
    await tell(site, session, member, purchase, Went("receipt", purchase.cents, purchase.smiles))


async def tell(site: Site, session: Session, member: MemberRow, purchase: PurchaseRow, went: Went) -> None:
    """Tell a member what money of a purchase went which way."""
    await mail.write(
        session,
        member,
        f"purchase_{went.kind}",
        link=f"{site.settings.public_url.rstrip('/')}/smiles",
        number=number(purchase),
        date=format_date(purchase.paid_at, "long", locale=_DATES[member.locale]),
        amount=format_currency(went.cents / 100, purchase.currency.upper(), locale=member.locale),
        count=went.smiles,
    )


def number(purchase: PurchaseRow) -> str:
    """Return the number of a paid purchase's receipt: the day it was paid, and the end of its id."""
    day = purchase.paid_at.strftime("%Y%m%d") if purchase.paid_at is not None else "00000000"
    return f"{day}-{purchase.id.replace('-', '')[-_NUMBER_LENGTH:].upper()}"
