"""Joining: an address is proved by who reads its mail, and nobody learns who is a member."""

import asyncio
from datetime import timedelta
from typing import Literal

import pytest
import time_machine
from argon2 import Parameters, PasswordHasher, extract_parameters
from sqlmodel import select

from server.clock import now
from server.members.models import MemberRow
from tests.server.house import PASSWORD, House, a_newcomer, open_counting_house, problem
from tests.server.signing_in import me, sign_in


async def test_a_newcomer_proves_the_address_by_the_link_and_is_signed_in(house: House) -> None:
    client = await house.visitor()
    joined = await client.post("/api/members", json=a_newcomer("Ana"))
    before = await me(client)

    answer = await client.post("/api/session/link/use", json={"token": await house.last_token()})

    assert (joined.status_code, joined.json(), before) == (202, {}, None)
    member = answer.json()["member"]
    assert (member["name"], member["email"], member["kind"]) == ("Ana", "ana@example.org", "individual")
    assert (member["moderator"], member["locale"]) == (False, "fr")
    assert await me(client) == member


async def test_a_link_works_once(house: House) -> None:
    client = await house.visitor()
    await client.post("/api/members", json=a_newcomer())
    token = await house.last_token()

    answers = await asyncio.gather(
        *(client.post("/api/session/link/use", json={"token": token}) for _ in range(5))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410, 410]


async def test_a_link_is_too_old_after_a_day(house: House) -> None:
    client = await house.visitor()
    await client.post("/api/members", json=a_newcomer())
    token = await house.last_token()

    with time_machine.travel(now() + timedelta(hours=24, seconds=1)):
        answer = await client.post("/api/session/link/use", json={"token": token})

    assert problem(answer) == (410, "link_spent")


async def test_nobody_signs_in_by_password_before_the_address_is_proved(house: House) -> None:
    client = await house.visitor()
    await client.post("/api/members", json=a_newcomer())

    answer = await client.post("/api/session", json={"email": "ana@example.org", "password": PASSWORD})

    assert problem(answer) == (401, "wrong_credentials")
    assert [letter.subject for letter in await house.mails()] == [
        "Bienvenue sur 1Mile\u00a0: confirmez votre adresse",
        "Bienvenue sur 1Mile\u00a0: confirmez votre adresse",
    ]


async def test_who_joins_again_unproved_replaces_what_was_said_before(house: House) -> None:
    client = await house.visitor()
    await client.post("/api/members", json=a_newcomer(name="Someone Else", email="ana@example.org"))
    stale = await house.last_token()
    await client.post("/api/members", json=a_newcomer("Ana"))

    refused = await client.post("/api/session/link/use", json={"token": stale})
    used = await client.post("/api/session/link/use", json={"token": await house.last_token()})

    assert problem(refused) == (410, "link_spent")
    assert used.json()["member"]["name"] == "Ana"


async def test_of_two_passwords_given_for_one_unproved_address_none_opens_the_account(house: House) -> None:
    stranger, ana = await house.visitor(), await house.visitor()
    await ana.post("/api/members", json=a_newcomer("Ana"))
    await stranger.post("/api/members", json=a_newcomer("Ana", password="the stranger's own"))

    used = await ana.post("/api/session/link/use", json={"token": await house.last_token()})
    tried = [
        await stranger.post("/api/session", json={"email": "ana@example.org", "password": password})
        for password in ("the stranger's own", PASSWORD)
    ]

    assert used.status_code == 200
    assert [problem(answer) for answer in tried] == [(401, "wrong_credentials")] * 2


async def test_who_joins_again_with_the_same_password_keeps_it(house: House) -> None:
    client = await house.visitor()
    await client.post("/api/members", json=a_newcomer("Ana"))
    await client.post("/api/members", json=a_newcomer("Ana"))
    await client.post("/api/session/link/use", json={"token": await house.last_token()})

    assert await me(await sign_in(house, "ana@example.org")) is not None


async def test_a_password_left_behind_unproved_opens_nothing_later(house: House) -> None:
    stranger, ana = await house.visitor(), await house.visitor()
    await stranger.post("/api/members", json=a_newcomer("Ana", password="the stranger's own"))
    with time_machine.travel(now() + timedelta(hours=25)):
        await ana.post("/api/session/link", json={"email": "ana@example.org"})
        await ana.post("/api/session/link/use", json={"token": await house.last_token()})

        given = {"email": "ana@example.org", "password": "the stranger's own"}
        tried = await stranger.post("/api/session", json=given)

    assert problem(tried) == (401, "wrong_credentials")


async def test_who_clicks_join_several_times_at_once_joins_once(house: House) -> None:
    clients = [await house.visitor() for _ in range(5)]

    answers = await asyncio.gather(
        *(client.post("/api/members", json=a_newcomer("Ana")) for client in clients)
    )

    assert [answer.status_code for answer in answers] == [202] * 5
    async with house.site.database.read() as session:
        assert len((await session.exec(select(MemberRow))).all()) == 1


@pytest.mark.parametrize(
    "email",
    [
        "an\0a@example.org",
        "an\x1ca@example.org",
        "root,ana@example.org",
        "x<ana@example.org>",
        '"ana"@example.org',
        "ana@example.org.",
        # Encoded words, which a letter's head would decode into line ends and other addresses.
        "ana=x@=?utf-8?q?x=0d=0abcc?=.org",
        "=?utf-8?q?bo=40example.org=2c?=@example.org",
        # One letter that becomes two when made small.
        f"ana@{'İ' * 200}.org",
    ],
)
async def test_what_is_not_one_plain_address_is_refused_at_every_door(house: House, email: str) -> None:
    client = await house.visitor()

    answers = [
        await client.post("/api/members", json=a_newcomer("Ana", email=email)),
        await client.post("/api/session", json={"email": email, "password": PASSWORD}),
        await client.post("/api/session/link", json={"email": email}),
    ]

    assert [problem(answer) for answer in answers] == [(422, "invalid_fields")] * 3


@pytest.mark.parametrize(
    "email", ["ana@café.example", "Ana@CAFE\u0301.example", "ana@xn--caf-dma.example", "ana@ｃａｆé.example"]
)
async def test_a_host_is_one_in_whatever_alphabet_it_is_typed(house: House, email: str) -> None:
    await house.join("Ana", email="ana@café.example")

    member = await me(await sign_in(house, email))

    assert [letter.to for letter in await house.mails()] == ["ana@xn--caf-dma.example"]
    assert member is not None
    assert member["email"] == "ana@café.example"


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("fr", "Nous ne pouvons pas écrire à une adresse qui a un accent"),
        ("en", "We cannot write to an address with an accent"),
    ],
)
async def test_a_name_that_most_servers_cannot_write_to_is_refused_and_said_so(
    small_house: House, locale: str, words: str
) -> None:
    client = await small_house.visitor(**{"Accept-Language": locale})

    answers = [
        await client.post("/api/members", json=a_newcomer("Ana", email="josé@example.org")),
        await client.post("/api/session", json={"email": "josé@example.org", "password": PASSWORD}),
        await client.post("/api/session/link", json={"email": "josé@example.org"}),
    ]

    for answer in answers:
        assert problem(answer) == (422, "invalid_fields")
        (error,) = answer.json()["errors"]
        assert (error["field"], error["code"]) == ("email", "email_not_ascii")
        assert error["title"].startswith(words)
    assert await small_house.mails() == []


@pytest.mark.parametrize(
    "email",
    [
        pytest.param("ana@❤.example", id="no letter"),
        pytest.param("ana@℀.example", id="a letter that is a path"),
        pytest.param(f"ana@{'é' * 60}.example", id="a part that is too long"),
        pytest.param(f"ana@{'.'.join(['é' * 20] * 11)}.example", id="longer than any"),
        pytest.param("ana@-é.example", id="a hyphen where none may be"),
    ],
)
async def test_what_has_no_name_in_ascii_is_no_host(small_house: House, email: str) -> None:
    client = await small_house.visitor()

    answer = await client.post("/api/members", json=a_newcomer("Ana", email=email))

    assert problem(answer) == (422, "invalid_fields")
    assert answer.json()["errors"][0]["code"] == "invalid"


@pytest.mark.parametrize("name", ["Cliquez http://evil.example", "evil.example", "a@evil.example"])
async def test_nobody_sends_a_link_of_theirs_to_somebody_else_as_a_name(house: House, name: str) -> None:
    client = await house.visitor()

    await client.post("/api/members", json=a_newcomer(name, email="ana@example.org"))

    assert "evil.example" not in (await house.mails())[-1].text


async def test_nobody_fills_somebody_elses_mailbox_by_joining(sqlite_town_url: str) -> None:
    async with open_counting_house(sqlite_town_url) as house:
        client = await house.visitor()
        answers = [await client.post("/api/members", json=a_newcomer("Ana")) for _ in range(6)]

        assert [answer.status_code for answer in answers] == [202] * 5 + [429]
        assert len(await house.mails()) == 5


async def test_a_member_who_joins_again_changes_nothing_and_is_told_by_mail(house: House) -> None:
    await house.join("Ana")
    client = await house.visitor()

    answer = await client.post("/api/members", json=a_newcomer(name="Mallory", email="ana@example.org"))

    assert (answer.status_code, answer.json()) == (202, {})
    letter = (await house.mails())[-1]
    assert (letter.to, letter.subject) == ("ana@example.org", "Vous êtes déjà membre de 1Mile")
    member = await me(await sign_in(house, "ana@example.org"))
    assert member is not None
    assert member["name"] == "Ana"


async def test_known_and_unknown_addresses_get_the_same_answers(house: House) -> None:
    await house.join("Ana")
    client = await house.visitor()
    answers = {}

    for email in ("ana@example.org", "nobody@example.org"):
        wrong = {"email": email, "password": "not the password"}
        said = [
            await client.post("/api/members", json=a_newcomer(email=email)),
            await client.post("/api/session", json=wrong),
            await client.post("/api/session/link", json={"email": email}),
        ]
        varying = {"x-request-id", "date"}
        answers[email] = [
            (one.status_code, one.content, {k: v for k, v in one.headers.items() if k not in varying})
            for one in said
        ]

    assert answers["ana@example.org"] == answers["nobody@example.org"]


@pytest.mark.parametrize("door", ["join", "sign_in"])
async def test_known_and_unknown_addresses_cost_the_same_hashes(
    house: House, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    """A hash is most of the time that an answer takes: whoever skips it is seen at once."""
    await house.join("Ana")
    client = await house.visitor()
    wrong = {"email": "nobody@example.org", "password": "not the password"}
    await client.post("/api/session", json=wrong)  # the first one makes the hash that strangers are held to
    hashes: list[Parameters] = []
    verify, make = PasswordHasher.verify, PasswordHasher.hash

    def verify_seen(hasher: PasswordHasher, stored: str, password: str) -> Literal[True]:
        hashes.append(extract_parameters(stored))
        return verify(hasher, stored, password)

    def make_seen(hasher: PasswordHasher, password: str) -> str:
        made = make(hasher, password)
        hashes.append(extract_parameters(made))
        return made

    monkeypatch.setattr(PasswordHasher, "verify", verify_seen)
    monkeypatch.setattr(PasswordHasher, "hash", make_seen)
    cost = {}

    for name in ("ana", "nobody"):
        hashes.clear()
        if door == "join":
            await client.post("/api/members", json=a_newcomer(name))
        else:
            await client.post("/api/session", json={**wrong, "email": f"{name}@example.org"})
        cost[name] = [*hashes]

    assert cost["ana"]
    assert cost["ana"] == cost["nobody"]
