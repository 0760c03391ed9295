"""One room, 1,000 sockets, messages of 200 bytes: how many deliveries a second, one and four in flight."""

from collections import defaultdict
from contextlib import ExitStack
from typing import Final

from tests.bench import rivals
from tests.bench.arena import SMOKE, Contestant
from tests.bench.report import Section, middle, ratio, times
from tests.bench.town import founded
from tests.servers import RedisServer

SOCKETS: Final = 100 if SMOKE else 1000
ROUNDS: Final = 2 if SMOKE else 5
SECONDS: Final = 0.3 if SMOKE else 1
WINDOWS: Final = (1, 4)
# Where one message takes a quarter of a second, a second holds too few of them.
SLOW_SECONDS: Final = {rivals.CHANNELS: 4 * SECONDS, rivals.PYTHON_SOCKETIO: 2 * SECONDS}

Figures = dict[tuple[str, int], list[dict[str, float]]]


def main() -> None:
    """Measure and report."""
    with ExitStack() as ending:
        redis = ending.enter_context(RedisServer())
        ours = rivals.Ours(founded(members=SOCKETS, listings=2))
        arena = [
            ours.contestant(),
            ours.posted(),
            *rivals.peers(1, redis.url),
        ]
        for one in arena:
            ending.enter_context(one)
            print(one.label, one.ask(f"rooms {SOCKETS}"), flush=True)
        figures = rounds(arena)
    report([one.label for one in arena], figures)


def rounds(arena: list[Contestant]) -> Figures:
    """Let everybody take turns."""
    figures: Figures = defaultdict(list)
    for _ in range(ROUNDS):
        for window in WINDOWS:
            for one in arena:
                told = one.ask(f"run {SLOW_SECONDS.get(one.label, SECONDS)} {window}")
                told["rate"] = told["deliveries"] / told["seconds"]
                told["work"] = told["rate"] / max(told["server_cpu"], 0.01)
                figures[one.label, window].append(told)
    return figures


def report(labels: list[str], figures: Figures) -> None:
    """Write the table."""
    section = Section(
        "fanout",
        "One room, 1,000 sockets",
        "Messages of 200 bytes to everybody in one room; the next is published when all have the last (one in"
        " flight), or four at a time. 1Mile writes what a socket gets in one turn of the loop in one write.",
        [
            "",
            "deliveries/s, one in flight",
            "to the C program",
            "deliveries/s, four in flight",
            "to the C program",
            "deliveries per second of the server's own CPU, one / four",
            "p50 / p99 ms, one in flight",
            "core used by server / generator",
        ],
    )
    for label in labels:
        one, four = (figures[label, window] for window in WINDOWS)
        cells = []
        for told, window in ((one, 1), (four, 4)):
            rates = _rates(told)
            cells += [middle(rates), ratio(rates, _rates(figures[rivals.FLOOR, window]))]
        section.row(
            label,
            *cells,
            f"{_median(one, 'work'):,.0f} / {_median(four, 'work'):,.0f}",
            f"{_median(one, 'p50_ms'):.1f} / {_median(one, 'p99_ms'):.1f}",
            f"{_median(four, 'server_cpu'):.0%} / {_median(four, 'cpu'):.0%}",
        )
    for window, name, of_floor in ((1, "one", 0.8), (4, "four", 2.0)):
        for peer, least in (
            (rivals.FLOOR, of_floor),
            (rivals.NODE_WS, 1.5),
            (rivals.PYTHON_SOCKETIO, 10),
            (rivals.CHANNELS, 30),
        ):
            told = figures[peer, window]
            if not any(one["lost"] for one in told):
                reached = times(_rates(figures[rivals.OURS, window]), _rates(told))
                section.aim(f"fan-out of one room, {name} in flight, to {peer}", reached, least=least)
    for label in labels:
        lost = sum(told["lost"] for window in WINDOWS for told in figures[label, window])
        if lost:
            section.note(
                f"{label}: {lost:.0f} messages did not reach everybody within 10 s. The next one waits for"
                " that, so its figures are no rates, and nothing is claimed against them."
            )
    section.note(
        "Posted messages carry 200 characters of text in a frame of some 540 bytes, and each waits for SQLite"
        " to be on the disk (`synchronous=FULL`); one room has one writer at a time."
    )
    section.save()


def _rates(told: list[dict[str, float]]) -> list[float]:
    return [one["rate"] for one in told]


def _median(told: list[dict[str, float]], name: str) -> float:
    return sorted(t[name] for t in told)[len(told) // 2]


if __name__ == "__main__":
    main()
