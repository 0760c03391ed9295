"""How a database comes to have today's tables: Alembic's revisions, and the way to run them.

A revision is never changed once it was in a release; the next change is the next revision.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from server.database import Database

FOLDER = Path(__file__).parent


async def upgrade(database: Database) -> list[str]:
    """Bring `database` to the newest revision; return those that were run, oldest first.

    Two processes may do so at once: the second waits for the first and finds nothing left to do.
    """
    async with database.migration() as connection:
        return await connection.run_sync(_upgrade)


async def make(database: Database, sentence: str) -> None:
    """Write the next revision: what lies between `database`, brought up to date, and today's models."""
    await upgrade(database)
    number = f"{len(list(FOLDER.glob('versions/[0-9]*.py'))) + 1:04}"
    async with database.migration() as connection:
        await connection.run_sync(
            lambda bound: command.revision(config(bound), sentence, autogenerate=True, rev_id=number)
        )


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for this tree, bound to `connection`."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = connection
    return made


def _upgrade(connection: Connection) -> list[str]:
    here = config(connection)
    script = ScriptDirectory.from_config(here)
    before = MigrationContext.configure(connection).get_current_heads()
    if set(before) == set(script.get_heads()):
        return []
    command.upgrade(here, "head")
    return [one.revision for one in reversed(list(script.walk_revisions())) if one.revision not in before]
