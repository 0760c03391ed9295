"""A member's statement: every transfer that touched their purse, with what they could spend after it.

A transfer is later than all before it on each account it touches, and whoever changes a purse holds its
earned account: so the order of moments is the order in which a purse changed, and the sum up to a line is
what was there. It is summed up from the entries, never from the balances.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import cache
from typing import Any, Final, TypeAlias

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Subquery, bindparam, case, cast, func, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.people import Person
from realtime.refusals import NotFound
from realtime.shapes import ListingBrief, ListingState
from server.board import shaping
from server.board.exchanges import ExchangeRow
from server.board.finding import stream
from server.board.models import ListingRow
from server.board.projects import GiftRow
from server.books.schemas import LineKind, Statement, StatementLine, StatementQuery
from server.database import AnySelect, Session
from server.members.models import MemberRow
from server.policy.listings import ListingFacts
from server.policy.matrix import may
from server.site import Site
from server.smiles.models import AccountRow, EntryRow, TransferRow

# What has to do with money: bought, paid back, taken back by a bank, paid after all.
BOUGHT: Final = ("purchase", "refund", "chargeback", "reinstate")

Found: TypeAlias = tuple[Any, ...]

_OTHER = aliased(MemberRow)


async def page(site: Site, person: Person, query: StatementQuery) -> Statement:
    """Return a page of a member's statement. Raises `NotFound` for a line that there is not."""
    wanted = _lines(query.kind).limit(query.limit + 1)
    async with site.database.read() as session:
        if query.before is not None:
            moment = (
                await session.exec(select(TransferRow.at).where(TransferRow.id == query.before))
            ).first()
            if moment is None:
                raise NotFound("not_found")
            wanted = wanted.where(all_lines().c.at < moment)
        found = (await session.exec(wanted, params={"member": person.id})).all()
    lines = [_line(person, row) for row in found[: query.limit]]
    return Statement(lines=lines, earlier=len(found) > query.limit)


async def lines(session: Session, person: Person, kind: LineKind) -> AsyncGenerator[StatementLine]:
    """Yield all lines of a member's statement, newest first; to be closed like any `stream`."""
    async with aclosing(stream(session, _lines(kind).params(member=person.id))) as found:
        async for row in found:
            yield _line(person, row)


def _line(person: Person, row: Found) -> StatementLine:
    transfer, other, listing, hidden_project, amount, held, debt, balance = row
    return StatementLine(
        id=transfer.id,
        at=transfer.at,
        reason=transfer.reason,
        amount=amount,
        held=held,
        debt=debt,
        other=None if other is None else other.person(),
        listing=_brief(person, listing),
        gift=transfer.gift_id is not None,
        hidden_project=hidden_project,
        words=transfer.words,
        balance=balance,
    )


def _brief(person: Person, row: ListingRow | None) -> ListingBrief | None:
    """Return what the line was about, if its reader may still know."""
    if row is None:
        return None
    # They had a dialog under it.
    facts = ListingFacts(
        row.author_id, ListingState(row.state), row.hidden_at is not None, frozenset({person.id})
    )
    return shaping.brief(row) if may(Viewer(address="", member=person), "read", facts) else None


# Made once: making these statements takes longer than carrying them out.
@cache
def _lines(kind: LineKind) -> AnySelect:
    """Return the question for the lines of `member`, newest first, with all that stands on them."""
    line = all_lines()
    wanted: AnySelect = (
        select(  # type: ignore[call-overload]
            TransferRow,
            _OTHER,
            ListingRow,
            _hidden_project(),
            line.c.amount,
            line.c.held,
            line.c.debt,
            line.c.balance,
        )
        .select_from(line)
        .join(TransferRow, col(TransferRow.id) == line.c.id)
        .outerjoin(ExchangeRow, col(ExchangeRow.id) == col(TransferRow.exchange_id))
        .outerjoin(GiftRow, col(GiftRow.id) == col(TransferRow.gift_id))
        .outerjoin(
            ListingRow,
            col(ListingRow.id) == func.coalesce(col(ExchangeRow.listing_id), col(GiftRow.listing_id)),
        )
        .outerjoin(_OTHER, col(_OTHER.id) == _with_whom())
    )
    return wanted.where(is_kind(line, kind)).order_by(line.c.at.desc())


def _with_whom() -> ColumnElement[str | None]:
    """Return the other party of an exchange or of a gift; else who caused it, if that is somebody else.

    Who gives to a project in silence is known to those behind it, and so to its owner.
    """
    me: BindParameter[str] = bindparam("member")
    return case(
        (col(ExchangeRow.helper_id) == me, col(ExchangeRow.beneficiary_id)),
        (col(ExchangeRow.beneficiary_id) == me, col(ExchangeRow.helper_id)),
        (col(GiftRow.member_id) == me, col(ListingRow.author_id)),
        (col(GiftRow.member_id).is_not(None), col(GiftRow.member_id)),
        else_=func.nullif(col(TransferRow.by_id), me),
    )


def _hidden_project() -> ColumnElement[str | None]:
    """Return the hidden project from which the reader may take back what a line holds for it."""
    me: BindParameter[str] = bindparam("member")
    waits = (col(GiftRow.state) == "held") & (col(GiftRow.member_id) == me)
    return case((waits & col(ListingRow.hidden_at).is_not(None), col(GiftRow.listing_id)))


def is_kind(line: Subquery, kind: LineKind) -> ColumnElement[bool]:
    """Return the condition that a line is of one kind. Of a release one has given what was held."""
    money = line.c.reason.in_(BOUGHT)
    gained = line.c.amount + line.c.held - line.c.debt
    conditions: dict[LineKind, ColumnElement[bool]] = {
        "all": true(),
        "received": (gained > 0) & ~money,
        "given": (gained < 0) & ~money,
        "held": line.c.held != 0,
        "bought": money,
    }
    return conditions[kind]


@cache
def all_lines() -> Subquery:
    """Return each transfer of `member`, what it added to the three numbers of their purse, the balance."""

    def added(kind: str, sign: int = 1) -> ColumnElement[int]:
        gains = case((col(AccountRow.kind) == kind, col(EntryRow.amount)), else_=0)
        # PostgreSQL sums whole numbers to a decimal.
        return cast(sign * func.sum(gains), BigInteger)

    each = (
        select(  # type: ignore[call-overload]
            TransferRow.id,
            TransferRow.at,
            TransferRow.reason,
            added("member").label("amount"),
            added("hold").label("held"),
            added("debt", -1).label("debt"),
        )
        .join(EntryRow, col(EntryRow.transfer_id) == col(TransferRow.id))
        .join(AccountRow, col(AccountRow.id) == col(EntryRow.account_id))
        .where(col(AccountRow.owner_id) == bindparam("member"))
        .group_by(TransferRow.id, TransferRow.at, TransferRow.reason)
        .subquery()
    )
    balance = cast(func.sum(each.c.amount).over(order_by=each.c.at), BigInteger)
    return select(each, balance.label("balance")).subquery("line")
