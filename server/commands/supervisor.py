"""Several web processes behind one socket, and the one that looks after them.

uvicorn's supervisor starts them and hears the signals. What is done otherwise here: a process that is gone
leaves the gauges; one that cannot start anew (its database is away, say) is tried again and takes nobody
with it; a second signal ends everything at once; a rolling restart (SIGHUP) gives each new process the time
to load its index, and ends when one does not start; and without the one that looks after them they stop,
instead of keeping the address for ever.
"""

import contextlib
import logging
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path
from signal import SIGINT, SIGTERM, raise_signal
from typing import Final

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from server.edge.metrics import forget_all_but

# A million pins are loaded in some 20 s on a slow core.
START_SECONDS: Final = 120.0
# The grace for requests, then for what is left to tell; longer is too long.
STOP_SECONDS: Final = 20.0
# Before a process that could not start is tried again.
PAUSE_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.05

_log = logging.getLogger("onemile.serve")


class WebProcess(Process):
    """One of them, which stops as if asked to when the process that looks after it is gone."""

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop."""
        threading.Thread(target=_stop_after_the_parent, daemon=True).start()
        super().target(sockets)


class Supervisor(Multiprocess):
    """Web processes that share one address and the folder of their counters."""

    def __init__(self, config: Config, sockets: list[socket.socket], counters: Path) -> None:
        super().__init__(config, sockets)
        self._counters = counters
        # Whether any has ever served; whether one could not start before that: to try again would not help.
        self.served = False
        self.failed = False

    def init_processes(self) -> None:
        """Start all."""
        self.processes += [self._started() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """Start those anew that died, and take the dead out of the gauges."""
        for place, one in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if one.is_alive(timeout=self.config.timeout_worker_healthcheck):
                continue
            _end(one)
            if one.exitcode == STARTUP_FAILURE and not self._has_served():
                self.failed = True
                self.should_exit.set()
                return
            _log.warning("Process %s died: another one takes its place", one.pid)
            if one.exitcode == STARTUP_FAILURE:
                time.sleep(PAUSE_SECONDS)
            self.processes[place] = self._started()
        self._has_served()
        self._forget_the_dead()

    def restart_all(self) -> None:
        """Replace one process after the other: the old one goes when the new one serves."""
        for place, old in enumerate(self.processes):
            new = self._started()
            if not self._until_it_serves(new):
                _end(new)
                self._forget_the_dead()
                if not self._told_to_stop():
                    _log.error("A new process did not start: the old ones go on. Its own log says why.")
                return
            self.processes[place] = new
            old.terminate()
            _until_gone(old, lambda: False)
            self._forget_the_dead()

    def terminate_all(self) -> None:
        """Take no more connections, and ask all to stop."""
        for one in self.sockets:
            one.close()
        super().terminate_all()

    def join_all(self) -> None:
        """Wait until all are gone; a second signal, or too long a wait, kills them."""
        for one in self.processes:
            _until_gone(one, self._told_to_stop)

    def _started(self) -> Process:
        new = WebProcess(self.config, self.sockets)
        new.start()
        # Its end of the line is its alone: who waits for a sign of life hears at once that it has died.
        new.child_conn.close()
        return new

    def _until_it_serves(self, new: Process) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and new.process.is_alive() and not self._told_to_stop():
            if new.is_ready(timeout=1):
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _has_served(self) -> bool:
        """Return whether any ever has, those of this very moment included."""
        self.served = self.served or any(one.process.is_alive() and one.is_ready() for one in self.processes)
        return self.served

    def _told_to_stop(self) -> bool:
        return not {SIGTERM, SIGINT}.isdisjoint(self.signal_queue)

    def _forget_the_dead(self) -> None:
        living = {one.pid for one in self.processes if one.pid is not None and one.process.is_alive()}
        forget_all_but(living, self._counters)


def _stop_after_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        _log.warning("The process that looks after this one is gone: it stops")
        raise_signal(SIGTERM)


def _until_gone(process: Process, at_once: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while process.process.is_alive() and time.monotonic() < deadline and not at_once():
        process.process.join(_POLL_SECONDS)
    _end(process)


def _end(process: Process) -> None:
    """Kill it, if it is still there, and take note of how it ended."""
    with contextlib.suppress(OSError):
        process.process.kill()
    process.process.join()
