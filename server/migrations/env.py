"""Alembic's entry: runs revisions on the connection it is given."""

from alembic import context

from server import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.METADATA,
    # SQLite cannot alter most things: Alembic then copies the table.
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
