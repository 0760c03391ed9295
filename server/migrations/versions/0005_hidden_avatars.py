"""Avatars that moderators have hidden."""

import sqlalchemy as sa
from alembic import op

from server.tables import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for when a photo was hidden, and why."""
    op.add_column("photo", sa.Column("hidden_at", Moment()))
    op.add_column("photo", sa.Column("hidden_reason", sa.Text()))


def downgrade() -> None:
    """Forget that any was."""
    for name in ("hidden_reason", "hidden_at"):
        op.drop_column("photo", name)
