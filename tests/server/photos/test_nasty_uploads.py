"""Uploads made to do harm, sent to a real process: each is kept clean or refused in words.

The process is one for all of them, as is its child, whose memory is looked at after each.
"""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from server import catalogue
from server.ids import new_id
from tests.kernel import children_of, peak_memory_of
from tests.processes.street import Neighbour, WebProcess, moves_in
from tests.server.board.town import town_at
from tests.server.photos.nasty import KEPT, Nasty, uploads
from tests.server.photos.pictures import CANARY, file, scene

MOST_MEBIBYTES = 256
UPLOADS = list(uploads())
_SAID = {"exif", "xmp", "icc_profile", "comment", "photoshop", "XML:com.adobe.xmp", "Comment", "mp"}


class PhotoProcess(WebProcess):
    """A web process whose photos lie in a folder of its own."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.photos = self.folder / "photos"
        self._settings["ONEMILE_PHOTO_DIR"] = str(self.photos)

    def files(self, photo: str) -> dict[str, bytes]:
        """Return the files of the photo of that name."""
        return {path.name: path.read_bytes() for path in (self.photos / photo[:2] / photo).iterdir()}


@pytest.fixture(scope="module")
def web(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhotoProcess]:
    """A web process that takes photos."""
    database = tmp_path_factory.mktemp("nasty") / "onemile.sqlite3"
    shutil.copyfile(migrated_sqlite, database)
    with PhotoProcess(f"sqlite+aiosqlite:///{database}") as process:
        yield process


@pytest.fixture
async def ana(web: PhotoProcess) -> Neighbour:
    """Somebody who sends them."""
    async with town_at(web.database_url) as town:
        return await moves_in(town, "Ana")


async def send(
    web: PhotoProcess, member: Neighbour, sent: bytes, *, kind: str = "photo", **headers: str
) -> httpx.Response:
    usual = {"Origin": web.address, "Cookie": f"onemile={member.token}", "Content-Type": "image/jpeg"}
    async with httpx.AsyncClient(base_url=web.address, timeout=150, verify=False) as client:
        return await client.put(
            f"/api/photos/{new_id()}", params={"kind": kind}, content=sent, headers={**usual, **headers}
        )


def test_there_are_hundred_and_fifty_of_them() -> None:
    assert len(UPLOADS) >= 150
    assert len({one.name for one in UPLOADS}) == len(UPLOADS)


@pytest.mark.parametrize("nasty", UPLOADS, ids=lambda nasty: nasty.name.replace(" ", "_"))
async def test_a_nasty_upload_is_kept_clean_or_refused_in_words(
    web: PhotoProcess, ana: Neighbour, nasty: Nasty
) -> None:
    answer = await send(web, ana, nasty.make())

    outcome = KEPT if answer.status_code == 201 else answer.json()["code"]
    assert outcome in nasty.outcomes
    if outcome == KEPT:
        said = {name: _says(content) for name, content in web.files(answer.json()["name"]).items()}
        assert said
        assert not any(said.values()), said
    else:
        assert answer.status_code in {413, 415, 422}
        assert answer.json()["title"] != catalogue.translate("fr", "refusal.refused")
        assert "{" not in answer.json()["title"]
    for child in children_of(web.pid):
        assert peak_memory_of(child) <= MOST_MEBIBYTES


@pytest.mark.parametrize(
    "media",
    ["text/html", "image/svg+xml", "application/json", "multipart/form-data; boundary=x", "x" * 500, ""],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_what_a_file_is_said_to_be_counts_for_nothing(
    web: PhotoProcess, ana: Neighbour, form: str, media: str
) -> None:
    photo = await send(web, ana, file(scene(64, 48), form), **{"Content-Type": media})
    page = await send(web, ana, b"<html>", **{"Content-Type": "image/jpeg"})

    assert photo.status_code == 201
    assert page.json()["code"] == "photo_type"


@pytest.mark.parametrize(
    "header",
    [
        {"Content-Disposition": 'attachment; filename="../../../etc/passwd"'},
        {"Content-Disposition": 'attachment; filename="x.php\\x00.jpg"'},
        {"Content-Disposition": "attachment; filename*=UTF-8''%2e%2e%2fx.html"},
        {"X-Filename": "<script>.svg"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"Range": "bytes=0-1"},
        {"Content-Encoding": "identity"},
    ],
)
async def test_odd_names_and_headers_change_nothing(
    web: PhotoProcess, ana: Neighbour, header: dict[str, str]
) -> None:
    answer = await send(web, ana, file(scene(64, 48)), **header)

    assert answer.status_code == 201
    assert sorted(web.files(answer.json()["name"])) == ["320.avif", "320.webp", "share.jpg"]


@pytest.mark.parametrize(
    "photo", ["..", "x", "0" * 36, "%2e%2e%2f%2e%2e", "a" * 5000, "01A2273D-9471-77A9-93A9-0BEAD32BD3C6"]
)
async def test_an_id_that_is_none_names_no_photo(web: PhotoProcess, ana: Neighbour, photo: str) -> None:
    headers = {"Origin": web.address, "Cookie": f"onemile={ana.token}"}
    async with httpx.AsyncClient(base_url=web.address, verify=False) as client:
        answer = await client.put(f"/api/photos/{photo}", content=file(scene(64, 48)), headers=headers)

    assert answer.status_code in {404, 405}


async def test_a_file_beyond_the_limit_is_refused_and_named_so(web: PhotoProcess, ana: Neighbour) -> None:
    answer = await send(web, ana, bytes(12 * 1024 * 1024 + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "photo_too_large")


async def test_avatars_are_as_clean(web: PhotoProcess, ana: Neighbour) -> None:
    telling = next(one for one in UPLOADS if one.name == "JPEG that tells all it can").make()

    answer = await send(web, ana, telling, kind="avatar")

    files = web.files(answer.json()["name"])
    assert sorted(files) == ["160.avif", "160.webp", "64.avif", "64.webp"]
    assert not any(map(_says, files.values()))


def test_nothing_else_lies_in_the_folder(web: PhotoProcess) -> None:
    files = [path for path in web.photos.rglob("*") if path.is_file()]

    assert len(files) > 300
    assert [path for path in files if CANARY in path.read_bytes()] == []
    assert {path.suffix for path in files} == {".webp", ".avif", ".jpg"}


def _says(content: bytes) -> bool:
    """Return whether a file says anything but its pixels."""
    picture = Image.open(io.BytesIO(content))
    said = _SAID & set(picture.info)
    return bool(said) or bool(picture.getexif()) or CANARY in content or b"CANARY" in content
