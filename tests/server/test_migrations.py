"""The revisions and the models agree, on both databases, forwards and backwards."""

import asyncio

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from server import migrations, schema
from server.database import Database


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
    return list(compare_metadata(context, schema.METADATA))


async def test_the_revisions_make_exactly_the_tables_of_the_models(town_url: str) -> None:
    database = Database(town_url)

    async with database.migration() as connection:
        found = await connection.run_sync(differences)
    await database.aclose()

    assert found == []


async def test_every_revision_can_be_taken_back(database_url: str) -> None:
    database = Database(database_url)
    await migrations.upgrade(database)

    async with database.migration() as connection:
        await connection.run_sync(lambda bound: command.downgrade(migrations.config(bound), "base"))
        left = await connection.run_sync(lambda bound: inspect(bound).get_table_names())
    again = await migrations.upgrade(database)
    await database.aclose()

    assert left == ["alembic_version"]
    assert again[-1] == migrations.newest()


async def test_two_processes_may_migrate_at_once(database_url: str) -> None:
    databases = [Database(database_url), Database(database_url)]

    done = await asyncio.gather(*(migrations.upgrade(database) for database in databases))

    assert sorted(map(len, done)) == [0, max(map(len, done))]
    assert all([await migrations.is_current(database) for database in databases])
    for database in databases:
        await database.aclose()


async def test_a_database_without_tables_is_known_not_to_be_current(database_url: str) -> None:
    database = Database(database_url)

    current = await migrations.is_current(database)
    await database.aclose()

    assert current is False
