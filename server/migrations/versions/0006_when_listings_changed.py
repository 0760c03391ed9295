"""When a listing last changed, for calendars that have been told of it."""

import sqlalchemy as sa
from alembic import op

from server.tables import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what has not changed since nobody knows more than before."""
    op.add_column("listing", sa.Column("changed_at", Moment()))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("listing", "changed_at")
