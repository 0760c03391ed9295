"""The ledger's tables: accounts, transfers between them, and the entries of which a transfer consists.

Entries and transfers are only ever added: triggers in the migration refuse anything else, and a mistake is
corrected by a new transfer of the opposite (`corrects_id`). The one column that changes is an account's
balance, kept beside the entries whose sum it is, so that the database itself can refuse to let it go below
zero.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from server.tables import Row, long_text, moment

ID_LENGTH = 36
KEY_LENGTH = 200


class AccountRow(Row, table=True):
    """Where smiles are. Its id says which: see `server.smiles.accounts`.

    `owner_id` is the member whose smiles they are, a hold's too; null for what is nobody's. `version` counts
    the changes; that of a member's earned account counts the changes of their whole purse. `changed_at` is
    when the last one was: the next is later, whatever a clock may say.
    """

    __tablename__ = "smile_account"
    __table_args__: ClassVar[tuple[CheckConstraint, ...]] = (
        # What mints, and what was spent and then charged back, is below zero: the others hold as much.
        CheckConstraint("balance >= 0 OR kind IN ('mint', 'debt')", name="not_below_zero"),
        CheckConstraint("balance <= 0 OR kind NOT IN ('mint', 'debt')", name="not_above_zero"),
        CheckConstraint("balance BETWEEN -9007199254740991 AND 9007199254740991", name="countable"),
    )

    id: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=16)
    owner_id: str | None = Field(default=None, index=True, max_length=ID_LENGTH)
    origin: str | None = Field(default=None, max_length=8)
    balance: int = Field(default=0, sa_type=BigInteger)
    version: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = moment()
    changed_at: datetime = moment()


class TransferRow(Row, table=True):
    """Smiles that passed, why, and who caused it (null: nobody in person). Its `key` happens once.

    Of two that touch the same account, `at` is later for the one that came later. `words` say why a mistake
    was corrected.
    """

    __tablename__ = "smile_transfer"

    id: str = Field(primary_key=True, max_length=ID_LENGTH)
    key: str = Field(unique=True, max_length=KEY_LENGTH)
    reason: str = Field(index=True, max_length=16)
    at: datetime = moment(index=True)
    by_id: str | None = Field(default=None, foreign_key="member.id", max_length=ID_LENGTH)
    exchange_id: str | None = Field(default=None, index=True, max_length=ID_LENGTH)
    purchase_id: str | None = Field(default=None, index=True, max_length=ID_LENGTH)
    gift_id: str | None = Field(default=None, index=True, max_length=ID_LENGTH)
    corrects_id: str | None = Field(default=None, foreign_key="smile_transfer.id", max_length=ID_LENGTH)
    words: str | None = long_text(default=None, nullable=True)


class EntryRow(Row, table=True):
    """What one transfer adds to one account (below zero: takes from it). A transfer's entries sum to 0."""

    __tablename__ = "smile_entry"
    __table_args__: ClassVar[tuple[CheckConstraint, ...]] = (
        CheckConstraint(
            "amount <> 0 AND amount BETWEEN -9007199254740991 AND 9007199254740991", name="countable"
        ),
    )

    account_id: str = Field(primary_key=True, foreign_key="smile_account.id", max_length=64)
    transfer_id: str = Field(
        primary_key=True, foreign_key="smile_transfer.id", index=True, max_length=ID_LENGTH
    )
    amount: int = Field(sa_type=BigInteger)
