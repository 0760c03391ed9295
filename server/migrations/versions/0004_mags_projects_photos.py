"""Photos, mags with dates, and projects with what supports them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from server.tables import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables of photos and projects."""
    _columns()
    _photos()
    _projects()
    _supports()
    _append_only("pledge_step")


def _columns() -> None:
    for column in (
        sa.Column("photos", _DOCUMENT),
        sa.Column("starts_at", Moment()),
        sa.Column("ends_at", Moment()),
        sa.Column("progress", _DOCUMENT),
        sa.Column("project_id", sa.String(36)),
    ):
        op.add_column("listing", column)
    op.create_index("ix_listing_project_id", "listing", ["project_id"])
    op.add_column("member", sa.Column("avatar", sa.String(32)))
    op.add_column("message", sa.Column("update", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("smile_transfer", sa.Column("gift_id", sa.String(36)))
    op.create_index("ix_smile_transfer_gift_id", "smile_transfer", ["gift_id"])


def _photos() -> None:
    op.create_table(
        "photo",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("widths", _DOCUMENT, nullable=False),
        sa.Column("placeholder", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("used_at", Moment()),
        sa.Column("listing_id", sa.String(36)),
        sa.CheckConstraint("width >= 1 AND height >= 1", name=op.f("ck_photo_has_pixels")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name="fk_photo_listing_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["member.id"], name="fk_photo_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_photo"),
        sa.UniqueConstraint("name", name="uq_photo_name"),
    )
    op.create_index("ix_photo_created_at", "photo", ["created_at"])
    op.create_index("ix_photo_listing_id", "photo", ["listing_id"])
    op.create_index("ix_photo_owner_id", "photo", ["owner_id"])


def _projects() -> None:
    op.create_table(
        "project",
        sa.Column("listing_id", sa.String(36), nullable=False),
        sa.Column("reach", sa.String(16), nullable=False),
        sa.Column("target_cents", sa.BigInteger()),
        sa.Column("target_smiles", sa.Integer()),
        sa.Column("closes_at", Moment(), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.Column("release", sa.String(16), nullable=False),
        sa.Column("decide_by", Moment()),
        sa.Column("farewell", sa.Text()),
        sa.Column("team_code", sa.String(32)),
        sa.CheckConstraint("target_cents IS NULL OR target_cents >= 1", name=op.f("ck_project_euros_wanted")),
        sa.CheckConstraint(
            "target_smiles IS NULL OR target_smiles >= 1", name=op.f("ck_project_smiles_wanted")
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name="fk_project_listing_id"),
        sa.PrimaryKeyConstraint("listing_id", name="pk_project"),
        sa.UniqueConstraint("team_code", name="uq_project_team_code"),
    )
    op.create_table(
        "project_team",
        sa.Column("listing_id", sa.String(36), nullable=False),
        sa.Column("member_id", sa.String(36), nullable=False),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["project.listing_id"], name="fk_project_team_listing_id"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_project_team_member_id"),
        sa.PrimaryKeyConstraint("listing_id", "member_id", name="pk_project_team"),
    )
    op.create_index("ix_project_team_member_id", "project_team", ["member_id"])


def _supports() -> None:
    op.create_table(
        "pledge",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("listing_id", sa.String(36), nullable=False),
        sa.Column("member_id", sa.String(36), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("cents >= 100", name=op.f("ck_pledge_a_euro_or_more")),
        sa.ForeignKeyConstraint(["listing_id"], ["project.listing_id"], name="fk_pledge_listing_id"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_pledge_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pledge"),
    )
    op.create_index("ix_pledge_listing_state", "pledge", ["listing_id", "state"])
    op.create_index("ix_pledge_member_id", "pledge", ["member_id"])
    op.create_table(
        "pledge_step",
        sa.Column("pledge_id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("by_id", sa.String(36)),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name="fk_pledge_step_by_id"),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"], name="fk_pledge_step_pledge_id"),
        sa.PrimaryKeyConstraint("pledge_id", "version", name="pk_pledge_step"),
    )
    op.create_table(
        "gift",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("listing_id", sa.String(36), nullable=False),
        sa.Column("member_id", sa.String(36), nullable=False),
        sa.Column("smiles", sa.Integer(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("smiles >= 1", name=op.f("ck_gift_a_smile_or_more")),
        sa.ForeignKeyConstraint(["listing_id"], ["project.listing_id"], name="fk_gift_listing_id"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_gift_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_gift"),
    )
    op.create_index("ix_gift_listing_state", "gift", ["listing_id", "state"])
    op.create_index("ix_gift_member_id", "gift", ["member_id"])


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
    """Take photos and projects away."""
    for table in ("gift", "pledge_step", "pledge", "project_team", "project", "photo"):
        op.drop_table(table)
    op.drop_index("ix_smile_transfer_gift_id", "smile_transfer")
    op.drop_column("smile_transfer", "gift_id")
    op.drop_column("message", "update")
    op.drop_column("member", "avatar")
    op.drop_index("ix_listing_project_id", "listing")
    for name in ("project_id", "progress", "ends_at", "starts_at", "photos"):
        op.drop_column("listing", name)
