"""From publishing to being seen at a steady rate: one process, 50,000 deliveries/s; two with Redis, 5,000."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median
from typing import Any, Final

from tests.bench import rivals
from tests.bench.arena import SMOKE, Contestant
from tests.bench.report import Section, middle, times
from tests.bench.town import Town, founded
from tests.servers import RedisServer

SOCKETS: Final = 50 if SMOKE else 1_000
ROUNDS: Final = 2 if SMOKE else 5
SECONDS: Final = 0.5 if SMOKE else 2
FULL: Final = 50
MODERATE: Final = 5

Told = list[dict[str, Any]]


def main() -> None:
    """Measure and report."""
    section = Section(
        "latency",
        "From publishing to being seen",
        "1,000 sockets in one room; messages of 200 bytes leave at fixed times, whatever comes back, and a"
        " message's time begins when it was due: a server that falls behind shows it.",
        ["", "p50 ms", "p99 ms", "delivered of what was due", "core used by server / generator"],
    )
    with ExitStack() as ending:
        redis = ending.enter_context(RedisServer())
        town = founded(members=SOCKETS, listings=1)
        alone = [rivals.Ours(town).contestant(), rivals.floor(1), *rivals.some_peers(1, redis.url)]
        tell(section, "one process, 50,000 deliveries/s", measured(alone, FULL, ending), FULL)
    with ExitStack() as ending:
        redis = ending.enter_context(RedisServer())
        tell(
            section,
            "two processes and Redis, 5,000 deliveries/s",
            two_processes(redis.url, town, ending),
            MODERATE,
        )
    section.note("With two processes, messages are published in one and seen by clients of the other.")
    section.save()


def two_processes(redis_url: str, town: Town, ending: ExitStack) -> dict[str, Told]:
    """Measure pairs of processes: one hears of a message, the other delivers it."""
    here, there = rivals.Ours(town, redis_url), rivals.Ours(town, redis_url)
    ending.enter_context(there.server)
    their_there = rivals.python_socketio(1, redis_url)
    ending.enter_context(their_there)
    arena = [
        here.contestant(publish_port=there.door),
        rivals.python_socketio(1, redis_url, publish_port=their_there.server.port),
    ]
    return measured(arena, MODERATE, ending)


def measured(arena: list[Contestant], rate: int, ending: ExitStack) -> dict[str, Told]:
    """Let everybody take turns."""
    figures: dict[str, Told] = defaultdict(list)
    for one in arena:
        ending.enter_context(one)
        print(one.label, one.ask(f"rooms {SOCKETS}"), flush=True)
    for _ in range(ROUNDS):
        for one in arena:
            figures[one.label].append(one.ask(f"pace {SECONDS} {rate}"))
    return figures


def tell(section: Section, where: str, figures: dict[str, Told], rate: int) -> None:
    """Write the lines of one setting."""
    for label, told in figures.items():
        due = rate * SECONDS * SOCKETS
        section.row(
            f"{label}; {where}",
            middle([one["p50_ms"] for one in told], 2),
            middle([one["p99_ms"] for one in told], 2),
            f"{median(one['deliveries'] for one in told) / due:.0%}",
            " / ".join(f"{share:.0%}" for share in shares(told)),
        )
    mine = figures[rivals.OURS]
    for peer, name, most in ((rivals.FLOOR, "p50_ms", 1.4), (rivals.PYTHON_SOCKETIO, "p99_ms", 0.5)):
        if peer in figures:
            compared = times([one[name] for one in mine], [one[name] for one in figures[peer]])
            section.aim(f"{name.removesuffix('_ms')} of latency, {where}, to {peer}", compared, most=most)


def shares(told: Told) -> Iterator[float]:
    """Return the shares of their cores that server and generator used."""
    return (median(one[name] for one in told) for name in ("server_cpu", "cpu"))


if __name__ == "__main__":
    main()
