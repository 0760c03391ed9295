"""What keeps photos, be it a folder or a store that speaks S3: one contract, and what each has of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from realtime.refusals import Unavailable
from server.album import PhotoStore
from server.photos.choice import photo_store
from server.photos.folder import FolderStore
from server.photos.s3 import S3Store
from server.settings import Settings
from tests.server.house import House, open_house, problem
from tests.server.photos.s3_server import S3Server
from tests.server.photos.sending import addresses, send, sent

NAME, OTHER = "-" * 22, "_Zz09-" + "a" * 16
FILES = {"320.webp": b"three", "320.avif": bytes(range(256)) * 100, "share.jpg": b"\xff\xd8"}


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The run's S3. A test may stop or kill it: the next one finds it running again."""
    with S3Server() as server:
        yield server


@pytest.fixture
def s3(s3_server: S3Server) -> S3Server:
    """A running S3 whose bucket is empty."""
    s3_server.start()
    s3_server.empty()
    return s3_server


@pytest.fixture(params=["folder", "s3"])
def given(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """The settings of a store with nothing in it, once of each kind."""
    if request.param == "folder":
        return {"photo_dir": tmp_path / "photos"}
    server: S3Server = request.getfixturevalue("s3")
    return server.settings


@pytest.fixture
async def store(given: dict[str, Any]) -> AsyncIterator[PhotoStore]:
    """A store with nothing in it, once of each kind."""
    opened = photo_store(Settings(**given))
    yield opened
    await opened.aclose()


async def test_what_was_put_is_there_and_nothing_else(store: PhotoStore) -> None:
    await store.put(NAME, FILES)
    await store.put(OTHER, {"64.webp": b"another"})

    assert {file: await store.get(NAME, file) for file in FILES} == FILES
    assert await store.get(OTHER, "64.webp") == b"another"
    assert await store.get(OTHER, "320.webp") is None
    assert await store.get("z" * 22, "320.webp") is None


async def test_what_was_deleted_is_gone_with_all_its_files(store: PhotoStore) -> None:
    await store.put(NAME, FILES)
    await store.put(OTHER, FILES)

    await store.delete(NAME)
    await store.delete(NAME)

    assert [await store.get(NAME, file) for file in FILES] == [None] * 3
    assert await store.get(OTHER, "share.jpg") == FILES["share.jpg"]


async def test_photos_are_listed_once_each_by_their_age(store: PhotoStore) -> None:
    for name in (NAME, OTHER):
        await store.put(name, FILES)
    later, before = datetime.now(UTC) + timedelta(minutes=1), datetime.now(UTC) - timedelta(minutes=1)

    assert sorted([name async for name in store.names(later)]) == sorted([NAME, OTHER])
    assert [name async for name in store.names(before)] == []


async def test_many_photos_are_put_and_got_at_once(store: PhotoStore) -> None:
    names = [f"{number:022}" for number in range(40)]

    await asyncio.gather(*(store.put(name, FILES) for name in names))
    got = await asyncio.gather(*(store.get(name, "320.avif") for name in names))

    assert set(got) == {FILES["320.avif"]}
    assert len([name async for name in store.names(datetime.now(UTC) + timedelta(minutes=1))]) == 40


async def test_a_town_keeps_its_photos_there(sqlite_town_url: str, given: dict[str, Any]) -> None:
    async with open_house(sqlite_town_url, **given) as house:
        ana = await house.join("Ana")
        photo = await sent(ana)
        shown = [await ana.get(address) for address in addresses(photo)]
        await ana.delete(f"/api/photos/{photo['id']}")
        await house.work()
        gone = [await ana.get(address) for address in addresses(photo)]

    assert [answer.status_code for answer in shown] == [200] * 3
    assert [answer.headers["content-type"] for answer in shown] == ["image/webp", "image/avif", "image/jpeg"]
    assert [answer.status_code for answer in gone] == [404] * 3


async def test_half_a_photo_is_never_in_a_folder(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    too_long = "x" * 300

    with pytest.raises(Unavailable):
        await store.put(NAME, {"320.webp": b"x", too_long: b"x"})

    assert _files(tmp_path) == []
    assert await store.get(NAME, "320.webp") is None


def _files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def test_what_a_power_cut_left_half_done_is_swept_from_a_folder(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    left = tmp_path / ".part-0123456789abcdef"
    left.mkdir()
    (left / "320.webp").write_bytes(b"x")
    long_ago = datetime.now(UTC).timestamp() - 1000
    await store.put(NAME, FILES)

    young = [name async for name in store.names(datetime.now(UTC) - timedelta(seconds=100))]
    assert left.exists()
    os.utime(left, (long_ago, long_ago))
    old = [name async for name in store.names(datetime.now(UTC) - timedelta(seconds=100))]

    assert (young, old) == ([], [])
    assert not left.exists()
    assert await store.get(NAME, "320.webp") == b"three"


async def test_files_in_s3_have_their_type_and_stand_under_the_prefix(s3: S3Server) -> None:
    store = photo_store(Settings(**s3.settings))
    assert isinstance(store, S3Store)
    await store.put(NAME, FILES)
    await store.aclose()

    client = s3.client()
    keys = [one["Key"] for one in client.list_objects_v2(Bucket=s3.bucket)["Contents"]]
    types = {key: client.head_object(Bucket=s3.bucket, Key=key)["ContentType"] for key in keys}
    client.close()

    assert types == {
        f"town/{NAME}/320.avif": "image/avif",
        f"town/{NAME}/320.webp": "image/webp",
        f"town/{NAME}/share.jpg": "image/jpeg",
    }


async def test_more_photos_than_a_page_of_s3_holds_are_all_listed(s3: S3Server) -> None:
    store = photo_store(Settings(**s3.settings))
    files = {f"{width}.{form}": b"x" for width in range(1, 64) for form in ("webp", "avif")}
    names = [f"{number:022}" for number in range(9)]
    await asyncio.gather(*(store.put(name, files) for name in names))

    listed = [name async for name in store.names(datetime.now(UTC) + timedelta(minutes=1))]
    await store.aclose()

    assert len(files) * len(names) > 1000
    assert listed == names


async def test_while_s3_is_away_photos_are_refused_and_the_rest_goes_on(
    sqlite_town_url: str, s3: S3Server
) -> None:
    async with open_house(sqlite_town_url, **s3.settings) as house:
        ana = await house.join("Ana")
        photo = await sent(ana)
        s3.stop()

        refused, unshown = await send(ana), await ana.get(addresses(photo)[0])
        alive = await ana.get("/api/session")
        s3.start()
        s3.empty()
        again = await send(ana)

    assert problem(refused) == (503, "photo_store_down")
    assert problem(unshown) == (503, "photo_store_down")
    assert alive.status_code == 200
    assert again.status_code == 201


async def test_a_bucket_that_is_not_there_is_no_photo_that_is_not_there(
    sqlite_town_url: str, s3: S3Server
) -> None:
    async with open_house(sqlite_town_url, **{**s3.settings, "photo_store": "s3://elsewhere"}) as house:
        ana = await house.join("Ana")

        refused = await send(ana)

    assert problem(refused) == (503, "photo_store_down")


@pytest.mark.parametrize("written", ["s3", "s3://", "s3://A", "s3:///x", "gs://bucket", "s3://a/../b c", ""])
def test_a_store_that_there_is_not_is_refused_at_the_start(written: str) -> None:
    with pytest.raises(ValidationError, match="expected folder, s3://bucket or s3://bucket/prefix"):
        Settings(photo_store=written)


def test_without_its_library_s3_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)

    with pytest.raises(ValidationError, match=r"pip install 'onemile\[s3\]'"):
        Settings(photo_store="s3://bucket")


async def test_a_house_in_a_folder_needs_no_s3(small_house: House) -> None:
    assert isinstance(small_house.site.album.store, FolderStore)
