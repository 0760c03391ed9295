"""5,000 clients cut off at once, who all come back to their conversations, with a random delay or without."""

import json
import socket
from statistics import median
from typing import Final
from urllib.request import Request, urlopen

from tests.bench import rivals
from tests.bench.arena import SMOKE, Contestant
from tests.bench.report import Section, middle
from tests.bench.town import founded

ROOMS: Final = 10 if SMOKE else 100
IN_EACH: Final = 10 if SMOKE else 50
ROUNDS: Final = 2 if SMOKE else 3
MISSED: Final = 3
# What the browser waits before its first try (web/src/live/socket.ts) is drawn from between these.
BROWSER_MS: Final = (250, 500)


def main() -> None:
    """Measure and report."""
    clients = ROOMS * IN_EACH
    section = Section(
        "reconnect",
        "5,000 clients come back at once",
        "All lines are cut; each client connects again (a session to look up), opens its conversation with"
        f" its cursor, and is back once it has the {MISSED} messages it missed. SQLite, one process.",
        [
            "",
            "half are back, s",
            "99 % are back, s",
            "SQL statements per client",
            "core used by server / generator",
        ],
    )
    ours = rivals.Ours(founded(members=clients, listings=ROOMS))
    with ours.contestant(rooms=ROOMS) as one:
        for thread in ours.town.threads:
            for n in range(MISSED):
                post(ours, thread, n)
        print(one.ask(f"rooms {IN_EACH}"), flush=True)
        for label, delay_ms in (
            ("after 0.25 to 0.5 s, as the browser app does", BROWSER_MS),
            ("all at the same moment", (0, 0)),
        ):
            storms = [storm(ours, one, delay_ms) for _ in range(ROUNDS)]
            cores = (sorted(s[name] for s in storms)[ROUNDS // 2] for name in ("server_cpu", "cpu"))
            section.row(
                label,
                middle([s["half_s"] for s in storms], 1),
                middle([s["p99_s"] for s in storms], 1),
                middle([s["statements"] / clients for s in storms], 1),
                " / ".join(f"{share:.0%}" for share in cores),
            )
            if delay_ms is BROWSER_MS:
                slowest = median(s["p99_s"] for s in storms)
                section.aim(f"seconds until 99 % of {clients:,} are back", slowest, most=10)
                asked = median(s["statements"] / clients for s in storms)
                section.aim("SQL statements per client that is back", asked, most=3)
            missing = clients * ROUNDS - sum(s["back"] for s in storms)
            section.note(
                f"{label.capitalize()}: {missing:.0f} of {clients * ROUNDS:,} did not come back in 60 s."
            )
    section.save()


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


def storm(ours: rivals.Ours, one: Contestant, delay_ms: tuple[int, int]) -> dict[str, float]:
    """Cut everybody off and let them come back."""
    before = statements(ours)
    told = one.ask("storm {} {}".format(*delay_ms))
    told["statements"] = statements(ours) - before
    print(f"  {told}", flush=True)
    return told


def statements(ours: rivals.Ours) -> int:
    """Ask at the bench's door how many SQL statements were executed."""
    with socket.create_connection(("127.0.0.1", ours.door), timeout=60) as line:
        line.sendall(b"statements\n")
        return int(line.makefile().readline())


if __name__ == "__main__":
    main()
