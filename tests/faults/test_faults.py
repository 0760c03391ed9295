"""Whatever fails, nothing is lost, and all is well soon after. The long form of this is `./dev soak`."""

import pytest

from tests.faults.faults import FAULTS
from tests.faults.ordeal import day
from tests.faults.world import World
from tests.server.board.town import Town

SEED = 20261125
# Faults that one crowd lives through, one after the other: that is quicker than a crowd for each.
DAYS = {
    "processes die": [
        "kill -9 of a web process",
        "power cut between claim and commit",
        "power cut before commit",
        "power cut after commit",
        "power cut after publish",
        "power cut in a sweep",
        "power cut before a snapshot is sent",
        "power cut between a photo's files and its row",
        "power cuts as projects end",
        "rolling restart",
    ],
    "Redis is away": [
        "kill -9 of Redis",
        "FLUSHALL",
        "SIGSTOP of Redis for 5 s",
        "a process cut off from Redis",
        "partition between a process and Redis",
    ],
    "PostgreSQL is away": [
        "kill -9 of PostgreSQL",
        "a process cut off from PostgreSQL",
        "partition between a process and PostgreSQL",
        "everything 200 ms late",
    ],
    "clocks are wrong": [
        "clock set back an hour in one process, then a power cut after commit",
        "clock an hour ahead in one process, then a power cut after commit",
    ],
}


@pytest.mark.parametrize("name", DAYS)
async def test_nothing_is_lost_when(name: str, world: World, town: Town) -> None:
    faults = {fault: FAULTS[fault] for fault in DAYS[name]}

    lost = await day(world, town, faults, SEED)

    assert lost == {fault: [] for fault in faults}


def test_every_fault_but_the_longest_strikes_within_these_days() -> None:
    struck = [fault for faults in DAYS.values() for fault in faults]

    assert sorted(struck) == sorted(FAULTS.keys() - {"SIGSTOP of Redis for 30 s"})
