"""What the ledger says, compared with what it was for: purchases (L6), exchanges and gifts to projects (L8).

Each comparison is one question whose answer is what does not agree.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Subquery, cast, func
from sqlmodel import col, select

from server.board.exchanges import ExchangeRow
from server.board.finding import stream
from server.board.models import ListingRow
from server.board.projects import GiftRow
from server.database import AnySelect, Session
from server.payments.models import PurchaseRow
from server.smiles.accounts import mint
from server.smiles.models import ID_LENGTH, AccountRow, EntryRow, TransferRow

# In these states of an exchange its smiles are held.
HOLDING: Final = ("accepted", "done", "missed", "disputed")
_CENTS_EACH: Final = 100


def whole(total: ColumnElement[int]) -> ColumnElement[int]:
    """Return a sum as a whole number, 0 if there is nothing: PostgreSQL makes a decimal of it."""
    return cast(func.coalesce(total, 0), BigInteger)


async def _purchases(session: Session) -> AsyncGenerator[str]:
    """Yield the purchases of which not as many smiles stand as were paid and have not gone back."""
    minted = _by_cause(
        col(TransferRow.purchase_id), -EntryRow.amount, col(EntryRow.account_id) == mint("purchase").id
    )
    wanted: AnySelect = select(PurchaseRow, minted.c.smiles).outerjoin(
        minted, minted.c.cause == col(PurchaseRow.id)
    )
    async with aclosing(stream(session, wanted)) as rows:
        async for purchase, smiles in rows:
            kept = _kept_cents(purchase)
            if (smiles or 0) != kept // _CENTS_EACH:
                yield f"L6 purchase {purchase.id}: {smiles or 0} smiles minted, {kept} cents were kept"
    unknown: AnySelect = (
        select(minted.c.cause, minted.c.smiles)
        .outerjoin(PurchaseRow, minted.c.cause == col(PurchaseRow.id))
        .where(col(PurchaseRow.id).is_(None), minted.c.smiles != 0)
    )
    async with aclosing(stream(session, unknown)) as rows:
        async for cause, smiles in rows:
            yield f"L6 purchase {cause}: {smiles} smiles minted, and there is no such purchase"


async def _exchanges(session: Session) -> AsyncGenerator[str]:
    """Yield the exchanges for which something else is held, or has passed, than they say."""
    held, passed = _held(), _passed()
    wanted: AnySelect = (
        select(ExchangeRow, held.c.smiles, held.c.owner, passed.c.smiles)
        .outerjoin(held, held.c.exchange == col(ExchangeRow.id))
        .outerjoin(passed, passed.c.cause == col(ExchangeRow.id))
    )
    async with aclosing(stream(session, wanted)) as rows:
        async for row, smiles, owner, given in rows:
            name = f"L8 exchange {row.id} ({row.state})"
            to_hold = row.smiles if row.state in HOLDING else 0
            if (smiles or 0) != to_hold:
                yield f"{name}: {smiles or 0} smiles are held, not {to_hold}"
            if owner not in (None, row.beneficiary_id):
                yield f"{name}: what is held is not its beneficiary's"
            if (given or 0) != (row.to_helper or 0):
                yield f"{name}: {given or 0} smiles passed, not {row.to_helper or 0}"


async def _gifts(session: Session) -> AsyncGenerator[str]:
    """Yield the gifts for which something else is held, or has passed by the project, than they say."""
    held = _held()
    raised = _released(col(AccountRow.kind) == "project")
    passed = _released(col(AccountRow.kind) == "member")
    wanted: AnySelect = (
        select(  # type: ignore[call-overload]
            GiftRow, ListingRow.author_id, held, raised.c.smiles, passed.c.smiles, passed.c.owner
        )
        .join(ListingRow, col(ListingRow.id) == col(GiftRow.listing_id))
        .outerjoin(held, held.c.exchange == col(GiftRow.id))
        .outerjoin(raised, raised.c.gift == col(GiftRow.id))
        .outerjoin(passed, passed.c.gift == col(GiftRow.id))
    )
    async with aclosing(stream(session, wanted)) as rows:
        async for row, projects_owner, _, giver, waits, came, given, owner in rows:
            name = f"L8 gift {row.id} ({row.state})"
            to_hold = row.smiles if row.state == "held" else 0
            to_pass = row.smiles if row.state == "given" else 0
            if (waits or 0) != to_hold:
                yield f"{name}: {waits or 0} smiles are held, not {to_hold}"
            if giver not in (None, row.member_id):
                yield f"{name}: what is held is not its giver's"
            if not (came or 0) == (given or 0) == to_pass:
                yield f"{name}: {came or 0} smiles came to the project and {given or 0} passed, not {to_pass}"
            if owner not in (None, projects_owner):
                yield f"{name}: what passed came to somebody else than the project's owner"


async def _raised(session: Session) -> AsyncGenerator[str]:
    """Yield the projects whose account has kept something: what comes to it passes on at once."""
    balance = whole(func.sum(EntryRow.amount))
    wanted: AnySelect = (
        select(AccountRow.id, balance)
        .join(EntryRow, col(EntryRow.account_id) == col(AccountRow.id))
        .where(col(AccountRow.kind) == "project")
        .group_by(col(AccountRow.id))
        .having(balance != 0)
    )
    async with aclosing(stream(session, wanted)) as rows:
        async for account, smiles in rows:
            yield f"L8 {account}: {smiles} smiles have not passed on"


async def _strays(session: Session) -> AsyncGenerator[str]:
    """Yield what is held for no exchange and for no gift, or for both."""
    held = _held()
    wanted: AnySelect = (
        select(held.c.exchange, held.c.smiles)
        .outerjoin(ExchangeRow, held.c.exchange == col(ExchangeRow.id))
        .outerjoin(GiftRow, held.c.exchange == col(GiftRow.id))
        .where(col(ExchangeRow.id).is_(None), col(GiftRow.id).is_(None), held.c.smiles != 0)
    )
    async with aclosing(stream(session, wanted)) as rows:
        async for cause, smiles in rows:
            yield f"L8 hold {cause}: {smiles} smiles are held, and there is no such exchange or gift"


def _kept_cents(purchase: PurchaseRow) -> int:
    """Return how much was paid and has not gone back: a bank may take back what was refunded before."""
    if purchase.paid_at is None:
        return 0
    return max(0, purchase.cents - purchase.refunded - purchase.charged_back)


def _by_cause(cause: Any, amount: Any, *these: ColumnElement[bool]) -> Subquery:
    """Return the sum of `these` entries for each purchase or exchange."""
    return (
        select(cause.label("cause"), whole(func.sum(amount)).label("smiles"))
        .join(EntryRow, col(EntryRow.transfer_id) == col(TransferRow.id))
        .where(*these)
        .group_by(cause)
        .subquery()
    )


def _released(these: ColumnElement[bool]) -> Subquery:
    """Return how many smiles of each gift came to accounts of `these`, and whose those are."""
    return (
        select(
            col(TransferRow.gift_id).label("gift"),
            func.min(AccountRow.owner_id).label("owner"),
            whole(func.sum(EntryRow.amount)).label("smiles"),
        )
        .join(EntryRow, col(EntryRow.transfer_id) == col(TransferRow.id))
        .join(AccountRow, col(AccountRow.id) == col(EntryRow.account_id))
        .where(
            col(TransferRow.gift_id).is_not(None),
            col(TransferRow.reason) == "release",
            col(EntryRow.amount) > 0,
            these,
        )
        .group_by(col(TransferRow.gift_id))
        .subquery()
    )


def _passed() -> Subquery:
    """Return how many smiles passed to the helper of each exchange."""
    passed = col(TransferRow.reason) == "release"
    return _by_cause(col(TransferRow.exchange_id), col(EntryRow.amount), passed, col(EntryRow.amount) > 0)


def _held() -> Subquery:
    """Return how many smiles are held for each exchange or gift, by the entries, and whose they are."""
    exchange = func.substr(AccountRow.id, len("hold:") + 1, ID_LENGTH)
    return (
        select(
            exchange.label("exchange"),
            func.min(AccountRow.owner_id).label("owner"),
            whole(func.sum(EntryRow.amount)).label("smiles"),
        )
        .join(EntryRow, col(EntryRow.account_id) == col(AccountRow.id))
        .where(col(AccountRow.kind) == "hold")
        .group_by(exchange)
        .subquery()
    )


# What is compared, each with what yields the faults.
COMPARISONS: Final[tuple[Callable[[Session], AsyncGenerator[str]], ...]] = (
    _purchases,
    _exchanges,
    _gifts,
    _raised,
    _strays,
)
