"""Where servers are measured: each alone on one core, the load generator on another, all in one run.

What is compared is started before anything is measured and then takes turns, A B C A B C, so that whatever
else the machine does meets all alike. A server that waits for its turn has nothing to do.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from tests.local_server import LocalServer

PROJECT: Final = Path(__file__).parents[2]
BENCH: Final = PROJECT / ".bench"
SOURCES: Final = PROJECT / "tests" / "bench"
PEERS_PYTHON: Final = str(BENCH / "venv" / "bin" / "python")
SERVER_CORE: Final = "0"
LOAD_CORE: Final = "1"
MARK: Final = f"@@{'0' * 16}:{'0' * 16}@@"
SMOKE: Final = "--smoke" in sys.argv

_TICKS = os.sysconf("SC_CLK_TCK")


def text_of(length: int) -> str:
    """Return a text of `length` bytes that holds the generator's mark."""
    return MARK.ljust(length, ".")


def compiled(name: str) -> str:
    """Return the path of one of our C programs, compiled if it is not."""
    source, program = SOURCES / f"{name}.c", BENCH / name
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        BENCH.mkdir(exist_ok=True)
        command = ["cc", "-O2", "-Wall", "-Wextra", "-o", str(program), str(source)]
        subprocess.run(command, check=True)
    return str(program)


class Pinned(LocalServer):
    """A server on the servers' core. `words` makes its command line of the port it is to listen on."""

    name = "bench"
    clean_signal = signal.SIGTERM
    abrupt_signal = signal.SIGKILL

    def __init__(
        self, words: Callable[[int], Sequence[str]], settings: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self._words = words
        self._settings = {"PYTHONPATH": str(PROJECT), "PEERS": str(BENCH / "node"), **(settings or {})}

    def set(self, name: str, value: str) -> None:
        """Set what it finds in its environment when it starts."""
        self._settings[name] = value

    def cpu_seconds(self) -> float:
        """Return how long it has computed, the kernel's work for it included."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_kib(self) -> int:
        """Return its resident memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def _command(self) -> list[str]:
        settings = [f"{name}={value}" for name, value in self._settings.items()]
        return ["env", *settings, "taskset", "-c", SERVER_CORE, *self._words(self.port)]

    def _ping(self) -> None:
        socket.create_connection(("127.0.0.1", self.port), timeout=5).close()


@dataclass(frozen=True)
class Speech:
    """How a server is talked to: what enters a room, what publishes, by which texts one knows it worked."""

    path: str
    enter: Callable[[int], str]
    publish: Callable[[int], str]
    room_ready: str
    idle_ready: str = ""
    back: Callable[[int], str] = field(default=lambda _: "")
    options: Mapping[str, object] = field(default_factory=dict)


class Load:
    """The load generator, with its clients at one server."""

    def __init__(self, port: int, speech: Speech, rooms: int, folder: Path) -> None:
        plan = folder / "rooms"
        lines = (f"{speech.enter(r)}\t{speech.back(r)}\t{speech.publish(r)}\n" for r in range(rooms))
        plan.write_text("".join(lines))
        marks = {"idle-ready": speech.idle_ready, "room-ready": speech.room_ready}
        options = [f"{name}={value}" for name, value in {**marks, **speech.options}.items()]
        command = ["taskset", "-c", LOAD_CORE, compiled("load"), str(port), speech.path, str(plan), *options]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, command: str) -> dict[str, Any]:
        """Have it carry out a command, and return what it reports."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the load generator ended at: {command}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Let all its clients go."""
        self._process.kill()
        self._process.communicate()


class Contestant:
    """A server and its clients."""

    def __init__(self, label: str, server: Pinned, speech: Speech, rooms: int = 1) -> None:
        self.label, self.server = label, server
        self._speech, self._rooms = speech, rooms
        self._load: Load | None = None

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._load is not None:
            self._load.close()
        self.server.close()

    def ask(self, command: str) -> dict[str, Any]:
        """Have its clients do something; with the server's share of its core meanwhile."""
        if self._load is None:
            folder = self.server.folder / self.label.replace("/", " ")
            folder.mkdir(exist_ok=True)
            self._load = Load(self.server.port, self._speech, self._rooms, folder)
        start, before = time.monotonic(), self.server.cpu_seconds()
        answer = self._load.ask(command)
        answer["server_cpu"] = (self.server.cpu_seconds() - before) / (time.monotonic() - start)
        return answer
