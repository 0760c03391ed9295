"""Listings, what is said under them, and the audit, to which lines are only ever added."""

import sqlalchemy as sa
from alembic import op

from server.tables import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_POSTGRESQL_APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'lines of % are only ever added', TG_TABLE_NAME;
END $$
"""


def upgrade() -> None:
    """Make the board."""
    _listing()
    _conversation()
    _message()
    _audit()
    _append_only("audit")


def _listing() -> None:
    op.create_table(
        "listing",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("author_id", sa.String(36), nullable=False),
        sa.Column("thread_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("category", sa.String(16), nullable=False),
        sa.Column("smiles", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("lon", sa.Float(53), nullable=False),
        sa.Column("lat", sa.Float(53), nullable=False),
        sa.Column("precision", sa.String(16), nullable=False),
        sa.Column("cell", sa.String(16), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("edited_at", Moment()),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("hidden_at", Moment()),
        sa.Column("hidden_reason", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("smiles >= 0", name=op.f("ck_listing_smiles_positive")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_listing_version_counts")),
        sa.CheckConstraint(
            "lon >= -180 AND lon <= 180 AND lat >= -90 AND lat <= 90", name=op.f("ck_listing_on_earth")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name="fk_listing_author_id"),
        sa.PrimaryKeyConstraint("id", name="pk_listing"),
        sa.UniqueConstraint("thread_id", name="uq_listing_thread_id"),
    )
    op.create_index("ix_listing_author_state", "listing", ["author_id", "state"])
    op.create_index("ix_listing_state_expires", "listing", ["state", "expires_at"])
    op.create_index("ix_listing_created_at", "listing", ["created_at"])


def _conversation() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("listing_id", sa.String(36), nullable=False),
        sa.Column("answerer_id", sa.String(36)),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name="fk_conversation_listing_id"),
        sa.ForeignKeyConstraint(["answerer_id"], ["member.id"], name="fk_conversation_answerer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_conversation"),
        sa.UniqueConstraint("listing_id", "answerer_id", name="uq_conversation_listing_id_answerer_id"),
    )
    threads = sa.text("answerer_id IS NULL")
    op.create_index(
        "uq_conversation_thread",
        "conversation",
        ["listing_id"],
        unique=True,
        sqlite_where=threads,
        postgresql_where=threads,
    )
    op.create_table(
        "participant",
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("member_id", sa.String(36), nullable=False),
        sa.Column("read_seq", sa.BigInteger(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.CheckConstraint("unread >= 0", name=op.f("ck_participant_unread_counts")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_participant_conversation_id"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_participant_member_id"),
        sa.PrimaryKeyConstraint("conversation_id", "member_id", name="pk_participant"),
    )
    op.create_index("ix_participant_member_id", "participant", ["member_id"])


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.String(36), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("edited_at", Moment()),
        sa.Column("deleted_at", Moment()),
        sa.Column("hidden_at", Moment()),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_message_conversation_id"),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name="fk_message_author_id"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("conversation_id", "seq", name="uq_message_conversation_id_seq"),
    )
    op.create_index("ix_message_conversation_id_change", "message", ["conversation_id", "change"])
    op.create_index("ix_message_created_at", "message", ["created_at"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("moderator_id", sa.String(36), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.String(36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["moderator_id"], ["member.id"], name="fk_audit_moderator_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject_id", "audit", ["subject_id"])


def _append_only(table: str) -> None:
    """Have the database itself refuse to change or delete a line of `table`."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRESQL_APPEND_ONLY)
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
    """Take the board away."""
    for table in ("audit", "message", "participant", "conversation", "listing"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
