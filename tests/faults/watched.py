"""A web process on SQLite that tells what it keeps: where clients misbehave (`tests.faults.inside`)."""

import json
import shutil
import signal
import subprocess
from pathlib import Path

from tests.faults.inside import HURRY, KEPT
from tests.processes.street import WebProcess
from tests.waiting import until

WATCHED = ("tests.faults.inside",)


class Watched(WebProcess):
    """One web process with a database of its own, a copy of `migrated`."""

    def __init__(self, migrated: Path, *, hurry: bool = False, limits: bool = False) -> None:
        super().__init__("", program=WATCHED)
        self.database_url = f"sqlite+aiosqlite:///{self.folder / 'town.sqlite3'}"
        shutil.copy(migrated, self.folder / "town.sqlite3")
        self._answer = self.folder / "kept.json"
        self._settings |= {
            "ONEMILE_DATABASE_URL": self.database_url,
            "ONEMILE_LIMITS": str(limits).lower(),
            KEPT: str(self._answer),
            HURRY: "yes" if hurry else "",
        }

    def resident_kib(self) -> int:
        """Return how much memory the process has."""
        asked = ["ps", "-o", "rss=", "-p", str(self.pid)]
        return int(subprocess.run(asked, capture_output=True, check=True, text=True).stdout)

    async def kept(self) -> dict[str, int]:
        """Return how much it keeps of everything."""
        self._answer.unlink(missing_ok=True)
        self.send(signal.SIGUSR1)
        await until(self._answer.exists, "the process says what it keeps")
        found: dict[str, int] = json.loads(self._answer.read_text())
        return found

    async def sockets(self) -> int:
        """Return how many sockets it has."""
        return (await self.kept())["Sockets.all"]

    async def keeps_sockets(self, count: int) -> float:
        """Wait until it has so many sockets; return how many seconds that took."""

        async def so_many() -> bool:
            return await self.sockets() == count

        return await until(so_many, f"{count} sockets are left")

    def turn_disk(self) -> None:
        """Let its disk be full, or free again."""
        self.send(signal.SIGUSR2)
