"""A world of three web processes, for the tests of this folder; and its own database."""

import gc
import warnings
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.faults.world import World
from tests.server.board.town import Town, migrated_postgresql, migrated_sqlite, town_at
from tests.servers import PostgresServer, RedisServer

__all__ = ["migrated_postgresql", "migrated_sqlite"]


@pytest.fixture(autouse=True)
def cut_lines_are_forgotten() -> Iterator[None]:
    """Forget, with the test, the clients' ends of lines that were cut while its loop was ending.

    A transport that is closed with something left to send waits for its loop, which is gone; found by a later
    test's collection of garbage, it would be that test's fault. What the server leaves open, R3 counts.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def world_of_module(
    redis_server: RedisServer, postgres_server: PostgresServer, migrated_postgresql: str
) -> Iterator[World]:
    """The world that the tests of a module share: to start it takes longest."""
    postgres_server.start()
    redis_server.start()
    url = postgres_server.create_database(like=migrated_postgresql)
    with World(url, redis_server, postgres_server, processes=3) as world:
        yield world
    postgres_server.start()
    postgres_server.drop_database(url)


@pytest.fixture
def world(world_of_module: World) -> World:
    """The world as it should be, whatever became of it before."""
    world_of_module.start()
    return world_of_module


@pytest.fixture
async def town(world: World) -> AsyncIterator[Town]:
    """The database of the world, to let members live there."""
    async with town_at(world.database_url) as made:
        yield made
