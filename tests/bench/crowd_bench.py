"""10,000 sockets, half idle, half in 100 rooms of 50: deliveries a second, memory per idle socket."""

from collections import defaultdict
from contextlib import ExitStack
from statistics import median
from typing import Final

from tests.bench import rivals
from tests.bench.arena import SMOKE, Contestant
from tests.bench.report import Section, middle, ratio, times
from tests.bench.town import founded
from tests.servers import RedisServer

IDLE: Final = 100 if SMOKE else 5_000
ROOMS: Final = 10 if SMOKE else 100
IN_EACH: Final = 10 if SMOKE else 50
ROUNDS: Final = 2 if SMOKE else 5
SECONDS: Final = 0.3 if SMOKE else 1.5


def main() -> None:
    """Measure and report."""
    with ExitStack() as ending:
        redis = ending.enter_context(RedisServer())
        ours = rivals.Ours(founded(members=IDLE + ROOMS * IN_EACH, listings=ROOMS))
        arena = [ours.contestant(rooms=ROOMS), *rivals.peers(ROOMS, redis.url)]
        kib = {one.label: settle_in(ending.enter_context(one)) for one in arena}
        figures: dict[str, list[dict[str, float]]] = defaultdict(list)
        for _ in range(ROUNDS):
            for one in arena:
                told = one.ask(f"run {SECONDS} 1")
                told["rate"] = told["deliveries"] / told["seconds"]
                told["work"] = told["rate"] / max(told["server_cpu"], 0.01)
                figures[one.label].append(told)
    report(kib, figures)


def settle_in(one: Contestant) -> float:
    """Connect everybody; return the server's resident memory per idle socket, in KiB.

    The rooms come first: what a server allocates once, for the first socket of all, is not an idle one's.
    """
    rooms = one.ask(f"rooms {IN_EACH}")
    before = one.server.resident_kib()
    idle = one.ask(f"idle {IDLE}")
    kib = (one.server.resident_kib() - before) / IDLE
    print(f"{one.label}: {rooms}, {idle}, {kib:.1f} KiB", flush=True)
    return kib


def report(kib: dict[str, float], figures: dict[str, list[dict[str, float]]]) -> None:
    """Write the table."""
    section = Section(
        "crowd",
        "10,000 sockets: half idle, half in 100 rooms of 50",
        "One message of 200 bytes in flight in each room. Memory is what the server's resident size grew by"
        " while 5,000 sockets came that do nothing (user space; the kernel's own buffers are alike for all).",
        [
            "",
            "deliveries/s",
            "to the C program",
            "per second of the server's own CPU",
            "KiB per idle socket",
            "core used by server / generator",
        ],
    )
    floor = [told["rate"] for told in figures[rivals.FLOOR]]
    for label, told in figures.items():
        rates = [one["rate"] for one in told]
        work, server, generator = (
            median(one[name] for one in told) for name in ("work", "server_cpu", "cpu")
        )
        used = f"{server:.0%} / {generator:.0%}"
        section.row(label, middle(rates), ratio(rates, floor), f"{work:,.0f}", f"{kib[label]:.1f}", used)
    mine = [told["rate"] for told in figures[rivals.OURS]]
    node = [told["rate"] for told in figures[rivals.NODE_WS]]
    section.aim("100 rooms of 50, to the C program", times(mine, floor), least=0.7)
    section.aim("100 rooms of 50, to Node ws", times(mine, node), least=1.4)
    section.aim("KiB per idle socket", kib[rivals.OURS], most=25)
    section.aim("KiB per idle socket, if it can be had", kib[rivals.OURS], most=10)
    section.note("Each socket of 1Mile is a signed-in member; the peers' are nobody in particular.")
    section.note(
        f"Lost messages, all together: {sum(t['lost'] for told in figures.values() for t in told):.0f}."
    )
    section.save()


if __name__ == "__main__":
    main()
