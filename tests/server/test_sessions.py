"""Sessions: how one signs in, what the browser keeps, and when it is over."""

from datetime import timedelta

import time_machine
from sqlmodel import select

from realtime.signals import IdentityChanged
from server.clock import now
from server.members.models import SessionRow
from tests.server.house import House, a_newcomer, open_house, problem
from tests.server.signing_in import me, sign_in


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    client = await house.visitor()
    await client.post("/api/members", json=a_newcomer())

    answer = await client.post("/api/session/link/use", json={"token": await house.last_token()})

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("onemile=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


async def test_over_https_the_cookie_is_bound_to_this_host(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url, public_url="https://mile.example") as house:
        client = await house.visitor(Origin="https://mile.example")
        await client.post("/api/members", json=a_newcomer())

        answer = await client.post("/api/session/link/use", json={"token": await house.last_token()})

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-onemile=")
    assert cookie.endswith("; Secure")


async def test_a_member_signs_in_by_password(house: House) -> None:
    await house.join("Ana")

    client = await sign_in(house, "Ana@Example.org ")

    member = await me(client)
    assert member is not None
    assert member["name"] == "Ana"


async def test_a_member_signs_in_by_a_link(house: House) -> None:
    await house.join("Ana", password=None)
    client = await house.visitor()

    await client.post("/api/session/link", json={"email": "ana@example.org"})
    await client.post("/api/session/link/use", json={"token": await house.last_token()})

    assert (await house.mails())[-1].subject == "Votre lien de connexion à 1Mile"
    assert await me(client) is not None


async def test_signing_out_ends_the_session_and_its_sockets(house: House) -> None:
    client = await house.join("Ana")
    token = client.cookies["onemile"]

    answer = await client.delete("/api/session")

    assert (answer.status_code, client.cookies.get("onemile")) == (204, None)
    thief = await house.visitor(Cookie=f"onemile={token}")
    assert await me(thief) is None
    assert len(await house.told(IdentityChanged)) == 1


async def test_a_session_that_is_revoked_elsewhere_is_over_at_once(house: House) -> None:
    phone = await house.join("Ana")
    laptop = await sign_in(house, "ana@example.org")
    lines = (await laptop.get("/api/me/sessions")).json()["sessions"]
    other = next(line["id"] for line in lines if not line["current"])

    answer = await laptop.delete(f"/api/me/sessions/{other}")

    assert answer.status_code == 204
    assert await me(phone) is None
    assert await me(laptop) is not None
    assert [signal.session for signal in await house.told(IdentityChanged)] == [other]


async def test_a_session_of_somebody_else_cannot_be_ended_nor_seen(house: House) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")
    hers = (await ana.get("/api/me/sessions")).json()["sessions"][0]["id"]

    answer = await bo.delete(f"/api/me/sessions/{hers}")

    assert problem(answer) == (404, "not_found")
    assert await me(ana) is not None


async def test_a_new_password_ends_all_other_sessions(house: House) -> None:
    phone = await house.join("Ana")
    laptop = await sign_in(house, "ana@example.org")

    await laptop.patch("/api/me", json={"password": "another password"})

    assert await me(phone) is None
    assert await me(laptop) is not None
    await sign_in(house, "ana@example.org", "another password")


async def test_a_session_ends_sixty_days_after_it_was_last_used(house: House) -> None:
    client = await house.join("Ana")

    with time_machine.travel(now() + timedelta(days=59)):
        used = await me(client)
    with time_machine.travel(now() + timedelta(days=59 + 59)):
        used_again = await me(client)
    with time_machine.travel(now() + timedelta(days=59 + 59 + 61)):
        unused = await me(client)

    assert used is not None
    assert used_again is not None
    assert unused is None


async def test_no_token_is_kept_in_the_database(house: House) -> None:
    client = await house.join("Ana")
    token = client.cookies["onemile"]

    async with house.site.database.read() as session:
        kept = (await session.exec(select(SessionRow))).one()

    assert token not in kept.model_dump_json()
