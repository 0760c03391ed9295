"""L9: one person with many addresses tries to make smiles, through the doors, with all limits on.

`docs/smiles.md` states the most: of n accounts, n grants and n - 1 rewards. The ring does its best: everybody
is invited by the one before, and each exchanges with all others, in both directions.
"""

from itertools import permutations
from typing import Any

import httpx
import pytest
from sqlmodel import col, func, select

from server.clock import now
from server.ids import new_id
from server.members.models import MemberRow
from server.smiles import referral
from server.smiles.models import AccountRow
from tests.server.exchanges.pair import faults
from tests.server.house import House, a_newcomer, a_request, open_counting_house, open_house

GRANT, REFERRAL = 10, 5


async def newcomer(house: House, number: int, email: str, invitation: str | None) -> httpx.AsyncClient:
    """Have another one of the ring join, from another address of the network: they know the limits."""
    client = await house.visitor()
    transport = httpx.ASGITransport(
        house.app, raise_app_exceptions=False, client=(f"198.51.100.{number}", 4711)
    )
    client = httpx.AsyncClient(transport=transport, base_url=str(client.base_url), headers=client.headers)
    draft = a_newcomer(f"Ring {number}", email=email, invitation=invitation)
    joined = await client.post("/api/members", json=draft)
    assert joined.status_code == 202, joined.text
    used = await client.post("/api/session/link/use", json={"token": await house.last_token()})
    assert used.status_code == 200, used.text
    return client


async def code_of(client: httpx.AsyncClient) -> str:
    link: str = (await client.get("/api/me/invitation")).json()["link"]
    return link.partition("invitation=")[2]


async def id_of(client: httpx.AsyncClient) -> str:
    member: str = (await client.get("/api/session")).json()["member"]["id"]
    return member


async def send(client: httpx.AsyncClient, path: str, body: Any, method: str = "POST") -> dict[str, Any]:
    answer = await client.request(method, path, json=body, headers={"Idempotency-Key": new_id()})
    assert answer.is_success, answer.text
    answered: dict[str, Any] = answer.json()
    return answered


async def exchange(asks: httpx.AsyncClient, helps: httpx.AsyncClient, smiles: int = 1) -> None:
    """Have `helps` help `asks`, all the way."""
    listing = a_request()
    await send(asks, "/api/listings", listing)
    dialog = (await send(helps, f"/api/listings/{listing['id']}/dialog", None, "PUT"))["conversation"]
    draft = {"id": new_id(), "helper": await id_of(helps), "smiles": smiles}
    proposed = await send(helps, f"/api/conversations/{dialog}/exchanges", draft)
    accepted = await send(asks, f"/api/exchanges/{proposed['id']}/accept", {"version": proposed["version"]})
    confirmed = await send(asks, f"/api/exchanges/{proposed['id']}/confirm", {"version": accepted["version"]})
    assert confirmed["state"] == "confirmed"


async def minted(house: House) -> dict[str, int]:
    async with house.site.database.read() as session:
        mints = select(AccountRow.origin, AccountRow.balance).where(col(AccountRow.kind) == "mint")
        found = {origin or "": -balance for origin, balance in (await session.exec(mints)).all()}
        assert await faults(session) == []
    return {why: found.get(why, 0) for why in ("grant", "referral", "purchase")}


async def held_together(house: House) -> int:
    async with house.site.database.read() as session:
        sums = select(func.sum(AccountRow.balance)).where(col(AccountRow.kind) == "member")
        return int((await session.exec(sums)).one() or 0)


@pytest.mark.parametrize("shape", ["chain", "star"])
async def test_a_ring_of_made_up_members_cannot_mint_more_than_the_stated_cap(
    town_url: str, shape: str
) -> None:
    async with open_house(town_url, limits=True, referral_most=3) as house:
        ring = [await newcomer(house, 1, "ring1@example.org", None)]
        for number in range(2, 8):
            sponsor = ring[-1] if shape == "chain" else ring[0]
            ring.append(await newcomer(house, number, f"ring{number}@example.org", await code_of(sponsor)))
        await house.work()
        at_first = await minted(house)

        for one, other in [*permutations(ring, 2), *permutations(ring[:4], 2)]:
            await exchange(one, other)
            await house.work()

        most = GRANT * len(ring) + REFERRAL * (len(ring) - 1)
        mints = await minted(house)
        assert at_first == {"grant": GRANT * len(ring), "referral": 0, "purchase": 0}
        assert sum(mints.values()) <= most
        assert await held_together(house) == sum(mints.values())
        # The most is what a chain comes to; under one sponsor all are of one family, and get nothing.
        assert mints["referral"] == {"chain": REFERRAL * (len(ring) - 1), "star": 0}[shape]


async def test_with_a_confederate_outside_a_sponsor_is_rewarded_up_to_the_cap(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url, limits=True, referral_most=3) as house:
        outside = await newcomer(house, 1, "outside@example.org", None)
        root = await newcomer(house, 2, "root@example.org", None)
        code = await code_of(root)
        ring = [await newcomer(house, n, f"ring{n}@example.org", code) for n in range(3, 9)]
        await house.work()

        for one in ring:
            await exchange(one, outside)
        await house.work()

        assert (await minted(house))["referral"] == 3 * REFERRAL
        shown = (await root.get("/api/me/invitation")).json()
        assert (shown["brought"], shown["rewarded"], shown["most"]) == (6, 3, 3)


async def test_leaving_and_coming_again_mints_nothing_more(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url, limits=True) as house:
        outside = await newcomer(house, 1, "outside@example.org", None)
        root = await newcomer(house, 2, "root@example.org", None)
        for again in range(3):
            one = await newcomer(house, 3 + again, f"ring+{again}@example.org", await code_of(root))
            await house.work()
            if again == 0:
                await exchange(one, outside)
            else:
                await exchange(outside, one)
            await house.work()
            password = a_newcomer()["password"]
            assert (await one.request("DELETE", "/api/me", json={"password": password})).status_code == 204
        await house.work()

        assert await minted(house) == {"grant": 3 * GRANT, "referral": REFERRAL, "purchase": 0}


async def test_who_was_here_before_is_no_newcomer_by_anybodys_invitation(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url, limits=True) as house:
        ring = [await newcomer(house, 1, "ring1@example.org", None)]
        for number in range(2, 6):
            ring.append(await newcomer(house, number, f"ring{number}@example.org", await code_of(ring[-1])))
        await house.work()
        for one, other in permutations(ring, 2):
            await exchange(one, other)
            await house.work()
        most = await minted(house)
        # The first has no sponsor; now they leave, and come again by an invitation of the ring's last.
        password = a_newcomer()["password"]
        assert (await ring[0].request("DELETE", "/api/me", json={"password": password})).status_code == 204
        ring[0] = await newcomer(house, 6, "ring1+again@example.org", await code_of(ring[-1]))
        await house.work()

        for one in ring[1:3]:
            await exchange(one, ring[0])
            await exchange(ring[0], one)
            await house.work()

        assert most == {"grant": 5 * GRANT, "referral": 4 * REFERRAL, "purchase": 0}
        assert await minted(house) == most


async def test_gifts_among_the_ring_mint_nothing(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url, limits=True) as house:
        outside = await newcomer(house, 1, "outside@example.org", None)
        root = await newcomer(house, 2, "root@example.org", None)
        one = await newcomer(house, 3, "ring@example.org", await code_of(root))

        await exchange(one, outside, smiles=0)
        await house.work()

        assert (await minted(house))["referral"] == 0


async def test_from_one_address_of_the_network_only_so_many_join(sqlite_town_url: str) -> None:
    async with open_counting_house(sqlite_town_url) as house:
        client = await house.visitor()

        answers = [
            await client.post("/api/members", json=a_newcomer(f"Ring {n}", email=f"ring{n}@example.org"))
            for n in range(12)
        ]

        assert [answer.status_code for answer in answers] == [202] * 10 + [429] * 2
        async with house.site.database.read() as session:
            unproved = select(MemberRow).where(col(MemberRow.created_at) <= now())
            assert len((await session.exec(unproved)).all()) == 10
            assert await referral.rewarded(session, "nobody") == 0
