"""`up`: everything on this machine in one process, with a demo town to look at."""

import asyncio
import json
import logging
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from server.clock import now
from server.commands.failure import CommandFailed
from server.commands.starting import bound, has_setting, settings_of
from server.settings import Settings

DEFAULT_PORT = 8000
# Older than this, an untouched demo is written anew: its "an hour ago" shall be true.
FRESH_FOR = timedelta(hours=20)

Centre = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for."""

    data: Path
    host: str | None
    port: int | None
    town: Centre | None
    empty: bool
    base_map: Path | None


@dataclass(frozen=True, slots=True)
class Record:
    """What the folder remembers of its demo: where, since when, and its print; `centre` None: none at all."""

    centre: Centre | None
    seeded_at: datetime
    print: list[int]


def run(wishes: Wishes) -> None:
    """Run until stopped. Raises `CommandFailed` with what to do instead."""
    begun = time.perf_counter()
    _check(wishes)
    folder = wishes.data
    folder.mkdir(parents=True, exist_ok=True)
    record = _read(folder)
    centre = _centre(wishes, record)
    base = settings_of(host=wishes.host, port=wishes.port, environment="development")
    with bound(base.host, base.port) as listening:
        settings = _settings(wishes, base, listening.getsockname()[1], centre)
        print(f"1Mile keeps everything in {folder.resolve()}/", flush=True)
        asyncio.run(_prepare(settings, wishes, record, centre))

        from server import app, logs
        from server.commands import serve

        logs.configure("console", logging.WARNING)
        running = app.create_app(settings)
        serve.serve(
            settings, running, listening, lambda: _greet(settings, centre, time.perf_counter() - begun)
        )


def _check(wishes: Wishes) -> None:
    if settings_of().environment == "production":
        raise CommandFailed("up is for trying things; production is started by serve (see the Procfile)")
    if wishes.base_map is not None and not wishes.base_map.is_file():
        raise CommandFailed(f"there is no base map {wishes.base_map}")
    if wishes.empty and wishes.town is not None:
        raise CommandFailed("--empty and --town do not go together: without a demo there is nothing to lay")


def _centre(wishes: Wishes, record: Record | None) -> Centre | None:
    """Return where the demo shall lie: as asked, else where it already lies, else at home; None for none."""
    if wishes.empty:
        return None
    if wishes.town is not None:
        return wishes.town
    if record is not None:
        return record.centre
    return settings_of().centre


def _settings(wishes: Wishes, base: Settings, port: int, centre: Centre | None) -> Settings:
    """Return the settings of a machine at home; what the environment sets stays set."""
    folder = wishes.data.resolve()
    given: dict[str, Any] = {
        "host": base.host,
        "port": port,
        "environment": "development",
        "processes": 1,
        "embedded_jobs": True,
        "redis_url": "",
        "mail": "page",
        "base_map": wishes.base_map.resolve() if wishes.base_map else None,
        "database_url": f"sqlite+aiosqlite:///{folder / 'onemile.sqlite3'}",
        "photo_dir": folder / "photos",
    }
    if not has_setting("public_url"):
        given["public_url"] = f"http://localhost:{port}"
    if not has_setting("payments"):
        given["payments"] = "page"
    if not has_setting("secret"):
        given["secret"] = _secret(folder)
    if centre is not None and centre != base.centre:
        given["centre"] = centre
        given |= {} if has_setting("town") else {"town": "1Mile"}
        # The demo's own places are in Mulhouse: a search elsewhere must not lead there.
        given |= {} if has_setting("geocoder") or has_setting("gazetteer") else {"geocoder": "off"}
    return settings_of(**given)


def _secret(folder: Path) -> str:
    """Return the folder's secret, made once: published points and links hang on it."""
    path = folder / "secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), "ascii")
    return path.read_text("ascii").strip()


async def _prepare(settings: Settings, wishes: Wishes, record: Record | None, centre: Centre | None) -> None:
    from server import migrations
    from server.database import Database

    database = Database(settings.database_url)
    try:
        done = await migrations.upgrade(database)
        if done:
            print("  database: ready", flush=True)
        await _lay(database, settings, wishes, record, centre)
    finally:
        await database.aclose()


async def _lay(
    database: Any, settings: Settings, wishes: Wishes, record: Record | None, centre: Centre | None
) -> None:
    """Have the database hold the demo at `centre`, or none; leave alone what people have touched."""
    from server.demo import seeding
    from server.passwords import Passwords

    empty = await seeding.is_empty(database)
    if not empty:
        untouched = record is not None and record.print == await seeding.print_of(database)
        moved = record is None or record.centre != centre
        if moved and (wishes.town is not None or wishes.empty) and not untouched:
            raise CommandFailed(
                f"{wishes.data}/ already holds a neighbourhood that somebody has used. Keep it by starting"
                " without --town and --empty, or begin another: --data OTHER_FOLDER"
            )
        if not untouched or (not moved and record is not None and now() - record.seeded_at < FRESH_FOR):
            return
        await seeding.clear(database)
    if centre is not None:
        passwords = Passwords(settings.argon2_time_cost, settings.argon2_memory_kib)
        hashed = await passwords.hash(_open_password())
        passwords.close()
        await seeding.seed(database, settings, centre, hashed)
        print(f"  demo town: laid around {centre[0]:g},{centre[1]:g}", flush=True)
    _write(wishes.data, Record(centre, now(), await seeding.print_of(database)))


def _open_password() -> Any:
    from pydantic import SecretStr

    from server.demo.seeding import PASSWORD

    return SecretStr(PASSWORD)


def _greet(settings: Settings, centre: Centre | None, seconds: float) -> None:
    from server.demo.seeding import MODERATOR, OPEN_ACCOUNTS, PASSWORD, address

    lines = [f"  mails:     {settings.public_url}/dev/mail"]
    if centre is not None:
        others = ", ".join(
            address(key) + (" (moderates)" if key == MODERATOR else "") for key in OPEN_ACCOUNTS[1:]
        )
        lines.append(f"  sign in:   {address(OPEN_ACCOUNTS[0])}, password {PASSWORD} (or {others})")
    lines.append(f"→ {settings.public_url}   ready in {seconds:.1f} s; Ctrl-C stops it")
    print("\n".join(lines), flush=True)


def _read(folder: Path) -> Record | None:
    try:
        kept = json.loads((folder / "demo.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    centre = tuple(kept["centre"]) if kept["centre"] is not None else None
    return Record(centre, datetime.fromisoformat(kept["seeded_at"]), kept["print"])


def _write(folder: Path, record: Record) -> None:
    kept = {"centre": record.centre, "seeded_at": record.seeded_at.isoformat(), "print": record.print}
    (folder / "demo.json").write_text(json.dumps(kept), "utf-8")
