"""Real server processes and real clients: what runs in a town, started by its own command line."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import httpx
from websockets.asyncio.client import connect

from realtime.backend import Viewer
from realtime.protocol import LIVE_PATH
from realtime.shapes import Place
from server.board.finding import author_of
from server.ids import new_id
from server.members import sessions
from server.smiles import ledger
from tests.local_server import STOP_SECONDS, OurServer
from tests.realtime.served import Client
from tests.server.board.town import REUNION, Town

SECRET = "a secret that the processes of a test share"
SERVE = ("server", "serve")


class WebProcess(OurServer):
    """One web process, as `python -m server serve` runs it. `program`: another module, and its arguments."""

    name = "web"

    def __init__(
        self,
        database_url: str,
        redis_url: str | None = None,
        program: Sequence[str] = SERVE,
        **settings: str,
    ) -> None:
        super().__init__()
        self.database_url = database_url
        self._serves = program
        self._settings |= {
            "ONEMILE_DATABASE_URL": database_url,
            "ONEMILE_REDIS_URL": redis_url or "",
            "ONEMILE_SECRET": SECRET,
            "ONEMILE_MAIL": "page",
            "ONEMILE_PAYMENTS": "page",
            "ONEMILE_LIMITS": "false",
            # What members have is what a test gives them.
            "ONEMILE_SMILES_GRANT": "0",
            "ONEMILE_PORT": str(self.port),
            **settings,
        }

    def written(self) -> str:
        """Return all that it wrote to its log."""
        return self.log.read_text(errors="replace")

    def ended(self) -> int:
        """Wait until it has ended by itself, and return how."""
        return self._started().wait(STOP_SECONDS)

    def _program(self) -> Sequence[str]:
        return self._serves

    def _ping(self) -> None:
        try:
            urlopen(f"{self.address}/health/ready", timeout=5).close()
        except HTTPError as not_yet:
            # It holds the connection: left to the collector, that fails whichever test comes then.
            not_yet.close()
            raise


class Neighbour:
    """A member at a browser, or somebody who only looks: at whichever process one likes."""

    def __init__(self, viewer: Viewer | None = None, token: str | None = None) -> None:
        self.viewer, self.token = viewer, token

    @property
    def id(self) -> str:
        """The member's id."""
        assert self.viewer is not None
        assert self.viewer.member is not None
        return self.viewer.member.id

    async def ask(
        self, web: WebProcess, method: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        """Send one request, under `key` or one of its own."""
        headers = {**self._headers(web), "Idempotency-Key": key or new_id()}
        # No certificates to load for a plain connection: they take longer than the request.
        async with httpx.AsyncClient(base_url=web.address, timeout=20, verify=False) as client:
            return await client.request(method, path, json=body, headers=headers)

    async def publish(self, web: WebProcess, *, place: Place = REUNION, **draft: Any) -> dict[str, Any]:
        """Publish a request; return it as it was answered."""
        usual = {"kind": "request", "title": "Tondre la pelouse", "text": "Samedi.", "category": "garden"}
        body = {"id": new_id(), **usual, "place": place.model_dump(), **draft}
        answer = await self.ask(web, "POST", "/api/listings", body)
        assert answer.status_code == 201, answer.text
        listing: dict[str, Any] = answer.json()["listing"]
        return listing

    async def shows(self, web: WebProcess, photo: bytes) -> str:
        """Be seen by a photo, a JPEG; return its name."""
        photo_id = new_id()
        headers = {**self._headers(web), "Content-Type": "image/jpeg"}
        async with httpx.AsyncClient(base_url=web.address, timeout=120, verify=False) as client:
            sent = await client.put(f"/api/photos/{photo_id}?kind=avatar", content=photo, headers=headers)
        answer = await self.ask(web, "PUT", "/api/me/avatar", {"photo": photo_id})
        assert answer.status_code == 204, answer.text
        return str(sent.json()["name"])

    async def say(
        self, web: WebProcess, conversation: str, text: str, message_id: str | None = None
    ) -> httpx.Response:
        """Post a message."""
        body = {"id": message_id or new_id(), "text": text}
        return await self.ask(web, "POST", f"/api/conversations/{conversation}/messages", body)

    @asynccontextmanager
    async def socket(self, web: WebProcess) -> AsyncIterator[Client]:
        """Open a socket, past its welcome."""
        address = f"ws://127.0.0.1:{web.port}{LIVE_PATH}"
        async with connect(address, additional_headers=self._headers(web)) as opened:
            client = Client(opened)
            await client.next_event()
            yield client

    def _headers(self, web: WebProcess) -> dict[str, str]:
        cookie = {"Cookie": f"onemile={self.token}"} if self.token else {}
        return {"Origin": web.address, **cookie}


async def grant(town: Town, member: str, smiles: int) -> None:
    """Have a member be granted smiles, as if they had joined in the usual way."""
    async with town.database.write() as session:
        await ledger.give(session, "grant", member, smiles, key=f"test:{new_id()}")


async def moves_in(town: Town, name: str, **facts: Any) -> Neighbour:
    """Let a member live in the town and sign in."""
    viewer = await town.member(name, **facts)
    assert viewer.member is not None
    async with town.database.write() as session:
        row = await author_of(session, viewer.member.id)
        token = await sessions.start(session, row, "Firefox")
    return Neighbour(viewer, token)
