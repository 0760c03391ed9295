"""The open books: where all smiles are, for everybody to see that none came from nowhere."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import BigInteger, cast, func
from sqlmodel import col, select

from server.books.schemas import Books, Minted
from server.clock import now
from server.database import AnySelect, Session
from server.site import Site
from server.smiles.models import AccountRow, TransferRow

_ALL = ""


async def books(site: Site) -> Books:
    """Return where all smiles are, as of one moment: whoever asks meanwhile gets the same answer."""
    found = await site.database.ask(_together, _ALL)
    assert found is not None  # noqa: S101 - for mypy: it is always there
    return found


async def _together(session: Session, _: Sequence[str]) -> Mapping[str, Books]:
    return {_ALL: await read(session)}


async def read(session: Session) -> Books:
    """Return where all smiles are, by the balances."""
    at = now()
    sums: dict[str, int] = defaultdict(int)
    minted: dict[str, int] = defaultdict(int)
    accounts = transfers = 0
    for kind, part, balance, count, total in await session.exec(_totals()):
        sums[kind] += balance
        accounts += count
        transfers = total
        if kind == "mint":
            minted[part] = -balance
    return Books(
        at=at,
        minted=Minted(grant=minted["grant"], referral=minted["referral"], purchase=minted["purchase"]),
        debts=-sums["debt"],
        members=sums["member"],
        held=sums["hold"],
        projects=sums["project"],
        community=sums["community"],
        accounts=accounts,
        transfers=transfers,
        balanced=sum(sums.values()) == 0,
    )


@cache
def _totals() -> AnySelect:
    """Return the question for the sums, in one statement: of one moment on every database."""
    # PostgreSQL sums whole numbers to a decimal.
    balance = cast(func.sum(AccountRow.balance), BigInteger)
    transfers = select(func.count()).select_from(TransferRow).scalar_subquery()
    wanted: AnySelect = select(  # type: ignore[call-overload]
        AccountRow.kind, AccountRow.origin, balance, func.count(), transfers
    )
    return wanted.group_by(col(AccountRow.kind), col(AccountRow.origin))
