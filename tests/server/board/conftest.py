"""The town, for the tests of this folder."""

from tests.server.board.town import (
    migrated_postgresql,
    migrated_sqlite,
    postgresql_town_url,
    sqlite_town_url,
    town,
    town_url,
)

__all__ = [
    "migrated_postgresql",
    "migrated_sqlite",
    "postgresql_town_url",
    "sqlite_town_url",
    "town",
    "town_url",
]
