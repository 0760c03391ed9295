"""The checker is itself checked: a 1Mile without one of its safeguards must not pass it."""

import re

import pytest

from tests.faults.ordeal import play
from tests.faults.scenes import SCENES
from tests.faults.world import World
from tests.server.board.town import Town
from tests.waiting import PATIENCE_SECONDS

# What is not well by then is not going to be: a gap is noticed in 0.4 s, and a sweep comes within 5.
_LOST_SECONDS = 2.0
_NOT_SWEPT_SECONDS = 7.0


@pytest.fixture
def world(world_of_module: World) -> World:
    """The world, of which each test restarts the processes as it needs them."""
    return world_of_module


async def test_a_whole_1mile_loses_nothing_in_any_scene(world: World, town: Town) -> None:
    for scene, _ in SCENES.values():
        assert await play(world, town, scene, PATIENCE_SECONDS) == []


async def test_news_of_pins_that_come_late_and_twice_change_nothing(world: World, town: Town) -> None:
    world.restart_with("late doubles")
    scene, _ = SCENES["no versions"]

    assert await play(world, town, scene, PATIENCE_SECONDS) == []


@pytest.mark.parametrize("mutation", SCENES)
async def test_the_checker_misses(mutation: str, world: World, town: Town) -> None:
    world.restart_with(mutation)
    scene, begins = SCENES[mutation]

    lost = await play(world, town, scene, _NOT_SWEPT_SECONDS if mutation == "no sweep" else _LOST_SECONDS)

    assert [line for line in lost if re.match(begins, line)], lost
