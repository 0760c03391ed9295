"""Showing a photo: to anybody who has its name, for good, as nothing but a picture."""

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.ids import new_id
from server.members import roles
from tests.server.house import House, a_request, problem
from tests.server.photos.sending import addresses, sent


async def test_a_photo_is_served_as_a_picture_and_as_nothing_else(small_house: House) -> None:
    photo = await sent(await small_house.join("Ana"))
    stranger = await small_house.visitor()

    answers = [await stranger.get(address) for address in addresses(photo)]

    types = {"webp": "image/webp", "avif": "image/avif", "jpg": "image/jpeg"}
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == types[answer.url.path.rpartition(".")[2]]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "content-encoding" not in answer.headers
        assert "set-cookie" not in answer.headers


async def test_what_moderators_have_hidden_is_shown_to_them_and_to_its_author_alone(house: House) -> None:
    ana, bo, mo = [await house.join(name) for name in ("Ana", "Bo", "Mo")]
    await roles.set_moderator(house.site.database, "mo@example.org", moderator=True)
    photo, other = await sent(ana), await sent(ana)
    draft = a_request(photos=[{"id": photo["id"]}])
    await ana.post("/api/listings", json=draft, headers={"Idempotency-Key": new_id()})
    address = addresses(photo)[0]

    async def shown() -> list[int]:
        asked = (await house.visitor(), bo, ana, mo)
        return [(await one.get(address)).status_code for one in asked]

    before = await shown()
    sanction = f"/api/moderation/listings/{draft['id']}"
    assert (await mo.post(f"{sanction}/hide", json={"reason": "Pas ici."})).is_success
    hidden, kept = await shown(), (await ana.get(address)).headers["cache-control"]
    elsewhere = await bo.get(addresses(other)[0])
    await mo.post(f"{sanction}/restore", json={"reason": "C’est bon."})

    assert before == [200] * 4
    assert (hidden, kept) == ([404, 404, 200, 200], "no-store")
    assert elsewhere.status_code == 200
    assert await shown() == [200] * 4


async def test_while_the_database_is_away_photos_are_still_shown(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = await sent(await small_house.join("Ana"))
    stranger = await small_house.visitor()

    async def away(*_: object) -> None:
        raise PoolTimeout

    monkeypatch.setattr(small_house.site.database, "ask", away)

    assert (await stranger.get(addresses(photo)[0])).status_code == 200


async def test_its_head_says_the_same_without_the_picture(small_house: House) -> None:
    photo = await sent(await small_house.join("Ana"))
    stranger = await small_house.visitor()
    address = addresses(photo)[0]

    whole, head = await stranger.get(address), await stranger.head(address)

    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "x-request-id": ""} == {**whole.headers, "x-request-id": ""}


@pytest.mark.parametrize(
    "file",
    [
        "-320.jpg",
        "-320.png",
        "-320.html",
        "-320.webp.html",
        "-640.webp",
        "-0320.webp",
        "-+320.webp",
        "-share.webp",
        "-share.jpg%00.html",
        "",
        "/320.webp",
        "-..%2f320.webp",
        "-320.webp/",
        "-320.webp%0a",
        "-٣٢٠.webp",
    ],
)
async def test_any_other_name_is_not_there(small_house: House, file: str) -> None:
    photo = await sent(await small_house.join("Ana"))
    stranger = await small_house.visitor()

    answer = await stranger.get(f"/photos/{photo['name']}{file}")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/photos/",
        "/photos/..%2f..%2fonemile.sqlite3",
        "/photos/%2e%2e/%2e%2e/etc/passwd",
        "/photos/....................../../-320.webp",
        "/photos/aaaaaaaaaaaaaaaaaaaaaa-320.webp",
        "/photos/.part-aaaaaaaaaaaaaaaa-320.webp",
        "/photos/" + "a" * 3000,
    ],
)
async def test_no_path_leads_out_of_the_store(small_house: House, path: str) -> None:
    stranger = await small_house.visitor()

    answer = await stranger.get(path)

    assert answer.status_code == 404


async def test_nobody_changes_a_photo_by_its_address(small_house: House) -> None:
    ana = await small_house.join("Ana")
    address = addresses(await sent(ana))[0]

    assert [(await ana.request(method, address)).status_code for method in ("PUT", "POST", "DELETE")] == [
        405
    ] * 3


async def test_a_photo_that_was_thrown_away_is_no_longer_shown(small_house: House) -> None:
    ana = await small_house.join("Ana")
    photo = await sent(ana)

    await ana.delete(f"/api/photos/{photo['id']}")
    await small_house.work()

    assert problem(await ana.get(addresses(photo)[0])) == (404, "not_found")
