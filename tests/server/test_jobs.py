"""Jobs: each is done, however often it fails first, and by one worker at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlmodel import select

from server import jobs
from server.clock import now
from server.jobs import KINDS, LEASE, LONGEST_WAIT, MOST_ATTEMPTS, Hopeless, Worker, job
from server.outbox import JobRow, enqueue
from server.site import Site
from tests.server.house import House
from tests.waiting import PATIENCE_SECONDS

DONE: list[Any] = []
WAITING: list[asyncio.Event] = []
FAULTS: list[str] = []


@pytest.fixture(autouse=True)
def chores() -> Iterator[None]:
    """A kind of job that notes what it was given, and fails as long as there are faults left."""

    @job("test.chore")
    async def chore(site: Site, payload: dict[str, Any]) -> None:
        if FAULTS:
            raise ValueError(FAULTS.pop())
        DONE.append(payload["what"])
        for waiting in WAITING:
            waiting.set()
        assert site is not None

    yield
    del KINDS["test.chore"]
    DONE.clear()
    WAITING.clear()
    FAULTS.clear()


async def ask(house: House, what: Any, **options: Any) -> None:
    async with house.site.database.write() as session:
        await enqueue(session, "test.chore", {"what": what}, **options)


async def rows(house: House) -> list[JobRow]:
    async with house.site.database.read() as session:
        return list((await session.exec(select(JobRow).where(JobRow.kind == "test.chore"))).all())


async def test_a_job_is_done_once_and_forgotten(house: House) -> None:
    await ask(house, {"nested": ["é", 1, None]})

    await house.work()
    await house.work()

    assert DONE == [{"nested": ["é", 1, None]}]
    assert await rows(house) == []


async def test_a_job_waits_for_its_time(house: House) -> None:
    await ask(house, "later", run_at=now() + timedelta(hours=1))

    await house.work()
    early = list(DONE)
    with time_machine.travel(now() + timedelta(hours=1, seconds=1)):
        await house.work()

    assert (early, DONE) == ([], ["later"])


async def test_a_job_that_was_taken_by_a_clock_that_was_ahead_is_done_again_at_its_time(house: House) -> None:
    clocks: list[time_machine.Traveller] = []

    @job("test.watch")
    async def watch(site: Site, payload: dict[str, Any]) -> None:  # noqa: ARG001
        # Corrected meanwhile, as by `server.one_clock`.
        clocks[0].shift(timedelta(hours=-1))
        DONE.append("looked")

    due = now() + timedelta(minutes=30)
    async with house.site.database.write() as session:
        await enqueue(session, "test.watch", {}, run_at=due, key="once")
    try:
        with time_machine.travel(now() + timedelta(hours=1), tick=False) as traveller:
            clocks.append(traveller)
            await house.work()
            early = len(DONE)
            traveller.move_to(due + timedelta(hours=1))
            await house.work()
            traveller.shift(timedelta(hours=2))
            await house.work()
    finally:
        del KINDS["test.watch"]

    assert (early, len(DONE)) == (1, 2)


async def test_a_job_that_fails_is_tried_again_later_and_later(house: House) -> None:
    FAULTS.extend(["somebody@example.org", "again"])
    await ask(house, "at last")

    waits = []
    with time_machine.travel(now(), tick=False) as traveller:
        for _ in range(3):
            await house.work()
            left = await rows(house)
            waits += [(row.run_at - now()).total_seconds() for row in left]
            traveller.shift(timedelta(seconds=waits[-1]))

    assert DONE == ["at last"]
    assert waits == [2, 4]


async def test_the_text_of_a_fault_is_kept_nowhere(house: House, caplog: pytest.LogCaptureFixture) -> None:
    FAULTS.append("somebody@example.org does not exist")
    await ask(house, "x")

    await house.work()

    (row,) = await rows(house)
    assert row.error == "ValueError"
    assert "somebody" not in caplog.text


async def test_a_job_that_goes_on_failing_is_tried_for_more_than_a_day_and_at_least_every_hour(
    house: House,
) -> None:
    FAULTS.extend(["no"] * 100)
    await ask(house, "never")

    waits = []
    with time_machine.travel(now(), tick=False) as traveller:
        begun = now()
        await house.work()
        while (row := (await rows(house))[0]).failed_at is None:
            waits.append(row.run_at - now())
            traveller.move_to(row.run_at)
            await house.work()
        lasted = now() - begun

    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    assert timedelta(days=1) < lasted < timedelta(days=3)
    assert row.attempts == MOST_ATTEMPTS == 100 - len(FAULTS)


async def test_a_job_is_done_when_what_it_needs_is_back_after_a_day(house: House) -> None:
    @job("test.letter")
    async def letter(_: Site, payload: dict[str, Any]) -> None:
        if now() < back:
            raise ConnectionError
        DONE.append(payload["what"])

    async with house.site.database.write() as session:
        await enqueue(session, "test.letter", {"what": "late"})
    with time_machine.travel(now(), tick=False) as traveller:
        back = now() + timedelta(days=1)
        while now() < back + LONGEST_WAIT:
            await house.work()
            traveller.shift(timedelta(minutes=10))
    del KINDS["test.letter"]

    assert DONE == ["late"]


async def test_a_job_without_hope_is_given_up_at_once_and_stays_to_be_seen(house: House) -> None:
    @job("test.chore")
    async def hopeless(_site: Site, _: dict[str, Any]) -> None:
        raise Hopeless

    await ask(house, "never")

    await house.work()

    (row,) = await rows(house)
    assert row.failed_at is not None
    assert (row.attempts, row.error) == (1, "Hopeless")


async def test_several_workers_do_each_job_once(house: House) -> None:
    for number in range(20):
        await ask(house, number)

    await asyncio.gather(*(Worker(house.site).drain() for _ in range(4)))

    assert sorted(DONE) == list(range(20))


async def test_a_job_of_a_worker_that_died_is_taken_over_when_its_lease_is_over(house: House) -> None:
    await ask(house, "taken")
    dead = Worker(house.site)
    assert await dead._take() is not None

    await house.work()
    early = list(DONE)
    with time_machine.travel(now() + LEASE + timedelta(seconds=1)):
        await house.work()

    assert (early, DONE) == ([], ["taken"])


async def test_a_job_with_a_key_is_not_done_again_after_it_was_done(house: House) -> None:
    await ask(house, "once", key="test")
    await house.work()
    await ask(house, "twice", key="test")

    await house.work()

    assert DONE == ["once"]


async def test_what_comes_round_by_the_clock_is_written_once_in_its_period(house: House) -> None:
    @job("test.round", every=timedelta(hours=1))
    async def round_(site: Site, _: dict[str, Any]) -> None:
        DONE.append(site.settings.name)

    try:
        start = now().replace(minute=10)
        for minutes in (0, 20, 45, 60):
            with time_machine.travel(start + timedelta(minutes=minutes)):
                for worker in (Worker(house.site), Worker(house.site)):
                    await worker.plan()
                await house.work()
    finally:
        del KINDS["test.round"]

    # 10 and 30 past the hour; 55 past; 10 past the next.
    assert len(DONE) == 2


async def test_a_job_that_is_due_wakes_the_running_worker(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "POLL_SECONDS", 3600)
    finished = asyncio.Event()
    WAITING.append(finished)
    async with house.app.state.parts.worker.working():
        await ask(house, "first")
        await asyncio.wait_for(finished.wait(), PATIENCE_SECONDS)
        finished.clear()

        await ask(house, "now")
        await asyncio.wait_for(finished.wait(), PATIENCE_SECONDS)

    assert DONE == ["first", "now"]


async def test_a_worker_that_ends_finishes_what_it_has_in_hand_and_takes_no_more(house: House) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    @job("test.long")
    async def long(_: Site, payload: dict[str, Any]) -> None:
        begun.set()
        await go_on.wait()
        DONE.append(payload["what"])

    async with house.site.database.write() as session:
        await enqueue(session, "test.long", {"what": "in hand"})
    async with house_ends_while(house, begun, go_on):
        await ask(house, "afterwards")
    del KINDS["test.long"]

    assert DONE == ["in hand"]
    assert [row.payload for row in await rows(house)] == [{"what": "afterwards"}]


@asynccontextmanager
async def house_ends_while(house: House, begun: asyncio.Event, go_on: asyncio.Event) -> AsyncIterator[None]:
    """Have a worker begin, end while it is at it, and go on once the block is done."""
    ending = asyncio.Event()

    async def work() -> None:
        async with Worker(house.site).working():
            await begun.wait()
            ending.set()

    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        group.create_task(work())
        await ending.wait()
        await asyncio.sleep(0)
        yield
        go_on.set()
