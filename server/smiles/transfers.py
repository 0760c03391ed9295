"""What a transfer is: smiles that pass from account to account, and entries that sum to 0."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from server.smiles.accounts import Account

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

# The largest number that every reader of JSON keeps whole.
MOST: Final = 2**53 - 1


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


def checked(transfer: Transfer) -> dict[Account, int]:
    """Return the entries in the order of their accounts. Raises `ValueError` for what is no transfer."""
    entries = dict(sorted(transfer.entries.items(), key=lambda entry: entry[0].id))
    if sum(entries.values()) != 0 or len(entries) < 2:
        raise ValueError("a transfer's entries sum to 0")
    if not all(isinstance(amount, int) and 0 < abs(amount) <= MOST for amount in entries.values()):
        raise ValueError(f"an entry is a whole number from 1 to {MOST}, or as much below zero")
    return entries


def nonzero(entries: Mapping[Account, int]) -> dict[Account, int]:
    """Return the entries that move something."""
    return {account: amount for account, amount in entries.items() if amount}
