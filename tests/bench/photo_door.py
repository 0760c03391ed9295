"""A server that takes photos, for the bench: `1mile` or `threads`, with an eye on its event loop.

`threads` is the peer: what most programs do, Pillow in the thread pool of the event loop, by the very code
that 1Mile runs in its child. Each line on the standard input is answered with what happened since the last:
the longest the loop kept others waiting, and the part of it that it computed itself, in ms; and the most
memory that the process and its child ever had, in MiB.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.app import create_app, in_background
from server.edge.patience import PatientProtocol
from server.garbage import settled
from server.ids import new_id
from server.photos.folder import FolderStore
from server.photos.prints import Unusable
from server.settings import Settings
from tests.kernel import children_of, peak_memory_of

LOOK_SECONDS: Final = 0.005


class Watch:
    """The worst turns of this process's loop."""

    def __init__(self) -> None:
        # What else is written there, the log, nobody reads: a full pipe would hold up the loop.
        self._answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())
        self._late = self._computed = 0.0

    async def run(self) -> None:
        """Look all the time."""
        loop = asyncio.get_running_loop()
        while True:
            due, before = loop.time() + LOOK_SECONDS, time.thread_time()
            await asyncio.sleep(LOOK_SECONDS)
            late = max(0.0, loop.time() - due)
            self._late = max(self._late, late)
            self._computed = max(self._computed, min(late, time.thread_time() - before))

    async def answer(self) -> None:
        """Answer each line."""
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while await reader.readline():
            told = {
                "late": self._late * 1000,
                "computed": self._computed * 1000,
                "memory": peak_memory_of("self"),
            }
            told["child"] = max(map(peak_memory_of, children_of("self")), default=0.0)
            self._late = self._computed = 0.0
            print(json.dumps(told), file=self._answers, flush=True)


def threads(folder: Path) -> Starlette:
    """Return the peer."""
    from server.photos.developing import develop

    store = FolderStore(folder)

    async def take(request: Request) -> Response:
        sent = await request.body()
        try:
            prints = await asyncio.to_thread(develop, sent, "photo")
        except (Unusable, MemoryError):
            return Response(status_code=422)
        await store.put(new_id(), prints.files)
        return JSONResponse({"widths": prints.widths}, 201)

    return Starlette(routes=[Route("/api/photos/{id}", take, methods=["PUT"])])


def watched(app: Starlette) -> Starlette:
    """Return `app`, watched from its start to its end."""
    inner, watch = app.router.lifespan_context, Watch()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Any]:
        async with inner(app) as state, in_background(watch.run()), in_background(watch.answer()):
            yield state

    app.router.lifespan_context = lifespan
    return app


def main() -> None:
    """Serve until the standard input ends."""
    kind, port = sys.argv[1], int(sys.argv[2])
    settings = Settings()
    app = create_app(settings) if kind == "1mile" else threads(settings.photo_dir)
    options: dict[str, Any] = {"http": PatientProtocol} if kind == "1mile" else {}
    uvicorn.run(settled(watched(app)), port=port, log_level="critical", **options)


if __name__ == "__main__":
    main()
