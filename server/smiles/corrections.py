"""How a mistake is corrected: by a new transfer of the opposite. Nothing is ever edited."""

from collections import defaultdict
from typing import Final

from sqlmodel import col, select

from realtime.refusals import Conflict
from server.database import Session
from server.smiles import ledger
from server.smiles.accounts import Account, named
from server.smiles.models import AccountRow, EntryRow, TransferRow
from server.smiles.transfers import Transfer

# What something else says too is corrected there: a purchase at the provider's, a hold by its exchange.
CORRECTABLE: Final = frozenset({"grant", "referral", "release", "leave", "correct"})


class CannotCorrect(Exception):
    """A transfer cannot be corrected; why, in words."""


async def correct(session: Session, transfer: str, words: str) -> None:
    """Book the opposite of `transfer`; `words` say why, to those whom it concerns.

    What had waited in an exchange goes back to its beneficiary, since the exchange is over. Raises
    `CannotCorrect`.
    """
    row = await session.get(TransferRow, transfer)
    if row is None:
        raise CannotCorrect(f"there is no transfer {transfer}")
    if row.reason not in CORRECTABLE:
        raise CannotCorrect(f"a {row.reason} is not corrected here: refund the purchase, or end the exchange")
    opposite: dict[Account, int] = defaultdict(int)
    entries = (
        select(AccountRow, EntryRow.amount)
        .join(EntryRow, col(EntryRow.account_id) == col(AccountRow.id))
        .where(col(EntryRow.transfer_id) == transfer)
    )
    for account, amount in await session.exec(entries):
        opposite[_today(named(account.id, account.owner_id))] -= amount
    correction = Transfer(
        f"correct:{transfer}",
        "correct",
        {account: amount for account, amount in opposite.items() if amount},
        exchange=row.exchange_id,
        corrects=transfer,
        words=words,
    )
    try:
        if not await ledger.book(session, correction):
            raise CannotCorrect(f"transfer {transfer} was corrected before")
    except Conflict as refused:
        missing = refused.params.get("missing")
        raise CannotCorrect(f"{missing} of these smiles have been spent") from None


def _today(account: Account) -> Account:
    """Return where the smiles of an account belong today: those of a hold that has ended, to their owner."""
    if account.kind != "hold":
        return account
    return Account("member", account.owner, account.part, account.owner)
