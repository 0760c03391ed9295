"""Accounts, the outbox, idempotency keys and the development mailbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from server.tables import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    _accounts()
    _outbox()
    op.create_table(
        "idempotency_key",
        sa.Column("member_id", sa.String(36), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("body_mac", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "key", name="pk_idempotency_key"),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"])
    op.create_table(
        "shown_mail",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("to", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text()),
        sa.Column("button", sa.String(100)),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shown_mail"),
    )


def _accounts() -> None:
    op.create_table(
        "member",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("home_cell", sa.String(16)),
        sa.Column("home_lon", sa.Float(53)),
        sa.Column("home_lat", sa.Float(53)),
        sa.Column("moderator", sa.Boolean(), nullable=False),
        sa.Column("shows_presence", sa.Boolean(), nullable=False),
        sa.Column("shows_reads", sa.Boolean(), nullable=False),
        sa.Column("verified_at", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_member"),
        sa.UniqueConstraint("email", name="uq_member_email"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("member_id", sa.String(36), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_session_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("token_hash", name="uq_session_token_hash"),
    )
    op.create_index("ix_session_member_id", "session", ["member_id"])
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    op.create_table(
        "mail_token",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("member_id", sa.String(36), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_mail_token_member_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_mail_token"),
    )
    op.create_index("ix_mail_token_member_id", "mail_token", ["member_id"])
    op.create_index("ix_mail_token_expires_at", "mail_token", ["expires_at"])


def _outbox() -> None:
    op.create_table(
        "outbox_signal",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_signal"),
    )
    op.create_index("ix_outbox_signal_created_at", "outbox_signal", ["created_at"])
    op.create_table(
        "outbox_job",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("key", sa.String(200)),
        sa.Column("run_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", Moment()),
        sa.Column("failed_at", Moment()),
        sa.Column("error", sa.String(500)),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_job"),
        sa.UniqueConstraint("key", name="uq_outbox_job_key"),
    )
    op.create_index("ix_outbox_job_run_at", "outbox_job", ["run_at"])


def downgrade() -> None:
    """Take the first tables back."""
    for table in (
        "mail_token",
        "session",
        "member",
        "outbox_signal",
        "outbox_job",
        "idempotency_key",
        "shown_mail",
    ):
        op.drop_table(table)
