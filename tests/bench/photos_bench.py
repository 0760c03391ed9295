"""How long nasty uploads hold up everybody else: 1Mile's child beside Pillow in the loop's thread pool."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple, Self

import httpx

from server import migrations
from server.database import Database
from server.ids import new_id
from tests.bench.arena import LOAD_CORE, PROJECT, SERVER_CORE, SMOKE
from tests.bench.report import Section, middle, ratio
from tests.local_server import free_port
from tests.processes.street import moves_in
from tests.server.board.town import town_at
from tests.server.photos.nasty import uploads
from tests.server.photos.pictures import file, scene

ROUNDS: Final = 1 if SMOKE else 3
SENDERS: Final = 4
NAMES: Final = {"1mile": "1Mile, a child that develops", "threads": "Pillow in the loop's thread pool"}


class Told(NamedTuple):
    """What one round did to one server: ms, ms, MiB, MiB, seconds, and how it answered."""

    late: float
    computed: float
    memory: float
    child: float
    seconds: float
    answers: Counter[int]


class Taker:
    """One of the two servers, on the servers' core."""

    def __init__(self, kind: str, folder: Path, token: str) -> None:
        self._port, self._token = free_port(), token
        settings = {
            "PYTHONPATH": str(PROJECT),
            "ONEMILE_DATABASE_URL": f"sqlite:///{folder / 'town.sqlite3'}",
            "ONEMILE_PHOTO_DIR": str(folder / kind),
            "ONEMILE_LIMITS": "false",
        }
        words = [
            "env",
            *(f"{name}={value}" for name, value in settings.items()),
            "taskset",
            "-c",
            SERVER_CORE,
        ]
        self._process = subprocess.Popen(
            [*words, sys.executable, "-m", "tests.bench.photo_door", kind, str(self._port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port)):
                break
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def round(self, files: list[bytes]) -> Told:
        """Send all of them, four at a time; nothing, for none."""
        self._ask()
        began = time.perf_counter()
        with ThreadPoolExecutor(SENDERS) as senders:
            answers = Counter(senders.map(self._send, files))
        if not files:
            time.sleep(5)
        told = self._ask()
        return Told(**told, seconds=time.perf_counter() - began, answers=answers)

    def _send(self, sent: bytes) -> int:
        headers = {"Cookie": f"onemile={self._token}", "Content-Type": "image/jpeg"}
        address = f"http://127.0.0.1:{self._port}/api/photos/{new_id()}"
        try:
            return httpx.put(address, content=sent, headers=headers, timeout=300).status_code
        except httpx.HTTPError:
            return 0

    def _ask(self) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(file=self._process.stdin, flush=True)
        told: dict[str, float] = json.loads(self._process.stdout.readline())
        return told


@contextmanager
def takers() -> Iterator[dict[str, Taker]]:
    """Start both, with a member who is signed in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        token = asyncio.run(_member(f"sqlite+aiosqlite:///{folder / 'town.sqlite3'}"))
        with Taker("1mile", folder, token) as ours, Taker("threads", folder, token) as theirs:
            yield {"1mile": ours, "threads": theirs}


async def _member(url: str) -> str:
    database = Database(url)
    await migrations.upgrade(database)
    await database.aclose()
    async with town_at(url) as town:
        return (await moves_in(town, "Ana")).token or ""


def main() -> None:
    """Measure, and write the page."""
    files = [one.make() for one in list(uploads())[:: 20 if SMOKE else 3]]
    files += [file(scene(4032, 3024), quality=92)] * (1 if SMOKE else 6)
    section = Section(
        "photos",
        "Nasty uploads, and everybody else",
        f"{len(files)} uploads, {SENDERS} at a time: every third of those of"
        " `tests/server/photos/nasty.py` and some of 12 megapixels. The child and the threads have the"
        " server's core too. What waits is a timer in the server's loop, set again and again; of that wait,"
        " what the loop itself computed is the second column. The memory is the most there ever was.",
        [
            "",
            "loop late, ms",
            "of it computed, ms",
            "memory of the server, MiB",
            "of its child, MiB",
            "seconds",
        ],
    )
    rounds: dict[str, list[Told]] = {"idle": [], **{kind: [] for kind in NAMES}}
    with takers() as servers:
        for server in servers.values():
            # The first of each kind reads what is read once: the words of refusals, the child's libraries.
            server.round([b"", file(scene())])
        for _ in range(ROUNDS):
            rounds["idle"].append(servers["1mile"].round([]))
            for kind, server in servers.items():
                rounds[kind].append(server.round(files))
    for kind, told in rounds.items():
        section.row(
            NAMES.get(kind, "1Mile, nobody sends anything"),
            middle([one.late for one in told], 1),
            middle([one.computed for one in told], 1),
            f"{max(one.memory for one in told):,.0f}",
            f"{max(one.child for one in told):,.0f}" if kind != "threads" else "–",
            middle([one.seconds for one in told], 1),
        )
    ours, theirs = rounds["1mile"], rounds["threads"]
    late = [one.late for one in theirs], [one.late for one in ours]
    section.note(f"Beside the thread pool the loop is late {ratio(*late, digits=1)} times as long.")
    section.note(
        "What the loop is late beyond what it computed, it waits for its core (which the child or the threads"
        " share, and whatever else the machine does, see the first line) or for the interpreter's lock."
    )
    section.note(f"How they were answered: {_answers(ours)} by 1Mile, {_answers(theirs)} by the thread pool.")
    section.aim("nasty uploads: the loop is late, ms", max(one.late for one in ours), most=50)
    section.aim(
        "nasty uploads: the loop computes at a stretch, ms", max(one.computed for one in ours), most=50
    )
    section.aim("nasty uploads: memory of who decodes, MiB", max(one.child for one in ours), most=256)
    section.save()


def _answers(told: list[Told]) -> str:
    counted = Counter[int]()
    for one in told:
        counted.update(one.answers)
    return ", ".join(f"{status or 'none'}: {count}" for status, count in sorted(counted.items()))


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    main()
