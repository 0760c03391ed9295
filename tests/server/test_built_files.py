"""The files of the browser app as they are sent: whole, in part, not again; from memory or from the disk."""

import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from server.edge import browser, files
from server.edge.compression import takes
from server.edge.files import BuiltFiles
from tests.server.house import open_house

SCRIPT = "/assets/app-abc.js"
TEXT = "export {};" * 300
PACKED = b"as if compressed"
PLAIN = {"Accept-Encoding": "identity"}
BROTLI = {"Accept-Encoding": "gzip, br"}
AN_HOUR_AGO = 3600
OF_ALL_FORMS = {
    "cache-control": "public, max-age=31536000, immutable",
    "vary": "Accept-Encoding",
}


def settle(folder: Path) -> None:
    """Have all files be as old as in a build that is done."""
    for path in folder.rglob("*.*"):
        about = path.stat()
        os.utime(path, (about.st_atime - AN_HOUR_AGO, about.st_mtime - AN_HOUR_AGO))


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built browser app that has been there for a while."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<html><head><title>One</title></head></html>")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / "assets" / "app-abc.js").write_text(TEXT)
    (tmp_path / "assets" / "app-abc.js.br").write_bytes(PACKED)
    settle(tmp_path)
    return tmp_path


@pytest.fixture
async def client(sqlite_town_url: str, built: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with open_house(sqlite_town_url, web_dist=built) as house:
        yield await house.visitor()


async def raw(client: httpx.AsyncClient, path: str, **headers: str) -> bytes:
    """Return the bytes of an answer as they were sent."""
    async with client.stream("GET", path, headers=headers) as answer:
        return b"".join([chunk async for chunk in answer.aiter_raw()])


async def test_a_part_is_read_once_in_all_its_forms(client: httpx.AsyncClient, built: Path) -> None:
    first = await client.get(SCRIPT, headers=PLAIN)
    for path in (built / "assets").iterdir():
        path.unlink()

    again = await client.get(SCRIPT, headers=PLAIN)

    assert (again.text, again.headers["etag"]) == (TEXT, first.headers["etag"])
    assert again.headers.items() >= OF_ALL_FORMS.items()
    assert again.headers["content-type"].startswith("text/javascript")
    assert await raw(client, SCRIPT, **BROTLI) == PACKED


async def test_what_may_still_be_being_written_is_read_again(client: httpx.AsyncClient, built: Path) -> None:
    (built / "assets" / "new-abc.js").write_text("half")
    await client.get("/assets/new-abc.js")
    (built / "assets" / "new-abc.js").write_text("the whole of it")

    assert (await client.get("/assets/new-abc.js")).text == "the whole of it"


@pytest.mark.parametrize("name", ["assets/../assets/app-abc.js", "assets//app-abc.js", "assets/app-abc\0.js"])
async def test_a_part_is_kept_under_no_other_name_than_its_own(built: Path, name: str) -> None:
    kept = BuiltFiles(built)
    found = await kept.answer(name, {}, "")
    (built / "assets" / "app-abc.js").unlink()

    assert found is not None
    assert await kept.answer(name, {}, "") is None


async def test_what_is_kept_has_a_bound(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (built / "assets" / "other-abc.js").write_text(TEXT)
    settle(built)
    monkeypatch.setattr(files, "MOST_BYTES", len(TEXT) + len(PACKED))
    kept = BuiltFiles(built)
    for name in ("app-abc.js", "other-abc.js"):
        await kept.answer(f"assets/{name}", {}, "")
        (built / "assets" / name).unlink()

    found = [await kept.answer(f"assets/{name}", {}, "") for name in ("other-abc.js", "app-abc.js")]

    assert [one is not None for one in found] == [True, False]


async def test_a_long_file_is_sent_from_the_disk(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_FILE_BYTES", 10)

    answer = await client.get(SCRIPT, headers=PLAIN)

    assert (answer.text, int(answer.headers["content-length"])) == (TEXT, len(TEXT))


@pytest.mark.parametrize("path", [SCRIPT, "/favicon.svg"])
@pytest.mark.parametrize("tags", ["{}", "W/{}", '"other", {}', "*"])
async def test_what_the_browser_has_is_not_sent_again(
    client: httpx.AsyncClient, path: str, tags: str
) -> None:
    whole = await client.get(path, headers=PLAIN)

    same = await client.get(path, headers={**PLAIN, "If-None-Match": tags.format(whole.headers["etag"])})

    assert (whole.status_code, same.status_code, same.content) == (200, 304, b"")
    for name in ("etag", "cache-control", "vary", "last-modified"):
        assert same.headers[name] == whole.headers[name]


async def test_another_form_or_another_file_is_sent(client: httpx.AsyncClient) -> None:
    packed = await client.head(SCRIPT, headers=BROTLI)

    whole = await client.get(SCRIPT, headers={**PLAIN, "If-None-Match": packed.headers["etag"]})

    assert packed.headers["content-encoding"] == "br"
    assert (whole.status_code, whole.text) == (200, TEXT)


async def test_a_part_of_a_file_is_sent_in_the_form_that_was_asked_for(client: httpx.AsyncClient) -> None:
    plain = await client.get(SCRIPT, headers={**PLAIN, "Range": "bytes=10-19"})
    etag = (await client.head(SCRIPT, headers=PLAIN)).headers["etag"]
    since = await client.get(SCRIPT, headers={**PLAIN, "Range": "bytes=10-19", "If-Range": '"other"'})

    assert (plain.status_code, plain.text, plain.headers["etag"]) == (206, TEXT[10:20], etag)
    assert plain.headers["content-range"] == f"bytes 10-19/{len(TEXT)}"
    assert await raw(client, SCRIPT, **BROTLI, Range="bytes=6-7") == PACKED[6:8]
    assert (since.status_code, since.text) == (200, TEXT)


@pytest.mark.parametrize("path", ["/", SCRIPT, "/favicon.svg"])
@pytest.mark.parametrize("headers", [PLAIN, BROTLI])
async def test_head_tells_what_get_sends(
    client: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    told = await client.head(path, headers=headers)

    sent = await raw(client, path, **headers)

    assert (told.status_code, told.content) == (200, b"")
    assert int(told.headers["content-length"]) == len(sent)


async def test_a_file_at_the_root_is_looked_at_each_time(client: httpx.AsyncClient, built: Path) -> None:
    before = await client.get("/favicon.svg")
    (built / "favicon.svg").write_text("<svg>new</svg>")

    after = await client.get("/favicon.svg", headers={"If-None-Match": before.headers["etag"]})

    assert (after.status_code, after.text) == (200, "<svg>new</svg>")
    assert after.headers["cache-control"] == "no-cache"


async def test_a_new_build_shows_at_the_next_reload(client: httpx.AsyncClient, built: Path) -> None:
    before = (await client.get("/")).text
    (built / "index.html.new").write_text("<html><head><title>Two</title></head></html>")
    (built / "index.html.new").rename(built / "index.html")

    after = (await client.get("/")).text

    assert "<title>One</title>" in before
    assert "<title>Two</title>" in after


async def test_the_page_is_the_same_packed_and_plain_and_caches_are_told(client: httpx.AsyncClient) -> None:
    plain = await client.get("/", headers=PLAIN)
    packed = await client.get("/", headers=BROTLI)

    assert gzip.decompress(await raw(client, "/", **BROTLI)) == plain.content
    assert (packed.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
    for one in (plain, packed):
        assert {"Accept-Encoding", "Accept-Language", "Cookie"} == set(one.headers["vary"].split(", "))
        assert one.headers["content-type"] == "text/html; charset=utf-8"


async def test_each_path_has_its_own_page_however_many_there_are(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "MOST_PAGES", 2)

    for path in ("/aide", "/profil", "/publier", "/aide", "/aide"):
        assert f'{path}"></head>' in (await client.get(path)).text


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("", {""}),
        ("gzip, deflate, br", {"gzip", "deflate", "br"}),
        ("GZIP;q=0.5 , br;q=1", {"gzip", "br"}),
        ("gzip;q=0, br; q=0.000, x;q=0.001", {"x"}),
    ],
)
def test_an_encoding_is_taken_if_it_is_named_and_not_refused(header: str, taken: set[str]) -> None:
    assert takes(header) == taken
