"""What Prometheus reads: every figure there is, in its format, and right."""

import asyncio
import time
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from realtime.counts import UP_TO_SECONDS, Counts, Durations
from server.about.figures import backlog
from server.app import in_background
from server.clock import now
from server.edge.metrics import COUNTERS, GAUGES, MULTIPROCESS, Metrics
from server.edge.pulse import Pulse
from server.ids import new_id
from server.outbox import JobRow, SignalRow
from tests.server.house import House, a_request
from tests.waiting import until

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


async def samples(house: House) -> list[Sample]:
    """Return what is measured now."""
    await house.app.state.figures.count()
    await house.app.state.figures.sample()
    page = (await (await house.visitor()).get("/metrics")).text
    return [one for family in text_string_to_metric_families(page) for one in family.samples]


def value(found: list[Sample], name: str, **labels: str) -> float:
    (one,) = [one for one in found if one.name == name and labels.items() <= one.labels.items()]
    return float(one.value)


async def test_every_figure_is_there_in_prometheus_own_format(small_house: House) -> None:
    found = {one.name for one in await samples(small_house)}

    assert {*GAUGES} - found == set()
    assert {f"onemile_realtime_{name}_total" for name in COUNTERS} - found == set()


def test_whatever_realtime_counts_is_shown() -> None:
    numbers = {one.name for one in fields(Counts) if one.type is int}

    assert numbers - {"sockets", "watches"} == set(COUNTERS)


@pytest.mark.parametrize("name", sorted([*GAUGES, *(f"onemile_realtime_{name}_total" for name in COUNTERS)]))
def test_every_figure_stands_in_the_page_for_operators(name: str) -> None:
    assert f"`{name}`" in OPERATIONS.read_text("utf-8")


async def test_what_waits_in_the_database_is_counted(house: House) -> None:
    async with house.site.database.write() as session:
        hour_ago = now() - timedelta(hours=1)
        session.add(SignalRow(id=new_id(), created_at=hour_ago, body='{"type":"unknown"}'))
        for run_at, failed_at in ((hour_ago, None), (now() + timedelta(hours=1), None), (hour_ago, now())):
            job: dict[str, Any] = {"id": new_id(), "kind": "mail", "payload": {}, "created_at": hour_ago}
            session.add(JobRow(**job, run_at=run_at, failed_at=failed_at))
        job |= {"id": new_id(), "run_at": now() + timedelta(hours=1), "attempts": 1}
        session.add(JobRow(**job, error="SMTPConnectError"))
        await session.flush()

        with time_machine.travel(hour_ago + timedelta(hours=1), tick=False):
            found = await backlog(house.site)

    assert found["onemile_outbox_signals"] == 1
    assert found["onemile_outbox_oldest_seconds"] == 3600
    assert (found["onemile_jobs_due"], found["onemile_jobs_failed"]) == (1, 1)
    assert found["onemile_jobs_retried"] == 1


async def test_from_writing_to_being_told_is_measured_once_for_each_new_thing(small_house: House) -> None:
    client = await small_house.join("Ana")
    draft, began = a_request(), now()
    await client.post("/api/listings", json=draft, headers={"Idempotency-Key": new_id()})
    await until(lambda: small_house.site.index.get(draft["id"]) is not None, "the pin")
    listing = (await client.get(f"/api/listings/{draft['id']}")).json()["listing"]
    thread = f"/api/conversations/{listing['thread']}/messages"
    await client.post(thread, json={"id": new_id(), "text": "Bonjour"}, headers={"Idempotency-Key": new_id()})
    counts: Counts = small_house.app.state.live.counts
    await until(lambda: sum(counts.events.classes) >= 2, "the message")

    found = await samples(small_house)

    assert value(found, "onemile_event_seconds_count") == 2
    # Of two things, each from after it was begun until before it was asked for.
    assert 0 < value(found, "onemile_event_seconds_sum") < 2 * (now() - began).total_seconds()


async def test_what_is_sampled_twice_is_counted_once(small_house: House) -> None:
    counts: Counts = small_house.app.state.live.counts
    counts.deliveries += 7
    counts.answers["watch"].note(0.003)
    counts.answers["watch"].note(7.0)

    await samples(small_house)
    found = await samples(small_house)

    assert value(found, "onemile_realtime_deliveries_total") == 7
    took = {"name": "onemile_command_seconds_bucket", "command": "watch"}
    assert value(found, **took, le="0.0025") == 0
    assert value(found, **took, le="0.005") == value(found, **took, le="5.0") == 1
    assert (
        value(found, **took, le="+Inf") == value(found, "onemile_command_seconds_count", command="watch") == 2
    )
    assert value(found, "onemile_command_seconds_sum", command="watch") == pytest.approx(7.003)


def test_a_process_that_has_just_made_its_file_does_not_spoil_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "counter_4711.db").touch()
    monkeypatch.setenv(MULTIPROCESS, str(tmp_path))

    assert Metrics().page() == b""


def test_a_duration_belongs_to_the_class_that_reaches_so_far_and_none_is_negative() -> None:
    durations = Durations()

    for seconds in (UP_TO_SECONDS[0], UP_TO_SECONDS[0] * 1.01, 1e9, -3600.0):
        durations.note(seconds)

    assert (durations.classes[0], durations.classes[1], durations.classes[-1]) == (2, 1, 1)
    assert durations.seconds == pytest.approx(1e9)


async def test_a_loop_that_was_held_up_is_seen_once() -> None:
    pulse, worst = Pulse(), [0.0]

    def seen() -> bool:
        worst[0] = pulse.gauges()["onemile_loop_lag_seconds"]
        return worst[0] >= 0.3

    async with in_background(pulse.run()):
        await asyncio.sleep(0)
        hold_up(0.6)
        await until(seen, "the lateness")

    assert pulse.gauges()["onemile_loop_lag_seconds"] < worst[0]


def hold_up(seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        pass


async def test_memory_and_descriptors_are_those_of_this_process(small_house: House) -> None:
    with open("/dev/null") as one, open("/dev/null") as another:  # noqa: ASYNC230 - nothing is read
        more = value(await samples(small_house), "onemile_process_descriptors")
    fewer = value(await samples(small_house), "onemile_process_descriptors")

    assert one.closed
    assert another.closed
    assert more - fewer == 2
    assert value(await samples(small_house), "onemile_process_resident_bytes") > 20_000_000
