"""Requests a second under wrk: the lookup of pins beside PostGIS and an empty answer; then what writes."""

import asyncio
import json
import os
import random
import re
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from statistics import median
from typing import Any, Final, NamedTuple
from urllib.request import Request, urlopen

import psycopg
from sqlmodel import col, select

from geo.index import PinIndex
from geo.position import Point
from geo.sphere import MILE_M
from realtime.pins import EncodedPin, placed
from server.board import shaping
from server.board.models import ListingRow
from server.database import Database
from server.members.models import MemberRow
from tests.bench import rivals
from tests.bench.arena import LOAD_CORE, PEERS_PYTHON, SERVER_CORE, SMOKE, SOURCES, Pinned
from tests.bench.report import Section, middle, ratio, times
from tests.bench.town import Town, founded
from tests.servers import PostgresServer

LISTINGS: Final = 5_000 if SMOKE else 100_000
MEMBERS: Final = 50
PLACES: Final = 20 if SMOKE else 200
HITS: Final = range(20, 80) if SMOKE else range(36, 47)
ROUNDS: Final = 2 if SMOKE else 5
SECONDS: Final = 1 if SMOKE else 2
CONNECTIONS: Final = 32
VISIBLE: Final = ("request", "offer")


class Door(NamedTuple):
    """Where wrk knocks and how."""

    url: str
    script: str
    settings: Mapping[str, str]


def main() -> None:
    """Measure and report."""
    town = founded(members=MEMBERS, listings=LISTINGS)
    pins = asyncio.run(prepared(town))
    with ExitStack() as ending:
        ours = rivals.Ours(town)
        ending.enter_context(ours.server)
        peer = ending.enter_context(postgis(pins, ending))
        bodies = ours.server.folder / "bodies"
        centres = places(pins, town.points)
        bodies.write_text("".join(f"{_body(centre)}\n" for centre in centres))
        lookups = {
            "1Mile, POST /api/listings/around": f"{ours.address}/api/listings/around",
            "PostGIS behind Starlette, prepared": f"http://127.0.0.1:{peer.port}/around",
            "Starlette alone, an empty answer": f"http://127.0.0.1:{peer.port}/empty",
        }
        ours_at, theirs_at, _ = lookups.values()
        check(centres[:20], ours_at, theirs_at, ours.address)
        doors = {
            label: Door(url, "around.lua", {"BODIES": str(bodies), "ORIGIN": ours.address})
            for label, url in lookups.items()
        }
        # Apart: what is still hashed or written after a run would count against the next one.
        figures = rounds(doors) | rounds(writes(ours))
    report(list(lookups), figures)


async def prepared(town: Town) -> PinIndex[EncodedPin]:
    """Return all pins as the server will have them."""
    database = Database(town.database_url)
    index: PinIndex[EncodedPin] = PinIndex()
    async with database.read() as session:
        listings = select(ListingRow, MemberRow).join(
            MemberRow, col(MemberRow.id) == col(ListingRow.author_id)
        )
        index.load([placed(shaping.pin(row, author)) for row, author in await session.exec(listings)])
    await database.aclose()
    return index


def postgis(pins: PinIndex[EncodedPin], ending: ExitStack) -> Pinned:
    """Return the peer: Starlette before a PostGIS that has the same features, both on the servers' core."""
    server = PostgresServer()
    ending.enter_context(server)
    url = server.create_database().replace("+psycopg", "")
    os.sched_setaffinity(server._process.pid if server._process else 0, {int(SERVER_CORE)})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
        connection.execute("CREATE TABLE pin (place geography(Point, 4326), layer text, feature text)")
        with connection.cursor().copy("COPY pin FROM STDIN") as copy:
            for one in pins:
                place = f"SRID=4326;POINT({one.point.lon!r} {one.point.lat!r})"
                copy.write_row((place, one.layer, one.pin.decode()))
        connection.execute("CREATE INDEX ON pin USING gist (place)")
        connection.execute("VACUUM ANALYZE pin")
    program = str(SOURCES / "peers" / "postgis_lookup.py")
    return Pinned(lambda port: [PEERS_PYTHON, program, str(port), url])


def places(pins: PinIndex[EncodedPin], points: list[Point]) -> list[Point]:
    """Return viewpoints with about 41 visible pins within a mile."""
    chance = random.Random(3)
    found: list[Point] = []
    while len(found) < PLACES:
        near = chance.choice(points)
        centre = Point(near.lon + chance.gauss(0, 0.002), near.lat + chance.gauss(0, 0.002))
        if len(pins.within(centre, MILE_M, VISIBLE)) in HITS:
            found.append(centre)
    return found


def check(centres: list[Point], ours: str, theirs: str, origin: str) -> None:
    """Raise unless both answer with the same features in the same order."""
    for centre in centres:
        answers = [_features(url, centre, origin) for url in (ours, theirs)]
        if answers[0] != answers[1] or not answers[0]:
            raise AssertionError(f"different answers at {centre}: {[len(answer) for answer in answers]}")


def writes(ours: rivals.Ours) -> dict[str, Door]:
    """Return the requests that write, each the whole way."""
    thread = ours.town.threads[0]
    bodies = {
        "post a message": (f"/api/conversations/{thread}/messages", {"id": "#", "text": "Bonjour !" * 20}),
    }
    cookie = f"onemile={ours.town.tokens[0]}"
    return {
        label: Door(
            ours.address + path,
            "write.lua",
            {"ORIGIN": ours.address, "COOKIE": cookie, "BODY": json.dumps(body, ensure_ascii=False)},
        )
        for label, (path, body) in bodies.items()
    }


def rounds(doors: dict[str, Door]) -> dict[str, list[dict[str, float]]]:
    """Let all take turns."""
    figures: dict[str, list[dict[str, float]]] = defaultdict(list)
    for n in range(ROUNDS):
        for label, door in doors.items():
            figures[label].append(knock(door, f"{n:04x}"))
    return figures


def knock(door: Door, run: str) -> dict[str, float]:
    """Run wrk once; return requests a second, the median latency, and its own share of a core."""
    before = os.times()
    command = [
        "taskset",
        "-c",
        LOAD_CORE,
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{SECONDS}",
        "--latency",
        "-s",
    ]
    done = subprocess.run(
        [*command, str(SOURCES / door.script), door.url],
        env={**os.environ, **door.settings, "RUN": run},
        capture_output=True,
        text=True,
        check=True,
    )
    after = os.times()
    told = done.stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"{door.url}\n{told}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {
        "rate": float(_after("Requests/sec:", told)),
        "p50_ms": _ms(_after("50%", told)),
        "p99_ms": _ms(_after("99%", told)),
        "cpu": cpu / (after.elapsed - before.elapsed),
    }


def report(lookups: list[str], figures: dict[str, list[dict[str, float]]]) -> None:
    """Write the table."""
    section = Section(
        "rest",
        "Requests",
        f"{CONNECTIONS} connections of wrk. Lookups: about 41 of {LISTINGS:,} listings within a mile as"
        " GeoJSON, nearest first, the same features from both; PostgreSQL shares the servers' core. Messages:"
        " 1Mile on SQLite, each answered after it is on the disk.",
        ["", "requests/s", "1Mile is so many times as fast", "p50 ms", "p99 ms", "core used by wrk"],
    )
    mine = [told["rate"] for told in figures[lookups[0]]]
    for label, told in figures.items():
        rates = [one["rate"] for one in told]
        p50, p99, cpu = (median(one[name] for one in told) for name in ("p50_ms", "p99_ms", "cpu"))
        compared = ratio(mine, rates) if label in lookups else "–"
        section.row(label, middle(rates), compared, f"{p50:.2f}", f"{p99:.2f}", f"{cpu:.0%}")
    _, postgis_rates, empty_rates = ([told["rate"] for told in figures[label]] for label in lookups)
    section.aim("radius lookup, to PostGIS behind Starlette", times(mine, postgis_rates), least=4)
    section.aim("radius lookup, to an empty answer", times(mine, empty_rates), least=0.35)
    section.save()


def _body(centre: Point) -> str:
    return json.dumps({"at": {"lon": centre.lon, "lat": centre.lat}})


def _features(url: str, centre: Point, origin: str) -> list[Any]:
    headers = {"Content-Type": "application/json", "Origin": origin}
    with urlopen(Request(url, _body(centre).encode(), headers), timeout=20) as answer:
        features: list[Any] = json.load(answer)["features"]
        return features


def _after(word: str, told: str) -> str:
    found = re.search(rf"^\s*{re.escape(word)}\s+(\S+)", told, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"wrk did not say {word}:\n{told}")
    return found[1]


def _ms(text: str) -> float:
    number, unit = re.sub(r"[a-z]+", "", text), re.sub(r"[\d.]+", "", text)
    return float(number) * {"us": 0.001, "ms": 1, "s": 1_000, "m": 60_000}[unit]


if __name__ == "__main__":
    main()
