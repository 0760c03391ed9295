"""The arithmetic of docs/growth.md: what so many members ask of how many machines.

`python -m tests.bench.growth` writes the tables of that page anew from the inputs below. Whoever measures
again changes a figure here, with where it comes from, and nothing else.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.bench.arena import PROJECT

PAGE: Final = PROJECT / "docs" / "growth.md"
SIZES: Final = (1_000, 100_000, 10_000_000)
DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Input:
    """A number, what it is, and where it comes from."""

    value: float
    what: str
    source: str


PERFORMANCE: Final = "performance.md, "
COSTS: Final = "`python -m tests.bench.costs`, 2026-11-25, a busy machine"

# What people do. Assumed, and said so; a town's own /metrics replace them.
ASSUMED: Final = {
    "daily": Input(0.2, "share of members who come on a day", "assumed"),
    "online": Input(0.03, "share of members with an open page in the busiest hour", "assumed"),
    "pages": Input(1.3, "open pages of one who is there", "assumed"),
    "messages": Input(4, "messages that a member who comes writes on that day", "assumed"),
    "listings": Input(0.1, "listings that a member who comes publishes on that day", "assumed"),
    "alive": Input(0.15, "listings on the map for each member", "assumed"),
    "peak": Input(3, "busiest hour, as a multiple of the day's average", "assumed"),
    "room": Input(3, "pages that have a conversation open while somebody writes in it", "assumed"),
    "watchers": Input(25, "pages whose circle a new listing falls into", "assumed"),
    "changes": Input(4, "changes of a listing in its life that its watchers are told", "assumed"),
    "lookups": Input(6, "lookups by REST of a member who comes, on that day", "assumed"),
    "others": Input(8, "further signals for each message: typing, presence, having read", "assumed"),
    "most_sockets": Input(10_000, "open pages for each process: as many as were measured", "chosen"),
    "redis_sends": Input(100_000, "messages that one Redis should write a second", "chosen, not measured"),
    "full": Input(0.5, "how far a core is used at the peak, so that one may fail", "chosen"),
    "kept": Input(730, "days that messages are kept", "assumed"),
}
# What one of each costs on one core of the machine that performance.md names.
MEASURED: Final = {
    "deliveries": Input(
        140_498, "deliveries per second of a server's processor time", PERFORMANCE + "10,000 sockets"
    ),
    "lookup": Input(8_365, "lookups per second and core", PERFORMANCE + "requests"),
    "watch_us": Input(18.9, "µs to find who watches a place, 100,000 watches", PERFORMANCE + "watches"),
    "index_bytes": Input(
        883, "bytes for each pin, its feature included", "tracemalloc with 100,000 pins, 2026-11-25"
    ),
    "load_us": Input(
        2.6,
        "µs to load a pin at a start (0.26 s for 100,000), the database's part not counted",
        PERFORMANCE + "pins",
    ),
    "post_ms": Input(
        4.2,
        "ms of a web process to store one message (PostgreSQL's own not counted)",
        COSTS + ": the lowest of five runs, the highest 12.2",
    ),
    "outbox_rows": Input(1, "rows of the outbox for one transaction", COSTS),
    "bus_bytes": Input(1_984, "bytes of one message's signals on the bus", COSTS),
    "hear_us": Input(18.7, "µs of each process to parse one message's signals and find nobody", COSTS),
    "small_us": Input(3.9, "µs of each process to hear that somebody types", COSTS),
    "small_bytes": Input(273, "bytes of that", COSTS),
    "message_bytes": Input(601, "bytes of database for a message, indexes included", COSTS),
    "listing_bytes": Input(1_966, "bytes of database for a listing, its thread included", COSTS),
    "socket_bytes": Input(
        7_086, "bytes for an open page, the kernel's not counted", PERFORMANCE + "10,000 sockets"
    ),
}
INPUTS: Final = {**ASSUMED, **MEASURED}


class Town:
    """So many members, and what follows from that."""

    def __init__(self, members: int, inputs: dict[str, Input] = INPUTS) -> None:
        self.members = members
        self._inputs = inputs

    def __getitem__(self, name: str) -> float:
        return self._inputs[name].value

    def at_peak(self, each_day: float) -> float:
        """Return how many a second that is in the busiest hour, if each who comes does `each_day`."""
        return self.members * self["daily"] * each_day / DAY * self["peak"]

    @property
    def sockets(self) -> float:
        """Open pages in the busiest hour."""
        return self.members * self["online"] * self["pages"]

    @property
    def messages(self) -> float:
        """Messages a second."""
        return self.at_peak(self["messages"])

    @property
    def pin_events(self) -> float:
        """New and changed listings a second."""
        return self.at_peak(self["listings"]) * (1 + self["changes"])

    @property
    def deliveries(self) -> float:
        """Events written to sockets a second."""
        return self.messages * self["room"] + self.pin_events * self["watchers"]

    @property
    def bus_messages(self) -> float:
        """Messages on the bus a second that come of a transaction, one for each."""
        return self.messages + self.pin_events

    @property
    def small_messages(self) -> float:
        """Messages on the bus a second that nobody keeps."""
        return self.messages * self["others"]

    @property
    def outbox_rows(self) -> float:
        """Rows written to the outbox a second; each is deleted again a second later."""
        return self.bus_messages * self["outbox_rows"]

    @property
    def pins(self) -> float:
        """Listings in the index of every process."""
        return self.members * self["alive"]

    @property
    def index_mib(self) -> float:
        """Memory of the index in each process."""
        return self.pins * self["index_bytes"] / 2**20

    @property
    def load_seconds(self) -> float:
        """Time until a process that starts has its index."""
        return self.pins * self["load_us"] / 1e6

    @property
    def database_gib(self) -> float:
        """Messages and listings of the days that are kept."""
        messages = self.members * self["daily"] * self["messages"] * self["kept"] * self["message_bytes"]
        listings = self.members * self["daily"] * self["listings"] * self["kept"] * self["listing_bytes"]
        return (messages + listings) / 2**30

    @property
    def shared_cores(self) -> float:
        """Cores for what is shared among processes: whoever takes a request does it once."""
        lookups = self.at_peak(self["lookups"]) / self["lookup"]
        writes = (self.messages + self.pin_events) * self["post_ms"] / 1e3
        return lookups + writes + self.deliveries / self["deliveries"]

    @property
    def hearing(self) -> float:
        """Share of every process's core that goes into hearing what all write."""
        heard = self.bus_messages * self["hear_us"] + self.small_messages * self["small_us"]
        return (heard + self.pin_events * self["watch_us"]) / 1e6

    @property
    def working(self) -> float | None:
        """Processes so that no core is fuller than chosen; None if hearing alone is too much."""
        left = self["full"] - self.hearing
        return self.shared_cores / left if left > 0 else None

    @property
    def holding(self) -> float:
        """Processes so that none has more open pages than chosen."""
        return self.sockets / self["most_sockets"]

    @property
    def processes(self) -> int | None:
        """Web processes: as many as work and open pages ask for, and two at least."""
        return None if self.working is None else max(2, math.ceil(self.working), math.ceil(self.holding))

    @property
    def bus_out_mib(self) -> float | None:
        """What Redis sends a second: all to every process."""
        count = self.processes
        heard = self.bus_messages * self["bus_bytes"] + self.small_messages * self["small_bytes"]
        return None if count is None else heard * count / 2**20

    @property
    def bus_sends(self) -> float | None:
        """Messages that Redis writes a second."""
        count = self.processes
        return None if count is None else (self.bus_messages + self.small_messages) * count

    @property
    def socket_gib(self) -> float:
        """Memory of all open pages together."""
        return self.sockets * self["socket_bytes"] / 2**30


def members_where(reached: Callable[[Town], bool]) -> int:
    """Return the fewest members, to two digits, for which `reached` holds."""
    low, high = 1.0, 1e10
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if reached(Town(round(middle))) else (middle, high)
    return int(round(high, 1 - math.floor(math.log10(high))))


LINES: Final[tuple[tuple[str, Callable[[Town], float | None]], ...]] = (
    ("open pages", lambda town: town.sockets),
    ("messages/s", lambda town: town.messages),
    ("new and changed listings/s", lambda town: town.pin_events),
    ("deliveries/s to sockets", lambda town: town.deliveries),
    ("publishes/s to Redis", lambda town: town.bus_messages + town.small_messages),
    ("rows/s written to the outbox", lambda town: town.outbox_rows),
    ("pins in the index", lambda town: town.pins),
    ("index in each process, MiB", lambda town: town.index_mib),
    ("seconds until a process has its index", lambda town: town.load_seconds),
    ("memory of all open pages, GiB", lambda town: town.socket_gib),
    ("cores for requests, writing and delivering", lambda town: town.shared_cores),
    ("share of **every** process for hearing the bus", lambda town: town.hearing),
    ("processes for that work", lambda town: town.working),
    ("processes for the open pages", lambda town: town.holding),
    ("**web processes**, one core each, two at least", lambda town: town.processes),
    ("sends/s by Redis", lambda town: town.bus_sends),
    ("MiB/s that Redis sends", lambda town: town.bus_out_mib),
    ("database after the days kept, GiB", lambda town: town.database_gib),
)
DUE: Final[tuple[tuple[str, str, Callable[[Town], bool]], ...]] = (
    (
        "more than one web process (two are wiser from the first day)",
        "`shared_cores` + `hearing` > `full`",
        lambda town: town.shared_cores + town.hearing > town["full"],
    ),
    (
        "one Redis has enough to do with writing to all processes: shard channels",
        "`bus_sends` > `redis_sends`",
        lambda town: town.bus_sends is None or town.bus_sends > town["redis_sends"],
    ),
    (
        "hearing costs a tenth of every core: begin to shard channels",
        "`hearing` > 0.1",
        lambda town: town.hearing > 0.1,
    ),
    (
        "a process spends half of the chosen load on hearing: shard channels now",
        "`hearing` > half of `full`",
        lambda town: town.hearing > town["full"] / 2,
    ),
    (
        "one channel to all processes cannot work, however many there are",
        "`hearing` ≥ `full`",
        lambda town: town.processes is None,
    ),
    (
        "the index takes a minute to load, so a roll of ten processes takes ten: deploy by region",
        "`load_seconds` > 60",
        lambda town: town.load_seconds > 60,
    ),
    (
        "the index takes 1 GiB in every process: deploy by region",
        "`index_mib` > 1,024",
        lambda town: town.index_mib > 1024,
    ),
    (
        "5,000 rows/s through the outbox: partition it, or several databases",
        "`outbox_rows` > 5,000",
        lambda town: town.outbox_rows > 5_000,
    ),
    (
        "a database of 1 TiB: old messages to partitions, read replicas for lookups of history",
        "`database_gib` > 1,024",
        lambda town: town.database_gib > 1_024,
    ),
)


def tables() -> dict[str, str]:
    """Return the page's tables by their name."""
    return {
        "assumed": _table(
            ("name", "", "value"), [(f"`{n}`", i.what, _n(i.value)) for n, i in ASSUMED.items()]
        ),
        "measured": _table(
            ("name", "", "value", "from"),
            [(f"`{n}`", i.what, _n(i.value), i.source.strip(", ")) for n, i in MEASURED.items()],
        ),
        "sizes": _table(
            ("in the busiest hour", *(f"{size:,} members" for size in SIZES)),
            [(what, *(_n(of(Town(size))) for size in SIZES)) for what, of in LINES],
        ),
        "due": _table(
            ("members", "change", "because"),
            sorted(
                ((f"{members_where(reached):,}", what, why) for what, why, reached in DUE),
                key=lambda row: int(row[0].replace(",", "")),
            ),
        ),
    }


def written(page: str) -> str:
    """Return `page` with its tables made anew."""
    for name, table in tables().items():
        before, begin, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not begin or not end:
            raise ValueError(f"the page has no place for the table {name}")
        page = f"{before}{begin}{table}\n{end}{after}"
    return page


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _n(value: float | None) -> str:
    """Return a number with as many digits as mean something."""
    if value is None:
        return "not possible"
    if value == int(value) and value < 1e5:
        return f"{value:,.0f}"
    digits = 1 - math.floor(math.log10(abs(value)))
    return (
        f"{round(value, max(digits, 0)):,.{max(digits, 0)}f}"
        if value < 1e3
        else f"{round(value, digits):,.0f}"
    )


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
    print(f"wrote {PAGE.name}")
