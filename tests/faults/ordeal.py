"""One fault, a crowd that lives through it, and the judgement."""

import asyncio
import itertools
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

from realtime.shapes import Place
from tests.faults.crowd import Crowd
from tests.faults.faults import Fault
from tests.faults.history import History, Outcome, now
from tests.faults.scenes import Scene
from tests.faults.street import Street
from tests.faults.world import World
from tests.server.board.town import Town

# What the crowd does before the fault strikes; with a new crowd, so that something is under way by then.
_WARM = 10
_WARM_FROM_COLD = 60
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
    dice, history = Random(seed), History()
    async with AsyncExitStack() as stack:
        crowd = await _gather(stack, world, town, history, dice)
        await stack.enter_async_context(crowd.living())
        await crowd.more_attempts(_WARM_FROM_COLD)
        whole_seconds, lost = await _live_through(fault, world, crowd, dice)
    unknown = sum(deed.outcome is Outcome.UNKNOWN for deed in history.deeds)
    return Report(lost, whole_seconds, len(history.deeds), unknown)


async def day(world: World, town: Town, faults: Mapping[str, Fault], seed: int) -> dict[str, list[str]]:
    """Have one crowd live through several faults; return what the checker finds lost after each."""
    dice, history = Random(seed), History()
    lost: dict[str, list[str]] = {}
    async with AsyncExitStack() as stack:
        crowd = await _gather(stack, world, town, history, dice)
        await stack.enter_async_context(crowd.living())
        for name, fault in faults.items():
            _, lost[name] = await _live_through(fault, world, crowd, dice)
            crowd.wake()
    return lost


async def _gather(stack: AsyncExitStack, world: World, town: Town, history: History, dice: Random) -> Crowd:
    street = await stack.enter_async_context(Street(world, history))
    crowd = Crowd(street, town, _somewhere(), dice)
    await crowd.settle()
    return crowd


async def _live_through(fault: Fault, world: World, crowd: Crowd, dice: Random) -> tuple[float, list[str]]:
    """Return how long, from the mending on, until all was well, and what was lost."""
    guest = await crowd.guest()
    await crowd.more_attempts(_WARM)
    leaving = asyncio.create_task(crowd.sees_off(guest))
    await fault(world, crowd, dice)
    mended = now()
    await leaving
    await crowd.rest()
    differing = await crowd.whole(WHOLE_SECONDS)
    took = now() - mended
    return took, [*differing, *await crowd.lost()]


async def play(world: World, town: Town, scene: Scene, patience_seconds: float) -> list[str]:
    """Have a new crowd, which does nothing else, play `scene`; return what the checker finds lost."""
    async with AsyncExitStack() as stack:
        crowd = await _gather(stack, world, town, History(), Random(1))
        await stack.enter_async_context(crowd.living(busy=False))
        await scene(world, crowd)
        differing = await crowd.whole(patience_seconds)
        return [*differing, *await crowd.lost()]


def _somewhere() -> Place:
    """Return a place where no crowd has been."""
    n = next(_places)
    return Place(lon=-170.0 + n % 680 * 0.5, lat=30.0 + n // 680 * 0.5)
