"""A fork server: Python processes that have the server's modules loaded from their first moment.

To load them takes two seconds of a core, and a run of the tests starts hundreds of processes. So they are
forked from one that has done nothing but load them (`python -m tests.forkserver`). All else is a process's
own, as if its command line had started it: its arguments, environment, folder, output, session and end.

    this run ── order: module, environment, …, a line for answers ──→ fork server
        ↑                                                             │ forks
        └──────────── the process's id, later how it ended ──────── keeper ── forks ──→ the process
"""

import atexit
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[1]
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Order:
    """What `python -m MODULE ARGUMENTS` would be told."""

    module: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str


class Forked:
    """A process of the fork server, to be handled like one of `subprocess.Popen`."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._ended: int | None = None
        self.pid = int(self._heard())

    def poll(self) -> int | None:
        """Return how it ended, as `Popen.returncode` says it; None if it has not."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return how. Raises `subprocess.TimeoutExpired`."""
        if self._ended is None:
            ready, _, _ = select.select([self._line], [], [], timeout)
            if not ready:
                raise subprocess.TimeoutExpired("a process of the fork server", timeout or 0)
            self._ended = int(self._heard())
            self._line.close()
        return self._ended

    def send_signal(self, which: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, which)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.send_signal(signal.SIGKILL)

    def _heard(self) -> bytes:
        heard = self._line.recv(64)
        assert heard, "the fork server is gone"
        return heard


def fork(order: Order, output: int) -> Forked:
    """Start a process that writes to the file descriptor `output`."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        socket.send_fds(_server(), [json.dumps(asdict(order)).encode()], [theirs.fileno(), output])
    return Forked(ours)


@cache
def _server() -> socket.socket:
    """Return the line to the fork server of this run, which ends when this run does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.forkserver", str(theirs.fileno())],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    @atexit.register
    def _end() -> None:
        ours.close()
        process.wait()

    return ours


def _serve(orders: socket.socket) -> Order | None:
    """Fork for each order; return it in the process that was forked, and None once this run has ended."""
    while True:
        told, (line, output) = _next(orders)
        if not told:
            return None
        if os.fork() == 0:
            orders.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _keep(Order(**json.loads(told)), socket.socket(fileno=line), output)
        os.close(line)
        os.close(output)


def _next(orders: socket.socket) -> tuple[bytes, list[int]]:
    told, descriptors, _, _ = socket.recv_fds(orders, _MOST_BYTES, 2)
    return told, descriptors or [-1, -1]


def _keep(order: Order, line: socket.socket, output: int) -> Order:
    """Fork once more, and tell how that ends; return the order in the process that was forked."""
    process = os.fork()
    if process:
        os.close(output)
        line.send(str(process).encode())
        _, status = os.waitpid(process, 0)
        with suppress(OSError):  # nobody asks any more
            line.send(str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    line.close()
    os.setsid()
    os.chdir(order.folder)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(order.environment)
    sys.argv[1:] = order.arguments
    return order


def main() -> None:
    """Load the server, serve, and become what was ordered."""
    import server.app
    import server.commands.serve
    import server.commands.up

    assert server.app.OPERATIONS
    # Who has ended is buried by the kernel.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    order = _serve(socket.socket(fileno=int(sys.argv[1])))
    if order is not None:
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
