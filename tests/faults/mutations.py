"""What 1Mile would be without one of its safeguards: each must be missed by the checker.

Each is put into a process from its start by its name (`tests.faults.sabotage`). Nothing is left to luck:
where a loss takes two things at once, the mutation waits for the other one.
"""

import asyncio
import itertools
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.faults.crash_points import put

MUTATIONS: dict[str, Callable[[], None]] = {}
# A file of this name in the process's folder ends the wait of "no order" and "no lock".
GO_ON = "go on"
# "no lock" lays this one when it begins to wait.
HAS_READ = "has read"
# A sequence of this name must be there for "no order".
NUMBERS = "numbers_for_all"
EVERY = 50
_WAIT_SECONDS = 20


def mutation(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a mutation under its name."""

    def register(act: Callable[[], None]) -> Callable[[], None]:
        MUTATIONS[name] = act
        return act

    return register


@mutation("no resume")
def ignore_cursors() -> None:
    """Who comes back with a cursor is told that nothing has happened."""
    from server.live import SiteBackend

    def opening(goes_on: Any) -> Any:
        async def opens(backend: Any, viewer: Any, conversation: str, cursor: int | None) -> Any:
            answer = await goes_on(backend, viewer, conversation, None)
            return answer if cursor is None else replace(answer, reset=False, messages=[])

        return opens

    put(SiteBackend, "opening", opening)


@mutation("no versions")
def take_every_pin() -> None:
    """The index takes whatever comes last; and news of a pin come again after the next ones, as they may."""
    from geo.index import PinIndex
    from realtime.watches import Watches

    def put_any(goes_on: Any) -> Any:
        def puts(index: Any, pin_id: str, *rest: Any) -> Any:
            if (known := index.get(pin_id)) is not None:
                index.remove(pin_id, known.version)
            index._tombstones.clear()
            return goes_on(index, pin_id, *rest)

        return puts

    put(PinIndex, "put", put_any)
    put(Watches, "apply", _again_and_late)


@mutation("late doubles")
def double_pins() -> None:
    """News of a pin come again after the next ones: what a bus may do, and what versions are there for."""
    from realtime.watches import Watches

    put(Watches, "apply", _again_and_late)


@mutation("no sweep")
def never_sweep() -> None:
    """What a dead process left untold stays so."""
    from server.outbox import Outbox

    async def sweep(_: Any) -> int:
        return 0

    put(Outbox, "sweep", lambda _: sweep)


@mutation("no order")
def count_for_all() -> None:
    """A message takes its number from a counter for all, before its turn: committed is another order.

    The first message waits, its number taken, until the test lets it go on.
    """
    from sqlalchemy import text
    from sqlalchemy.orm.attributes import set_committed_value

    from server.board import finding, saying

    async def next_change(session: Any, talk: Any, said_at: Any, _: str) -> int:
        number: int = (await session.exec(text(f"SELECT nextval('{NUMBERS}')"))).scalar_one()
        if number == 1:
            await _let_go_on()
        row, rises = talk.row, f"greatest(seq, {number})"
        statement = (
            f"UPDATE conversation SET seq = {rises}, last_seq = {rises}, updated_at = :at WHERE id = :id"
        )
        await session.exec(text(statement), params={"at": said_at, "id": row.id})
        for name, value in (("seq", number), ("last_seq", number), ("updated_at", said_at)):
            set_committed_value(row, name, value)
        return number

    put(finding, "_locked", lambda _: lambda wanted: wanted)
    put(saying, "next_change", lambda _: next_change)


@mutation("drops every 50th")
def drop_deliveries() -> None:
    """Of all that is told about pins in this process, each 50th frame is lost."""
    from realtime.connection import Connection
    from realtime.frames import payload_of

    count = itertools.count(1)

    def write(goes_on: Any) -> Any:
        def writes(connection: Any, made: bytes) -> None:
            is_pin = payload_of(made).startswith((b'{"type":"pin"', b'{"type":"gone"'))
            if not (is_pin and next(count) % EVERY == 0):
                goes_on(connection, made)

        return writes

    put(Connection, "write", write)


@mutation("reset forgets")
def forget_at_reset() -> None:
    """What came live while a whole snapshot was read is thrown away with what was there before it.

    The answer waits until something has come.
    """
    from realtime.rooms import Rooms

    def snapshot(goes_on: Any) -> Any:
        async def snapshots(rooms: Any, seat: Any, cursor: int | None) -> Any:
            opening = await goes_on(rooms, seat, cursor)
            if opening.reset:
                for _ in range(_WAIT_SECONDS * 50):
                    if any(hold.kept for _, hold in seat.holds):
                        break
                    await asyncio.sleep(0.02)
                for _, hold in seat.holds:
                    hold.kept.clear()
            return opening

        return snapshots

    put(Rooms, "_snapshot", snapshot)


@mutation("no lock")
def book_by_what_was_read() -> None:
    """Accounts are read without their lock, and written as what was read says.

    In between it waits until the test lets it go on.
    """
    from sqlalchemy import bindparam, text
    from sqlmodel import col, select

    from server.smiles import booking, locks
    from server.smiles.models import AccountRow

    def read_only(_: Any) -> Any:
        columns = (AccountRow.id, AccountRow.balance, AccountRow.changed_at)
        wanted = col(AccountRow.id).in_(bindparam("ids", expanding=True))
        return lambda: select(*columns).where(wanted)

    def write(goes_on: Any) -> Any:
        async def writes(session: Any, transfer: Any, gains: Any, standings: Any) -> None:
            (Path(os.environ["SABOTAGE_FOLDER"]) / HAS_READ).touch()
            await _let_go_on()
            was = text("UPDATE smile_account SET balance = :was WHERE id = :id")
            for one in {account.id for account in gains} & standings.keys():
                await session.exec(was, params={"was": standings[one].balance, "id": one})
            await goes_on(session, transfer, gains, standings)

        return writes

    put(locks, "_locked", read_only)
    put(booking, "_write", write)


@mutation("cards apart")
def write_cards_afterwards() -> None:
    """A step's card is written in a transaction of its own, once the step's is over."""
    from server.board import saying
    from server.database import Session

    afterwards: set[asyncio.Task[None]] = set()

    def insert(goes_on: Any) -> Any:
        async def later(engine: Any, row: Any) -> None:
            await asyncio.sleep(1)
            async with Session(engine) as session:
                await goes_on(session, row)
                await session.commit()

        async def inserts(session: Any, row: Any) -> Any:
            if getattr(row, "card", None) is None:
                return await goes_on(session, row)
            afterwards.add(asyncio.create_task(later(session.bind, row)))
            return True

        return inserts

    put(saying, "insert_new", insert)


@mutation("silent purses")
def tell_no_purse() -> None:
    """Who has been given smiles, or has them held, is not told."""
    from server.smiles import purses

    async def tell(*_: Any) -> None: ...

    put(purses, "tell", lambda _: tell)


@mutation("untold settlement")
def tell_no_settlement() -> None:
    """What was given and promised comes where it belongs, and nobody counts it anew."""
    from server.projects import settling

    async def tell(*_: Any) -> None: ...

    put(settling, "tell", lambda _: tell)


@mutation("late files")
def answer_before_files() -> None:
    """A photo's files are stored a while after its row."""
    from server.photos.folder import FolderStore

    afterwards: set[asyncio.Task[None]] = set()

    def store(goes_on: Any) -> Any:
        async def later(*photo: Any) -> None:
            await asyncio.sleep(_WAIT_SECONDS)
            await goes_on(*photo)

        async def stores(*photo: Any) -> None:
            afterwards.add(asyncio.create_task(later(*photo)))

        return stores

    put(FolderStore, "put", store)


def _again_and_late(goes_on: Any) -> Any:
    last: dict[str, Any] = {}

    def apply(watches: Any, moved: Any) -> int:
        told: int = goes_on(watches, moved)
        before = last.get(moved.id)
        if before is not None and before.version < moved.version:
            told += goes_on(watches, before)
        last[moved.id] = moved
        return told

    return apply


async def _let_go_on() -> None:
    sign = Path(os.environ["SABOTAGE_FOLDER"]) / GO_ON
    for _ in range(_WAIT_SECONDS * 50):
        if sign.exists():
            return
        await asyncio.sleep(0.02)
