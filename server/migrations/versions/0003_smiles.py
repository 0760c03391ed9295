"""Smiles: the ledger, exchanges, purchases, and what members and messages have of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from server.tables import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ONLY_ADDED = ("smile_transfer", "smile_entry", "exchange_step", "payment_event")


def upgrade() -> None:
    """Make the tables of smiles."""
    _ledger()
    _purchases()
    _exchanges()
    _columns()
    for table in _ONLY_ADDED:
        _append_only(table)


def _ledger() -> None:
    op.create_table(
        "smile_account",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("owner_id", sa.String(36)),
        sa.Column("origin", sa.String(8)),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "balance <= 0 OR kind NOT IN ('mint', 'debt')", name=op.f("ck_smile_account_not_above_zero")
        ),
        sa.CheckConstraint(
            "balance >= 0 OR kind IN ('mint', 'debt')", name=op.f("ck_smile_account_not_below_zero")
        ),
        sa.CheckConstraint(
            "balance BETWEEN -9007199254740991 AND 9007199254740991", name=op.f("ck_smile_account_countable")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_smile_account"),
    )
    op.create_index("ix_smile_account_owner_id", "smile_account", ["owner_id"])

    op.create_table(
        "smile_transfer",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.String(36)),
        sa.Column("exchange_id", sa.String(36)),
        sa.Column("purchase_id", sa.String(36)),
        sa.Column("corrects_id", sa.String(36)),
        sa.Column("words", sa.Text()),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name="fk_smile_transfer_by_id"),
        sa.ForeignKeyConstraint(["corrects_id"], ["smile_transfer.id"], name="fk_smile_transfer_corrects_id"),
        sa.PrimaryKeyConstraint("id", name="pk_smile_transfer"),
        sa.UniqueConstraint("key", name="uq_smile_transfer_key"),
    )
    op.create_index("ix_smile_transfer_at", "smile_transfer", ["at"])
    op.create_index("ix_smile_transfer_exchange_id", "smile_transfer", ["exchange_id"])
    op.create_index("ix_smile_transfer_purchase_id", "smile_transfer", ["purchase_id"])
    op.create_index("ix_smile_transfer_reason", "smile_transfer", ["reason"])

    op.create_table(
        "smile_entry",
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("transfer_id", sa.String(36), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount <> 0 AND amount BETWEEN -9007199254740991 AND 9007199254740991",
            name=op.f("ck_smile_entry_countable"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["smile_account.id"], name="fk_smile_entry_account_id"),
        sa.ForeignKeyConstraint(["transfer_id"], ["smile_transfer.id"], name="fk_smile_entry_transfer_id"),
        sa.PrimaryKeyConstraint("account_id", "transfer_id", name="pk_smile_entry"),
    )
    op.create_index("ix_smile_entry_transfer_id", "smile_entry", ["transfer_id"])


def _purchases() -> None:
    op.create_table(
        "purchase",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("member_id", sa.String(36), nullable=False),
        sa.Column("smiles", sa.Integer(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("checkout_ref", sa.String(255)),
        sa.Column("payment_ref", sa.String(255)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("refunded", sa.Integer(), nullable=False),
        sa.Column("charged_back", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("paid_at", Moment()),
        sa.CheckConstraint(
            "refunded >= 0 AND charged_back >= 0 AND refunded <= cents AND charged_back <= cents",
            name=op.f("ck_purchase_no_more_than_paid"),
        ),
        sa.CheckConstraint("smiles >= 1 AND cents = smiles * 100", name=op.f("ck_purchase_one_euro_each")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_purchase_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_purchase"),
        sa.UniqueConstraint("checkout_ref", name="uq_purchase_checkout_ref"),
        sa.UniqueConstraint("payment_ref", name="uq_purchase_payment_ref"),
    )
    op.create_index("ix_purchase_created_at", "purchase", ["created_at"])
    op.create_index("ix_purchase_member_id", "purchase", ["member_id"])

    op.create_table(
        "payment_event",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("purchase_id", sa.String(36)),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name="fk_payment_event_purchase_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_event"),
    )
    op.create_index("ix_payment_event_purchase_id", "payment_event", ["purchase_id"])
    op.create_index("ix_payment_event_received_at", "payment_event", ["received_at"])


def _exchanges() -> None:
    under_way = sa.text("state IN ('proposed', 'accepted', 'done', 'missed', 'disputed')")
    op.create_table(
        "exchange",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("listing_id", sa.String(36), nullable=False),
        sa.Column("helper_id", sa.String(36), nullable=False),
        sa.Column("beneficiary_id", sa.String(36), nullable=False),
        sa.Column("smiles", sa.Integer(), nullable=False),
        sa.Column("agreed_for", Moment()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("proposed_by_id", sa.String(36), nullable=False),
        sa.Column("due", sa.String(16)),
        sa.Column("due_at", Moment()),
        sa.Column("to_helper", sa.Integer()),
        sa.Column("thanks", sa.Text()),
        sa.Column("began_listing", sa.Boolean(), nullable=False),
        sa.Column("disputed_by_id", sa.String(36)),
        sa.Column("shared_at", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("helper_id <> beneficiary_id", name=op.f("ck_exchange_between_two")),
        sa.CheckConstraint("smiles >= 0", name=op.f("ck_exchange_smiles_positive")),
        sa.CheckConstraint(
            "to_helper IS NULL OR (to_helper >= 0 AND to_helper <= smiles)",
            name=op.f("ck_exchange_no_more_than_held"),
        ),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["member.id"], name="fk_exchange_beneficiary_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_exchange_conversation_id"),
        sa.ForeignKeyConstraint(["disputed_by_id"], ["member.id"], name="fk_exchange_disputed_by_id"),
        sa.ForeignKeyConstraint(["helper_id"], ["member.id"], name="fk_exchange_helper_id"),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name="fk_exchange_listing_id"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["member.id"], name="fk_exchange_proposed_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exchange"),
    )
    op.create_index("ix_exchange_beneficiary_state", "exchange", ["beneficiary_id", "state"])
    op.create_index("ix_exchange_conversation_id", "exchange", ["conversation_id"])
    op.create_index("ix_exchange_helper_state", "exchange", ["helper_id", "state"])
    op.create_index("ix_exchange_listing_id", "exchange", ["listing_id"])
    op.create_index("ix_exchange_state", "exchange", ["state"])
    op.create_index(
        "uq_exchange_under_way",
        "exchange",
        ["conversation_id"],
        unique=True,
        sqlite_where=under_way,
        postgresql_where=under_way,
    )

    op.create_table(
        "exchange_step",
        sa.Column("exchange_id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("by_id", sa.String(36)),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("words", sa.Text()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("smiles", sa.Integer(), nullable=False),
        sa.Column("agreed_for", Moment()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name="fk_exchange_step_by_id"),
        sa.ForeignKeyConstraint(["exchange_id"], ["exchange.id"], name="fk_exchange_step_exchange_id"),
        sa.PrimaryKeyConstraint("exchange_id", "version", name="pk_exchange_step"),
    )


def _columns() -> None:
    op.add_column("member", sa.Column("sponsor_id", sa.String(36)))
    op.add_column("member", sa.Column("invitation", sa.String(16)))
    op.add_column("member", sa.Column("left_at", Moment()))
    op.create_index("ix_member_invitation", "member", ["invitation"], unique=True)
    op.create_index("ix_member_sponsor_id", "member", ["sponsor_id"])

    op.add_column("message", sa.Column("card", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")))
    op.add_column("message", sa.Column("by_clock", sa.Boolean(), server_default=sa.false(), nullable=False))


def _append_only(table: str) -> None:
    """Have the database itself refuse to change or delete a line of `table`."""
    if op.get_bind().dialect.name == "postgresql":
        # The function is the audit's.
        op.execute(
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, 'lines of {table} are only ever added'); END"
        )


def downgrade() -> None:
    """Take smiles away."""
    for column in ("by_clock", "card"):
        op.drop_column("message", column)
    for index in ("ix_member_sponsor_id", "ix_member_invitation"):
        op.drop_index(index, "member")
    for column in ("left_at", "invitation", "sponsor_id"):
        op.drop_column("member", column)
    for table in (
        "exchange_step",
        "exchange",
        "smile_entry",
        "payment_event",
        "smile_transfer",
        "purchase",
        "smile_account",
    ):
        op.drop_table(table)
