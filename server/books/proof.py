"""The proof of the whole ledger from its entries: each fault, in a line that begins with its rule.

It believes no balance. Entries are read account by account in the order of their moments, and compared with
what purchases and exchanges say; nothing is kept in memory but what is wrong. Read within
`Database.snapshot`, all is of one moment, however much is booked meanwhile.

- L1 a transfer's entries sum to 0, and so does the whole.
- L2 a balance is the sum of its entries, and was never beyond what its kind may be.
- L3 no entry is missing, and none is older than one before it.
- L6 what was minted for money is what was paid and has not gone back.
- L7 an account has one origin, and what was earned never came to where bought smiles are.
- L8 what is held is what exchanges under way and gifts to projects are about, and what has passed is what
  they say.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, case, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from server.board.finding import stream
from server.books.causes import COMPARISONS, whole
from server.database import AnySelect, Session
from server.smiles.accounts import BELOW_ZERO, ORIGINS, mint
from server.smiles.models import AccountRow, EntryRow, TransferRow

_FEWEST_ENTRIES: Final = 2


class Totals(NamedTuple):
    """How much there is to be looked at."""

    accounts: int
    transfers: int
    entries: int


async def faults(session: Session) -> list[str]:
    """Return whatever is wrong with the ledger, each in a line such as `L1 transfer …: …`."""
    return [fault async for fault in prove(session)]


async def prove(session: Session) -> AsyncGenerator[str]:
    """Yield whatever is wrong with the ledger, as it is found."""
    for find in (_transfers, _whole, _accounts, _purses, _origins, *COMPARISONS):
        async with aclosing(find(session)) as found:
            async for fault in found:
                yield fault


async def totals(session: Session) -> Totals:
    """Return how much was looked at."""
    counts = [select(func.count()).select_from(one) for one in (AccountRow, TransferRow, EntryRow)]
    return Totals(*[(await session.exec(count)).one() for count in counts])


async def _transfers(session: Session) -> AsyncGenerator[str]:
    count, total = func.count(col(EntryRow.amount)), whole(func.sum(EntryRow.amount))
    wanted: AnySelect = (
        select(TransferRow.id, count, total)
        .outerjoin(EntryRow, col(EntryRow.transfer_id) == col(TransferRow.id))
        .group_by(col(TransferRow.id))
        .having(or_(total != 0, count < _FEWEST_ENTRIES))
    )
    async with aclosing(stream(session, wanted)) as rows:
        async for transfer, entries, found in rows:
            yield f"L1 transfer {transfer}: its entries ({entries}) sum to {found}"


async def _whole(session: Session) -> AsyncGenerator[str]:
    for name, column in (("entries", EntryRow.amount), ("balances", AccountRow.balance)):
        total = (await session.exec(select(whole(func.sum(column))))).one()
        if total:
            yield f"L1 the whole: all {name} sum to {total}"


@dataclass(slots=True)
class _Run:
    """One account, read entry by entry in the order of moments; `found` is what is wrong with it."""

    account: AccountRow
    sum: int = 0
    entries: int = 0
    last: datetime | None = None
    found: list[str] = field(default_factory=list)

    def take(self, transfer: str, amount: int, at: datetime) -> None:
        """Take the next entry."""
        self.sum += amount
        self.entries += 1
        if self.sum < 0 if self.account.kind not in BELOW_ZERO else self.sum > 0:
            self._note("L2", f"after transfer {transfer} there was {self.sum} in it")
        if self.last is not None and at <= self.last:
            self._note("L3", f"transfer {transfer} is no later than the one before it")
        self.last = at

    def end(self) -> list[str]:
        """Return what is wrong, now that all entries were read."""
        account = self.account
        if account.balance != self.sum:
            self._note("L2", f"its balance is {account.balance}, its entries sum to {self.sum}")
        if self.last is not None and account.changed_at < self.last:
            self._note("L3", f"it has an entry of {self.last}, and was last changed at {account.changed_at}")
        # A member's earned account counts for their whole purse: see `_purses`.
        if account.version != self.entries and (account.kind, account.origin) != ("member", "earned"):
            self._note("L3", f"it was changed {account.version} times, and has {self.entries} entries")
        if account.id != _name(account):
            self._note("L7", f"by its columns it is {_name(account)}")
        if account.origin not in ORIGINS and account.kind not in BELOW_ZERO:
            self._note("L7", f"its origin is {account.origin}")
        return self.found

    def _note(self, rule: str, what: str) -> None:
        self.found.append(f"{rule} account {self.account.id}: {what}")


async def _accounts(session: Session) -> AsyncGenerator[str]:
    wanted: AnySelect = (
        select(AccountRow, TransferRow.id, EntryRow.amount, TransferRow.at)
        .outerjoin(EntryRow, col(EntryRow.account_id) == col(AccountRow.id))
        .outerjoin(TransferRow, col(TransferRow.id) == col(EntryRow.transfer_id))
        .order_by(col(AccountRow.id), col(TransferRow.at))
    )
    run: _Run | None = None
    async with aclosing(stream(session, wanted)) as rows:
        async for account, transfer, amount, at in rows:
            if run is None or run.account.id != account.id:
                for fault in run.end() if run is not None else ():
                    yield fault
                run = _Run(account)
            if transfer is not None:
                run.take(transfer, amount, at)
    for fault in run.end() if run is not None else ():
        yield fault


async def _purses(session: Session) -> AsyncGenerator[str]:
    """Yield the purses from whose history something is missing: each transfer raised their version by one."""
    purse = aliased(AccountRow)
    transfers = func.count(func.distinct(EntryRow.transfer_id))
    wanted: AnySelect = (
        select(purse.id, purse.version, transfers)
        .join(AccountRow, col(AccountRow.owner_id) == col(purse.owner_id))
        .outerjoin(EntryRow, col(EntryRow.account_id) == col(AccountRow.id))
        .where(col(purse.kind) == "member", col(purse.origin) == "earned")
        .group_by(col(purse.id), col(purse.version))
        .having(transfers != col(purse.version))
    )
    async with aclosing(stream(session, wanted)) as rows:
        async for account, version, found in rows:
            yield f"L3 account {account}: the purse was changed {version} times, and has {found} transfers"


async def _origins(session: Session) -> AsyncGenerator[str]:
    """Yield the transfers that make bought smiles of others, or others of bought ones that nobody was given.

    A correction does the opposite of what it corrects.
    """
    bought = _gained(col(AccountRow.origin) == "bought")
    minted = -_gained(col(AccountRow.id) == mint("purchase").id)
    wanted: AnySelect = (
        select(TransferRow.id, TransferRow.reason, bought, minted)
        .join(EntryRow, col(EntryRow.transfer_id) == col(TransferRow.id))
        .join(AccountRow, col(AccountRow.id) == col(EntryRow.account_id))
        .where(col(TransferRow.reason) != "correct")
        .group_by(col(TransferRow.id), col(TransferRow.reason))
        .having(
            or_(
                (bought > 0) & (bought != minted),
                col(TransferRow.reason).in_(("hold", "return", "leave")) & (bought != 0),
            )
        )
    )
    async with aclosing(stream(session, wanted)) as rows:
        async for transfer, reason, gained, made in rows:
            yield f"L7 transfer {transfer} ({reason}): {gained} bought smiles more, of which {made} were paid"


def _name(account: AccountRow) -> str:
    """Return the id that a row's columns make; of a hold or a project only the id itself tells which."""
    subject = account.id.split(":")[1] if account.kind in {"hold", "project"} else account.owner_id
    return ":".join(part for part in (account.kind, subject, account.origin) if part is not None)


def _gained(these: ColumnElement[bool]) -> ColumnElement[int]:
    """Return what the accounts of `these` gained by a transfer."""
    return whole(func.sum(case((these, col(EntryRow.amount)), else_=0)))
