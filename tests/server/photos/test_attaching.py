"""Photos on listings and of people: shown where they were put, in order, to everybody at once."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from sqlmodel import col, select, update

from realtime.protocol import ListingChanged
from realtime.signals import Broadcast, IdentityChanged, PinMoved
from server.clock import now
from server.ids import new_id
from server.members.models import MemberRow
from server.photos.models import PhotoRow
from tests.server.house import PASSWORD, House, a_request, problem
from tests.server.photos.sending import addresses, kept, sent


async def publish(client: httpx.AsyncClient, *photos: dict[str, Any], **draft: Any) -> httpx.Response:
    key = {"Idempotency-Key": new_id()}
    chosen = [{"id": photo["id"], "alt": photo.get("alt", "")} for photo in photos]
    return await client.post("/api/listings", json=a_request(photos=chosen, **draft), headers=key)


async def published(client: httpx.AsyncClient, *photos: dict[str, Any]) -> dict[str, Any]:
    answer = await publish(client, *photos)
    assert answer.status_code == 201, answer.text
    listing: dict[str, Any] = answer.json()["listing"]
    return listing


async def edit(client: httpx.AsyncClient, listing: dict[str, Any], *photos: dict[str, Any]) -> httpx.Response:
    chosen = [{"id": photo["id"], "caption": photo.get("caption", "")} for photo in photos]
    change = {"version": listing["version"], "photos": chosen}
    return await client.patch(f"/api/listings/{listing['id']}", json=change)


async def test_a_listing_shows_its_photos_in_the_order_in_which_they_were_chosen(house: House) -> None:
    ana = await house.join("Ana")
    one, two = await sent(ana), await sent(ana)
    two["alt"] = "Une pelouse haute"

    listing = await published(ana, two, one)

    assert listing["photos"] == [two, one]
    assert listing["cover"] == two["name"]
    seen = (await (await house.visitor()).get(f"/api/listings/{listing['id']}")).json()["listing"]
    assert (seen["photos"], seen["cover"]) == (listing["photos"], two["name"])


async def test_a_listing_without_photos_has_no_cover(small_house: House) -> None:
    listing = await published(await small_house.join("Ana"))

    assert (listing["photos"], listing["cover"]) == ([], None)


async def test_published_twice_with_its_photos_it_exists_once(house: House) -> None:
    ana = await house.join("Ana")
    one, two = await sent(ana), await sent(ana)
    listing = new_id()

    first = await publish(ana, one, id=listing)
    again = await publish(ana, one, id=listing)
    other = await publish(ana, two, id=listing)

    assert again.json() == first.json()
    assert problem(other) == (409, "id_taken")


async def test_a_change_of_photos_is_a_change_of_the_listing(house: House) -> None:
    ana = await house.join("Ana")
    one, two, three = await sent(ana), await sent(ana), await sent(ana)
    listing = await published(ana, one, two)

    three["caption"] = "Après"
    changed = (await edit(ana, listing, three, one)).json()["listing"]

    assert changed["photos"] == [three, one]
    assert (changed["version"], changed["cover"]) == (2, three["name"])
    assert changed["edited_at"] is not None
    told = await house.told(PinMoved)
    assert [moved.pin and moved.pin.cover for moved in told] == [one["name"], three["name"]]
    news = [one.event for one in await house.told(Broadcast)]
    last = [one for one in news if isinstance(one, ListingChanged)][-1]
    assert [photo.name for photo in last.listing.photos] == [three["name"], one["name"]]


async def test_a_new_title_beside_the_same_photos_is_a_change(house: House) -> None:
    ana = await house.join("Ana")
    listing = await published(ana, await sent(ana))

    same = [{"id": one["id"]} for one in listing["photos"]]
    change = {"version": 1, "title": "Tondre deux pelouses", "photos": same}
    changed = (await ana.patch(f"/api/listings/{listing['id']}", json=change)).json()["listing"]

    assert (changed["title"], changed["version"]) == ("Tondre deux pelouses", 2)
    told = await house.told(PinMoved)
    assert [moved.pin and moved.pin.title for moved in told][-1] == "Tondre deux pelouses"


async def test_the_same_photos_again_are_no_change(small_house: House) -> None:
    ana = await small_house.join("Ana")
    one = await sent(ana)
    listing = await published(ana, one)

    again = (await edit(ana, listing, one)).json()["listing"]

    assert (again["version"], again["edited_at"]) == (1, None)


async def test_an_edit_that_does_not_speak_of_photos_leaves_them(small_house: House) -> None:
    ana = await small_house.join("Ana")
    listing = await published(ana, await sent(ana))

    change = {"version": 1, "title": "Tondre deux pelouses"}
    changed = (await ana.patch(f"/api/listings/{listing['id']}", json=change)).json()["listing"]

    assert changed["photos"] == listing["photos"]


async def test_a_photo_is_shown_by_its_owner_and_at_one_place(house: House) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")
    mine, used, avatar = await sent(ana), await sent(ana), await sent(ana, kind="avatar")
    await published(ana, used)

    assert problem(await publish(bo, mine)) == (404, "photo_unknown")
    assert problem(await publish(ana, {"id": new_id()})) == (404, "photo_unknown")
    assert problem(await publish(ana, used)) == (409, "photo_elsewhere")
    assert problem(await publish(ana, avatar)) == (409, "photo_elsewhere")
    assert problem(await publish(ana, mine, mine)) == (422, "photo_twice")
    assert problem(await ana.delete(f"/api/photos/{used['id']}")) == (409, "photo_elsewhere")


async def test_a_request_shows_four_photos_at_most(small_house: House) -> None:
    ana = await small_house.join("Ana")
    photos = [await sent(ana) for _ in range(5)]

    refused = await publish(ana, *photos)

    assert problem(refused) == (422, "photos_too_many_here")
    assert "4" in refused.json()["title"]
    assert (await publish(ana, *photos[:4])).status_code == 201


async def test_a_mag_shows_ten_photos_in_their_order_and_no_more(small_house: House) -> None:
    ana = await small_house.join("Ana")
    photos = [await sent(ana) for _ in range(11)]
    mag = {"kind": "mag", "category": "shop", "smiles": 0}

    refused = await publish(ana, *photos, **mag)
    shown = await publish(ana, *photos[:10], **mag)

    assert problem(refused) == (422, "invalid_fields")
    assert refused.json()["errors"][0]["field"] == "photos"
    assert [one["name"] for one in shown.json()["listing"]["photos"]] == [one["name"] for one in photos[:10]]


@pytest.mark.parametrize("field", ["alt", "caption"])
async def test_words_about_a_photo_are_short_and_to_be_seen(small_house: House, field: str) -> None:
    ana = await small_house.join("Ana")
    photo = await sent(ana)

    for words in ("x" * 301, "\u200b", "a\x00b"):
        draft = a_request(photos=[{"id": photo["id"], field: words}])
        answer = await ana.post("/api/listings", json=draft, headers={"Idempotency-Key": new_id()})
        assert problem(answer) == (422, "invalid_fields")
        assert answer.json()["errors"][0]["field"] == f"photos.0.{field}"


async def test_a_photo_that_leaves_its_listing_may_be_used_elsewhere(house: House) -> None:
    ana = await house.join("Ana")
    photo = await sent(ana)
    first = await published(ana, photo)

    await edit(ana, first)

    assert (await published(ana, photo))["photos"] == [photo]


async def test_photos_that_nobody_shows_for_a_day_are_swept(house: House) -> None:
    ana = await house.join("Ana")
    shown, let_go, unused = await sent(ana), await sent(ana), await sent(ana)
    listing = await published(ana, shown, let_go)
    await edit(ana, listing, shown)

    await _pass(house, timedelta(hours=23))
    before = kept(house)
    await _pass(house, timedelta(hours=25))

    assert before == {photo["name"] for photo in (shown, let_go, unused)}
    assert kept(house) == {shown["name"]}
    assert (await ana.get(addresses(shown)[0])).status_code == 200


async def test_files_of_no_photo_are_swept_after_a_day(small_house: House) -> None:
    ana = await small_house.join("Ana")
    photo = await sent(ana)
    await published(ana, photo)
    store = small_house.site.album.store
    await store.put("z" * 22, {"320.webp": b"left by a crash"})

    await _pass(small_house, timedelta(hours=1))
    early = kept(small_house)
    await _pass(small_house, timedelta(hours=49))

    assert early == {photo["name"], "z" * 22}
    assert kept(small_house) == {photo["name"]}


async def test_photos_of_a_deleted_listing_go_and_those_of_a_hidden_one_stay(house: House) -> None:
    ana = await house.join("Ana")
    gone, hidden = await sent(ana), await sent(ana)
    deleted, other = await published(ana, gone), await published(ana, hidden)
    moderator = await _moderator(house)

    await ana.delete(f"/api/listings/{deleted['id']}")
    await moderator.post(f"/api/moderation/listings/{other['id']}/hide", json={"reason": "Publicité"})
    await _pass(house, timedelta(hours=25))

    assert kept(house) == {hidden["name"]}
    assert (await moderator.get(f"/api/listings/{other['id']}")).json()["listing"]["photos"] == [hidden]


async def test_everybody_sees_a_new_avatar_on_whatever_its_owner_wrote(house: House) -> None:
    ana = await house.join("Ana")
    listing = await published(ana)
    avatar = await sent(ana, kind="avatar")

    shown = await ana.put("/api/me/avatar", json={"photo": avatar["id"]})
    await house.work()

    me = (await ana.get("/api/session")).json()["member"]
    seen = (await (await house.visitor()).get(f"/api/listings/{listing['id']}")).json()["listing"]
    assert shown.status_code == 204
    assert me["avatar"] == seen["author"]["avatar"] == avatar["name"]
    assert me["id"] in {one.member for one in await house.told(IdentityChanged)}
    pins = [moved.pin for moved in await house.told(PinMoved)]
    assert [pin and pin.author.avatar for pin in pins] == [None, avatar["name"]]
    profile = (await (await house.visitor()).get(f"/api/members/{me['id']}")).json()
    assert profile["avatar"] == avatar["name"]


async def test_a_new_avatar_takes_the_place_of_the_old_one(house: House) -> None:
    ana = await house.join("Ana")
    first, second = await sent(ana, kind="avatar"), await sent(ana, kind="avatar")

    for avatar in (first, second, second):
        assert (await ana.put("/api/me/avatar", json={"photo": avatar["id"]})).status_code == 204
    await _pass(house, timedelta(hours=25))
    replaced = kept(house)
    await ana.delete("/api/me/avatar")
    await house.work()

    assert replaced == {second["name"]}
    assert (await ana.get("/api/session")).json()["member"]["avatar"] is None
    assert kept(house) == set()


async def test_an_avatar_is_ones_own_and_was_sent_as_one(house: House) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")
    photo, avatar = await sent(ana), await sent(ana, kind="avatar")

    assert problem(await bo.put("/api/me/avatar", json={"photo": avatar["id"]})) == (404, "photo_unknown")
    assert problem(await ana.put("/api/me/avatar", json={"photo": photo["id"]})) == (409, "photo_no_avatar")


async def test_who_leaves_leaves_no_photo(house: House) -> None:
    ana = await house.join("Ana")
    avatar, on_a_listing, _ = await sent(ana, kind="avatar"), await sent(ana), await sent(ana)
    await ana.put("/api/me/avatar", json={"photo": avatar["id"]})
    await published(ana, on_a_listing)
    me = (await ana.get("/api/session")).json()["member"]["id"]

    left = await ana.request("DELETE", "/api/me", json={"password": PASSWORD})
    await house.work()

    assert left.status_code < 300, left.text
    assert kept(house) == set()
    async with house.site.database.read() as session:
        assert (await session.exec(select(PhotoRow).where(PhotoRow.owner_id == me))).all() == []


async def _moderator(house: House) -> httpx.AsyncClient:
    client = await house.join("Mo")
    async with house.site.database.write() as session:
        await session.exec(update(MemberRow).where(col(MemberRow.name) == "Mo").values(moderator=True))
    return client


async def _pass(house: House, time: timedelta) -> None:
    """Let time pass, from now on, and have done what it brings."""
    with time_machine.travel(now() + time, tick=True):
        await house.app.state.parts.worker.plan()
        await house.work()
