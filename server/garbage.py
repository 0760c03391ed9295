"""What is there after the start stays there, and need not be looked at again and again.

Now and then Python looks for cycles among all objects that are alive: its modules, ours, each pin. While it
does nobody is answered, and who sends a body of many small lists can make it happen. What there is after the
start is put aside: it is freed as before once nobody refers to it, only cycles in it would stay.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette


def settled(app: Starlette) -> Starlette:
    """Return `app`, which puts aside what there is as soon as it has started."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Any]:
        async with inner(app) as state:
            gc.collect()
            gc.freeze()
            yield state
        gc.unfreeze()

    app.router.lifespan_context = lifespan
    return app
