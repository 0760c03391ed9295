"""Waiting for what another process does: nobody tells us, so we look."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

# Generous: two cores may be busy with other things. What takes this long is broken, not slow.
PATIENCE_SECONDS = 60
_LOOK_SECONDS = 0.03


async def until(
    condition: Callable[[], bool | Awaitable[bool]], what: str, seconds: float = PATIENCE_SECONDS
) -> float:
    """Return how many seconds it took until `condition` held; an AssertionError says `what` did not come."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        holds = condition()
        if inspect.isawaitable(holds):
            holds = await holds
        took = loop.time() - began
        if holds:
            return took
        if took > seconds:
            raise AssertionError(f"{what}: not within {seconds:g} s")
        await asyncio.sleep(_LOOK_SECONDS)
