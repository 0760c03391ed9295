"""`backup` and `restore`: the whole town in one file and its photos beside, while it runs; and back again.

The databases' own tools do the copying. What is added is what one forgets at night: nothing is overwritten, a
file is complete or not there, nobody else can read it, and what is restored is known as another past (see
`server.board.restored`), so that no page goes on counting from where the lost one ended.

Photos that lie in a folder have one copy for all backups beside it, into which each brings what is new.
"""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import URL, inspect, make_url

from server import migrations
from server.board.restored import leap
from server.commands.failure import CommandFailed
from server.commands.starting import make_folder
from server.database import Database
from server.photos import copies
from server.settings import Settings

STREAM: Final = "-"
# Of the photos, beside the backups.
COPY: Final = "onemile-photos"
_MARKS: Final = {b"SQLite format 3\0": "sqlite", b"PGDMP": "postgresql"}
_NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
# Where Debian, Red Hat and Homebrew keep PostgreSQL's programs out of PATH.
_POSTGRES: Final = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin")


def backup(settings: Settings, file: str) -> None:
    """Write the database into `file` (`-`: the standard output), and the photos beside it.

    Raises `CommandFailed`.
    """
    if file == STREAM:
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "backup"
            _write(settings, whole)
            with whole.open("rb") as source:
                shutil.copyfileobj(source, sys.stdout.buffer)
        print(f"no photos: {_elsewhere(settings) or settings.photo_dir} is to be copied", file=sys.stderr)
        return
    path = Path(file)
    if path.exists():
        raise CommandFailed(f"{path} exists: a backup overwrites nothing")
    _write(settings, path)
    print(f"{path}: {path.stat().st_size:,} bytes")
    if elsewhere := _elsewhere(settings):
        print(f"no photos: they are in {elsewhere}")
    else:
        _copy_photos(settings, path)


def restore(settings: Settings, file: str) -> None:
    """Read `file` (`-`: the standard input) into the empty database of `settings`, with the photos beside it.

    Raises `CommandFailed`.
    """
    with _at_hand(file) as path:
        url = make_url(settings.database_url)
        _check_kind(path, url)
        make_folder(settings)
        if not asyncio.run(_is_empty(settings)):
            raise CommandFailed("the database is not empty: a backup is restored into an empty one only")
        # First: should it break off, it is begun anew.
        _bring_photos(settings, file)
        if url.get_backend_name() == "sqlite":
            _restore_sqlite(path, Path(str(url.database)))
        else:
            _restore_postgresql(path, url)
    done = asyncio.run(_take_up(settings))
    print("restored" + (f", and migrated: {', '.join(done)}" if done else "") + "; all must sign in again")


def _write(settings: Settings, path: Path) -> None:
    """Write the backup beside `path`, see that it can be read, and put it in its place."""
    url = make_url(settings.database_url)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    try:
        part.touch(mode=0o600)
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(Path(str(url.database)), part)
        else:
            _run("pg_dump", url, "--format=custom", f"--file={part}")
            _run("pg_restore", None, "--list", str(part))
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(path)
    except OSError as error:
        raise CommandFailed(f"cannot write {path}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def _elsewhere(settings: Settings) -> str | None:
    """Return where photos are, if they are in no folder."""
    return None if settings.photo_store == "folder" else settings.photo_store


def _copy_photos(settings: Settings, backup: Path) -> None:
    """Bring the copy beside a backup up to date: after it, since a photo's files come before its row.

    What was deleted goes with the last backup that may name it.
    """
    copy = backup.with_name(COPY)
    try:
        new, all_ = copies.add(settings.photo_dir, copy)
        oldest = min(one.stat().st_mtime for one in backup.parent.iterdir() if one.is_file())
        copies.forget(copy, datetime.fromtimestamp(oldest, UTC))
    except OSError as error:
        raise CommandFailed(f"{backup} is complete, but its photos are not: {error}") from None
    print(f"{copy}: {new} new of {all_} photos")


def _bring_photos(settings: Settings, file: str) -> None:
    """Bring the photos beside a backup back to where the settings say."""
    copy = Path(file).with_name(COPY) if file != STREAM else None
    if elsewhere := _elsewhere(settings):
        print(f"no photos: they are in {elsewhere}")
    elif copy is None or not copy.is_dir():
        print(f"no photos: a copy of them, if there is one, belongs into {settings.photo_dir}")
    else:
        try:
            print(f"{settings.photo_dir}: {copies.add(copy, settings.photo_dir)[0]} photos")
        except OSError as error:
            raise CommandFailed(f"cannot bring the photos back: {error}") from None


def _copy_sqlite(source: Path, target: Path, *, writes: bool = True) -> None:
    """Copy one moment of a database that may be written to meanwhile, if there are such `writes`."""
    if not source.is_file():
        raise CommandFailed(f"there is no database {source}")
    # Else SQLite leaves files beside the one that it reads.
    how = "mode=ro" if writes else "immutable=1"
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?{how}", uri=True)) as there,
            contextlib.closing(sqlite3.connect(target)) as here,
        ):
            # In one step: while it copies page by page, each write would make it begin again.
            there.backup(here)
            if here.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise CommandFailed(f"the copy of {source} is damaged")
    except sqlite3.Error as error:
        raise CommandFailed(f"cannot copy {source}: {error}") from None


def _restore_sqlite(source: Path, target: Path) -> None:
    # With its journal, which would be taken for the new one's.
    for suffix in ("", "-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    _copy_sqlite(source, part, writes=False)
    part.rename(target)


def _restore_postgresql(source: Path, url: URL) -> None:
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run("pg_restore", url, *options, f"--dbname={url.database}", str(source))


def _run(program: str, url: URL | None, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, which nobody else can list."""
    given = {} if url is None else _environment(url)
    try:
        subprocess.run(  # noqa: S603 - one of two programs, and no shell
            [_found(program), *arguments],
            env={**os.environ, **given},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        raise CommandFailed(f"{program} failed: {error.stderr.strip()}") from None


def _environment(url: URL) -> dict[str, str]:
    known = {
        "PGHOST": url.host or url.query.get("host"),
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode"),
    }
    return {name: str(value) for name, value in known.items() if value is not None}


def _found(program: str) -> str:
    """Return the path of one of PostgreSQL's programs, the newest there is."""
    places = sorted(
        (path for place in _POSTGRES for path in Path("/").glob(f"{place}/{program}")),
        key=lambda path: [int(part) for part in path.parts if part.isdigit()],
    )
    found = str(places[-1]) if places else shutil.which(program)
    if found is None:
        raise CommandFailed(f"{program} is not here: install PostgreSQL's client (Debian: postgresql-client)")
    return found


@contextlib.contextmanager
def _at_hand(file: str) -> Iterator[Path]:
    if file != STREAM:
        if not Path(file).is_file():
            raise CommandFailed(f"there is no backup {file}")
        yield Path(file)
        return
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "backup"
        with whole.open("wb") as target:
            shutil.copyfileobj(sys.stdin.buffer, target)
        yield whole


def _check_kind(path: Path, url: URL) -> None:
    with path.open("rb") as source:
        head = source.read(16)
    kind = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    if kind is None:
        raise CommandFailed(f"{path} is no backup")
    if kind != url.get_backend_name():
        there = _NAMES.get(url.get_backend_name(), url.get_backend_name())
        raise CommandFailed(f"{path} is of {_NAMES[kind]}, and the settings name a database of {there}")


async def _is_empty(settings: Settings) -> bool:
    database = Database(settings.database_url)
    try:
        async with database.migration() as connection:
            return not await connection.run_sync(lambda bound: inspect(bound).get_table_names())
    finally:
        await database.aclose()


async def _take_up(settings: Settings) -> list[str]:
    """Bring what was restored to today's tables, and have its numbers leap."""
    database = Database(settings.database_url)
    try:
        done = await migrations.upgrade(database)
        await leap(database)
        return done
    finally:
        await database.aclose()
