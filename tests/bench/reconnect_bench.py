"""5,000 clients cut off at once, who all come back to their conversations, with a random delay or without."""

import json
import os
import socket
from contextlib import ExitStack
from statistics import median
from typing import Final
from urllib.request import Request, urlopen

from tests.bench import rivals
from tests.bench.arena import LOAD_CORE, SMOKE, Contestant
from tests.bench.report import Section, middle
from tests.bench.town import founded
from tests.servers import PostgresServer

ROOMS: Final = 10 if SMOKE else 100
IN_EACH: Final = 10 if SMOKE else 50
ROUNDS: Final = 1 if SMOKE else 3
MISSED: Final = 3
# What the browser waits before its first try (web/src/live/socket.ts) is drawn from between these.
BROWSER_MS: Final = (250, 500)
DELAYS: Final = (
    ("after 0.25 to 0.5 s, as the browser app does", BROWSER_MS),
    ("all at the same moment", (0, 0)),
)


def main() -> None:
    """Measure and report."""
    clients = ROOMS * IN_EACH
    section = Section(
        "reconnect",
        "5,000 clients come back at once",
        "All lines are cut; each client connects again (a session to look up), opens its conversation with"
        f" its cursor, and is back once it has the {MISSED} messages it missed. One process; PostgreSQL has"
        " the other core, with the generator.",
        [
            "",
            "half are back, s",
            "99 % are back, s",
            "all are back, s",
            "SQL statements per client",
            "server's CPU per client, ms",
            "loop computed at a stretch, p99 / worst, ms",
            "core used by server / generator",
        ],
    )
    for name in ("SQLite", "PostgreSQL"):
        with ExitStack() as ending:
            measure(section, name, database_of(name, ending), clients)
    section.save()


def measure(section: Section, name: str, database_url: str, clients: int) -> None:
    """Let everybody come back to a process with this database, both ways in turn, and write it down."""
    ours = rivals.Ours(founded(members=clients, listings=ROOMS, database_url=database_url))
    storms: dict[str, list[dict[str, float]]] = {label: [] for label, _ in DELAYS}
    with ours.contestant(rooms=ROOMS) as one:
        for thread in ours.town.threads:
            for n in range(MISSED):
                post(ours, thread, n)
        print(one.ask(f"rooms {IN_EACH}"), flush=True)
        for _ in range(ROUNDS):
            for label, delay_ms in DELAYS:
                storms[label].append(storm(ours, one, delay_ms, clients))
    for label, told in storms.items():
        report(section, f"{name}, {label}", told)
        missing = clients * ROUNDS - sum(one["back"] for one in told)
        if missing:
            section.note(f"{name}, {label}: {missing:.0f} of {clients * ROUNDS:,} were not back in 60 s.")
    slowest = median(one["p99_s"] if one["p99_s"] > 0 else 60.0 for one in storms[DELAYS[0][0]])
    section.aim(f"seconds until 99 % of {clients:,} are back, {name}", slowest, most=10)
    asked = median(one["statements"] for one in storms[DELAYS[0][0]])
    section.aim(f"SQL statements per client that is back, {name}", asked, most=3)


def report(section: Section, label: str, storms: list[dict[str, float]]) -> None:
    """Write one line of the table."""
    late = (f"{median(one[name] for one in storms):.0f}" for name in ("late_p99", "late_worst"))
    cores = (f"{median(one[name] for one in storms):.0%}" for name in ("server_cpu", "cpu"))
    section.row(
        label,
        middle([one["half_s"] for one in storms], 1),
        middle([one["p99_s"] for one in storms], 1),
        middle([one["seconds"] for one in storms], 1),
        middle([one["statements"] for one in storms], 2),
        middle([one["cpu_ms"] for one in storms], 2),
        " / ".join(late),
        " / ".join(cores),
    )


def post(ours: rivals.Ours, thread: str, n: int) -> None:
    """Say something in a conversation."""
    body = json.dumps({"id": f"019bbbbb-000{n}{thread[13:]}", "text": "Bonjour !"}).encode()
    headers = {
        "Origin": ours.address,
        "Cookie": f"onemile={ours.town.tokens[0]}",
        "Content-Type": "application/json",
    }
    request = Request(f"{ours.address}/api/conversations/{thread}/messages", body, headers, method="POST")
    urlopen(request, timeout=10).close()


def storm(ours: rivals.Ours, one: Contestant, delay_ms: tuple[int, int], clients: int) -> dict[str, float]:
    """Cut everybody off and let them come back."""
    before, cpu = ask(ours, "statements")[0], ours.server.cpu_seconds()
    ask(ours, "lag")
    told = one.ask("storm {} {}".format(*delay_ms))
    told["late_p99"], told["late_worst"] = ask(ours, "lag")
    told["statements"] = (ask(ours, "statements")[0] - before) / clients
    told["cpu_ms"] = (ours.server.cpu_seconds() - cpu) / clients * 1000
    print(f"  {told}", flush=True)
    return told


def ask(ours: rivals.Ours, what: str) -> list[float]:
    """Ask at the bench's door."""
    with socket.create_connection(("127.0.0.1", ours.door), timeout=60) as line:
        line.sendall(f"{what}\n".encode())
        return [float(word) for word in line.makefile().readline().split()]


def database_of(name: str, ending: ExitStack) -> str:
    """Return the URL of an empty database; of SQLite, none: a town makes its own."""
    if name == "SQLite":
        return ""
    server = ending.enter_context(PostgresServer())
    url = server.create_database()
    os.sched_setaffinity(server.pid, {int(LOAD_CORE)})
    return url


if __name__ == "__main__":
    main()
