"""The commands that work on the database and are done: `migrate`, `moderator`; and `jobs`, which goes on."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

from server.commands.failure import CommandFailed
from server.commands.starting import check_database, make_folder, settings_of
from server.settings import Settings


def migrate(make: str | None) -> None:
    """Bring the database to the newest tables, or write the next revision."""
    _run(_migrate(settings_of(), make))


def moderator(verb: str, email: str | None) -> None:
    """Give or take the role, or list who has it."""
    _run(_moderator(settings_of(), verb, email))


def jobs() -> None:
    """Carry out jobs until stopped."""
    from server import logs

    settings = settings_of()
    logs.configure(settings.log_format)
    _run(check_database(settings))
    _run(_jobs(settings))


async def _migrate(settings: Settings, make: str | None) -> None:
    from server import migrations
    from server.database import Database

    make_folder(settings)
    database = Database(settings.database_url)
    try:
        if make is not None:
            await migrations.make(database, make)
            return
        done = await migrations.upgrade(database)
        print("migrated: " + (", ".join(done) if done else "nothing to do"))
    finally:
        await database.aclose()


async def _moderator(settings: Settings, verb: str, email: str | None) -> None:
    from server.database import Database
    from server.members import roles

    database = Database(settings.database_url)
    try:
        if verb == "list" or email is None:
            for one in await roles.moderators(database):
                print(one)
        elif await roles.set_moderator(database, email, moderator=verb == "add"):
            print(f"{email} is {'now' if verb == 'add' else 'no longer'} a moderator")
        else:
            raise CommandFailed(f"there is no member with the address {email}: they must join first")
    finally:
        await database.aclose()


async def _jobs(settings: Settings) -> None:
    from server.app import working

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    async with working(settings):
        print("1Mile's worker is working", flush=True)
        await stop.wait()


def _run(work: Coroutine[Any, Any, None]) -> None:
    from server.problems import DATABASE_DOWN

    try:
        asyncio.run(work)
    except DATABASE_DOWN as error:
        reason = str(error).splitlines()[0]
        raise CommandFailed(f"the database does not answer, or is not migrated: {reason}") from None
