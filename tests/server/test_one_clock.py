"""One clock for all processes of a town, whatever the clocks of their machines say."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import event

from server import clock, one_clock
from server.app import in_background
from server.database import Database
from server.outbox import AHEAD
from tests.waiting import until

# Of an hour: that a busy machine's database takes some seconds to answer cannot be told from a clock.
CLOSE = timedelta(minutes=1)
HOURS = pytest.mark.parametrize("wrong", [timedelta(hours=-1), timedelta(hours=1)])


@pytest.fixture
async def database(postgresql_town_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(clock, "_ahead", timedelta(0))
    made = Database(postgresql_town_url)
    yield made
    await made.aclose()


def told() -> timedelta:
    """Return by how much our clock differs from the one of this machine as the test has set it."""
    return clock.now() - datetime.now(UTC)


@HOURS
async def test_a_clock_that_is_wrong_is_corrected_by_the_databases(
    database: Database, wrong: timedelta
) -> None:
    with time_machine.travel(datetime.now(UTC) + wrong):
        await one_clock.agree(database)

        assert abs(told() + wrong) < CLOSE


def test_two_processes_that_are_left_alone_do_not_take_each_others_clock_for_wrong() -> None:
    assert 2 * one_clock.TOLERANCE <= AHEAD


async def test_a_clock_that_is_right_is_left_alone(database: Database) -> None:
    await one_clock.agree(database)

    assert clock._ahead == timedelta(0)


async def test_a_process_that_was_stopped_before_it_read_the_answer_does_not_take_its_clock_for_wrong(
    database: Database,
) -> None:
    answers: list[object] = []
    with time_machine.travel(datetime.now(UTC)) as our_clock:

        @event.listens_for(database.engine.sync_engine, "after_cursor_execute")
        def stop(*answer: object) -> None:
            answers.append(answer)
            if len(answers) == 2:  # The one that is measured.
                our_clock.shift(timedelta(seconds=30))

        await one_clock.agree(database)

    assert clock._ahead == timedelta(0)


@HOURS
async def test_a_clock_that_is_set_while_the_process_runs_is_noticed(
    database: Database, wrong: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_clock, "LOOK_SECONDS", 0.01)
    corrected = await _turns_to_correct(database, wrong)

    assert abs(corrected + wrong) < CLOSE


async def test_the_clock_is_followed_again_after_the_database_was_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_clock, "LOOK_SECONDS", 0.01)
    agree, away = one_clock.agree, [OSError("away"), OSError("away")]

    async def agree_if_there(asked: Database) -> None:
        if away:
            raise away.pop()
        await agree(asked)

    monkeypatch.setattr(one_clock, "agree", agree_if_there)

    assert abs(await _turns_to_correct(database, timedelta(hours=1)) + timedelta(hours=1)) < CLOSE


async def _turns_to_correct(database: Database, wrong: timedelta) -> timedelta:
    """Set this machine's clock wrong while it is followed; return by how much ours then differs from it."""
    async with in_background(one_clock.follow(database)):
        with time_machine.travel(datetime.now(UTC) + wrong):
            await until(lambda: abs(told()) >= timedelta(minutes=1), "the clock is corrected")
            return told()
