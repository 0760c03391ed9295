"""`./dev soak`: one fault after another at random, for as long as asked, and the table of what became of it.

Each fault meets a new crowd; the processes, Redis and PostgreSQL stay for all of them. What is lost ends the
run with an error, and stands in the table all the same.
"""

import argparse
import asyncio
import datetime
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from server import migrations
from server.database import Database
from tests.faults.faults import FAULTS
from tests.faults.ordeal import Report, ordeal
from tests.faults.world import World
from tests.server.board.town import Town
from tests.servers import PostgresServer, RedisServer

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- soak begins -->\n", "<!-- soak ends -->\n"


@dataclass
class Line:
    """What became of all the times that one fault struck."""

    reports: list[Report] = field(default_factory=list)

    def row(self, name: str) -> str:
        """Return the line of the table."""
        whole = [report.whole_seconds for report in self.reports]
        lost = sum(len(report.lost) for report in self.reports)
        deeds = sum(report.deeds for report in self.reports)
        return (
            f"| {name} | {len(self.reports)} | {deeds} | {lost or 'nothing'} |"
            f" {statistics.median(whole):.1f} s | {max(whole):.1f} s |\n"
        )


async def soak(seconds: float, seed: int, only: list[str]) -> dict[str, Line]:
    """Let faults strike for so long; return what became of each."""
    dice = Random(seed)
    lines: dict[str, Line] = defaultdict(Line)
    with RedisServer() as redis, PostgresServer() as postgres:
        url = postgres.create_database()
        database = Database(url)
        await migrations.upgrade(database)
        with World(url, redis, postgres, processes=3) as world:
            town = Town(database)
            until = time.monotonic() + seconds
            for name in _rounds(only or [*FAULTS], dice):
                if time.monotonic() > until:
                    break
                await asyncio.to_thread(world.start)
                report = await ordeal(world, town, FAULTS[name], dice.randrange(2**32))
                lines[name].reports.append(report)
                print(f"{name}: {report.whole_seconds:.1f} s", *report.lost, sep="\n  ", flush=True)
        town.site.passwords.close()
        await database.aclose()
    return lines


def _rounds(names: list[str], dice: Random) -> Iterable[str]:
    """Yield the names for ever, each once in a round, in another order each time."""
    while True:
        yield from dice.sample(names, len(names))


def table(lines: dict[str, Line]) -> str:
    """Return the table of the page."""
    head = "| fault | times | deeds | lost | whole again, median | worst |\n|---|---:|---:|---|---:|---:|\n"
    return head + "".join(lines[name].row(name) for name in FAULTS if name in lines)


def write(lines: dict[str, Line], command: str, took: float) -> None:
    """Put the table into the page, between its marks."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    times = sum(len(line.reports) for line in lines.values())
    deeds = sum(report.deeds for line in lines.values() for report in line.reports)
    cores = os.cpu_count()
    said = (
        f"{datetime.date.today():%Y-%m-%d}, `{command}` on {cores} cores"  # noqa: DTZ011 - a date for readers
        f" (load {os.getloadavg()[2]:.0f}), {_version()}:"
        f" {times} faults in {took / 60:.0f} minutes, {deeds} deeds.\n\n"
    )
    PAGE.write_text(before + BEGIN + "\n" + said + table(lines) + "\n" + END + after)


def _version() -> str:
    redis = shutil.which("redis-server") or "redis-server"
    said = subprocess.run([redis, "--version"], capture_output=True, text=True, check=True).stdout
    return f"Redis {said.split('v=')[1].split()[0]}, Python {sys.version.split()[0]}"


def main() -> None:
    """Soak, and write the page."""
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=600.0, help="how long (600)")
    parser.add_argument("--seed", type=int, default=20261125, help="which faults, in which order")
    parser.add_argument("--only", action="append", default=[], choices=[*FAULTS], help="only this fault")
    given = parser.parse_args()
    began = time.monotonic()
    lines = asyncio.run(soak(given.seconds, given.seed, given.only))
    if not given.only:
        write(lines, f"./dev soak {given.seconds:g} --seed {given.seed}", time.monotonic() - began)
    print(table(lines))
    if any(report.lost for line in lines.values() for report in line.reports):
        sys.exit("Something was lost.")


if __name__ == "__main__":
    main()
