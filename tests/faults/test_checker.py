"""The checker is itself checked: a 1Mile without one of its safeguards must not pass it."""

import pytest

from tests.faults.ordeal import play
from tests.faults.scenes import SCENES
from tests.faults.waiting import PATIENCE_SECONDS
from tests.faults.world import World
from tests.server.board.town import Town

# Longer than the sweep of a whole 1Mile may take: what is not well by then is not going to be.
_LOST_SECONDS = 7.0


@pytest.mark.parametrize("mutation", SCENES)
async def test_the_checker_misses(mutation: str, world: World, town: Town) -> None:
    scene, begins = SCENES[mutation]
    try:
        world.restart_with(mutation)

        lost = await play(world, town, scene, _LOST_SECONDS)
    finally:
        world.restart_with()

    assert [line for line in lost if line.startswith(begins)], lost


async def test_nothing_is_lost_in_the_same_scenes_by_a_whole_1mile(world: World, town: Town) -> None:
    for scene, _ in SCENES.values():
        assert await play(world, town, scene, PATIENCE_SECONDS) == []


async def test_news_of_pins_that_come_late_and_twice_change_nothing(world: World, town: Town) -> None:
    scene, _ = SCENES["no versions"]
    try:
        world.restart_with("late doubles")

        assert await play(world, town, scene, PATIENCE_SECONDS) == []
    finally:
        world.restart_with()
