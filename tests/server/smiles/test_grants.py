"""The grant: given once the address is proved, and to one person once, whatever they try."""

import asyncio
import sys
from typing import Any

import httpx
import pytest
from sqlmodel import select

from server.board.exchanges import COMPLETED
from server.board.models import ID_LENGTH
from server.clock import now
from server.ids import new_id
from server.jobs import Worker
from server.members.actions import ADDRESS_PROVED
from server.members.models import MemberRow
from server.outbox import enqueue
from server.settings import Settings
from server.smiles import grants, purses
from server.smiles.models import TransferRow
from server.smiles.persons import person_of, plain
from tests.server.board.town import Town
from tests.server.house import House, open_house


async def purse_of(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/me/smiles")
    assert answer.status_code == 200, answer.text
    purse: dict[str, Any] = answer.json()["purse"]
    return purse


async def balance(town: Town, member: str) -> int:
    async with town.database.read() as session:
        return (await purses.purse(session, member)).balance


async def test_who_proves_the_address_is_given_the_grant(house: House) -> None:
    ana = await house.join("Ana")

    await house.work()

    assert (await purse_of(ana))["balance"] == 10


async def test_before_the_address_is_proved_nothing_is_given(house: House) -> None:
    client = await house.visitor()
    await client.post("/api/members", json={"email": "ana@example.org", "name": "Ana"})

    await house.work()

    async with house.site.database.read() as session:
        assert (await session.exec(select(TransferRow))).all() == []


async def test_signing_in_again_gives_nothing(house: House) -> None:
    ana = await house.join("Ana")
    await ana.post("/api/session/link", json={"email": "ana@example.org"})
    await ana.post("/api/session/link/use", json={"token": await house.last_token()})

    await house.work()

    assert (await purse_of(ana))["balance"] == 10


async def test_two_spellings_of_one_address_are_one_person(house: House) -> None:
    await house.join("Ana", email="ana.b@gmail.com")
    other = await house.join("Bo", email="an.ab+two@googlemail.com")

    await house.work()

    assert (await purse_of(other))["balance"] == 0


async def test_without_a_grant_in_the_settings_none_is_given(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url, smiles_grant=0) as house:
        ana = await house.join("Ana")
        await house.work()

        assert (await purse_of(ana))["balance"] == 0


async def test_a_job_that_runs_twice_at_once_gives_once(town: Town) -> None:
    ana = await town.member("Ana")
    assert ana.member is not None
    payload = {"member": ana.member.id}

    await asyncio.gather(*(grants.welcome(town.site, payload) for _ in range(5)))

    assert await balance(town, ana.member.id) == 10


async def test_two_accounts_of_one_person_proved_at_once_are_given_one_grant(town: Town) -> None:
    rows = [
        MemberRow(
            id=new_id(),
            email=f"ana+{number}@example.org",
            name="Ana",
            kind="individual",
            locale="fr",
            verified_at=now(),
            created_at=now(),
        )
        for number in range(4)
    ]
    async with town.database.write() as session:
        session.add_all(rows)

    await asyncio.gather(*(grants.welcome(town.site, {"member": row.id}) for row in rows))

    assert sorted([await balance(town, row.id) for row in rows]) == [0, 0, 0, 10]


async def test_members_from_before_there_were_smiles_are_given_theirs_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Fewer at once, so that the rest is left to a job that follows.
    monkeypatch.setattr(grants, "_AT_ONCE", 2)
    members = [await town.member(name) for name in ("Ana", "Bo", "Cléo", "Didi", "Eve")]
    worker = Worker(town.site)

    await worker.plan()
    await worker.drain()
    async with town.database.write() as session:
        await enqueue(session, grants.CATCH_UP, {})
    await worker.drain()

    assert [await balance(town, one.member.id) for one in members if one.member] == [10] * 5


async def test_who_has_left_when_the_job_comes_is_given_nothing(town: Town) -> None:
    gone = await town.member("Ana", verified_at=None, left_at=now())
    assert gone.member is not None
    async with town.database.write() as session:
        await enqueue(session, ADDRESS_PROVED, {"member": gone.member.id})

    await town.work()

    assert await balance(town, gone.member.id) == 0


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("Ana@Example.org", "ana@example.org"),
        ("ana+demo@example.org", "ana@example.org"),
        ("+demo@example.org", "+demo@example.org"),
        ("a.n.a+b+c@gmail.com", "ana@gmail.com"),
        ("ana@googlemail.com", "ana@gmail.com"),
        ("a.na@example.org", "a.na@example.org"),
    ],
)
def test_an_address_has_one_spelling(written: str, means: str) -> None:
    assert plain(written) == means


def test_the_ledger_knows_nobody_by_their_address() -> None:
    one, other = (Settings(secret="a" * 40), Settings(secret="b" * 40))

    assert person_of(one, "ana@example.org") != person_of(other, "ana@example.org")
    assert len(person_of(one, "ana@example.org")) > ID_LENGTH
    assert "ana" not in person_of(one, "ana@example.org")


async def test_whoever_works_for_the_house_knows_of_grants_and_rewards() -> None:
    # In a process of its own: here the tests have imported them.
    asked = "import server.app, server.jobs; print(*server.jobs.KINDS)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", asked, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()

    assert {ADDRESS_PROVED, grants.CATCH_UP, COMPLETED} <= {*said.decode().split()}
