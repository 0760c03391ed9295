"""Smiles that wait: for the end of an exchange, or until a project says what becomes of a gift."""

from server.database import Session
from server.smiles import purses
from server.smiles.accounts import ORIGINS, Account, Origin, bought, earned, hold
from server.smiles.accounts import project as raised_for
from server.smiles.booking import carry_out
from server.smiles.locks import after, lock_standings
from server.smiles.transfers import Reason, Transfer, nonzero


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
    standings = await lock_standings(session, [earned(beneficiary)])
    from_earned = min(smiles, standings[earned(beneficiary).id].balance)
    from_bought = smiles - from_earned
    entries = {
        earned(beneficiary): -from_earned,
        hold(cause, "earned", beneficiary): from_earned,
        bought(beneficiary): -from_bought,
        hold(cause, "bought", beneficiary): from_bought,
    }
    transfer = Transfer(key, "hold", nonzero(entries), by=by, **_for(cause, gift=gift))
    if await carry_out(session, transfer, standings):
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
    standings = await lock_standings(session, [*holds.values(), earned(beneficiary), earned(helper)])
    held = {origin: after(standings, one, 0) for origin, one in holds.items()}
    passes: dict[Origin, int] = {"earned": min(to_helper, held["earned"])}
    passes["bought"] = to_helper - passes["earned"]
    given = {**{holds[origin]: -smiles for origin, smiles in passes.items()}, earned(helper): to_helper}
    back = {origin: held[origin] - smiles for origin, smiles in passes.items()}
    returned = {holds[origin]: -smiles for origin, smiles in back.items()}
    returned |= {Account("member", beneficiary, origin, beneficiary): back[origin] for origin in ORIGINS}
    told: set[str] = set()
    steps: tuple[tuple[Reason, dict[Account, int]], ...] = (("release", given), ("return", returned))
    for reason, entries in steps:
        transfer = Transfer(f"{key}:{reason}", reason, nonzero(entries), by=by, **_for(cause, gift=gift))
        if transfer.entries:
            if not await carry_out(session, transfer, standings):
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
    touched = [*holds.values(), *raised.values(), earned(giver), earned(owner)]
    standings = await lock_standings(session, touched)
    held = {origin: after(standings, one, 0) for origin, one in holds.items()}
    out_of = {holds[origin]: -smiles for origin, smiles in held.items()}
    into = {raised[origin]: smiles for origin, smiles in held.items()}
    paid = {one: -smiles for one, smiles in into.items()}
    steps = (("given", out_of | into), ("raised", paid | {earned(owner): sum(held.values())}))
    for step, entries in steps:
        transfer = Transfer(f"{key}:{step}", "release", nonzero(entries), by=by, gift=gift)
        if not transfer.entries or not await carry_out(session, transfer, standings):
            return
    await purses.tell(session, {giver, owner})


def _for(cause: str, *, gift: bool) -> dict[str, str]:
    """Return by which name a transfer keeps what it is for."""
    return {"gift" if gift else "exchange": cause}
