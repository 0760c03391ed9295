"""The command line: `onemile`, or `python -m server`. Each command loads only what it needs."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from server.commands.failure import CommandFailed

DEFAULT_DATA = Path("data")
FILE_VARIABLE = "ONEMILE_SETTINGS"


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; return the exit status."""
    options = parser().parse_args(arguments)
    if options.settings is not None:
        # In the environment, where the processes that we start find it too.
        os.environ[FILE_VARIABLE] = str(options.settings.absolute())
    try:
        options.carry_out(options)
    except CommandFailed as failure:
        print(f"onemile: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="onemile",
        description="A neighbourhood on a live map.",
        epilog="Settings are environment variables, ONEMILE_…, or lines of a file: see `onemile settings`.",
    )
    top.add_argument("--settings", type=Path, metavar="FILE", help="the file of settings (ONEMILE_SETTINGS)")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_up(commands)
    _add_serve(commands)
    _add_migrate(commands)
    _add_moderator(commands)
    jobs = commands.add_parser("jobs", help="carry out jobs: mails, expiry, tidying", description=_JOBS)
    jobs.set_defaults(carry_out=_jobs)
    backup = commands.add_parser(
        "backup", help="write the database into one file and copy the photos beside it, while it is served"
    )
    backup.add_argument("file", metavar="FILE", help="a file that is not there yet, or - for standard output")
    backup.set_defaults(carry_out=_backup)
    restore = commands.add_parser(
        "restore", help="read a backup into an empty database, and the photos beside it"
    )
    restore.add_argument("file", metavar="FILE", help="the file, or - for standard input")
    restore.set_defaults(carry_out=_restore)
    _add_ledger(commands)
    settings = commands.add_parser("settings", help="print a file of settings to begin with")
    settings.set_defaults(carry_out=_settings)
    export = commands.add_parser("export", help="write the browser's types from the schemas")
    export.set_defaults(carry_out=_export)
    return top


_JOBS = "Carry out jobs until stopped. Set ONEMILE_EMBEDDED_JOBS=false for the web processes beside it."


def _add_up(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = commands.add_parser(
        "up",
        help="run everything on this machine, with a demo town",
        description="Run everything in one process on this machine: SQLite, mails on a page, a demo town.",
    )
    up.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="where all is kept (data)")
    up.add_argument("--port", type=_port, default=None, help="the port to listen on (8000)")
    up.add_argument("--host", default=None, help="the address to listen on (127.0.0.1)")
    up.add_argument(
        "--town", type=_position, metavar="LON,LAT", help="lay the demo town around this position"
    )
    up.add_argument("--empty", action="store_true", help="no demo")
    up.add_argument("--base-map", type=Path, metavar="FILE.pmtiles", help="serve this file as the base map")
    up.set_defaults(carry_out=_up)


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    serve = commands.add_parser("serve", help="serve web and sockets, as the settings say")
    serve.add_argument("--host", default=None, help="the address to listen on (ONEMILE_HOST)")
    serve.add_argument("--port", type=_port, default=None, help="the port, 0 for any free one (ONEMILE_PORT)")
    serve.add_argument("--processes", type=int, default=None, help="how many; more than one needs Redis")
    serve.set_defaults(carry_out=_serve)


def _add_migrate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    migrate = commands.add_parser("migrate", help="bring the database to the newest tables")
    migrate.add_argument("--make", metavar="SENTENCE", help="write the next revision from the models instead")
    migrate.set_defaults(carry_out=_migrate)


def _add_moderator(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    moderator = commands.add_parser("moderator", help="say who moderates")
    verbs = moderator.add_subparsers(metavar="VERB", required=True, dest="verb")
    for verb, text in (("add", "make a member a moderator"), ("remove", "take the role back")):
        one = verbs.add_parser(verb, help=text)
        one.add_argument("email", metavar="EMAIL")
    verbs.add_parser("list", help="list the moderators")
    moderator.set_defaults(carry_out=_moderator)


def _add_ledger(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    ledger = commands.add_parser("ledger", help="prove the ledger of smiles, or correct a mistake in it")
    verbs = ledger.add_subparsers(metavar="VERB", required=True, dest="verb")
    verbs.add_parser("check", help="prove it from its entries: print what is wrong, or where all smiles are")
    correct = verbs.add_parser("correct", help="book the opposite of a transfer")
    correct.add_argument("transfer", metavar="TRANSFER", help="its id")
    correct.add_argument("--why", required=True, metavar="WORDS", help="told to those whom it concerns")
    ledger.set_defaults(carry_out=_ledger)


def _up(options: argparse.Namespace) -> None:
    from server.commands import up

    up.run(up.Wishes(options.data, options.host, options.port, options.town, options.empty, options.base_map))


def _serve(options: argparse.Namespace) -> None:
    from server.commands import serve

    serve.run(host=options.host, port=options.port, processes=options.processes)


def _migrate(options: argparse.Namespace) -> None:
    from server.commands import tasks

    tasks.migrate(options.make)


def _jobs(_: argparse.Namespace) -> None:
    from server.commands import tasks

    tasks.jobs()


def _moderator(options: argparse.Namespace) -> None:
    from server.commands import tasks

    tasks.moderator(options.verb, getattr(options, "email", None))


def _backup(options: argparse.Namespace) -> None:
    from server.commands import backups
    from server.commands.starting import settings_of

    backups.backup(settings_of(), options.file)


def _restore(options: argparse.Namespace) -> None:
    from server.commands import backups
    from server.commands.starting import settings_of

    backups.restore(settings_of(), options.file)


def _ledger(options: argparse.Namespace) -> None:
    from server.commands import books

    if options.verb == "check":
        books.check()
    else:
        books.put_right(options.transfer, options.why)


def _settings(_: argparse.Namespace) -> None:
    from server.commands import example

    print(example.text(), end="")


def _export(_: argparse.Namespace) -> None:
    from server import export

    export.FILE.write_text(export.rest_typescript(), "utf-8")
    print(f"wrote {export.FILE.name}")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got {text}")
    return port


def _position(text: str) -> tuple[float, float]:
    from geo.position import InvalidPosition, Point

    parts = text.split(",")
    try:
        lon, lat = (float(part) for part in parts)
        Point(lon, lat)
    except InvalidPosition as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected LON,LAT such as 7.3389,47.7466, got {text}") from None
    return lon, lat


if __name__ == "__main__":
    sys.exit(main())
