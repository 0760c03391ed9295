"""The ledger: smiles pass from account to account, each time once, and none is lost or made by mistake.

Double entry: a transfer is entries that sum to 0. Whoever books holds the rows of the accounts it touches,
locked in the order of their ids, so that two transfers wait for each other and never for ever. Its moment is
later than that of all before it on each of these accounts, though the clocks of two processes may differ: the
order of moments is the order in which a purse changed.
"""

from typing import Literal

from server.database import Session
from server.smiles import purses
from server.smiles.accounts import ORIGINS, Account, Mint, bought, community, debt, earned, mint
from server.smiles.booking import carry_out, is_used
from server.smiles.locks import lock_standings
from server.smiles.transfers import Transfer, nonzero


async def book(session: Session, transfer: Transfer) -> bool:
    """Carry out `transfer` and tell everybody whose purse it changes; return False if it was already booked.

    Debts are paid first from what a member receives. Raises `Conflict` `not_enough_smiles` with how many are
    `missing`, and `transfer_key_reused` if the key is that of another transfer.
    """
    standings = await lock_standings(session, {*transfer.entries, *map(earned, transfer.members)})
    if not await carry_out(session, transfer, standings):
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
    standings = await lock_standings(session, [earned(member), mint("purchase")])
    from_bought = min(smiles, standings[bought(member).id].balance)
    from_earned = min(smiles - from_bought, standings[earned(member).id].balance)
    entries = {
        bought(member): -from_bought,
        earned(member): -from_earned,
        debt(member): -(smiles - from_bought - from_earned),
        mint("purchase"): smiles,
    }
    transfer = Transfer(key, reason, nonzero(entries), purchase=purchase)
    if await carry_out(session, transfer, standings):
        await purses.tell(session, transfer.members)


async def community_takes(session: Session, member: str, *, key: str) -> None:
    """Leave what a member has to the community; what they owe stays owed. Nothing happens the second time."""
    standings = await lock_standings(session, [earned(member), community("earned"), community("bought")])
    if await is_used(session, key):
        return
    left = {origin: standings[Account("member", member, origin).id].balance for origin in ORIGINS}
    entries = {
        earned(member): -left["earned"],
        community("earned"): left["earned"],
        bought(member): -left["bought"],
        community("bought"): left["bought"],
    }
    transfer = Transfer(key, "leave", nonzero(entries), by=member)
    if transfer.entries and await carry_out(session, transfer, standings):
        await purses.tell(session, transfer.members)
