"""The tables of exchanges: how each stands, and each step that led there, which is only ever added.

They stand beside the board's own, since an exchange hangs on a dialog as a dialog hangs on a listing: what is
shown of smiles and to moderators is read from here too.
"""

from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from server.tables import Row, long_text, moment

# The job that is left by an exchange in which somebody was helped, with its `exchange`, `helper` and
# `beneficiary`: whoever wants to know registers it.
COMPLETED: Final = "exchange.completed"

ID_LENGTH = 36
_UNDER_WAY = "state IN ('proposed', 'accepted', 'done', 'missed', 'disputed')"


class ExchangeRow(Row, table=True):
    """An exchange as it stands. One at a time is under way in a dialog.

    `began_listing`: accepting it turned the listing to "in progress", and its end may turn it back.
    `shared_at`: a party lets moderators read the whole dialog, since then.
    """

    __tablename__ = "exchange"
    __table_args__: ClassVar[tuple[CheckConstraint | Index, ...]] = (
        CheckConstraint("smiles >= 0", name="smiles_positive"),
        CheckConstraint("helper_id <> beneficiary_id", name="between_two"),
        CheckConstraint(
            "to_helper IS NULL OR (to_helper >= 0 AND to_helper <= smiles)", name="no_more_than_held"
        ),
        Index(
            "uq_exchange_under_way",
            "conversation_id",
            unique=True,
            sqlite_where=text(_UNDER_WAY),
            postgresql_where=text(_UNDER_WAY),
        ),
        Index("ix_exchange_helper_state", "helper_id", "state"),
        Index("ix_exchange_beneficiary_state", "beneficiary_id", "state"),
    )

    id: str = Field(primary_key=True, max_length=ID_LENGTH)
    conversation_id: str = Field(foreign_key="conversation.id", index=True, max_length=ID_LENGTH)
    listing_id: str = Field(foreign_key="listing.id", index=True, max_length=ID_LENGTH)
    helper_id: str = Field(foreign_key="member.id", max_length=ID_LENGTH)
    beneficiary_id: str = Field(foreign_key="member.id", max_length=ID_LENGTH)
    smiles: int
    agreed_for: datetime | None = moment(default=None)
    note: str = long_text(default="")
    state: str = Field(index=True, max_length=16)
    proposed_by_id: str = Field(foreign_key="member.id", max_length=ID_LENGTH)
    due: str | None = Field(default=None, max_length=16)
    due_at: datetime | None = moment(default=None)
    to_helper: int | None = None
    thanks: str | None = long_text(default=None, nullable=True)
    began_listing: bool = False
    disputed_by_id: str | None = Field(default=None, foreign_key="member.id", max_length=ID_LENGTH)
    shared_at: datetime | None = moment(default=None)
    created_at: datetime = moment()
    updated_at: datetime = moment()
    ended_at: datetime | None = moment(default=None)
    version: int = 1


class StepRow(Row, table=True):
    """What was done to an exchange, by whom (null: the clock), and how it stood after."""

    __tablename__ = "exchange_step"

    exchange_id: str = Field(primary_key=True, foreign_key="exchange.id", max_length=ID_LENGTH)
    version: int = Field(primary_key=True)
    step: str = Field(max_length=16)
    by_id: str | None = Field(default=None, foreign_key="member.id", max_length=ID_LENGTH)
    at: datetime = moment()
    words: str | None = long_text(default=None, nullable=True)
    state: str = Field(max_length=16)
    smiles: int
    agreed_for: datetime | None = moment(default=None)
    note: str = long_text(default="")
