"""The tables of purchases and of what the provider said of them, which is only ever added."""

from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from server.tables import Row, moment

ID_LENGTH = 36
# So begins the outcome of what was told and not believed.
REFUSED: Final = "refused:"


class PurchaseRow(Row, table=True):
    """Smiles that a member wants to buy, or has bought. 1 smile is 1 euro: 100 cents.

    `refunded` is how many cents went back by refunds, `charged_back` by the member's bank.
    """

    __tablename__ = "purchase"
    __table_args__: ClassVar[tuple[CheckConstraint, ...]] = (
        CheckConstraint("smiles >= 1 AND cents = smiles * 100", name="one_euro_each"),
        CheckConstraint(
            "refunded >= 0 AND charged_back >= 0 AND refunded <= cents AND charged_back <= cents",
            name="no_more_than_paid",
        ),
    )

    id: str = Field(primary_key=True, max_length=ID_LENGTH)
    member_id: str = Field(foreign_key="member.id", index=True, max_length=ID_LENGTH)
    smiles: int
    cents: int
    currency: str = Field(max_length=3)
    provider: str = Field(max_length=16)
    # The provider's names for it: of the page where one pays, and of the payment itself, once there is one.
    checkout_ref: str | None = Field(default=None, unique=True, max_length=255)
    payment_ref: str | None = Field(default=None, unique=True, max_length=255)
    state: str = Field(max_length=16)
    refunded: int = 0
    charged_back: int = 0
    created_at: datetime = moment(index=True)
    paid_at: datetime | None = moment(default=None)


class PaymentEventRow(Row, table=True):
    """What the provider told, by its own id: told twice, it is here once."""

    __tablename__ = "payment_event"

    id: str = Field(primary_key=True, max_length=255)
    kind: str = Field(max_length=64)
    purchase_id: str | None = Field(default=None, foreign_key="purchase.id", index=True, max_length=ID_LENGTH)
    outcome: str = Field(max_length=32)
    created_at: datetime = moment()
    received_at: datetime = moment(index=True)
