"""What those who never read do to the others: one room at one rate, with a hundred of them and without.

For docs/reliability.md; it prints its figures. They are new in each round, and gone before the next.
"""

import socket
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any, Final

from tests.bench import rivals
from tests.bench.arena import SMOKE
from tests.bench.town import founded
from tests.faults.phones import masked

SOCKETS: Final = 50 if SMOKE else 500
DEAF: Final = 10 if SMOKE else 100
ROUNDS: Final = 2 if SMOKE else 7
SECONDS: Final = 0.5 if SMOKE else 2
# Messages a second.
RATE: Final = 20

_HANDSHAKE = (
    "GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@contextmanager
def deaf_ones(port: int, enter: str) -> Iterator[None]:
    """Have so many in the room that read nothing after they were let in."""
    with ExitStack() as ending:
        for _ in range(DEAF):
            one = ending.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(10)
            one.connect(("127.0.0.1", port))
            for say, hear in ((_HANDSHAKE.encode(), b'"welcome"'), (masked(enter.encode()), b'"opened"')):
                one.sendall(say)
                said = b""
                while hear not in said:
                    said += one.recv(4096)
        yield


def main() -> None:
    """Measure, by turns, and print."""
    town = founded(members=SOCKETS, listings=1)
    figures: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with rivals.Ours(town).contestant() as ours:
        ours.ask(f"rooms {SOCKETS}")
        for _ in range(ROUNDS):
            figures["without"].append(ours.ask(f"pace {SECONDS} {RATE}"))
            with deaf_ones(ours.server.port, ours._speech.enter(0)):
                figures["with"].append(ours.ask(f"pace {SECONDS} {RATE}"))
    for name in ("p50_ms", "p99_ms", "server_cpu"):
        without, with_ = [[one[name] for one in figures[which]] for which in ("without", "with")]
        ratios = [two / one for one, two in zip(without, with_, strict=True)]
        print(
            f"{name}: {median(without):.2f} without, {median(with_):.2f} with {DEAF} deaf of {SOCKETS};"
            f" ratio {median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
