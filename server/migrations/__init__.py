"""How a database comes to have today's tables: Alembic's revisions, and the way to run them.

A revision is never changed once it was in a release; the next change is the next revision, by number.

Expand, then contract: releases run side by side while one follows the other, so a revision only adds (a
table, an index, a column that may be null or has a default in the database); what nothing uses any more is
taken away by a later release. Thus a release runs on the tables of the next one, and one can go back to it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from server.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent


def newest() -> str:
    """Return the number of the newest revision."""
    return max(path.name.partition("_")[0] for path in FOLDER.glob("versions/[0-9]*.py"))


async def upgrade(database: Database) -> list[str]:
    """Bring `database` to the newest revision; return the numbers of those that were run.

    Two processes may do so at once: the second waits for the first and finds nothing left to do.
    """
    async with database.migration() as connection:
        return await connection.run_sync(_upgrade)


async def is_current(database: Database) -> bool:
    """Return whether `database` has today's tables, or those of a later release."""
    async with database.migration() as connection:
        return await connection.run_sync(_version) >= newest()


async def make(database: Database, sentence: str) -> None:
    """Write the next revision: what lies between `database`, brought up to date, and today's models."""
    from alembic import command

    await upgrade(database)
    number = f"{int(newest()) + 1:04}"
    async with database.migration() as connection:
        await connection.run_sync(
            lambda bound: command.revision(config(bound), sentence, autogenerate=True, rev_id=number)
        )


def config(connection: Connection) -> "Config":
    """Return Alembic's configuration for this tree, bound to `connection`."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = connection
    return made


def _upgrade(connection: Connection) -> list[str]:
    before = _version(connection)
    if before >= newest():
        # Alembic takes most of a second to load: a start that needs none of it does without.
        return []
    from alembic import command

    command.upgrade(config(connection), "head")
    numbers = sorted(path.name.partition("_")[0] for path in FOLDER.glob("versions/[0-9]*.py"))
    return [number for number in numbers if number > before]


def _version(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
