"""Photos in backups: all of them, each copied once, and kept as long as a backup may name them."""

import asyncio
import os
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from server.commands import backups
from server.commands.failure import CommandFailed
from server.photos.folder import FolderStore
from server.settings import Settings
from tests.server.house import open_house, settings
from tests.server.photos.sending import addresses, kept, sent

FILES = {"320.webp": b"small", "share.jpg": b"shared"}
NAMES = [letter * 22 for letter in "abc"]


@pytest.fixture
def town(sqlite_town_url: str, tmp_path: Path) -> Settings:
    """The settings of a town whose photos lie in a folder."""
    return settings(sqlite_town_url, photo_dir=tmp_path / "photos")


@pytest.fixture
def kept_in(tmp_path: Path) -> Path:
    """The folder of backups."""
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


def copied(folder: Path) -> dict[str, int]:
    """Return the names of the photos in the copy beside backups, each with the number of its first file."""
    places = folder.joinpath(backups.COPY).glob("*/*")
    return {place.name: (place / "320.webp").stat().st_ino for place in places}


async def test_a_restored_town_shows_its_photos(sqlite_town_url: str, tmp_path: Path) -> None:
    async with open_house(sqlite_town_url, photo_dir=tmp_path / "photos") as house:
        photo = await sent(await house.join("Ana"))
        files = [(await (await house.visitor()).get(address)).content for address in addresses(photo)]
    (tmp_path / "backups").mkdir()
    file = str(tmp_path / "backups" / "town.backup")
    again = settings(f"sqlite+aiosqlite:///{tmp_path}/again.sqlite3", photo_dir=tmp_path / "again")

    await asyncio.to_thread(backups.backup, house.settings, file)
    await asyncio.to_thread(backups.restore, again, file)

    async with open_house(again.database_url, photo_dir=again.photo_dir) as house:
        stranger = await house.visitor()
        assert [(await stranger.get(address)).content for address in addresses(photo)] == files
        assert kept(house) == {photo["name"]}
    # What is left beside a backup would outlive it, and with it what was deleted since.
    assert {one.name for one in (tmp_path / "backups").iterdir()} == {"town.backup", backups.COPY}


async def test_what_was_copied_is_not_copied_again(
    town: Settings, kept_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = FolderStore(town.photo_dir)
    await store.put(NAMES[0], FILES)
    await asyncio.to_thread(backups.backup, town, str(kept_in / "1.backup"))
    first = copied(kept_in)
    await store.put(NAMES[1], FILES)

    await asyncio.to_thread(backups.backup, town, str(kept_in / "2.backup"))

    assert copied(kept_in).items() > first.items()
    assert capsys.readouterr().out.splitlines()[-1].endswith(f"{backups.COPY}: 1 new of 2 photos")
    assert (kept_in / backups.COPY).stat().st_mode & 0o777 == 0o700


async def test_a_deleted_photo_stays_as_long_as_a_backup_that_may_name_it(
    town: Settings, kept_in: Path
) -> None:
    store = FolderStore(town.photo_dir)
    for name in NAMES[:2]:
        await store.put(name, FILES)
    await asyncio.to_thread(backups.backup, town, str(kept_in / "1.backup"))
    await store.delete(NAMES[0])

    await asyncio.to_thread(backups.backup, town, str(kept_in / "2.backup"))
    assert {*copied(kept_in)} == {*NAMES[:2]}
    (kept_in / "1.backup").unlink()
    await asyncio.to_thread(backups.backup, town, str(kept_in / "3.backup"))

    assert {*copied(kept_in)} == {NAMES[1]}


async def test_a_copy_that_broke_off_is_made_whole_and_nobody_elses_files_are_touched(
    town: Settings, kept_in: Path
) -> None:
    await FolderStore(town.photo_dir).put(NAMES[0], FILES)
    half, theirs = kept_in / backups.COPY / ".part-copy", kept_in / backups.COPY / "holidays" / "beach"
    for folder in (half, theirs):
        folder.mkdir(parents=True)
        (folder / "half.jpg").write_bytes(b"ha")
    os.utime(theirs, (0, 0))

    await asyncio.to_thread(backups.backup, town, str(kept_in / "1.backup"))

    place = kept_in / backups.COPY / NAMES[0][:2] / NAMES[0]
    assert {file.name: file.read_bytes() for file in place.iterdir()} == FILES
    assert theirs.is_dir()
    assert not half.exists()


async def test_a_backup_whose_photos_cannot_be_copied_says_so_and_is_there(
    town: Settings, kept_in: Path
) -> None:
    await FolderStore(town.photo_dir).put(NAMES[0], FILES)
    (kept_in / backups.COPY).write_text("in the way")

    with pytest.raises(CommandFailed, match="is complete, but its photos are not"):
        await asyncio.to_thread(backups.backup, town, str(kept_in / "1.backup"))

    assert (kept_in / "1.backup").stat().st_size > 0


def test_photos_that_go_elsewhere_are_said_to(
    sqlite_town_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_store = settings(sqlite_town_url, photo_store="s3://town/photos")
    backups.backup(in_a_store, str(tmp_path / "1.backup"))
    assert "no photos: they are in s3://town/photos" in capsys.readouterr().out

    monkeypatch.setattr(sys, "stdout", TextIOWrapper(BytesIO()))
    backups.backup(settings(sqlite_town_url, photo_dir=tmp_path), "-")
    assert f"no photos: {tmp_path} is to be copied" in capsys.readouterr().err
