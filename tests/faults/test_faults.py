"""Whatever fails, nothing is lost, and all is well soon after. The long form of this is `./dev soak`."""

import pytest

from tests.faults.faults import FAULTS, TAKES_LONG
from tests.faults.ordeal import ordeal
from tests.faults.world import World
from tests.server.board.town import Town

SEED = 20261125


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in TAKES_LONG])
async def test_nothing_is_lost_by(name: str, world: World, town: Town) -> None:
    report = await ordeal(world, town, FAULTS[name], SEED)

    assert report.lost == []
