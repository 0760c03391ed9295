"""What one of each costs: the figures of docs/growth.md that no other measurement has.

`python -m tests.bench.costs` prints them; they go into `tests/bench/growth.py` by hand, with date. Times
are processor time of this process, which others on the machine do not stretch much.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from statistics import median

from sqlalchemy import text
from sqlmodel import select

from realtime.bus import MemoryBus
from realtime.live import Live
from realtime.people import MemberKind, Person
from realtime.protocol import TypingSeen
from realtime.redis_bus import _BATCH
from realtime.signals import AnySignal, Broadcast
from server import migrations
from server.database import Database
from server.ids import new_id
from server.listings.actions import MOST_ALIVE
from server.outbox import SignalRow
from tests.bench.report import machine
from tests.server.board.town import Town
from tests.servers import PostgresServer

MESSAGES = 600
LISTINGS = 200
_ID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ROUNDS = 7
WORDS = "Bonjour, je peux passer samedi matin avec ma tondeuse, vers dix heures si cela vous va. "


async def measure(url: str) -> None:
    """Live in a town for a while, and print what it cost."""
    town = Town(Database(url))
    await migrations.upgrade(town.database)
    bo = await town.member("Bo")
    empty = await size(town)
    # One may have so many; the members are not counted.
    authors = [await town.member("Ana") for _ in range(LISTINGS // MOST_ALIVE + 1)]
    listings = [await town.publish(authors[n // MOST_ALIVE]) for n in range(LISTINGS)]
    listed = await size(town)
    thread = listings[0].listing.thread
    dialog = await town.dialog(bo, listings[0].listing.id)
    before = await rows(town)
    batches: list[list[AnySignal]] = []
    cpu = 0.0
    for talk in (thread, dialog):
        told = len(await town.told())
        begun = time.process_time()
        for _ in range(MESSAGES // 2):
            await town.post(bo, talk, WORDS)
        cpu += time.process_time() - begun
        batches += in_parts((await town.told())[told:], MESSAGES // 2)
    written = await size(town)
    print(machine())
    print(f"bytes per listing, indexes included: {(listed - empty) / LISTINGS:,.0f}")
    print(f"bytes per message, indexes included: {(written - listed) / MESSAGES:,.0f}")
    print(f"rows of the outbox for a message: {(await rows(town) - before) / MESSAGES:.2f}")
    print(f"processor time of one message's action, ms: {cpu / MESSAGES * 1e3:.2f}")
    await cost_of_hearing(batches, town)
    await town.database.aclose()
    town.site.passwords.close()


def typing() -> TypingSeen:
    """Return the smallest of what is told of a conversation."""
    who = Person(id=new_id(), name="Ana", kind=MemberKind.INDIVIDUAL)
    return TypingSeen(conversation=new_id(), member=who)


async def rows(town: Town) -> int:
    """Return how many rows the outbox holds: nobody publishes them here."""
    async with town.database.read() as session:
        return len((await session.exec(select(SignalRow.id))).all())


async def size(town: Town) -> int:
    """Return the bytes of the tables that keep what people write."""
    tables = ("listing", "conversation", "participant", "message")
    total = " + ".join(f"pg_total_relation_size('{name}')" for name in tables)
    async with town.database.read() as session:
        return int((await session.exec(text(f"SELECT {total}"))).scalar_one())  # type: ignore[call-overload]


def in_parts(signals: Sequence[AnySignal], parts: int) -> list[list[AnySignal]]:
    """Return `signals` in so many equal parts."""
    each = len(signals) // parts
    return [[*signals[n : n + each]] for n in range(0, len(signals), each)]


async def cost_of_hearing(batches: Sequence[list[AnySignal]], town: Town) -> None:
    """Print what a process pays for what is told of a message of which none of its sockets hears."""
    live = Live(town.backend, MemoryBus())
    words = [_BATCH.dump_json(batch) for batch in batches]
    small = _BATCH.dump_json([Broadcast(topics=["conversation:" + new_id()], event=typing())])
    for what, told in (("one message", words), ("somebody who types", [small] * len(words))):
        taken = []
        for _ in range(ROUNDS):
            # Never the same twice: what a parser remembers would not be there in a town either.
            fresh = [_ID.sub(lambda _: new_id().encode(), one) for one in told]
            begun = time.process_time()
            for one in fresh:
                live.receive(_BATCH.validate_json(one))
            taken.append((time.process_time() - begun) / len(fresh) * 1e6)
        print(f"bytes on the bus for {what}: {sum(map(len, told)) / len(told):,.0f}")
        print(f"µs to hear of it for nothing: {median(taken):.1f} ({min(taken):.1f}–{max(taken):.1f})")


if __name__ == "__main__":
    with PostgresServer() as server:
        asyncio.run(measure(server.create_database()))
