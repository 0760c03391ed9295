"""Inviting: one's own link, who came by it, and what a first exchange brings to whoever sent it."""

import asyncio
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from realtime.backend import Viewer
from server.ids import new_id
from server.members.models import MemberRow
from server.smiles import holds, invitation, ledger, purses, referral
from tests.server.board.town import Town
from tests.server.house import House, a_newcomer, open_house


async def code_of(client: httpx.AsyncClient) -> str:
    answer = await client.get("/api/me/invitation")
    assert answer.status_code == 200, answer.text
    link: str = answer.json()["link"]
    return parse_qs(urlsplit(link).query)["invitation"][0]


async def sponsor_of(house: House, email: str) -> str | None:
    async with house.site.database.read() as session:
        found = select(MemberRow.sponsor_id).where(col(MemberRow.email) == email)
        return (await session.exec(found)).one()


async def id_of(client: httpx.AsyncClient) -> str:
    member: str = (await client.get("/api/session")).json()["member"]["id"]
    return member


async def test_an_invitation_is_made_once_and_is_ones_own(house: House) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")

    first, again = await ana.get("/api/me/invitation"), await ana.get("/api/me/invitation")

    assert first.json() == again.json()
    assert first.json()["link"].startswith("http://localhost:8000/rejoindre?invitation=")
    assert (first.json()["smiles"], first.json()["most"]) == (5, 10)
    assert len(await code_of(ana)) == 12
    assert await code_of(bo) != await code_of(ana)


async def test_asked_for_on_several_pages_at_once_the_invitation_is_one(house: House) -> None:
    ana = await house.join("Ana")

    codes = await asyncio.gather(*(code_of(ana) for _ in range(5)))

    assert len({*codes}) == 1


async def test_the_invitation_is_drawn_as_an_image_that_runs_nothing(house: House) -> None:
    ana = await house.join("Ana")
    path = (await ana.get("/api/me/invitation")).json()["qr"]

    answer = await ana.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "script" not in answer.text
    assert ElementTree.fromstring(answer.text).tag == "{http://www.w3.org/2000/svg}svg"


def test_two_links_are_two_drawings() -> None:
    assert invitation.drawn("https://a.example/1") != invitation.drawn("https://a.example/2")


async def test_who_joins_by_an_invitation_has_a_sponsor(house: House) -> None:
    ana = await house.join("Ana")

    await house.join("Bo", invitation=await code_of(ana))

    assert await sponsor_of(house, "bo@example.org") == await id_of(ana)
    assert (await ana.get("/api/me/invitation")).json()["brought"] == 1


async def test_who_has_not_proved_their_address_is_not_counted(house: House) -> None:
    ana = await house.join("Ana")
    visitor = await house.visitor()

    await visitor.post("/api/members", json=a_newcomer("Bo", invitation=await code_of(ana)))

    assert (await ana.get("/api/me/invitation")).json()["brought"] == 0


@pytest.mark.parametrize("code", ["", "nobody-has-it", "x" * 64, "é", "a\0b", "' OR 1=1 --"])
async def test_a_code_that_nobody_has_is_as_good_as_none(house: House, code: str) -> None:
    visitor = await house.visitor()

    answer = await visitor.post("/api/members", json=a_newcomer("Bo", invitation=code))

    assert (answer.status_code, answer.json()) == (202, {})
    assert await sponsor_of(house, "bo@example.org") is None


async def test_nobody_becomes_their_own_sponsor(house: House) -> None:
    ana = await house.join("Ana")

    answer = await ana.post("/api/members", json=a_newcomer("Ana", invitation=await code_of(ana)))

    assert (answer.status_code, answer.json()) == (202, {})
    assert await sponsor_of(house, "ana@example.org") is None


async def test_a_stranger_who_joins_first_gives_nobody_a_sponsor(house: House) -> None:
    mallory = await house.join("Mallory")
    await mallory.post("/api/members", json=a_newcomer("Ana", invitation=await code_of(mallory)))

    await house.join("Ana")

    assert await sponsor_of(house, "ana@example.org") is None


async def test_a_member_who_follows_an_invitation_keeps_having_no_sponsor(house: House) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")

    await bo.post("/api/members", json=a_newcomer("Bo", invitation=await code_of(ana)))

    assert await sponsor_of(house, "bo@example.org") is None


async def family(town: Town, *, of: Viewer | None = None, name: str = "Bo") -> Viewer:
    """Let somebody live here who came by the invitation of `of`, with smiles to give."""
    member = await town.member(name, sponsor_id=of.member.id if of and of.member else None)
    assert member.member is not None
    async with town.database.write() as session:
        await ledger.give(session, "grant", member.member.id, 20, key=f"test:{member.member.id}")
    return member


async def complete(town: Town, helper: Viewer, beneficiary: Viewer, smiles: int = 1) -> None:
    """Have smiles pass for an exchange, and tell of it as exchanges do."""
    assert helper.member is not None
    assert beneficiary.member is not None
    exchange = new_id()
    parties = {"helper": helper.member.id, "beneficiary": beneficiary.member.id}
    async with town.database.write() as session:
        await holds.put_on_hold(
            session, exchange, parties["beneficiary"], smiles, key=f"{exchange}:accept", by=None
        )
        await holds.release(
            session,
            exchange,
            parties["beneficiary"],
            parties["helper"],
            smiles,
            key=f"{exchange}:confirm",
            by=None,
        )
    await referral.reward(town.site, {"exchange": exchange, **parties})


async def rewarded(town: Town, sponsor: Viewer) -> int:
    assert sponsor.member is not None
    async with town.database.read() as session:
        return await referral.rewarded(session, sponsor.member.id)


@pytest.mark.parametrize("newcomer_helps", [True, False])
async def test_a_sponsor_is_rewarded_for_a_newcomers_first_exchange(
    town: Town, *, newcomer_helps: bool
) -> None:
    ana, eve = await family(town, name="Ana"), await family(town, name="Eve")
    bo = await family(town, of=ana)
    parties = (bo, eve) if newcomer_helps else (eve, bo)

    await complete(town, *parties)
    await complete(town, *parties)

    assert ana.member is not None
    async with town.database.read() as session:
        purse = await purses.purse(session, ana.member.id)
    assert (purse.balance, await rewarded(town, ana)) == (25, 1)


async def test_a_gift_is_free_to_pretend_and_rewards_nobody(town: Town) -> None:
    ana, eve = await family(town, name="Ana"), await family(town, name="Eve")
    bo = await family(town, of=ana)

    await complete(town, bo, eve, smiles=0)
    for_the_gift = await rewarded(town, ana)
    await complete(town, bo, eve, smiles=1)

    assert (for_the_gift, await rewarded(town, ana)) == (0, 1)


async def test_near_in_the_same_family_nobody_is_rewarded(town: Town) -> None:
    root = await family(town, name="Root")
    ana = await family(town, of=root, name="Ana")
    bo, sibling = await family(town, of=ana), await family(town, of=ana, name="Sibling")
    child = await family(town, of=bo, name="Child")

    for other in (ana, sibling, child, root):
        await complete(town, bo, other)

    assert await rewarded(town, ana) == 0


async def test_two_spellings_of_one_address_are_not_two_people_who_met(town: Town) -> None:
    ana = await family(town, name="Ana")
    bo, eve = await family(town, of=ana), await family(town, name="Eve")
    assert bo.member is not None
    assert eve.member is not None
    async with town.database.write() as session:
        for one, email in ((bo, "bo+1@example.org"), (eve, "bo@example.org")):
            assert one.member is not None
            named = update(MemberRow).where(col(MemberRow.id) == one.member.id)
            await session.exec(named.values(email=email))

    await complete(town, bo, eve)

    assert await rewarded(town, ana) == 0


async def test_a_sponsor_is_rewarded_for_so_many_at_most_also_at_once(town_url: str) -> None:
    async with open_house(town_url) as house:
        town = Town(house.site.database, referral_most=3)
        ana, eve = await family(town, name="Ana"), await family(town, name="Eve")
        newcomers = [await family(town, of=ana, name=f"Bo {number}") for number in range(6)]

        await asyncio.gather(*(complete(town, one, eve) for one in newcomers))

        assert await rewarded(town, ana) == 3
        town.site.passwords.close()


async def test_a_sponsor_who_has_left_is_not_rewarded(town: Town) -> None:
    ana, eve = await family(town, name="Ana"), await family(town, name="Eve")
    bo = await family(town, of=ana)
    assert ana.member is not None
    async with town.database.write() as session:
        left = update(MemberRow).where(col(MemberRow.id) == ana.member.id)
        await session.exec(left.values(verified_at=None))

    await complete(town, bo, eve)

    assert await rewarded(town, ana) == 0


async def test_a_person_is_rewarded_for_once_though_they_leave_and_come_again(town: Town) -> None:
    ana, eve = await family(town, name="Ana"), await family(town, name="Eve")
    bo = await family(town, of=ana)
    await complete(town, bo, eve)
    assert bo.member is not None
    async with town.database.write() as session:
        email = (await session.get_one(MemberRow, bo.member.id)).email
        gone = update(MemberRow).where(col(MemberRow.id) == bo.member.id)
        await session.exec(gone.values(email=bo.member.id, verified_at=None))
    again = await family(town, of=ana, name="Bo again")
    assert again.member is not None
    async with town.database.write() as session:
        await session.exec(update(MemberRow).where(col(MemberRow.id) == again.member.id).values(email=email))

    await complete(town, again, eve)

    assert await rewarded(town, ana) == 1
