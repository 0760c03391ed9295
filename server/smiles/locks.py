"""The rows of accounts, locked in the order of their ids: transfers wait for each other, never for ever."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from sqlalchemy import bindparam
from sqlmodel import col, select

from server.clock import now
from server.database import AnySelect, Session
from server.inserting import insert_all_new
from server.smiles.accounts import Account, bought, debt, earned
from server.smiles.models import AccountRow

_LONG_AGO: Final = datetime(2014, 1, 1, tzinfo=UTC)


class Standing(NamedTuple):
    """How a locked account stands, and since when: what is booked next is later."""

    balance: int
    changed_at: datetime


# Of the accounts that this transaction has locked, by id.
Standings: TypeAlias = dict[str, Standing]


async def lock(session: Session, accounts: Iterable[Account]) -> dict[str, int]:
    """Lock `accounts`, made if they are not there yet, and return their balances by id.

    Who will book several transfers in one transaction locks all that they touch first. Of a member all three
    are locked together, whichever is asked for: who locks some of them first and others later would wait for
    somebody who does it the other way round.
    """
    return {one: standing.balance for one, standing in (await lock_standings(session, accounts)).items()}


async def lock_standings(session: Session, accounts: Iterable[Account]) -> Standings:
    """Lock `accounts`, with all others of their owners, and return how they stand; see `lock`.

    A hold is not made before something is put into it, by whoever holds its exchange: nobody waits for it.
    """
    wanted = {account.id: account for account in accounts}
    for member in {account.owner for account in wanted.values() if account.owner is not None}:
        wanted |= {one.id: one for one in (earned(member), bought(member), debt(member))}
    standings = await _standings(session, [*wanted])
    missing = [wanted[one] for one in sorted(wanted) if one not in standings and wanted[one].kind != "hold"]
    if missing:
        await insert_all_new(session, [row_of(account) for account in missing])
        standings |= await _standings(session, [account.id for account in missing])
    return standings


async def _standings(session: Session, ids: Sequence[str]) -> Standings:
    found = await session.exec(_locked(), params={"ids": ids})
    return {account: Standing(balance, changed_at) for account, balance, changed_at in found}


def after(standings: Standings, account: Account, amount: int) -> int:
    """Return the balance of `account` once it has gained `amount`; it is 0 before it is made."""
    return (standings[account.id].balance if account.id in standings else 0) + amount


def row_of(account: Account, standing: Standing | None = None) -> AccountRow:
    """Return the row of a new account, which holds nothing yet unless its `standing` says so."""
    balance, changed_at = standing or (0, _LONG_AGO)
    return AccountRow(
        id=account.id,
        kind=account.kind,
        owner_id=account.owner,
        origin=account.part,
        balance=balance,
        version=0 if standing is None else 1,
        created_at=now(),
        changed_at=changed_at,
    )


# Made once: making it takes longer than carrying it out.
@cache
def _locked() -> AnySelect:
    wanted: AnySelect = select(AccountRow.id, AccountRow.balance, AccountRow.changed_at)
    wanted = wanted.where(col(AccountRow.id).in_(bindparam("ids", expanding=True)))
    return wanted.order_by(col(AccountRow.id)).with_for_update(key_share=True)
