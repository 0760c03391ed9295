"""Redis and PostgreSQL, really started, so that no test is fooled by a stand-in.

Each server runs on a free port of 127.0.0.1, in a folder of its own, and ends with the run that
started it, even one that was killed. A server can be stopped, killed and started again at the same
address: that is how tests see what 1Mile does while its bus or its database is away.
"""

import contextlib
import getpass
import os
import pwd
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Self

import psycopg
import redis

START_SECONDS = 30
STOP_SECONDS = 20

# Debian, Red Hat and Homebrew keep PostgreSQL's server programs out of PATH.
POSTGRES_PLACES = [
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
]


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
        self._process: subprocess.Popen[bytes] | None = None
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

    def start(self) -> None:
        """Start the server, or start it again at the same address; return when it answers."""
        if self.running:
            return
        with self.log.open("ab") as log:
            self._process = self._spawn(self._command(), log.fileno())
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
            except (OSError, redis.RedisError, psycopg.Error) as not_ready:
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


class RedisServer(LocalServer):
    """A Redis without persistence: what it held is gone when it stops."""

    name = "redis"
    clean_signal = signal.SIGTERM
    abrupt_signal = signal.SIGKILL

    @property
    def url(self) -> str:
        """Its address, as `ONEMILE_REDIS_URL` takes it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        """Forget everything, in every numbered database."""
        self._ask(lambda client: client.flushall())

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers, as in a network partition."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._signal(signal.SIGCONT)

    def _signal(self, which: signal.Signals) -> None:
        if self._process is None:
            raise ServerFailed("redis is not running")
        self._process.send_signal(which)

    def _command(self) -> list[str]:
        program = shutil.which("redis-server")
        if program is None:
            raise ServerFailed("redis-server is not installed: `./dev test` installs it.")
        address = ["--bind", "127.0.0.1", "--port", str(self.port)]
        return [program, *address, "--save", "", "--appendonly", "no", "--dir", str(self.folder)]

    def _ping(self) -> None:
        self._ask(lambda client: client.ping())

    def _ask(self, question: Callable[[redis.Redis], object]) -> None:
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            question(client)


class PostgresServer(LocalServer):
    """A PostgreSQL cluster in a temporary folder, fast because it need not survive a power cut."""

    name = "postgresql"
    clean_signal = signal.SIGINT  # "fast": open sessions are ended
    abrupt_signal = signal.SIGQUIT  # "immediate": no last checkpoint; the next start recovers

    def __init__(self) -> None:
        super().__init__()
        self.account = _unprivileged_account()
        self._user = self.account or getpass.getuser()
        # Without a password, any account of this machine could run programs as ours through COPY.
        self._password = secrets.token_hex(16)
        self._made = 0

    def create_database(self, like: str | None = None) -> str:
        """Make a database and return its URL, `postgresql+psycopg://…`.

        It is empty, or a copy of the database at the URL `like`, to which nobody may be connected.
        """
        self._made += 1
        name = f"test_{self._made}"
        template = like.rpartition("/")[2] if like else "template0"
        self._run_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return f"postgresql+psycopg://{self._user}:{self._password}@127.0.0.1:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        """Delete the database at `url`, ending the sessions that are still open on it."""
        self._run_sql(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    def start(self) -> None:
        if not self._cluster.exists():
            self._make_cluster()
        super().start()

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"

    def _make_cluster(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self._password)
        if self.account:
            shutil.chown(self.folder, self.account)
            shutil.chown(password_file, self.account)
        access = ["--username", self._user, "--pwfile", str(password_file), "--auth", "password"]
        text = ["--encoding", "UTF8", "--locale", "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"]
        command = [_postgres_program("initdb"), "--pgdata", str(self._cluster), "--no-sync", *access, *text]
        with self.log.open("ab") as log:
            failed = self._spawn(command, log.fileno()).wait()
        if failed:
            raise ServerFailed(f"initdb failed.\n{self._end_of_log()}")

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "off",  # but commits are written before they are answered: tests kill servers
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "autovacuum": "off",  # a database being vacuumed cannot be copied
        }
        switches = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [_postgres_program("postgres"), "-D", str(self._cluster), *switches]

    def _ping(self) -> None:
        self._run_sql("SELECT 1")

    def _run_sql(self, statement: str) -> None:
        connection = psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=self._user,
            password=self._password,
            dbname="postgres",
            autocommit=True,
        )
        with connection:
            connection.execute(statement.encode())


def _unprivileged_account() -> str | None:
    """Return the account to run PostgreSQL as when we are root, which it refuses; else None."""
    if os.getuid() != 0:
        return None
    accounts = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in accounts else "nobody"


def _postgres_program(name: str) -> str:
    """Return the path of a PostgreSQL program, of the newest version installed."""
    found = [path for place in POSTGRES_PLACES for path in Path("/").glob(f"{place}/{name}")]
    newest = max(found, key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))], default=None)
    program = str(newest) if newest else shutil.which(name)
    if program is None:
        raise ServerFailed(f"PostgreSQL's {name} is not installed: `./dev test` installs it.")
    return program
