"""A 1Mile as somebody runs it at home, for tests that look at it through a browser."""

import html
import itertools
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from server.ids import new_id
from tests.local_server import LocalServer, ServerFailed

PROJECT = Path(__file__).parents[2]
PASSWORD = "bonjour-voisin"  # of every account that a test makes
PATIENCE_SECONDS = 15

T = TypeVar("T")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Account:
    """A member of a house, signed in by `token`."""

    id: str
    name: str
    email: str
    token: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A position, and others so many metres from it."""

    lon: float
    lat: float

    def away(self, *, east_m: float = 0, north_m: float = 0) -> "Spot":
        """Return the position that lies so far from here; good for a few kilometres at latitude 46.5."""
        return Spot(self.lon + east_m / 76_540, self.lat + north_m / 111_195)


class House(LocalServer):
    """`python -m server up --empty` in a folder of its own, without rate limits and without foreign tiles."""

    name = "house"
    clean_signal = signal.SIGTERM
    abrupt_signal = signal.SIGKILL

    def __init__(self, **settings: str) -> None:
        super().__init__()
        self._settings = {
            "PYTHONPATH": str(PROJECT),
            "ONEMILE_PUBLIC_URL": self.address,
            "ONEMILE_LIMITS": "false",
            "ONEMILE_STYLE_URL": "",
            "ONEMILE_DARK_STYLE_URL": "",
            # A test is in no hurry to be hard to guess.
            "ONEMILE_ARGON2_TIME_COST": "1",
            "ONEMILE_ARGON2_MEMORY_KIB": "64",
            **settings,
        }

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        """Its SQLite file."""
        return self.folder / "data" / "onemile.sqlite3"

    def ask(
        self, method: str, path: str, body: Any = None, *, account: Account | None = None
    ) -> httpx.Response:
        """Send one request, as `account` or as nobody. Raises `httpx.HTTPStatusError` if it is refused."""
        headers = {"Origin": self.address, "Idempotency-Key": new_id()}
        if account is not None:
            headers["Cookie"] = f"onemile={account.token}"
        answer = httpx.request(method, self.address + path, json=body, headers=headers, timeout=20)
        return answer.raise_for_status()

    def join(self, name: str) -> Account:
        """Let somebody join who is called `name`, by the link of the mail that they get."""
        email = f"member.{next(_numbers)}@test.example"
        self.ask("POST", "/api/members", {"email": email, "name": name, "password": PASSWORD})
        link = self.link_for(email)
        entered = self.ask("POST", "/api/session/link/use", {"token": link.partition("#")[2]})
        return Account(entered.json()["member"]["id"], name, email, entered.cookies["onemile"])

    def link_for(self, email: str) -> str:
        """Return the link in the newest mail to `email`; waits until there is one."""
        letter = re.compile(rf'{re.escape(email)} .*?href="([^"]+)"', re.DOTALL)
        found = eventually(lambda: letter.search(self.ask("GET", "/dev/mail").text))
        return html.unescape(found[1])

    def publish(self, author: Account, title: str, at: Spot, **draft: Any) -> dict[str, Any]:
        """Publish a request exactly `at`; return it as it was answered."""
        usual = {"kind": "request", "text": f"{title}, s’il vous plaît.", "category": "garden", "smiles": 2}
        place = {"place": {"lon": at.lon, "lat": at.lat}, "precision": "exact"}
        body = {"id": new_id(), "title": title, **usual, **place, **draft}
        listing: dict[str, Any] = self.ask("POST", "/api/listings", body, account=author).json()["listing"]
        return listing

    def say(self, author: Account, conversation: str, text: str) -> dict[str, Any]:
        """Post a message; return it as it was answered."""
        path = f"/api/conversations/{conversation}/messages"
        said: dict[str, Any] = self.ask("POST", path, {"id": new_id(), "text": text}, account=author).json()
        return said

    def open_dialog(self, author: Account, listing: str) -> str:
        """Open a private dialog under a listing; return its id."""
        opened = self.ask("PUT", f"/api/listings/{listing}/dialog", account=author)
        return str(opened.json()["conversation"])

    def appoint(self, account: Account) -> None:
        """Make a member a moderator, as the operator does."""
        self._run("moderator", "add", account.email)

    def _run(self, *words: str) -> None:
        environment = self._words({"ONEMILE_DATABASE_URL": f"sqlite:///{self.database}"})
        done = subprocess.run(
            [*environment, *words], cwd=self.folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ServerFailed(done.stderr)

    def _command(self) -> list[str]:
        return [*self._words(), "up", "--empty", "--data", "data", "--port", str(self.port)]

    def _words(self, further: Mapping[str, str] | None = None) -> list[str]:
        settings = [f"{name}={value}" for name, value in {**self._settings, **(further or {})}.items()]
        return ["env", *settings, sys.executable, "-m", "server"]

    def _ping(self) -> None:
        self.ask("GET", "/health/ready")


class ServedHouse(House):
    """The same as a town serves it: `python -m server serve`, with a Redis beside it."""

    def __init__(self, redis_url: str) -> None:
        super().__init__(ONEMILE_REDIS_URL=redis_url, ONEMILE_MAIL="page")

    def start(self) -> None:
        """Bring the database to the newest tables, and serve."""
        self.database.parent.mkdir(exist_ok=True)
        self._run("migrate")
        super().start()

    def _command(self) -> list[str]:
        settings = {"ONEMILE_DATABASE_URL": f"sqlite:///{self.database}", "ONEMILE_PORT": str(self.port)}
        return [*self._words(settings), "serve"]


def eventually(look: Callable[[], T | None]) -> T:
    """Return what `look` finds as soon as it finds something; fail after `PATIENCE_SECONDS`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"nothing within {PATIENCE_SECONDS} s"
        time.sleep(0.02)
