"""The ways from a client to the processes, whichever stand: each attempt is noted."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Self

import httpx

from tests.faults.history import Attempt, History, now
from tests.faults.world import World

# What takes longer has no answer.
ANSWER_SECONDS = 20.0


class Street:
    """Plain requests to any of the processes. What was not answered is None."""

    def __init__(self, world: World, history: History) -> None:
        self.world = world
        self.history = history
        self._stack = AsyncExitStack()
        self._clients: list[httpx.AsyncClient] = []

    async def __aenter__(self) -> Self:
        for web in self.world.webs:
            # No certificates to load for plain connections: they take longer than the requests.
            client = httpx.AsyncClient(
                base_url=web.address, timeout=ANSWER_SECONDS, verify=False, trust_env=False
            )
            self._clients.append(await self._stack.enter_async_context(client))
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self._stack.aclose()

    async def ask(
        self,
        web: int,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        key: str | None = None,
        photo: bytes | None = None,
    ) -> httpx.Response | None:
        """Send one request to process `web`, with `body` or a `photo` in it; return what came."""
        headers = {"Origin": self.world.webs[web].address}
        if token is not None:
            headers["Cookie"] = f"onemile={token}"
        if key is not None:
            headers["Idempotency-Key"] = key
        began = now()
        answer = None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._clients[web].request(
                    method, path, json=body, content=photo, headers=headers
                )
        except (httpx.TransportError, TimeoutError):
            pass
        status = answer.status_code if answer is not None else None
        self.history.attempts.append(Attempt(web, "rest", method != "GET", began, now(), status))
        return answer
