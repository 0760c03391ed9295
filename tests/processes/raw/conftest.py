"""A town with one web process whose frames are read byte for byte."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.processes.street import WebProcess
from tests.server.board.town import Town, town_at


@pytest.fixture(scope="module")
def web(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    """One process on SQLite, to all tests of a module: they listen to what it sends."""
    folder = tmp_path_factory.mktemp("raw")
    path = folder / "town.sqlite3"
    shutil.copy(migrated_sqlite, path)
    photos = {"ONEMILE_PHOTO_DIR": str(folder / "photos")}
    with WebProcess(f"sqlite+aiosqlite:///{path}", **photos) as process:
        yield process


@pytest.fixture
async def town(web: WebProcess) -> AsyncIterator[Town]:
    """Its database, to let members live there."""
    async with town_at(web.database_url) as made:
        yield made
