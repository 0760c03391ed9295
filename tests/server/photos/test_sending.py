"""Sending a photo: kept once, under a random name, or refused in words."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from sqlmodel import func, select
from starlette.types import Message

from server.ids import new_id
from server.photos.actions import MOST_UNUSED
from server.photos.arrivals import MOST_COMING
from server.photos.models import PhotoRow
from tests.server.house import House, open_counting_house, open_house, problem
from tests.server.photos.pictures import file, inside, scene
from tests.server.photos.sending import PHOTO, addresses, kept, send, sent
from tests.waiting import PATIENCE_SECONDS, until


async def test_a_photo_that_was_sent_is_there_in_all_its_sizes(house: House) -> None:
    ana = await house.join("Ana")
    photo_id = new_id()

    answer = await send(ana, file(scene(1000, 500), "PNG"), photo_id)

    photo = answer.json()
    assert (answer.status_code, photo["id"]) == (201, photo_id)
    assert (photo["width"], photo["height"], photo["widths"]) == (1000, 500, [320, 640, 1000])
    assert (photo["alt"], photo["caption"]) == ("", "")
    stranger = await house.visitor()
    for address in addresses(photo):
        shown = await stranger.get(address)
        assert shown.status_code == 200
        assert inside(shown.content).width <= 1000


async def test_the_same_photo_sent_again_under_its_id_is_the_same(house: House) -> None:
    ana = await house.join("Ana")
    photo_id = new_id()

    first = await send(ana, PHOTO, photo_id)
    again = await send(ana, PHOTO, photo_id)

    assert (again.status_code, again.json()) == (201, first.json())
    assert kept(house) == {first.json()["name"]}


async def test_sent_many_times_at_once_it_is_one_photo(house: House) -> None:
    ana = await house.join("Ana")
    photo_id = new_id()

    answers = await asyncio.gather(*(send(ana, PHOTO, photo_id) for _ in range(5)))

    names = {answer.json()["name"] for answer in answers}
    assert [answer.status_code for answer in answers] == [201] * 5
    assert kept(house) == names
    assert len(names) == 1


@pytest.mark.parametrize("other", ["bytes", "kind", "member"])
async def test_an_id_is_one_photo_s_for_good(house: House, other: str) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")
    photo_id = new_id()
    await send(ana, PHOTO, photo_id)

    second = await send(
        bo if other == "member" else ana,
        file(scene(64, 64)) if other == "bytes" else PHOTO,
        photo_id,
        kind="avatar" if other == "kind" else "photo",
    )

    assert problem(second) == (409, "id_taken")
    assert len(kept(house)) == 1


async def test_a_name_tells_nothing_of_the_photo(small_house: House) -> None:
    ana = await small_house.join("Ana")

    first, second = await sent(ana), await sent(ana)

    assert first["name"] != second["name"]
    for photo in (first, second):
        assert len(photo["name"]) == 22
        assert photo["id"] not in photo["name"]
        assert photo["name"] not in hashlib.sha256(PHOTO).hexdigest()


async def test_only_members_send_photos(small_house: House) -> None:
    stranger = await small_house.visitor()

    answers = [await send(stranger), await stranger.delete(f"/api/photos/{new_id()}")]

    assert [problem(answer) for answer in answers] == [(401, "sign_in_first")] * 2


async def test_another_site_sends_none_in_a_members_name(small_house: House) -> None:
    ana = await small_house.join("Ana")

    assert problem(await send(ana, Origin="https://elsewhere.example")) == (403, "cross_site")
    assert kept(small_house) == set()


@pytest.mark.parametrize("told", [True, False])
async def test_what_is_too_large_is_refused_before_it_is_all_there(
    sqlite_town_url: str, tmp_path: Path, *, told: bool
) -> None:
    async with open_house(sqlite_town_url, photo_dir=tmp_path, photo_megabytes=1) as house:
        ana = await house.join("Ana")
        asked_for = 0

        async def pieces() -> AsyncIterator[bytes]:
            nonlocal asked_for
            for _ in range(100):
                asked_for += 1
                yield bytes(50_000)

        headers = {"Content-Length": "5000000"} if told else {}
        answer = await ana.put(f"/api/photos/{new_id()}", content=pieces(), headers=headers)

        config = (await ana.get("/api/config")).json()
    assert problem(answer) == (413, "photo_too_large")
    assert "1 Mo" in answer.json()["title"]
    assert config["photos"]["most_bytes"] == 1024 * 1024


async def test_the_limit_is_told_beforehand(small_house: House) -> None:
    config = (await (await small_house.visitor()).get("/api/config")).json()

    assert config["photos"] == {
        "most_bytes": 12 * 1024 * 1024,
        "most": {"request": 4, "offer": 4, "project": 10, "mag": 10},
    }


async def test_an_upload_that_breaks_off_leaves_nothing(house: House) -> None:
    ana = await house.join("Ana")
    came: list[Message] = [
        {"type": "http.request", "body": PHOTO[:100], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return came.pop(0)

    told = await _sent_by_pieces(house, ana, receive)

    assert told[0]["status"] == 400
    assert b"photo_cut_off" in told[1]["body"]
    assert kept(house) == set()
    assert await _photos(house) == 0


async def test_who_sends_many_makes_room_for_who_sends_one(small_house: House) -> None:
    ana, bo = await small_house.join("Ana"), await small_house.join("Bo")
    place = small_house.site.album.developer.place
    begun, never = 0, asyncio.Event()

    async def receive() -> Message:
        nonlocal begun
        begun += 1
        if begun > 2:
            await never.wait()
        return {"type": "http.request", "body": PHOTO[:100], "more_body": True}

    with ExitStack() as others:
        for number in range(MOST_COMING - 2):
            others.enter_context(place(f"member {number}", f"network {number}"))
        sending = [asyncio.create_task(_sent_by_pieces(small_house, ana, receive)) for _ in range(2)]
        await until(lambda: begun == 4, "both are waited for")

        answer = await send(bo)
        ended, going_on = await asyncio.wait(
            sending, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        for one in going_on:
            one.cancel()

    assert answer.status_code == 201
    told = ended.pop().result()
    assert told[0]["status"] == 503
    assert (b"retry-after", b"30") in told[0]["headers"]
    assert b"photo_busy" in told[1]["body"]
    assert len(kept(small_house)) == 1


async def test_what_is_refused_leaves_nothing(house: House) -> None:
    ana = await house.join("Ana")

    answers = [await send(ana, sent) for sent in (b"", b"<html>", PHOTO[:-400])]

    assert [problem(one) for one in answers] == [
        (415, "photo_type"),
        (415, "photo_type"),
        (422, "photo_unreadable"),
    ]
    assert kept(house) == set()
    assert await _photos(house) == 0


async def test_a_folder_that_takes_nothing_is_said_to_be_away(house: House) -> None:
    ana = await house.join("Ana")
    house.settings.photo_dir.write_text("not a folder")

    assert problem(await send(ana)) == (503, "photo_store_down")
    assert await _photos(house) == 0


async def test_one_throws_away_ones_own_photo(house: House) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")
    photo = await sent(ana)

    by_another = await bo.delete(f"/api/photos/{photo['id']}")
    by_oneself = await ana.delete(f"/api/photos/{photo['id']}")
    again = await ana.delete(f"/api/photos/{photo['id']}")
    await house.work()

    assert problem(by_another) == (404, "photo_unknown")
    assert by_oneself.status_code == 204
    assert problem(again) == (404, "photo_unknown")
    assert kept(house) == set()


async def test_photos_that_are_used_nowhere_do_not_pile_up(house: House) -> None:
    ana = await house.join("Ana")
    photo = await sent(ana)
    async with house.site.database.write() as session:
        row = await session.get_one(PhotoRow, photo["id"])
        for number in range(MOST_UNUSED - 1):
            session.add(PhotoRow(**{**row.model_dump(), "id": new_id(), "name": f"{number:022}"}))

    refused = await send(ana)
    await ana.delete(f"/api/photos/{photo['id']}")

    assert problem(refused) == (409, "too_many_photos")
    assert (await send(ana)).status_code == 201


async def test_there_is_a_limit_to_how_many_one_sends(sqlite_town_url: str, tmp_path: Path) -> None:
    async with open_counting_house(sqlite_town_url, photo_dir=tmp_path) as house:
        ana = await house.join("Ana")

        answers = [await send(ana, b"x") for _ in range(121)]

    assert problem(answers[119]) == (415, "photo_type")
    assert problem(answers[120]) == (429, "too_many")


async def _sent_by_pieces(
    house: House, client: httpx.AsyncClient, receive: Callable[[], Awaitable[Message]]
) -> list[Message]:
    """Send a photo as a server would pass it on; return what it was answered."""
    path = f"/api/photos/{new_id()}"
    request = client.build_request("PUT", path, headers={"Content-Length": str(len(PHOTO))})
    scope = {
        "type": "http",
        "method": "PUT",
        "path": path,
        "query_string": b"",
        "client": ("192.0.2.7", 4711),
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
    }
    told: list[Message] = []

    async def send_on(message: Message) -> None:
        told.append(message)

    await house.app(scope, receive, send_on)
    return told


async def _photos(house: House) -> int:
    async with house.site.database.read() as session:
        return (await session.exec(select(func.count()).select_from(PhotoRow))).one()


async def test_the_api_says_which_types_it_takes(small_house: House) -> None:
    visitor: httpx.AsyncClient = await small_house.visitor()

    operation = (await visitor.get("/api/openapi.json")).json()["paths"]["/api/photos/{id}"]["put"]

    assert set(operation["requestBody"]["content"]) == {"image/jpeg", "image/png", "image/webp"}
    assert {"413", "415", "422"} <= set(operation["responses"])
