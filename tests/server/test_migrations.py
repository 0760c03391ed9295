"""The revisions and the models agree, on both databases, forwards and backwards."""

import asyncio

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from server import migrations, schema
from server.database import Database
from server.ids import new_id
from tests.server.house import a_request, open_house


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


async def widen(url: str) -> None:
    """Make the tables of a later release: more of them, and more columns in each."""
    database = Database(url)
    await migrations.upgrade(database)
    async with database.migration() as connection:
        await connection.execute(text("CREATE TABLE of_the_next_release (id INTEGER PRIMARY KEY)"))
        for table in schema.METADATA.tables:
            await connection.execute(text(f"ALTER TABLE {table} ADD COLUMN may_be_null TEXT"))
            await connection.execute(
                text(f"ALTER TABLE {table} ADD COLUMN has_a_default INTEGER NOT NULL DEFAULT 7")
            )
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.aclose()


async def test_a_release_goes_on_with_the_tables_of_the_next_one(database_url: str) -> None:
    await widen(database_url)

    async with open_house(database_url) as house:
        ana, bo = await house.join("Ana"), await house.join("Bo")
        draft = a_request()
        key = {"Idempotency-Key": new_id()}
        published = await ana.post("/api/listings", json=draft, headers=key)
        thread = published.json()["listing"]["thread"]
        said = await bo.post(
            f"/api/conversations/{thread}/messages", json={"id": new_id(), "text": "Bonjour"}, headers=key
        )
        gone = await ana.delete(f"/api/listings/{draft['id']}")

    assert (published.status_code, said.status_code, gone.status_code) == (201, 201, 204)


async def test_migrating_to_an_older_release_leaves_the_tables_alone(database_url: str) -> None:
    await widen(database_url)
    database = Database(database_url)

    done, current = await migrations.upgrade(database), await migrations.is_current(database)
    await database.aclose()

    assert (done, current) == ([], True)
