"""The same key: the same answer and one effect, however many tries come at once."""

import asyncio
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import func, select

from realtime.signals import PinMoved
from server.board.models import ListingRow
from server.clock import now
from server.idempotency import KeyRow
from server.ids import new_id
from tests.server.house import House, a_request, problem


async def listings(house: House) -> int:
    async with house.site.database.read() as session:
        return (await session.exec(select(func.count()).select_from(ListingRow))).one()


async def test_fifty_tries_at_once_have_one_effect_and_one_answer(house: House) -> None:
    client = await house.join("Ana")
    draft, key = a_request(), new_id()

    answers = await asyncio.gather(
        *(client.post("/api/listings", json=draft, headers={"Idempotency-Key": key}) for _ in range(50))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await listings(house) == 1


async def test_the_key_with_another_body_is_refused(house: House) -> None:
    client = await house.join("Ana")
    headers = {"Idempotency-Key": new_id()}
    await client.post("/api/listings", json=a_request(), headers=headers)

    answer = await client.post("/api/listings", json=a_request(), headers=headers)

    assert problem(answer) == (409, "idempotency_key_reused")
    assert await listings(house) == 1


async def test_a_key_belongs_to_its_member(house: House) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")
    headers = {"Idempotency-Key": new_id()}

    answers = [await each.post("/api/listings", json=a_request(), headers=headers) for each in (ana, bo)]

    assert [answer.status_code for answer in answers] == [201, 201]


async def test_a_refused_try_leaves_the_key_free_and_no_trace(house: House) -> None:
    client = await house.join("Ana", home={"lon": 7.35, "lat": 47.75})
    taken = a_request()
    await client.post("/api/listings", json=taken, headers={"Idempotency-Key": new_id()})
    headers = {"Idempotency-Key": new_id()}

    refused = await client.post("/api/listings", json={**taken, "title": "Autre chose"}, headers=headers)
    written = a_request()
    answer = await client.post("/api/listings", json=written, headers=headers)

    assert problem(refused) == (409, "id_taken")
    assert answer.status_code == 201
    assert await listings(house) == 2
    async with house.site.database.read() as session:
        keys = (await session.exec(select(func.count()).select_from(KeyRow))).one()
    assert keys == 2
    assert [signal.id for signal in await house.told(PinMoved)] == [taken["id"], written["id"]]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency_key_missing"),
        ("short", "idempotency_key_invalid"),
        ("with a blank", "idempotency_key_invalid"),
        ("x" * 129, "idempotency_key_invalid"),
    ],
)
async def test_without_a_proper_key_nothing_is_published(
    small_house: House, key: str | None, code: str
) -> None:
    client = await small_house.join("Ana")

    headers = {"Idempotency-Key": key} if key is not None else {}
    answer = await client.post("/api/listings", json=a_request(), headers=headers)

    assert problem(answer) == (400, code)
    assert await listings(small_house) == 0


async def test_the_body_is_kept_as_a_code_only_and_forgotten_after_two_days(small_house: House) -> None:
    client = await small_house.join("Ana")
    draft = a_request(place={"lon": 7.33123456, "lat": 47.74123456})
    await client.post("/api/listings", json=draft, headers={"Idempotency-Key": new_id()})

    async with small_house.site.database.read() as session:
        row = (await session.exec(select(KeyRow))).one()
    with time_machine.travel(now() + timedelta(days=2, seconds=1)):
        # By the worker itself, as a job that comes round.
        await small_house.app.state.parts.worker.plan()
        await small_house.work()

    assert "7.33123456" not in row.model_dump_json()
    async with small_house.site.database.read() as session:
        assert (await session.exec(select(KeyRow))).all() == []
