"""A member's purse: what they can spend, what waits, what they owe; summed up from their accounts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import BindParameter, bindparam, literal, null, union_all
from sqlmodel import col, func, select

from realtime.exchanges import Purse
from realtime.protocol import PurseChanged
from realtime.signals import Broadcast
from realtime.topics import member_topic
from server.board.projects import GiftRow
from server.database import AnySelect, Session
from server.outbox import emit
from server.smiles.models import AccountRow


async def purse(session: Session, member: str) -> Purse:
    """Return a member's smiles."""
    return (await _purses(session, [member]))[member]


async def tell(session: Session, members: Iterable[str]) -> None:
    """Tell `members` on all their screens what is in their purse."""
    purses = await _purses(session, sorted(members))
    told = (Broadcast(topics=[member_topic(one)], event=PurseChanged(purse=purses[one])) for one in purses)
    emit(session, *told)


async def _purses(session: Session, members: Sequence[str]) -> dict[str, Purse]:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for owner, kind, origin, balance, version in await session.exec(_owned(), params={"members": [*members]}):
        # PostgreSQL sums whole numbers to a decimal.
        sums[owner][kind if kind != "member" else origin] += int(balance)
        if (kind, origin) == ("member", "earned"):
            sums[owner]["version"] = version
    return {
        member: Purse(
            balance=sums[member]["earned"] + sums[member]["bought"],
            bought=sums[member]["bought"],
            held=sums[member]["hold"],
            held_for_projects=sums[member]["gift"],
            debt=-sums[member]["debt"],
            version=sums[member]["version"],
        )
        for member in members
    }


# Made once: making it takes longer than carrying it out.
@cache
def _owned() -> AnySelect:
    """Return the question for what is in the accounts of `members`, and for the gifts that are held."""
    members: BindParameter[list[str]] = bindparam("members", expanding=True)
    accounts: AnySelect = select(  # type: ignore[call-overload]
        AccountRow.owner_id,
        AccountRow.kind,
        AccountRow.origin,
        func.sum(AccountRow.balance),
        func.max(AccountRow.version),
    )
    accounts = accounts.where(col(AccountRow.owner_id).in_(members)).group_by(
        col(AccountRow.owner_id), col(AccountRow.kind), col(AccountRow.origin)
    )
    gifts: AnySelect = select(  # type: ignore[call-overload]
        GiftRow.member_id, literal("gift"), null(), func.sum(GiftRow.smiles), literal(0)
    )
    gifts = gifts.where(col(GiftRow.member_id).in_(members), GiftRow.state == "held").group_by(
        col(GiftRow.member_id)
    )
    both = union_all(accounts, gifts).subquery()
    wanted: AnySelect = select(*both.c)
    return wanted
