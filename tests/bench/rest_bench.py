"""Requests a second under wrk: the lookup of pins beside PostGIS and an empty answer, pages, what writes."""

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
from pydantic import SecretStr
from sqlmodel import col, select, update

from geo.index import PinIndex
from geo.position import Point
from geo.sphere import MILE_M
from realtime.pins import EncodedPin, placed
from server.board import shaping
from server.board.models import ListingRow
from server.database import Database
from server.members.models import MemberRow
from server.passwords import Passwords
from server.settings import Settings
from tests.bench import rivals
from tests.bench.arena import LOAD_CORE, PEERS_PYTHON, SERVER_CORE, SMOKE, SOURCES, Pinned
from tests.bench.report import Section, middle, ratio, times
from tests.bench.town import Town, founded
from tests.servers import PostgresServer

LISTINGS: Final = 5_000 if SMOKE else 100_000
MEMBERS: Final = 50
# They have listings; each of the others may publish a hundred.
AUTHORS: Final = 10
PLACES: Final = 20 if SMOKE else 200
HITS: Final = range(20, 80) if SMOKE else range(36, 47)
ROUNDS: Final = 2 if SMOKE else 5
SECONDS: Final = 1 if SMOKE else 2
# Some write only a few times a second.
WRITE_SECONDS: Final = 3
CONNECTIONS: Final = 32
SIGNING_IN: Final = 8
VISIBLE: Final = ("request", "offer")
PASSWORD: Final = "un mot de passe"
BROWSER: Final = "gzip, deflate, br"

LOOKUP: Final = "1Mile, POST /api/listings/around"
LIMITED: Final = "the same with limits, by 5,000 addresses behind a proxy"
POSTGIS: Final = "PostGIS behind Starlette, prepared"
EMPTY: Final = "Starlette alone, an empty answer"
PAGE: Final = "1Mile, GET / as a browser"
ASSET: Final = "1Mile, a script of the page as a browser"
SIGN_IN: Final = "1Mile, sign in"


class Door(NamedTuple):
    """Where wrk knocks and how, and the server behind."""

    url: str
    server: Pinned
    script: str
    settings: Mapping[str, str]
    seconds: int = SECONDS
    connections: int = CONNECTIONS


class Knock(NamedTuple):
    """What one run of wrk told."""

    rate: float
    p50_ms: float
    p99_ms: float
    # Of a core, wrk's own; and the server's for each request, of its first process.
    wrk: float
    cpu_us: float


def main() -> None:
    """Measure and report."""
    town = founded(members=MEMBERS, listings=LISTINGS)
    pins = asyncio.run(prepared(town))
    centres = places(pins, town.points)
    with ExitStack() as ending:
        ours, limited = (at_home(rivals.Ours(town), centres[0]) for _ in range(2))
        limited.server.set("ONEMILE_LIMITS", "true")
        ending.enter_context(ours.server)
        ending.enter_context(limited.server)
        peer = ending.enter_context(postgis(pins, ending))
        reads = lookups(ours, limited, peer, centres) | pages(ours)
        check(centres[:20], reads[LOOKUP].url, reads[POSTGIS].url, ours.address)
        # Apart: what is still hashed or written after a run would count against the next one.
        figures = rounds(reads) | rounds(writes(ours))
        beside = while_signing_in(reads[LOOKUP], writes(ours)[SIGN_IN])
    report(figures, beside)


def at_home(ours: rivals.Ours, centre: Point) -> rivals.Ours:
    """Return `ours` with the middle of its page where listings are."""
    ours.server.set("ONEMILE_CENTRE", json.dumps([centre.lon, centre.lat]))
    return ours


async def prepared(town: Town) -> PinIndex[EncodedPin]:
    """Give members passwords, and all listings to some; return all pins as the server will have them."""
    database, settings = Database(town.database_url), Settings()
    index: PinIndex[EncodedPin] = PinIndex()
    passwords = Passwords(settings.argon2_time_cost, settings.argon2_memory_kib)
    async with database.write() as session:
        members = (await session.exec(select(MemberRow.id).order_by(MemberRow.id))).all()
        others = col(ListingRow.author_id).in_(members[AUTHORS:])
        await session.exec(update(ListingRow).where(others).values(author_id=members[0]))
        await session.exec(update(MemberRow).values(password_hash=await passwords.hash(SecretStr(PASSWORD))))
    async with database.read() as session:
        listings = select(ListingRow, MemberRow).join(
            MemberRow, col(MemberRow.id) == col(ListingRow.author_id)
        )
        index.load([placed(shaping.pin(row, author)) for row, author in await session.exec(listings)])
    passwords.close()
    await database.aclose()
    return index


def postgis(pins: PinIndex[EncodedPin], ending: ExitStack) -> Pinned:
    """Return the peer: Starlette before a PostGIS that has the same features, both on the servers' core."""
    server = PostgresServer()
    ending.enter_context(server)
    url = server.create_database().replace("+psycopg", "")
    os.sched_setaffinity(server.pid, {int(SERVER_CORE)})
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


def lookups(ours: rivals.Ours, limited: rivals.Ours, peer: Pinned, centres: list[Point]) -> dict[str, Door]:
    """Return who is asked for what is within a mile, and who answers nothing."""
    bodies = ours.server.folder / "bodies"
    bodies.write_text("".join(f"{_body(centre)}\n" for centre in centres))
    there = "/api/listings/around"

    def door(server: Pinned, path: str, **more: str) -> Door:
        address = f"http://127.0.0.1:{server.port}"
        return Door(address + path, server, "around.lua", {"BODIES": str(bodies), "ORIGIN": address, **more})

    return {
        LOOKUP: door(ours.server, there),
        LIMITED: door(limited.server, there, ADDRESSES="5000"),
        POSTGIS: door(peer, "/around"),
        EMPTY: door(peer, "/empty"),
    }


def pages(ours: rivals.Ours) -> dict[str, Door]:
    """Return what a first visitor asks for: the page, and the largest script that it names."""
    page = urlopen(ours.address, timeout=20).read().decode()
    scripts = re.findall(r'/assets/[^"]+\.js', page)
    longest = max(scripts, key=lambda path: len(urlopen(ours.address + path, timeout=20).read()))
    settings = {"ACCEPT": BROWSER}
    return {
        PAGE: Door(f"{ours.address}/", ours.server, "read.lua", settings),
        ASSET: Door(ours.address + longest, ours.server, "read.lua", settings),
    }


def writes(ours: rivals.Ours) -> dict[str, Door]:
    """Return the requests that write, each the whole way."""
    thread = ours.town.threads[0]
    listing = {
        "id": "#",
        "kind": "offer",
        "title": "Soupe",
        "text": "Pour quatre." * 10,
        "category": "food",
        "place": {"lon": -30.0, "lat": 40.0},
    }
    message = {"id": "#", "text": "Bonjour !" * 20}
    person = {"email": "neighbour-1@example.org", "password": PASSWORD}
    publishers = [f"onemile={token}" for token in ours.town.tokens[AUTHORS:]]

    def door(path: str, body: Mapping[str, object], cookies: list[str]) -> Door:
        settings = {"ORIGIN": ours.address, "COOKIES": "\n".join(cookies), "BODY": json.dumps(body)}
        return Door(ours.address + path, ours.server, "write.lua", settings, WRITE_SECONDS)

    return {
        "1Mile, publish a listing": door("/api/listings", listing, publishers),
        "1Mile, post a message": door(f"/api/conversations/{thread}/messages", message, publishers[:1]),
        # Each waits for two threads, and wrk for all of them.
        SIGN_IN: door("/api/session", person, [])._replace(connections=SIGNING_IN),
    }


def rounds(doors: dict[str, Door]) -> dict[str, list[Knock]]:
    """Let all take turns."""
    figures: dict[str, list[Knock]] = defaultdict(list)
    for turn in range(ROUNDS):
        for number, (label, door) in enumerate(doors.items()):
            figures[label].append(knock(door, f"{turn:02x}{number:02x}"))
    return figures


def knock(door: Door, run: str) -> Knock:
    """Run wrk once."""
    if door.script == "write.lua":
        wait_behind(door, run)
    began, before = door.server.cpu_seconds(), os.times()
    told = _wrk(door, run).communicate()[0]
    after = os.times()
    if "Requests/sec" not in told or "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"{door.url}\n{told}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Knock(
        rate=float(_after("Requests/sec:", told)),
        p50_ms=_ms(_after("50%", told)),
        p99_ms=_ms(_after("99%", told)),
        wrk=cpu / (after.elapsed - before.elapsed),
        cpu_us=(door.server.cpu_seconds() - began) * 1e6 / max(1, int(_before("requests in", told))),
    )


def wait_behind(door: Door, run: str) -> None:
    """Send one request that writes: it is answered when all are done that a run before left waiting."""
    this = f"019ccccc-{run}-7000-8000-{'f' * 12}"
    headers = {
        "Content-Type": "application/json",
        "Origin": door.settings["ORIGIN"],
        "Cookie": door.settings["COOKIES"].partition("\n")[0],
        "Idempotency-Key": this,
    }
    body = door.settings["BODY"].replace("#", this).encode()
    urlopen(Request(door.url, body, headers), timeout=60).close()


def while_signing_in(lookup: Door, sign_in: Door) -> tuple[Knock, Knock]:
    """Return how one neighbour looks around alone, and while others keep signing in."""
    lookup = lookup._replace(seconds=WRITE_SECONDS, connections=1)
    alone = knock(lookup, "f0")
    crowd = _wrk(sign_in, "f1")
    beside = knock(lookup, "f2")
    crowd.communicate()
    return alone, beside


def report(figures: dict[str, list[Knock]], beside: tuple[Knock, Knock]) -> None:
    """Write the table."""
    section = Section(
        "rest",
        "Requests",
        f"{CONNECTIONS} connections of wrk, {SIGNING_IN} that sign in. Lookups: about 41 of {LISTINGS:,}"
        " listings within a mile as"
        " GeoJSON, nearest first, the same features from both; PostgreSQL shares the servers' core. Page and"
        " script come compressed. What writes goes to SQLite, answered after it is on the disk; a password"
        " is checked by argon2id at its full cost.",
        [
            "",
            "requests/s",
            "to the empty answer",
            "the server's own CPU, µs a request",
            "p50 ms",
            "p99 ms",
            "core used by wrk",
        ],
    )
    rates = {label: [one.rate for one in told] for label, told in figures.items()}
    for label, told in figures.items():
        p50, p99, wrk, cpu = (
            median(one[n] for one in told)
            for n in map(Knock._fields.index, ("p50_ms", "p99_ms", "wrk", "cpu_us"))
        )
        section.row(
            label,
            middle(rates[label]),
            ratio(rates[label], rates[EMPTY]),
            f"{cpu:,.0f}" + (" (without PostgreSQL's)" if label == POSTGIS else ""),
            f"{p50:.2f}",
            f"{p99:.2f}",
            f"{wrk:.0%}",
        )
    alone, crowded = beside
    section.note(
        f"One neighbour's lookups, one after the other: p50 {alone.p50_ms:.2f} ms, p99 {alone.p99_ms:.2f} ms;"
        f" while {SIGNING_IN} others keep signing in: p50 {crowded.p50_ms:.2f} ms, p99"
        f" {crowded.p99_ms:.2f} ms. The hashes are made in two threads, here on the loop's own core."
    )
    section.aim("radius lookup, to PostGIS behind Starlette", times(rates[LOOKUP], rates[POSTGIS]), least=4)
    section.aim("radius lookup, to an empty answer", times(rates[LOOKUP], rates[EMPTY]), least=0.35)
    section.save()


def _wrk(door: Door, run: str) -> "subprocess.Popen[str]":
    script = str(SOURCES / door.script)
    pinned = [
        "taskset",
        "-c",
        LOAD_CORE,
        "wrk",
        "-t1",
        f"-c{door.connections}",
        f"-d{door.seconds}",
        "--latency",
        "--timeout",
        "30",
    ]
    return subprocess.Popen(
        [*pinned, "-s", script, door.url],
        env={**os.environ, **door.settings, "RUN": run},
        stdout=subprocess.PIPE,
        text=True,
    )


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


def _before(words: str, told: str) -> str:
    found = re.search(rf"(\S+) {re.escape(words)}", told)
    if found is None:
        raise RuntimeError(f"wrk did not say how many {words}:\n{told}")
    return found[1]


def _ms(text: str) -> float:
    number, unit = re.sub(r"[a-z]+", "", text), re.sub(r"[\d.]+", "", text)
    return float(number) * {"us": 0.001, "ms": 1, "s": 1_000, "m": 60_000}[unit]


if __name__ == "__main__":
    main()
