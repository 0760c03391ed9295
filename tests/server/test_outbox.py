"""What was committed is told: at once, or by the sweep of whichever process is left."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from realtime.bus import MemoryBus
from realtime.signals import AnySignal, Heartbeat
from server.app import in_background
from server.clock import now
from server.database import Database, Session
from server.outbox import Outbox, SignalRow, emit
from tests.waiting import PATIENCE_SECONDS


class Street:
    """A process on the street: a bus, what came over it, and an outbox."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.bus = MemoryBus()
        self.heard: list[int] = []
        self.news = asyncio.Event()
        self.outbox = Outbox(database, self.bus, lambda _: None)

    async def start(self) -> None:
        await self.bus.start(self._receive, lambda: None, lambda: None)

    def _receive(self, signals: Sequence[AnySignal]) -> None:
        self.heard += [signal.count for signal in signals if isinstance(signal, Heartbeat)]
        self.news.set()

    async def emit(self, *counts: int) -> None:
        async with self.database.write() as session:
            emit(session, *(Heartbeat(process="test", count=count) for count in counts))

    async def left(self) -> int:
        async with self.database.read() as session:
            return len((await session.exec(select(SignalRow))).all())


async def turn() -> None:
    """Let the loop do what is due."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def street(town_url: str) -> AsyncIterator[Street]:
    made = Street(Database(town_url))
    yield made
    await made.bus.aclose()
    await made.database.aclose()


async def test_a_signal_is_heard_right_after_the_commit_and_its_row_goes(street: Street) -> None:
    await street.start()

    await street.emit(1, 2)
    await turn()
    await street.outbox.settle()

    assert street.heard == [1, 2]
    assert await street.left() == 0


async def test_what_a_dead_process_committed_is_told_by_another(street: Street) -> None:
    # The writer dies between commit and publish: its outbox never hears of the commit.
    street.database.after_commit = lambda _: None
    await street.emit(1, 2)
    await street.start()

    too_early = await street.outbox.sweep()
    with time_machine.travel(now() + timedelta(seconds=3)):
        swept = await street.outbox.sweep()
        swept_again = await street.outbox.sweep()

    assert (too_early, swept, swept_again) == (0, 2, 0)
    assert street.heard == [1, 2]
    assert await street.left() == 0


@pytest.mark.parametrize("wrong", [timedelta(hours=-1), timedelta(hours=1)])
async def test_what_a_process_with_a_wrong_clock_left_behind_is_told_as_soon(
    street: Street, wrong: timedelta
) -> None:
    street.database.after_commit = lambda _: None
    with time_machine.travel(now() + wrong):
        await street.emit(1)
    await street.start()

    swept = await street.outbox.sweep()

    assert swept == 1
    assert street.heard == [1]


async def test_while_the_bus_is_down_signals_wait(street: Street) -> None:
    await street.emit(1)
    await turn()
    await street.outbox.settle()
    with time_machine.travel(now() + timedelta(seconds=3)):
        nothing = await street.outbox.sweep()
        waiting = await street.left()

        await street.start()
        swept = await street.outbox.sweep()

    assert (nothing, waiting, swept) == (0, 1, 1)
    assert street.heard == [1]


async def test_a_signal_that_an_earlier_release_left_behind_is_told(street: Street) -> None:
    body = '{"type":"heartbeat","process":"test","count":7}'
    async with street.database.write() as session:
        session.add(SignalRow(id="0", created_at=now() - timedelta(seconds=3), body=body))
    await street.start()

    await street.outbox.sweep()

    assert street.heard == [7]


async def test_two_sweeps_at_once_share_the_work(street: Street) -> None:
    street.database.after_commit = lambda _: None
    for number in range(40):
        await street.emit(number)
    other = Street(street.database)
    await street.start()
    await other.start()

    with time_machine.travel(now() + timedelta(seconds=3)):
        await asyncio.gather(street.outbox.sweep(), other.outbox.sweep())
        await street.outbox.sweep()

    assert sorted(street.heard + other.heard) == list(range(40))


async def test_all_that_a_transaction_emits_is_one_row(street: Street) -> None:
    street.database.after_commit = lambda _: None

    async with street.database.write() as session:
        emit(session, Heartbeat(process="test", count=1))
        async with street.database.write() as inner:
            emit(inner, Heartbeat(process="test", count=2))

    assert await street.left() == 1


async def test_what_nobody_can_read_does_not_stop_the_others(street: Street) -> None:
    street.database.after_commit = lambda _: None
    known = '{"type":"heartbeat","process":"test","count":1}'
    bodies = ['{"type":"of another release"}', f'[{known},{{"type":"of another release"}}]', "no JSON"]
    async with street.database.write() as session:
        session.add_all(SignalRow(id=f"{n}", created_at=now(), body=body) for n, body in enumerate(bodies))
    await street.start()

    with time_machine.travel(now() + timedelta(seconds=3)):
        await street.outbox.sweep()

    assert street.heard == [1]
    assert await street.left() == 0


async def test_what_is_told_at_once_while_much_is_swept_is_not_swept_too(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server import outbox

    monkeypatch.setattr(outbox, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(outbox, "SWEEP_ROWS", 1)
    street.database.after_commit = lambda _: None
    for number in range(4):
        await street.emit(number)
    sweeps: list[int] = []
    with time_machine.travel(now() + timedelta(seconds=3)) as clock:

        async def meanwhile(session: Session, signals: Sequence[AnySignal]) -> Sequence[AnySignal]:
            sweeps.append(len(signals))
            if len(sweeps) == 1:
                emit(session, Heartbeat(process="test", count=99))
            if len(sweeps) == 3:
                clock.shift(timedelta(seconds=3))
            return signals

        sweeping = Outbox(street.database, street.bus, lambda _: None, meanwhile)
        await street.start()
        async with in_background(sweeping.run()), asyncio.timeout(PATIENCE_SECONDS):
            # Its end shows by nothing but that nothing is left.
            while await street.left():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    assert sorted(street.heard) == [0, 1, 2, 3, 99]


async def test_the_running_outbox_sweeps_within_five_seconds(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server import outbox

    longest = outbox.LEFT_BEHIND + outbox.AHEAD + timedelta(seconds=outbox.SWEEP_SECONDS)
    assert longest.total_seconds() + outbox.PUBLISH_SECONDS <= 5
    monkeypatch.setattr(outbox, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(outbox, "LEFT_BEHIND", timedelta(0))
    street.database.after_commit = lambda _: None
    await street.emit(1)
    await street.start()

    async with in_background(street.outbox.run()):
        await asyncio.wait_for(street.news.wait(), PATIENCE_SECONDS)

    assert street.heard == [1]
