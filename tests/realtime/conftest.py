"""A village with one process, over our wire class and over plain ASGI."""

from collections.abc import AsyncIterator

import pytest

from realtime.bus import MemoryBus
from tests.realtime.served import Process, new_live, serving
from tests.realtime.village import Village


@pytest.fixture
def village() -> Village:
    """A village where nobody lives yet."""
    return Village()


@pytest.fixture(params=["wire", "plain"])
async def process(request: pytest.FixtureRequest, village: Village) -> AsyncIterator[Process]:
    """A running server of `village`."""
    async with serving(new_live(village, MemoryBus()), request.param) as process:
        yield process
