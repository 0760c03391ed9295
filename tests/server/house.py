"""A house for tests: the whole application on a real database, reached through its front door."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import time_machine
from sqlmodel import col, select

from realtime.bus import MemoryBus
from realtime.signals import AnySignal
from server.app import create_app
from server.clock import now
from server.ids import new_id
from server.mail import ShownMailRow
from server.settings import Settings
from server.site import Site

ORIGIN = "http://localhost:8000"
PASSWORD = "un mot de passe"
REUNION = {"lon": 7.3389, "lat": 47.7466}

S = TypeVar("S")


def settings(database_url: str, **given: Any) -> Settings:
    """Return settings for tests: cheap passwords, no limits, mails on a page, jobs when asked for."""
    usual: dict[str, Any] = {
        "database_url": database_url,
        "mail": "page",
        "limits": False,
        "embedded_jobs": False,
        "argon2_time_cost": 1,
        "argon2_memory_kib": 8,
        "secret": "a secret that is long enough for tests",
    }
    return Settings(**{**usual, **given})


class House:
    """A running application and those who call at its door."""

    def __init__(self, given: Settings) -> None:
        self.settings = given
        self.app = create_app(given, share_clock=False)
        self._heard: list[AnySignal] = []
        self._ending = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._ending.enter_async_context(self.app.router.lifespan_context(self.app))
        if isinstance(self.site.bus, MemoryBus):
            await self._listen(self.site.bus)
        return self

    async def _listen(self, bus: MemoryBus) -> None:
        """Hear what comes over the bus before the live side does."""
        live = self.app.state.live

        def receive(signals: list[AnySignal]) -> None:
            self._heard.extend(signals)
            live.receive(signals)

        await bus.start(receive, live.on_gap, live.on_loss)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._ending.__aexit__(kind, error, trace)

    @property
    def site(self) -> Site:
        """The running parts."""
        site: Site = self.app.state.site
        return site

    async def work(self) -> int:
        """Carry out the jobs that are due."""
        done: int = await self.app.state.parts.worker.drain()
        return done

    async def told(self, kind: type[S]) -> list[S]:
        """Return what was told of one kind over the bus (not Redis), in order.

        The outbox would not show it: it is running, and forgets within a second what has been told.
        """
        assert isinstance(self.site.bus, MemoryBus)
        await self.site.bus.publish([])  # comes after all that was published before
        return [signal for signal in self._heard if isinstance(signal, kind)]

    async def visitor(self, **headers: str) -> httpx.AsyncClient:
        """Return somebody at a browser, not signed in."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=("192.0.2.7", 4711))
        client = httpx.AsyncClient(
            transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN, **headers}
        )
        return await self._ending.enter_async_context(client)

    async def join(self, name: str = "Ana", **draft: Any) -> httpx.AsyncClient:
        """Return a new member, signed in by the link that came by mail."""
        client = await self.visitor()
        joined = await client.post("/api/members", json=a_newcomer(name, **draft))
        assert joined.status_code == 202, joined.text
        used = await client.post("/api/session/link/use", json={"token": await self.last_token()})
        assert used.status_code == 200, used.text
        return client

    async def mails(self) -> list[ShownMailRow]:
        """Return the letters that were sent, oldest first."""
        await self.work()
        async with self.site.database.read() as session:
            return list((await session.exec(select(ShownMailRow).order_by(col(ShownMailRow.id)))).all())

    async def last_token(self) -> str:
        """Return the token of the link in the last letter."""
        link = (await self.mails())[-1].link
        assert link is not None
        return link.partition("#")[2]


def a_newcomer(name: str = "Ana", **draft: Any) -> dict[str, Any]:
    """Return what somebody writes who joins."""
    return {
        "email": f"{name.lower()}@example.org",
        "password": PASSWORD,
        "name": name,
        "home": REUNION,
        **draft,
    }


def a_request(**draft: Any) -> dict[str, Any]:
    """Return a request to publish."""
    usual = {
        "id": new_id(),
        "kind": "request",
        "title": "Tondre la pelouse",
        "text": "Une heure, samedi matin.",
        "category": "garden",
        "smiles": 3,
        "place": REUNION,
    }
    return {**usual, **draft}


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = json.loads(answer.text)
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


@asynccontextmanager
async def open_house(database_url: str, **given: Any) -> AsyncIterator[House]:
    """Run a house on the migrated database at `database_url`."""
    async with House(settings(database_url, **given)) as house:
        yield house


@asynccontextmanager
async def open_counting_house(database_url: str, **given: Any) -> AsyncIterator[House]:
    """Run a house that counts how often one does what, and where time stands.

    Limits are counted by the hour and the minute of the clock: past the end of one, one more is let through.
    """
    async with open_house(database_url, limits=True, **given) as house:
        with time_machine.travel(now(), tick=False):
            yield house
