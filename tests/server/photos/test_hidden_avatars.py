"""Hiding an avatar: gone from everybody's eyes but its owner's and the moderators', told and noted once."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine

from realtime.protocol import AvatarChanged, MessageChanged
from realtime.signals import Announced, Broadcast, IdentityChanged, PinMoved
from server.clock import now
from server.ids import new_id
from server.members import roles
from tests.server.house import PASSWORD, House, a_request, problem
from tests.server.photos.sending import addresses, kept, sent

REASON = "Une image qui heurte."
NOBODYS = {"avatar": None, "reason": None}


async def test_a_hidden_avatar_is_gone_for_all_but_its_owner_and_moderators(house: House) -> None:
    ana, bo, mo = await _people(house)
    listing = a_request()
    await ana.post("/api/listings", json=listing, headers={"Idempotency-Key": new_id()})
    avatar, me = await _shown(ana), await _me(ana)
    stranger = await house.visitor()

    async def seen() -> list[int]:
        everybody = (stranger, bo, ana, mo)
        return [(await one.get(addresses(avatar)[0])).status_code for one in everybody]

    before = await seen()
    await _sanction(mo, "hide", me, avatar)
    await house.work()

    profile = (await stranger.get(f"/api/members/{me}")).json()
    author = (await stranger.get(f"/api/listings/{listing['id']}")).json()["listing"]["author"]
    assert [profile["avatar"], author["avatar"], (await _member(ana))["avatar"]] == [None] * 3
    assert (before, await seen()) == ([200] * 4, [404, 404, 200, 200])
    assert (await mo.get(addresses(avatar)[0])).headers["cache-control"] == "no-store"
    hidden = {"avatar": avatar["name"], "reason": REASON}
    answers = [await one.get(f"/api/members/{me}/hidden-avatar") for one in (ana, mo, bo, stranger)]
    assert [answer.json() for answer in answers[:2]] == [hidden, hidden]
    assert [answer.status_code for answer in answers[2:]] == [404, 401]


async def test_all_screens_are_told_at_once_and_what_its_owner_published_follows(house: House) -> None:
    ana, _, mo = await _people(house)
    await ana.post("/api/listings", json=a_request(), headers={"Idempotency-Key": new_id()})
    avatar, me = await _shown(ana), await _me(ana)
    await house.work()
    before = len(await house.told(PinMoved))
    # By what they chose.
    assert (await house.told(IdentityChanged)).count(IdentityChanged(member=me)) == 1

    await _sanction(mo, "hide", me, avatar)
    told_before_any_job = await house.told(Announced)
    await house.work()

    assert [one.event for one in told_before_any_job] == [AvatarChanged(avatar=avatar["name"], hidden=True)]
    (moved,) = (await house.told(PinMoved))[before:]
    assert moved.pin is not None
    assert moved.pin.author.avatar is None
    # What their own open sockets say of them is said anew.
    assert (await house.told(IdentityChanged)).count(IdentityChanged(member=me)) == 2


async def test_who_was_away_learns_it_from_one_message_of_each_conversation(house: House) -> None:
    ana, bo, mo = await _people(house)
    key = {"Idempotency-Key": new_id()}
    thread = (await bo.post("/api/listings", json=a_request(), headers=key)).json()["listing"]["thread"]
    avatar, me = await _shown(ana), await _me(ana)
    said = [
        (await ana.post(f"/api/conversations/{thread}/messages", json={"id": new_id(), "text": text})).json()
        for text in ("Bonjour", "Me voilà")
    ]
    await house.work()
    before = len(await house.told(Broadcast))

    for act in ("hide", "restore"):
        await _sanction(mo, act, me, avatar)
        await house.work()

    events = [one.event for one in (await house.told(Broadcast))[before:]]
    told = [event.message for event in events if isinstance(event, MessageChanged)]
    assert [(one.id, one.change, one.author.avatar) for one in told] == [
        (said[1]["id"], 3, None),
        (said[1]["id"], 4, avatar["name"]),
    ]


async def test_a_restored_avatar_is_there_for_everybody(house: House) -> None:
    ana, bo, mo = await _people(house)
    avatar, me = await _shown(ana), await _me(ana)
    await _sanction(mo, "hide", me, avatar)

    await _sanction(mo, "restore", me, avatar)

    assert (await _member(ana))["avatar"] == avatar["name"]
    assert (await bo.get(addresses(avatar)[0])).status_code == 200
    assert (await mo.get(f"/api/members/{me}/hidden-avatar")).json() == NOBODYS
    assert (await house.told(Announced))[-1].event == AvatarChanged(avatar=avatar["name"], hidden=False)


async def test_what_is_done_twice_or_by_many_at_once_is_done_once(house: House) -> None:
    ana, _, mo = await _people(house)
    avatar, me = await _shown(ana), await _me(ana)
    letters = len(await house.mails())

    for act in ("hide", "restore", "hide"):
        await asyncio.gather(*(_sanction(mo, act, me, avatar) for _ in range(5)))

    lines = (await mo.get("/api/moderation/audit")).json()["lines"]
    assert [line["action"] for line in lines] == ["hide", "restore", "hide"]
    assert {(line["subject"], line["subject_id"], line["reason"]) for line in lines} == {
        ("avatar", me, REASON)
    }
    assert len((await house.mails())[letters:]) == 3
    assert len(await house.told(Announced)) == 3


@pytest.mark.parametrize(
    ("locale", "hidden", "restored"),
    [
        ("fr", "Votre photo de profil a été retirée", "Votre photo de profil est de nouveau visible"),
        ("en", "Your profile photo was removed", "Your profile photo can be seen again"),
    ],
)
async def test_its_owner_learns_why_in_their_language(
    small_house: House, locale: str, hidden: str, restored: str
) -> None:
    ana, _, mo = await _people(small_house, locale=locale)
    avatar, me = await _shown(ana), await _me(ana)

    for act in ("hide", "restore"):
        await _sanction(mo, act, me, avatar)

    letters = (await small_house.mails())[-2:]
    assert [letter.subject for letter in letters] == [hidden, restored]
    assert all(REASON in letter.text for letter in letters)
    assert {letter.to for letter in letters} == {"ana@example.org"}
    assert all((letter.link or "").endswith("/profil") for letter in letters)


async def test_only_moderators_hide_and_restore(house: House) -> None:
    ana, bo, mo = await _people(house)
    avatar, me = await _shown(ana), await _me(ana)

    for act in ("hide", "restore"):
        for one in (ana, bo):
            assert problem(await _ask(one, act, me, avatar)) == (403, "moderators_only")
        assert problem(await _ask(await house.visitor(), act, me, avatar)) == (401, "sign_in_first")

    assert (await _member(ana))["avatar"] == avatar["name"]
    # Another's name does not make it theirs.
    assert problem(await _ask(mo, "hide", await _me(bo), avatar)) == (404, "avatar_gone")


async def test_a_photo_that_took_the_place_of_the_one_that_was_seen_stays(house: House) -> None:
    ana, _, mo = await _people(house)
    seen, me = await _shown(ana), await _me(ana)
    another = await _shown(ana)

    answer = await _ask(mo, "hide", me, seen)

    assert problem(answer) == (404, "avatar_gone")
    assert (await _member(ana))["avatar"] == another["name"]


async def test_one_who_sends_another_photo_is_seen_by_it_and_the_hidden_one_is_gone(house: House) -> None:
    ana, _, mo = await _people(house)
    hidden, me = await _shown(ana), await _me(ana)
    await _sanction(mo, "hide", me, hidden)

    again = await ana.put("/api/me/avatar", json={"photo": hidden["id"]})
    another = await _shown(ana)
    await house.work()

    assert problem(again) == (409, "photo_hidden")
    assert (await _member(ana))["avatar"] == another["name"]
    assert kept(house) == {another["name"]}
    assert problem(await _ask(mo, "restore", me, hidden)) == (404, "avatar_gone")
    assert (await mo.get(f"/api/members/{me}/hidden-avatar")).json() == NOBODYS


async def test_a_hidden_avatar_stays_until_its_owner_wants_none_or_leaves(house: House) -> None:
    ana, bo, mo = await _people(house)
    for one in (ana, bo):
        await _sanction(mo, "hide", await _me(one), await _shown(one))

    await _a_day_passes(house)
    after_a_day = len(kept(house))
    await ana.delete("/api/me/avatar")
    await house.work()
    without_anas = len(kept(house))
    left = await bo.request("DELETE", "/api/me", json={"password": PASSWORD})
    await house.work()

    assert left.is_success, left.text
    assert (after_a_day, without_anas, kept(house)) == (2, 1, set())


async def _people(
    house: House, **draft: Any
) -> tuple[httpx.AsyncClient, httpx.AsyncClient, httpx.AsyncClient]:
    """Return Ana, Bo and Mo, who moderates."""
    ana, bo, mo = await house.join("Ana", **draft), await house.join("Bo"), await house.join("Mo")
    await roles.set_moderator(house.site.database, "mo@example.org", moderator=True)
    return ana, bo, mo


async def _shown(member: httpx.AsyncClient) -> dict[str, Any]:
    """Have a member be seen by a new photo; return it."""
    avatar = await sent(member, kind="avatar")
    assert (await member.put("/api/me/avatar", json={"photo": avatar["id"]})).status_code == 204
    return avatar


async def _member(client: httpx.AsyncClient) -> dict[str, Any]:
    member: dict[str, Any] = (await client.get("/api/session")).json()["member"]
    return member


async def _me(client: httpx.AsyncClient) -> str:
    return str((await _member(client))["id"])


async def _ask(client: httpx.AsyncClient, act: str, member: str, avatar: dict[str, Any]) -> httpx.Response:
    body = {"avatar": avatar["name"], "reason": REASON}
    return await client.post(f"/api/moderation/members/{member}/avatar/{act}", json=body)


async def _sanction(moderator: httpx.AsyncClient, act: str, member: str, avatar: dict[str, Any]) -> None:
    answer = await _ask(moderator, act, member, avatar)
    assert answer.status_code == 204, answer.text


async def _a_day_passes(house: House) -> None:
    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        await house.app.state.parts.worker.plan()
        await house.work()
