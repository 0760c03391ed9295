"""Connections that come and go in every way there is: afterwards all is as it was before (R3)."""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from realtime.protocol import CloseCode, Feed, Open, Ping, Typing, Watch
from realtime.shapes import Layer, Place, Scale
from tests.faults.phones import Closed, Phone, handshake, masked
from tests.faults.watched import Watched
from tests.processes.street import Neighbour, moves_in
from tests.server.board.town import REUNION, town_at
from tests.waiting import until

# `CHURN=10000` and more: the long form.
CONNECTIONS = int(os.environ.get("CHURN", "1000"))
AT_ONCE = 40
SEED = int(os.environ.get("SEED", "3"))

Visit = Callable[["Visitor"], Awaitable[None]]


class Visitor:
    """One connection, whose it is and where it looks."""

    def __init__(self, web: Watched, one: Phone, who: Neighbour, thread: str, chance: random.Random) -> None:
        self.web, self.phone, self.who, self.thread, self.chance = web, one, who, thread, chance

    async def come_in(self) -> None:
        """Shake hands, and read the welcome."""
        # As many addresses as there are households, so that none has too many sockets.
        address = f"10.{self.chance.randrange(256)}.{self.chance.randrange(256)}.1"
        await self.phone.shake(handshake(self.web, self.who, address))

    async def look_and_listen(self) -> None:
        """Watch somewhere, open a conversation, type."""
        scale = self.chance.choice(list(Scale))
        near = Place(lon=REUNION.lon + self.chance.uniform(-1, 1), lat=REUNION.lat)
        self.phone.ask(Watch(at=near, scale=scale, layers=frozenset(Layer)))
        self.phone.ask(Open(conversation=self.thread))
        await self.phone.hears("opened")
        self.phone.ask(Typing(conversation=self.thread))


async def connects_only(visitor: Visitor) -> None:
    """Hang up at once."""
    visitor.phone.hang_up()


async def half_shakes(visitor: Visitor) -> None:
    """Hang up in the middle of the handshake."""
    request = handshake(visitor.web, visitor.who)
    visitor.phone.writer.write(request[: visitor.chance.randrange(1, len(request))])
    await visitor.phone.writer.drain()
    visitor.phone.hang_up()


async def shakes_and_goes(visitor: Visitor) -> None:
    """Hang up before the welcome, while the rules are asked who it is."""
    visitor.phone.writer.write(handshake(visitor.web, visitor.who))
    await visitor.phone.writer.drain()
    visitor.phone.hang_up()


async def closes(visitor: Visitor) -> None:
    """Say goodbye as a browser does."""
    await visitor.come_in()
    await visitor.look_and_listen()
    visitor.phone.writer.write(masked((1000).to_bytes(2), 8))
    assert await visitor.phone.closed() in {1000, 1006}
    visitor.phone.hang_up()


async def breaks_off(visitor: Visitor) -> None:
    """Be reset in the middle of it."""
    await visitor.come_in()
    await visitor.look_and_listen()
    visitor.phone.hang_up()


async def asks_and_breaks_off(visitor: Visitor) -> None:
    """Be reset before the answers."""
    await visitor.come_in()
    for command in (Open(conversation=visitor.thread), Ping(), Feed(kinds=frozenset({"listing"}))):
        visitor.phone.ask(command)
    visitor.phone.hang_up()


async def babbles(visitor: Visitor) -> None:
    """Speak another language until cut off."""
    await visitor.come_in()
    for _ in range(8):
        visitor.phone.ask("BONJOUR")
    assert await visitor.phone.closed() in {CloseCode.PROTOCOL, CloseCode.TOO_MANY}
    visitor.phone.hang_up()


async def sends_rubbish(visitor: Visitor) -> None:
    """Send what is no frame."""
    await visitor.come_in()
    visitor.phone.writer.write(b"\xff" * 20)
    await visitor.phone.closed()
    visitor.phone.hang_up()


async def asks_for_another_protocol(visitor: Visitor) -> None:
    """Ask for something that is no socket, or of another version."""
    request = handshake(visitor.web, visitor.who)
    word, instead = visitor.chance.choice([(b"websocket", b"h2c"), (b"Version: 13", b"Version: 8")])
    visitor.phone.writer.write(request.replace(word, instead))
    await visitor.phone.reader.readuntil(b"\r\n\r\n")
    visitor.phone.hang_up()


WAYS: tuple[Visit, ...] = (
    connects_only,
    half_shakes,
    shakes_and_goes,
    closes,
    breaks_off,
    asks_and_breaks_off,
    babbles,
    sends_rubbish,
    asks_for_another_protocol,
)


class Churn:
    """Visitors, `AT_ONCE` at a time, each coming and going in one of `WAYS`."""

    def __init__(self, web: Watched, people: list[Neighbour], threads: list[str]) -> None:
        self.web, self.people, self.threads = web, people, threads
        self.chance = random.Random(SEED)

    async def turn(self, connections: int) -> None:
        """Let so many come and go, and wait until all are gone."""
        places = asyncio.Semaphore(AT_ONCE)

        async def visit(way: Visit) -> None:
            async with places:
                one = await Phone.call(self.web)
                who, thread = self.chance.choice(self.people), self.chance.choice(self.threads)
                try:
                    await way(Visitor(self.web, one, who, thread, self.chance))
                except Closed as end:
                    # By chance, one member has more sockets than a member may.
                    if end.code != CloseCode.TOO_MANY:
                        raise
                finally:
                    one.hang_up()

        async with asyncio.TaskGroup() as group:
            for number in range(connections):
                group.create_task(visit(WAYS[number % len(WAYS)]))
        await until(self.nothing_is_left, "all are gone")

    async def nothing_is_left(self) -> bool:
        """Say whether nothing is kept of what is kept for connections only."""
        kept = await self.web.kept()
        return not any(kept.get(name) for name in EMPTY)


@pytest.fixture(scope="module")
def web(migrated_sqlite: Path) -> Iterator[Watched]:
    with Watched(migrated_sqlite) as process:
        yield process


OURS = ("asyncio.", "realtime.", "server.", "uvicorn.", "uvloop.", "websockets.")
# What there is for sockets only.
EMPTY = (
    "Sockets.all",
    "Sockets._by_member",
    "Sockets._by_address",
    "Sockets._arrivals",
    "Hub._topics",
    "Feeds._beats",
    "Presence._sockets",
    "Presence._rooms",
    "Rooms._opening",
    "Rooms._asking",
    "Watches._views",
    "realtime.connection.Connection",
    "realtime.wire.WireProtocol",
    "server.edge.patience.PatientProtocol",
)


async def test_connections_that_come_and_go_in_all_ways_leave_nothing_behind(web: Watched) -> None:
    async with town_at(web.database_url) as town:
        people = [await moves_in(town, f"Ana {number}") for number in range(20)] + [Neighbour()] * 20
    threads = [(await people[0].publish(web))["thread"] for _ in range(10)]
    churn = Churn(web, people, threads)
    # Pools, caches and lists of free places grow to what is needed at once, and no further.
    await churn.turn(CONNECTIONS // 2)
    before, memory = await web.kept(), web.resident_kib()

    await churn.turn(CONNECTIONS)

    after, more_kib = await web.kept(), web.resident_kib() - memory
    # One thing kept for each visit of one kind would be more; libraries' caches swing by some hundreds.
    grown = {name: after[name] - before.get(name, 0) for name in after}
    ours = {name: more for name, more in grown.items() if name.startswith(OURS) or name[0].isupper()}
    a_kind = CONNECTIONS // len(WAYS) // 2
    assert {name: more for name, more in ours.items() if more >= a_kind} == {}
    assert {name: more for name, more in grown.items() if more >= CONNECTIONS // 2} == {}
    # The database's pool grows to what is needed at once: ten connections, each with three files.
    assert grown["descriptors"] < a_kind
    assert after["tasks"] <= before["tasks"] + 2
    assert more_kib < 8 * 1024
    assert "Traceback" not in web.written()
