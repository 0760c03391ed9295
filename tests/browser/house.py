"""A 1Mile as somebody runs it at home, for tests that look at it through a browser."""

import html
import itertools
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from server.ids import new_id
from tests.local_server import OurServer, ServerFailed
from tests.waiting import PATIENCE_SECONDS

PASSWORD = "bonjour-voisin"  # of every account that a test makes

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


class House(OurServer):
    """`python -m server up --empty` in a folder of its own, without rate limits and without foreign tiles."""

    name = "house"

    def __init__(self, **settings: str) -> None:
        super().__init__()
        self._settings |= {
            "ONEMILE_LIMITS": "false",
            "ONEMILE_STYLE_URL": "",
            "ONEMILE_DARK_STYLE_URL": "",
            # A test is in no hurry to be hard to guess.
            "ONEMILE_ARGON2_TIME_COST": "1",
            "ONEMILE_ARGON2_MEMORY_KIB": "64",
            **settings,
        }

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
        answer = httpx.request(
            method, self.address + path, json=body, headers=headers, timeout=PATIENCE_SECONDS
        )
        return answer.raise_for_status()

    def join(self, name: str, kind: str = "individual") -> Account:
        """Let somebody join who is called `name`, by the link of the mail that they get.

        They have their first smiles: a job brings these, and who exchanges or counts must not be sooner.
        """
        email = f"member.{next(_numbers)}@test.example"
        self.ask("POST", "/api/members", {"email": email, "name": name, "kind": kind, "password": PASSWORD})
        link = self.link_for(email)
        entered = self.ask("POST", "/api/session/link/use", {"token": link.partition("#")[2]})
        account = Account(entered.json()["member"]["id"], name, email, entered.cookies["onemile"])
        eventually(lambda: self.ask("GET", "/api/me/smiles", account=account).json()["purse"]["balance"])
        return account

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

    def tell(self, author: Account, title: str, at: Spot, **draft: Any) -> dict[str, Any]:
        """Publish a mag exactly `at`; return it as it was answered."""
        usual = {"kind": "mag", "category": "shop", "text": f"{title}, **à deux pas**.", "smiles": 0}
        return self.publish(author, title, at, **{**usual, **draft})

    def say(self, author: Account, conversation: str, text: str) -> dict[str, Any]:
        """Post a message; return it as it was answered."""
        path = f"/api/conversations/{conversation}/messages"
        said: dict[str, Any] = self.ask("POST", path, {"id": new_id(), "text": text}, account=author).json()
        return said

    def open_dialog(self, author: Account, listing: str) -> str:
        """Open a private dialog under a listing; return its id."""
        opened = self.ask("PUT", f"/api/listings/{listing}/dialog", account=author)
        return str(opened.json()["conversation"])

    def exchange(
        self,
        listing: dict[str, Any],
        asker: Account,
        helper: Account,
        *,
        smiles: int = 1,
        words: str | None = None,
    ) -> None:
        """Have `helper` do what `asker` wants under a listing, and be thanked."""
        agreed = self.agree(listing, asker, helper, smiles)
        self._step(agreed, "confirm", asker, words)

    def miss(self, listing: dict[str, Any], asker: Account, helper: Account) -> None:
        """Have `helper` agree to do what `asker` wants under a listing, and say that they could not come."""
        self._step(self.agree(listing, asker, helper, 1), "report", helper)

    def agree(self, listing: dict[str, Any], asker: Account, helper: Account, smiles: int) -> dict[str, Any]:
        """Have `helper` agree to do what `asker` wants under a listing; return the exchange."""
        path = f"/api/conversations/{self.open_dialog(helper, listing['id'])}/exchanges"
        draft = {"id": new_id(), "helper": helper.id, "smiles": smiles, "agreed_for": None}
        proposed: dict[str, Any] = self.ask("POST", path, draft, account=helper).json()
        return self._step(proposed, "accept", asker)

    def _step(
        self, exchange: dict[str, Any], step: str, by: Account, words: str | None = None
    ) -> dict[str, Any]:
        body = {"version": exchange["version"], "words": words}
        taken: dict[str, Any] = self.ask(
            "POST", f"/api/exchanges/{exchange['id']}/{step}", body, account=by
        ).json()
        return taken

    def appoint(self, account: Account) -> None:
        """Make a member a moderator, as the operator does."""
        self._run("moderator", "add", account.email)

    def _run(self, *words: str) -> None:
        with tempfile.TemporaryFile("w+") as said:
            database = {"ONEMILE_DATABASE_URL": f"sqlite:///{self.database}"}
            if self._fork(("server", *words), said.fileno(), database).wait():
                said.seek(0)
                raise ServerFailed(said.read())

    def _program(self) -> Sequence[str]:
        return "server", "up", "--empty", "--data", "data", "--port", str(self.port)

    def _ping(self) -> None:
        self.ask("GET", "/health/ready")


class ServedHouse(House):
    """The same as a town serves it: `python -m server serve`, with a Redis beside it."""

    def __init__(self, redis_url: str) -> None:
        super().__init__(ONEMILE_REDIS_URL=redis_url, ONEMILE_MAIL="page")
        database = {"ONEMILE_DATABASE_URL": f"sqlite:///{self.database}"}
        self._settings |= {**database, "ONEMILE_PORT": str(self.port)}

    def start(self) -> None:
        """Bring the database to the newest tables, and serve."""
        self.database.parent.mkdir(exist_ok=True)
        self._run("migrate")
        super().start()

    def _program(self) -> Sequence[str]:
        return "server", "serve"


def eventually(look: Callable[[], T | None]) -> T:
    """Return what `look` finds as soon as it finds something; fail after `PATIENCE_SECONDS`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"nothing within {PATIENCE_SECONDS} s"
        time.sleep(0.02)
