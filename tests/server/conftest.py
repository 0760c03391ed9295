"""The house, for the tests of the server: the whole application on each kind of database."""

from collections.abc import AsyncIterator

import pytest

from tests.server.board.town import (
    migrated_postgresql,
    migrated_sqlite,
    postgresql_town_url,
    sqlite_town_url,
    town_url,
)
from tests.server.house import House, open_house

__all__ = [
    "migrated_postgresql",
    "migrated_sqlite",
    "postgresql_town_url",
    "sqlite_town_url",
    "town_url",
]


@pytest.fixture
async def house(town_url: str) -> AsyncIterator[House]:
    """A house with nobody in it, once on each kind of database."""
    async with open_house(town_url) as opened:
        yield opened


@pytest.fixture
async def small_house(sqlite_town_url: str) -> AsyncIterator[House]:
    """A house on SQLite only, for what has nothing to do with the database."""
    async with open_house(sqlite_town_url) as opened:
        yield opened
