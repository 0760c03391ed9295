"""A server process that belongs to a test run, whichever server it is."""

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from tests.forkserver import PROJECT, Forked, Order, fork

START_SECONDS = 60
STOP_SECONDS = 20
# Which of the processes of this run we are (pytest-xdist's gw0, gw1, …), of at most so many.
_PROCESSES = 8
_NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PROCESSES


class ServerFailed(RuntimeError):
    """A server is not installed, did not start or did not stop; the message says which, and shows its log."""


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on.

    It lies below the ports that systems give to outgoing connections: a client that retries while the
    server is away could otherwise be given the server's own port, and connect to itself.
    """
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port


class LocalServer(ABC):
    """A server process that belongs to this run."""

    name: ClassVar[str]
    clean_signal: ClassVar[signal.Signals]
    abrupt_signal: ClassVar[signal.Signals]

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"onemile-{self.name}-"))
        self.account: str | None = None  # who the process runs as; None: whoever runs the tests
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether the process is there (it may be paused)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id. Raises `ServerFailed` if it was not started."""
        return self._started().pid

    def send(self, which: signal.Signals) -> None:
        """Send the process a signal."""
        self._started().send_signal(which)

    def start(self) -> None:
        """Start the server, or start it again at the same address; return when it answers.

        One that answers is left alone, and a paused one goes on.
        """
        if self._goes_on():
            return
        self.kill()  # one that is about to end by itself, or has
        with self.log.open("ab") as log:
            self._process = self._launch(log.fileno())
        self._watcher = self._end_with_this_run(self._process.pid)
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End it as an administrator would, and wait until it is gone."""
        self._end(self.clean_signal)

    def kill(self) -> None:
        """End it as a power cut would, and wait until it is gone."""
        self._end(self.abrupt_signal)

    def close(self) -> None:
        """Stop it for good and delete its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> Path:
        """What the server wrote."""
        return self.folder / "log"

    @abstractmethod
    def _command(self) -> list[str]:
        """Return the command line that serves in the foreground."""

    @abstractmethod
    def _ping(self) -> None:
        """Ask the server something; raise what its client library raises when it is not ready."""

    def _launch(self, output: int) -> subprocess.Popen[bytes] | Forked:
        return self._spawn(self._command(), output)

    def _started(self) -> subprocess.Popen[bytes] | Forked:
        if self._process is None:
            raise ServerFailed(f"{self.name} is not running")
        return self._process

    def _goes_on(self) -> bool:
        if self._process is None:
            return False
        self._process.send_signal(signal.SIGCONT)
        with contextlib.suppress(Exception):
            self._ping()
            return self.running
        return False

    def _spawn(self, command: list[str], output: int) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C reaches pytest, which then ends its servers in order.
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=self.account,
            group=self.account and pwd.getpwnam(self.account).pw_gid,
            extra_groups=[] if self.account else None,
        )

    def _end_with_this_run(self, pid: int) -> subprocess.Popen[bytes]:
        """Start a watcher that ends process `pid` as soon as this process is gone, however it went.

        The watcher waits on a pipe whose other end only we hold: the kernel closes it for the dead.
        """
        farewell = 'cat; kill -s "$1" "$2"; sleep 2; rm -rf "$3"'
        arguments = [self.abrupt_signal.name.removeprefix("SIG"), str(pid), str(self.folder)]
        return subprocess.Popen(
            ["sh", "-c", farewell, "watcher", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self._ping()
            except Exception as not_ready:
                if not self.running or time.monotonic() > deadline:
                    raise ServerFailed(f"{self.name} did not start.\n{self._end_of_log()}") from not_ready
            time.sleep(0.01)

    def _end(self, how: signal.Signals) -> None:
        if self._watcher is not None:
            self._watcher.kill()
            self._watcher.communicate()
            self._watcher = None
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.send_signal(signal.SIGCONT)  # a paused process would not hear of its end
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise ServerFailed(f"{self.name} did not stop.\n{self._end_of_log()}") from None
        finally:
            self._process = None

    def _end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else "(no log)"


class OurServer(LocalServer):
    """A server that is 1Mile itself: a module of ours with settings, forked (`tests.forkserver`)."""

    clean_signal = signal.SIGTERM
    abrupt_signal = signal.SIGKILL
    # False: started by its command line, where a test is about just that.
    forked: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._settings = {"PYTHONPATH": str(PROJECT), "ONEMILE_PUBLIC_URL": self.address}

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def _program(self) -> Sequence[str]:
        """Return the module that serves, and its arguments."""

    def _command(self) -> list[str]:
        settings = [f"{name}={value}" for name, value in self._settings.items()]
        return ["env", *settings, sys.executable, "-m", *self._program()]

    def _launch(self, output: int) -> subprocess.Popen[bytes] | Forked:
        return self._fork(self._program(), output) if self.forked else super()._launch(output)

    def _fork(self, program: Sequence[str], output: int, further: Mapping[str, str] | None = None) -> Forked:
        module, *arguments = program
        environment = {**os.environ, **self._settings, **(further or {})}
        return fork(Order(module, arguments, environment, str(self.folder)), output)
