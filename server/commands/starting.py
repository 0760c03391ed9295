"""What the commands that start something share: settings with clear refusals, a socket, a folder."""

import contextlib
import os
import resource
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from sqlalchemy import make_url

from server import migrations
from server.commands.failure import CommandFailed
from server.database import Database
from server.problems import DATABASE_DOWN
from server.settings import FILE_VARIABLE, Settings

# Where the system names no limit; macOS names none and still refuses more than its kernel's own.
_MOST_FILES = 1_048_576
_MACOS_FILES = 10_240


def settings_of(**given: Any) -> Settings:
    """Return the settings of the environment and its file, with `given` before. Raises `CommandFailed`."""
    check_file()
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise CommandFailed(
            "\n  ".join(["these settings cannot be:", *map(_sentence, error.errors())])
        ) from None


def check_file() -> None:
    """Raise `CommandFailed` if the file of settings is not there, or sets what there is not."""
    name = os.environ.get(FILE_VARIABLE)
    if not name:
        return
    try:
        found = dotenv_values(name, encoding="utf-8")
    except UnicodeDecodeError:
        raise CommandFailed(f"the settings in {name} are not text") from None
    if not os.access(name, os.R_OK) or not Path(name).is_file():
        raise CommandFailed(f"there are no settings in {name}, or they may not be read")
    known = set(variables())
    unknown = [one for one in found if one.upper().startswith("ONEMILE_") and one.upper() not in known]
    if unknown:
        raise CommandFailed(f"{name} sets what there is not: {', '.join(unknown)}")


def variables() -> dict[str, FieldInfo]:
    """Return every setting by its environment variable."""
    return {f"ONEMILE_{name.upper()}": field for name, field in Settings.model_fields.items()}


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to `host` and `port`, not yet listening. Raises `CommandFailed`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family=family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise CommandFailed(
            f"cannot listen on {host}:{port} ({reason}); choose another with --port"
        ) from None
    listening.set_inheritable(True)
    return listening


def allow_files() -> int:
    """Let this process, and those it starts, open as many files as they may; return how many that are.

    Each connection is one. Systems start programs with a limit of 256 or 1,024 that these may raise.
    """
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
    for files in (wanted, _MACOS_FILES):
        if files <= allowed:
            break
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
            return files
    return allowed


def make_folder(settings: Settings) -> None:
    """Make the folder of an SQLite database, which SQLite itself would not."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


async def check_database(settings: Settings) -> None:
    """Raise `CommandFailed` unless the database answers and has today's tables."""
    database = Database(settings.database_url)
    try:
        current = await migrations.is_current(database)
    except DATABASE_DOWN as error:
        raise CommandFailed(f"the database does not answer: {str(error).splitlines()[0]}") from None
    finally:
        await database.aclose()
    if not current:
        raise CommandFailed("the database does not have today's tables; run first: python -m server migrate")


def has_setting(name: str) -> bool:
    """Return whether the environment, or its file, sets `name` to something."""
    settings = settings_of()
    return name in settings.model_fields_set and bool(getattr(settings, name))


def _sentence(error: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in error["loc"])
    text = str(error["msg"]).removeprefix("Value error, ")
    if not name:
        return text
    shown = name if name.isupper() else f"ONEMILE_{name.upper()}"
    return f"{shown}: {text}"
