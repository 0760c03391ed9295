"""A command as its own process: started, spoken to, stopped."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.waiting import PATIENCE_SECONDS

PROJECT = Path(__file__).parents[3]
SECRET = "a secret that is long enough for tests"
FREE_PORT = ["--port", "0"]


def environment(**settings: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "ONEMILE_ARGON2_MEMORY_KIB": "8",
        "ONEMILE_ARGON2_TIME_COST": "1",
        **settings,
    }


Said = tuple[int, str, str]


class Started:
    """A command that goes on, and its address once it has said it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self.address = ""
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(line)
            found = re.search(r"(?:1Mile on|→) (http://\S+)", line)
            if found:
                self.address = found[1].replace("localhost", "127.0.0.1")
                return

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.address + path, timeout=PATIENCE_SECONDS)

    def post(self, path: str, body: object) -> Any:
        return httpx.post(self.address + path, json=body, timeout=PATIENCE_SECONDS).json()

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(by)
        return self.process.wait(timeout=PATIENCE_SECONDS)


@contextlib.contextmanager
def started(*arguments: str, **settings: str) -> Iterator[Started]:
    command = [sys.executable, "-m", "server", *arguments]
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Started(process)
        finally:
            if process.poll() is None:
                process.kill()
