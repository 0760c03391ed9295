"""Redis and PostgreSQL, really started, so that no test is fooled by a stand-in.

Each server runs on a free port of 127.0.0.1, in a folder of its own, and ends with the run that
started it, even one that was killed. A server can be stopped, killed and started again at the same
address: that is how tests see what 1Mile does while its bus or its database is away.
"""

import getpass
import os
import pwd
import re
import secrets
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import redis

from tests.local_server import LocalServer, ServerFailed

# Debian, Red Hat and Homebrew keep PostgreSQL's server programs out of PATH.
POSTGRES_PLACES = [
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
]


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
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self.send(signal.SIGCONT)

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
            # To stop waits for who has just come, and they may wait for the test that stops it.
            "authentication_timeout": "5s",
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
