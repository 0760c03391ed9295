"""The ledger: smiles pass from account to account, each time once, and none is lost or made by mistake.

Double entry: a transfer is entries that sum to 0. Whoever books holds the rows of the accounts it touches,
locked in the order of their ids, so that two transfers wait for each other and never for ever. Its moment is
later than that of all before it on each of these accounts, though the clocks of two processes may differ: the
order of moments is the order in which a purse changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from sqlalchemy import Update, bindparam, update
from sqlmodel import col, func, select
from sqlmodel.sql.expression import Select

from realtime.refusals import Conflict
from server.clock import now
from server.database import Session
from server.ids import new_id
from server.inserting import insert_all, insert_all_new, insert_new
from server.smiles import purses
from server.smiles.accounts import (
    BELOW_ZERO,
    ORIGINS,
    Account,
    Mint,
    Origin,
    bought,
    community,
    debt,
    earned,
    hold,
    mint,
)
from server.smiles.accounts import project as raised_for
from server.smiles.models import AccountRow, EntryRow, TransferRow

Reason: TypeAlias = Literal[
    "grant",
    "referral",
    "purchase",
    "refund",
    "chargeback",
    "reinstate",
    "hold",
    "release",
    "return",
    "debt",
    "leave",
    "correct",
]

AnySelect: TypeAlias = Select[*tuple[Any, ...]]

# The largest number that every reader of JSON keeps whole.
MOST: Final = 2**53 - 1
_NEXT: Final = timedelta(microseconds=1)
_LONG_AGO: Final = datetime(2014, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Smiles that pass: what each account gains (below zero: loses), why, who causes it, what it is for.

    `key` names it: it happens once. `by` is null for what nobody did in person. `words` say why something is
    corrected.
    """

    key: str
    reason: Reason
    entries: Mapping[Account, int]
    by: str | None = None
    exchange: str | None = None
    purchase: str | None = None
    gift: str | None = None
    corrects: str | None = None
    words: str | None = None

    @property
    def members(self) -> set[str]:
        """Whose purse it changes."""
        return {account.owner for account in self.entries if account.owner is not None}


class Standing(NamedTuple):
    """How a locked account stands, and since when: what is booked next is later."""

    balance: int
    changed_at: datetime


# Of the accounts that this transaction has locked, by id.
Standings: TypeAlias = dict[str, Standing]


async def book(session: Session, transfer: Transfer) -> bool:
    """Carry out `transfer` and tell everybody whose purse it changes; return False if it was already booked.

    Debts are paid first from what a member receives. Raises `Conflict` `not_enough_smiles` with how many are
    `missing`, and `transfer_key_reused` if the key is that of another transfer.
    """
    standings = await _lock(session, {*transfer.entries, *map(earned, transfer.members)})
    if not await _carry_out(session, transfer, standings):
        return False
    await purses.tell(session, transfer.members)
    return True


async def give(
    session: Session,
    why: Mint,
    member: str,
    smiles: int,
    *,
    key: str,
    by: str | None = None,
    purchase: str | None = None,
) -> bool:
    """Mint `smiles` for `member`, once per `key`; see `book`. `by` is whom they owe them to, if anybody."""
    purse = bought(member) if why == "purchase" else earned(member)
    transfer = Transfer(key, why, {mint(why): -smiles, purse: smiles}, by=by, purchase=purchase)
    return await book(session, transfer)


async def put_on_hold(
    session: Session,
    cause: str,
    beneficiary: str,
    smiles: int,
    *,
    key: str,
    by: str | None,
    gift: bool = False,
) -> None:
    """Hold `smiles` of the beneficiary for `cause`: what they earned first, then what they bought.

    The cause is an exchange, or a `gift` to a project. Nothing happens the second time. Raises `Conflict`
    `not_enough_smiles` with how many are `missing`.
    """
    if smiles == 0:
        return
    standings = await _lock(session, [earned(beneficiary)])
    from_earned = min(smiles, standings[earned(beneficiary).id].balance)
    from_bought = smiles - from_earned
    entries = {
        earned(beneficiary): -from_earned,
        hold(cause, "earned", beneficiary): from_earned,
        bought(beneficiary): -from_bought,
        hold(cause, "bought", beneficiary): from_bought,
    }
    transfer = Transfer(key, "hold", _some(entries), by=by, **_for(cause, gift=gift))
    if await _carry_out(session, transfer, standings):
        await purses.tell(session, transfer.members)


async def release(
    session: Session,
    cause: str,
    beneficiary: str,
    helper: str,
    to_helper: int,
    *,
    key: str,
    by: str | None,
    gift: bool = False,
) -> None:
    """End the hold of `cause`: `to_helper` smiles pass, the rest goes back to where it came from.

    Nothing happens the second time. Raises `Conflict` `not_enough_smiles` if fewer are held. Of a `gift`
    nothing passes by this (see `pass_on`).
    """
    holds: dict[Origin, Account] = {origin: hold(cause, origin, beneficiary) for origin in ORIGINS}
    standings = await _lock(session, [*holds.values(), earned(beneficiary), earned(helper)])
    held = {origin: _after(standings, one, 0) for origin, one in holds.items()}
    passes: dict[Origin, int] = {"earned": min(to_helper, held["earned"])}
    passes["bought"] = to_helper - passes["earned"]
    given = {**{holds[origin]: -smiles for origin, smiles in passes.items()}, earned(helper): to_helper}
    back = {origin: held[origin] - smiles for origin, smiles in passes.items()}
    returned = {holds[origin]: -smiles for origin, smiles in back.items()}
    returned |= {Account("member", beneficiary, origin, beneficiary): back[origin] for origin in ORIGINS}
    told: set[str] = set()
    steps: tuple[tuple[Reason, dict[Account, int]], ...] = (("release", given), ("return", returned))
    for reason, entries in steps:
        transfer = Transfer(f"{key}:{reason}", reason, _some(entries), by=by, **_for(cause, gift=gift))
        if transfer.entries:
            if not await _carry_out(session, transfer, standings):
                return
            told |= transfer.members
    await purses.tell(session, told)


async def pass_on(
    session: Session, gift: str, giver: str, project: str, owner: str, *, key: str, by: str | None
) -> None:
    """End the hold of a `gift`: all of it passes through the account of its `project` to the owner.

    Nothing happens the second time.
    """
    holds: dict[Origin, Account] = {origin: hold(gift, origin, giver) for origin in ORIGINS}
    raised: dict[Origin, Account] = {origin: raised_for(project, origin) for origin in ORIGINS}
    standings = await _lock(session, [*holds.values(), *raised.values(), earned(giver), earned(owner)])
    held = {origin: _after(standings, one, 0) for origin, one in holds.items()}
    out_of = {holds[origin]: -smiles for origin, smiles in held.items()}
    into = {raised[origin]: smiles for origin, smiles in held.items()}
    paid = {one: -smiles for one, smiles in into.items()}
    steps = (("given", out_of | into), ("raised", paid | {earned(owner): sum(held.values())}))
    for step, entries in steps:
        transfer = Transfer(f"{key}:{step}", "release", _some(entries), by=by, gift=gift)
        if not transfer.entries or not await _carry_out(session, transfer, standings):
            return
    await purses.tell(session, {giver, owner})


def _for(cause: str, *, gift: bool) -> dict[str, str]:
    """Return by which name a transfer keeps what it is for."""
    return {"gift" if gift else "exchange": cause}


async def take_back(
    session: Session,
    member: str,
    smiles: int,
    *,
    key: str,
    reason: Literal["refund", "chargeback"],
    purchase: str,
) -> None:
    """Take bought smiles out of the world again: from what was bought, then from what was earned.

    What the member has spent already they owe from then on. Nothing happens the second time.
    """
    standings = await _lock(session, [earned(member), mint("purchase")])
    from_bought = min(smiles, standings[bought(member).id].balance)
    from_earned = min(smiles - from_bought, standings[earned(member).id].balance)
    entries = {
        bought(member): -from_bought,
        earned(member): -from_earned,
        debt(member): -(smiles - from_bought - from_earned),
        mint("purchase"): smiles,
    }
    transfer = Transfer(key, reason, _some(entries), purchase=purchase)
    if await _carry_out(session, transfer, standings):
        await purses.tell(session, transfer.members)


async def community_takes(session: Session, member: str, *, key: str) -> None:
    """Leave what a member has to the community; what they owe stays owed. Nothing happens the second time."""
    standings = await _lock(session, [earned(member), community("earned"), community("bought")])
    if (await session.exec(_stored(), params={"named": key})).first() is not None:
        return
    left = {origin: standings[Account("member", member, origin).id].balance for origin in ORIGINS}
    entries = {
        earned(member): -left["earned"],
        community("earned"): left["earned"],
        bought(member): -left["bought"],
        community("bought"): left["bought"],
    }
    transfer = Transfer(key, "leave", _some(entries), by=member)
    if transfer.entries and await _carry_out(session, transfer, standings):
        await purses.tell(session, transfer.members)


async def lock(session: Session, accounts: Iterable[Account]) -> dict[str, int]:
    """Lock `accounts`, made if they are not there yet, and return their balances by id.

    Who will book several transfers in one transaction locks all that they touch first. Of a member all three
    are locked together, whichever is asked for: who locks some of them first and others later would wait for
    somebody who does it the other way round.
    """
    return {one: standing.balance for one, standing in (await _lock(session, accounts)).items()}


async def _lock(session: Session, accounts: Iterable[Account]) -> Standings:
    """Lock `accounts`, with all others of their owners; see `lock`.

    A hold is not made before something is put into it, by whoever holds its exchange: nobody waits for it.
    """
    wanted = {account.id: account for account in accounts}
    for member in {account.owner for account in wanted.values() if account.owner is not None}:
        wanted |= {one.id: one for one in (earned(member), bought(member), debt(member))}
    standings = await _standings(session, [*wanted])
    missing = [wanted[one] for one in sorted(wanted) if one not in standings and wanted[one].kind != "hold"]
    if missing:
        await insert_all_new(session, [_row(account) for account in missing])
        standings |= await _standings(session, [account.id for account in missing])
    return standings


async def _standings(session: Session, ids: Sequence[str]) -> Standings:
    found = await session.exec(_locked(), params={"ids": ids})
    return {account: Standing(balance, changed_at) for account, balance, changed_at in found}


async def _carry_out(session: Session, transfer: Transfer, standings: Standings) -> bool:
    """Book `transfer` on locked accounts, and keep their standings; return False if its key was used before.

    Then what members owe is paid from what they received by it.
    """
    entries = _checked(transfer)
    missing = sum(
        max(0, -_after(standings, account, amount))
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
        await _carry_out(session, paid, standings)
    return True


def _after(standings: Standings, account: Account, amount: int) -> int:
    return (standings[account.id].balance if account.id in standings else 0) + amount


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
        standings[account.id] = Standing(_after(standings, account, amount), transfer.at)
    if new:
        await insert_all(session, [_row(account, standings[account.id]) for account in new])
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


def _checked(transfer: Transfer) -> dict[Account, int]:
    """Return the entries in the order of their accounts. Raises `ValueError` for what is no transfer."""
    entries = dict(sorted(transfer.entries.items(), key=lambda entry: entry[0].id))
    if sum(entries.values()) != 0 or len(entries) < 2:
        raise ValueError("a transfer's entries sum to 0")
    if not all(isinstance(amount, int) and 0 < abs(amount) <= MOST for amount in entries.values()):
        raise ValueError(f"an entry is a whole number from 1 to {MOST}, or as much below zero")
    return entries


def _some(entries: Mapping[Account, int]) -> dict[Account, int]:
    return {account: amount for account, amount in entries.items() if amount}


def _row(account: Account, standing: Standing | None = None) -> AccountRow:
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


# Made once: making these statements takes longer than carrying them out.
@cache
def _locked() -> AnySelect:
    wanted: AnySelect = select(AccountRow.id, AccountRow.balance, AccountRow.changed_at)
    wanted = wanted.where(col(AccountRow.id).in_(bindparam("ids", expanding=True)))
    return wanted.order_by(col(AccountRow.id)).with_for_update(key_share=True)


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
