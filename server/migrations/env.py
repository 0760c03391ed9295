"""Alembic's entry: runs revisions on the connection it is given."""

from typing import Any, Literal

import sqlmodel
from alembic import context
from alembic.autogenerate.api import AutogenContext

from server import schema
from server.tables import Moment


def rendered(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Return how a new revision writes a column's type, where Alembic would need another import."""
    if kind == "type" and isinstance(item, Moment):
        return "Moment()"
    if kind == "type" and isinstance(item, sqlmodel.AutoString):
        return f"sa.String(length={item.length})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.METADATA,
    # SQLite cannot alter most things: Alembic then copies the table.
    render_as_batch=True,
    compare_type=True,
    render_item=rendered,
)
context.run_migrations()
