"""One fault, a crowd that lives through it, and the judgement."""

import itertools
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

from realtime.shapes import Place
from tests.faults.checker import violations
from tests.faults.crowd import Crowd
from tests.faults.faults import Fault
from tests.faults.history import History, Outcome, now
from tests.faults.scenes import Scene
from tests.faults.street import Street
from tests.faults.world import World
from tests.server.board.town import Town

# What the crowd does before the fault strikes.
_WARM = 10
# Generous: the promise is 5 s once the bus is back, on a machine that has nothing else to do.
WHOLE_SECONDS = 40.0

_places = itertools.count()


@dataclass(frozen=True)
class Report:
    """How it went: what the checker found lost, and how long, from the mending on, until all was well."""

    lost: list[str]
    whole_seconds: float
    deeds: int
    unknown: int


async def ordeal(world: World, town: Town, fault: Fault, seed: int) -> Report:
    """Have a new crowd live through `fault`."""
    dice = Random(seed)
    history = History()
    async with AsyncExitStack() as stack:
        street = await stack.enter_async_context(Street(world, history))
        crowd = Crowd(street, town, _somewhere(), dice)
        await crowd.settle()
        await stack.enter_async_context(crowd.living())
        await crowd.more_attempts(_WARM)
        await fault(world, crowd, dice)
        mended = now()
        await crowd.rest()
        differing = await crowd.whole(WHOLE_SECONDS)
        whole_seconds = now() - mended
        lost = [*differing, *violations(history, await crowd.truth())]
    unknown = sum(deed.outcome is Outcome.UNKNOWN for deed in history.deeds)
    return Report(lost, whole_seconds, len(history.deeds), unknown)


async def play(world: World, town: Town, scene: Scene, patience_seconds: float) -> list[str]:
    """Have a new crowd, which does nothing else, play `scene`; return what the checker finds lost."""
    history = History()
    async with AsyncExitStack() as stack:
        street = await stack.enter_async_context(Street(world, history))
        crowd = Crowd(street, town, _somewhere(), Random(1))
        await crowd.settle()
        await stack.enter_async_context(crowd.living(busy=False))
        await scene(world, crowd)
        differing = await crowd.whole(patience_seconds)
        return [*differing, *violations(history, await crowd.truth())]


def _somewhere() -> Place:
    """Return a place where no crowd has been."""
    n = next(_places)
    return Place(lon=-170.0 + n % 680 * 0.5, lat=30.0 + n // 680 * 0.5)
