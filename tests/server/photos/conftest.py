"""A house that takes photos, for the tests of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.house import House, open_house


@pytest.fixture
async def house(town_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A house with nobody in it, once on each kind of database, whose photos lie in a folder of the test."""
    async with open_house(town_url, photo_dir=tmp_path / "photos") as opened:
        yield opened


@pytest.fixture
async def small_house(sqlite_town_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """The same on SQLite only, for what has nothing to do with the database."""
    async with open_house(sqlite_town_url, photo_dir=tmp_path / "photos") as opened:
        yield opened
