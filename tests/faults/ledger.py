"""What the database holds of smiles and exchanges, read past the server's own code."""

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession as Session

from server.clock import now

# What is due is done by a worker that looks every second, or by another once the first one's lease is over.
LATE = timedelta(seconds=2)


@dataclass(frozen=True)
class Agreed:
    """A row of an exchange. `overdue`: the clock should have done something by now."""

    id: str
    conversation: str
    listing: str
    helper: str
    beneficiary: str
    smiles: int
    note: str
    state: str
    to_helper: int | None
    version: int
    began_listing: bool
    overdue: bool = False


@dataclass(frozen=True)
class Stepped:
    """A row of a step; `by` is None for the clock."""

    exchange: str
    version: int
    step: str
    by: str | None
    words: str | None
    state: str
    smiles: int


@dataclass(frozen=True)
class Carded:
    """A message that is a card; `card` as it is stored."""

    message: str
    conversation: str
    seq: int
    by_clock: bool
    card: dict[str, Any]


@dataclass(frozen=True)
class Account:
    """A row of an account that is a member's, a hold for one included."""

    id: str
    kind: str
    origin: str | None
    owner: str | None
    balance: int
    version: int


@dataclass(frozen=True)
class Booked:
    """A transfer with all its entries, by account."""

    id: str
    key: str
    reason: str
    exchange: str | None
    entries: dict[str, int]


@dataclass(frozen=True)
class Ledger:
    """What a crowd has agreed and booked. `balances` and `entries` are sums over everybody's."""

    exchanges: dict[str, Agreed] = field(default_factory=dict)
    steps: list[Stepped] = field(default_factory=list)
    cards: list[Carded] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)
    transfers: dict[str, Booked] = field(default_factory=dict)
    balances: int = 0
    entries: int = 0


async def read_ledger(session: Session, conversations: list[str], members: list[str]) -> Ledger:
    """Read what was agreed in `conversations`, and all transfers that `members` had part in."""
    talks = {"of": conversations}
    agreed = await rows(
        session,
        "SELECT id, conversation_id, listing_id, helper_id, beneficiary_id, smiles, note, state, to_helper,"
        " version, began_listing, due_at FROM exchange WHERE conversation_id IN :of",
        **talks,
    )
    steps = await rows(
        session,
        "SELECT exchange_id, step.version, step, by_id, words, step.state, step.smiles"
        " FROM exchange_step step JOIN exchange ON exchange.id = exchange_id WHERE conversation_id IN :of"
        " ORDER BY exchange_id, step.version",
        **talks,
    )
    cards = await rows(
        session,
        "SELECT id, conversation_id, seq, by_clock, card FROM message"
        " WHERE conversation_id IN :of AND card IS NOT NULL ORDER BY seq",
        **talks,
    )
    accounts = await rows(
        session,
        "SELECT id, kind, origin, owner_id, balance, version FROM smile_account WHERE owner_id IN :of",
        of=members,
    )
    entries = await rows(
        session,
        "SELECT transfer.id, key, reason, exchange_id, account_id, amount FROM smile_transfer transfer"
        " JOIN smile_entry ON transfer_id = transfer.id WHERE transfer.id IN (SELECT transfer_id"
        " FROM smile_entry JOIN smile_account ON smile_account.id = account_id WHERE owner_id IN :of)",
        of=members,
    )
    [(balances,)] = await rows(session, "SELECT sum(balance) FROM smile_account")
    [(amounts,)] = await rows(session, "SELECT sum(amount) FROM smile_entry")
    return Ledger(
        exchanges={row[0]: _agreed(*row) for row in agreed},
        steps=[Stepped(*row) for row in steps],
        cards=[_carded(*row) for row in cards],
        accounts={row[0]: Account(*row) for row in accounts},
        transfers=_transfers(entries),
        balances=int(balances or 0),
        entries=int(amounts or 0),
    )


async def rows(session: Session, sql: str, **values: Any) -> list[Any]:
    """Return what a query finds; `:of` in it stands for a list."""
    statement = text(sql)
    if "of" in values:
        statement = statement.bindparams(bindparam("of", expanding=True))
    return list((await (await session.connection()).execute(statement, values)).all())


def as_json(stored: Any) -> Any:
    """Return a document as it was stored: not every driver reads it."""
    return json.loads(stored) if isinstance(stored, str) else stored


def _agreed(*row: Any) -> Agreed:
    *facts, due_at = row
    return replace(Agreed(*facts), overdue=due_at is not None and due_at < now() - LATE)


def _transfers(entries: list[Any]) -> dict[str, Booked]:
    found: dict[str, Booked] = {}
    for transfer, key, reason, exchange, account, amount in entries:
        booked = found.setdefault(transfer, Booked(transfer, key, reason, exchange, {}))
        booked.entries[account] = amount
    return found


def _carded(message: str, conversation: str, seq: int, by_clock: Any, card: Any) -> Carded:
    return Carded(message, conversation, seq, bool(by_clock), as_json(card))
