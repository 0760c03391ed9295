"""One transfer carried out on locked accounts: once per key, and what members owe is paid from it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Final

from sqlalchemy import Update, bindparam, update
from sqlmodel import col, func, select

from realtime.refusals import Conflict
from server.clock import now
from server.database import AnySelect, Session
from server.ids import new_id
from server.inserting import insert_all, insert_new
from server.smiles.accounts import BELOW_ZERO, Account, bought, debt, earned
from server.smiles.locks import Standing, Standings, after, row_of
from server.smiles.models import AccountRow, EntryRow, TransferRow
from server.smiles.transfers import Transfer, checked

_NEXT: Final = timedelta(microseconds=1)


async def carry_out(session: Session, transfer: Transfer, standings: Standings) -> bool:
    """Book `transfer` on locked accounts, and keep their standings; return False if its key was used before.

    Then what members owe is paid from what they received by it.
    """
    entries = checked(transfer)
    missing = sum(
        max(0, -after(standings, account, amount))
        for account, amount in entries.items()
        if account.kind not in BELOW_ZERO
    )
    if missing:
        if not await _is_booked(session, transfer):
            raise Conflict("not_enough_smiles", missing=missing)
        return False
    at = max(now(), *(standing.changed_at + _NEXT for standing in standings.values()))
    row = TransferRow(
        id=new_id(),
        key=transfer.key,
        reason=transfer.reason,
        at=at,
        by_id=transfer.by,
        exchange_id=transfer.exchange,
        purchase_id=transfer.purchase,
        gift_id=transfer.gift,
        corrects_id=transfer.corrects,
        words=transfer.words,
    )
    if not await insert_new(session, row):
        await _is_booked(session, transfer)
        return False
    gains = {**dict.fromkeys(map(earned, transfer.members), 0), **entries}
    await _write(session, row, gains, standings)
    for paid in _debts_paid(transfer, standings):
        await carry_out(session, paid, standings)
    return True


async def is_used(session: Session, key: str) -> bool:
    """Say whether something was booked under `key`."""
    return (await session.exec(_stored(), params={"named": key})).first() is not None


async def _write(
    session: Session, transfer: TransferRow, gains: Mapping[Account, int], standings: Standings
) -> None:
    """Add the entries, and to each balance what it gains; an account that gains nothing counts a change."""
    new = [account for account in gains if account.id not in standings]
    known = [
        {"account": account.id, "amount": amount, "moment": transfer.at}
        for account, amount in gains.items()
        if account.id in standings
    ]
    for account, amount in gains.items():
        standings[account.id] = Standing(after(standings, account, amount), transfer.at)
    if new:
        await insert_all(session, [row_of(account, standings[account.id]) for account in new])
    connection = await session.connection()
    await connection.execute(_gained(), known)
    entries = [
        EntryRow(account_id=account.id, transfer_id=transfer.id, amount=amount)
        for account, amount in gains.items()
        if amount
    ]
    await insert_all(session, entries)


def _debts_paid(cause: Transfer, standings: Standings) -> Iterator[Transfer]:
    """Yield how members pay what they owe, each time as far as they have just received something."""
    for member in sorted(cause.members):
        for purse in (earned(member), bought(member)):
            paid = min(-standings[debt(member).id].balance, cause.entries.get(purse, 0))
            if paid > 0:
                entries = {purse: -paid, debt(member): paid}
                key = f"{cause.key}:debt:{purse.id}"
                yield replace(cause, key=key, reason="debt", entries=entries, by=None)


async def _is_booked(session: Session, transfer: Transfer) -> bool:
    """Say whether `transfer` was booked before. Raises `Conflict` if something else was, under its key.

    From which of a member's accounts it would be taken today is not compared.
    """
    stored = (await session.exec(_stored(), params={"named": transfer.key})).all()
    if not stored:
        return False
    then = {row[:4] for row in stored}, _by_whom((row[4], row[5]) for row in stored)
    entries = ((account.owner or account.id, amount) for account, amount in transfer.entries.items())
    what_for = transfer.reason, transfer.exchange, transfer.purchase, transfer.gift
    if then != ({what_for}, _by_whom(entries)):
        raise Conflict("transfer_key_reused")
    return True


def _by_whom(entries: Iterable[tuple[str, int]]) -> tuple[int, dict[str, int]]:
    """Return how many smiles entries move, and what each member (or nobody's account) gains by them."""
    moved, gains = 0, dict[str, int]()
    for whose, amount in entries:
        moved += abs(amount)
        gains[whose] = gains.get(whose, 0) + amount
    return moved, gains


# Made once: making these statements takes longer than carrying them out.
@cache
def _gained() -> Update:
    return (
        update(AccountRow)
        .where(col(AccountRow.id) == bindparam("account"))
        .values(
            balance=AccountRow.balance + bindparam("amount"),
            version=AccountRow.version + 1,
            changed_at=bindparam("moment"),
        )
        .execution_options(synchronize_session=False)
    )


@cache
def _stored() -> AnySelect:
    wanted: AnySelect = select(  # type: ignore[call-overload]
        TransferRow.reason,
        TransferRow.exchange_id,
        TransferRow.purchase_id,
        TransferRow.gift_id,
        func.coalesce(AccountRow.owner_id, AccountRow.id),
        EntryRow.amount,
    )
    return (
        wanted.join(EntryRow, col(EntryRow.transfer_id) == col(TransferRow.id))
        .join(AccountRow, col(AccountRow.id) == col(EntryRow.account_id))
        .where(col(TransferRow.key) == bindparam("named"))
    )
