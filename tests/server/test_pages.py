"""The pages of the app, each at its address with its settings inside, and what a shared link shows."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.ids import new_id
from tests.server.house import ORIGIN, a_request, open_house
from tests.server.photos.sending import sent

# Written here, not made: each process of a run must find the same tests.
DIALOG = "01a226e8-ca6c-7017-a6d9-4c72914b0524"
BASEL = {"lon": 7.5886, "lat": 47.5596}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built browser app, as small as can be."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(
        "<!doctype html><html><head><title>x</title></head><body></body></html>"
    )
    (tmp_path / "assets" / "app-abc.js").write_text("export {};" * 300)
    (tmp_path / "assets" / "app-abc.js.br").write_bytes(b"as if compressed")
    (tmp_path / "assets" / "worker-abc.mjs").write_text("export {};")
    (tmp_path.parent / "secret.txt").write_text("not for you")
    return tmp_path


def a_mag(**draft: Any) -> dict[str, Any]:
    """Return a mag to publish."""
    return a_request(**{"kind": "mag", "category": "shop", "smiles": 0, **draft})


async def published(client: httpx.AsyncClient, draft: dict[str, Any]) -> dict[str, Any]:
    """Publish; return the listing as it was answered."""
    answer = await client.post("/api/listings", json=draft, headers={"Idempotency-Key": new_id()})
    assert answer.status_code == 201, answer.text
    listing: dict[str, Any] = answer.json()["listing"]
    return listing


async def page_showing(client: httpx.AsyncClient, listing: str) -> str:
    """Return the page once it shows `listing`: the index hears of it just after the answer."""
    while listing not in (page := (await client.get("/")).text):
        pass
    return page


@pytest.mark.parametrize(
    "path", ["/", "/messages", f"/messages/{DIALOG}", "/moderation", "/bienvenue", "/aide"]
)
async def test_the_app_opens_at_each_of_its_paths_with_its_settings_inside(
    sqlite_town_url: str, built: Path, path: str
) -> None:
    async with open_house(sqlite_town_url, web_dist=built, name="</script><b>") as house:
        client = await house.visitor()
        answer = await client.get(path)
        config = (await client.get("/api/config")).json()

    inlined = re.search(r'<script type="application/json" id="config">(.*?)</script>', answer.text)
    assert inlined is not None
    assert json.loads(inlined[1]) == config
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.text.count("<script") == 2


async def test_the_page_brings_the_cards_around_the_centre_whatever_was_typed(
    sqlite_town_url: str, built: Path
) -> None:
    async with open_house(sqlite_town_url, web_dist=built) as house:
        client = await house.join("Ana")
        near, far = a_request(title="</script><b>Soupe"), a_request(title="Loin d’ici", place=BASEL)
        for draft in (near, far):
            await client.post("/api/listings", json=draft, headers={"Idempotency-Key": new_id()})
        page = await page_showing(await house.visitor(), near["id"])
        around = (await client.post("/api/listings/around", json={"at": near["place"]})).json()

    inlined = re.search(r'<script type="application/json" id="cards">(.*?)</script>', page)
    assert inlined is not None
    assert json.loads(inlined[1]) == [feature["properties"] for feature in around["features"]]
    assert json.loads(inlined[1])[0]["title"] == "</script><b>Soupe"
    assert "Loin d’ici" not in page


async def test_a_shared_link_shows_the_listing_and_escapes_what_was_typed(
    sqlite_town_url: str, built: Path
) -> None:
    async with open_house(sqlite_town_url, web_dist=built) as house:
        client = await house.join("Ana")
        draft = a_request(title='"><script>alert(1)', text="a\n" * 300, place=BASEL)
        await client.post("/api/listings", json=draft, headers={"Idempotency-Key": new_id()})

        page = (await (await house.visitor()).get(f"/annonces/{draft['id']}")).text
        unknown = (await client.get(f"/annonces/{new_id()}")).text

    assert '<meta property="og:title" content="&quot;&gt;&lt;script&gt;alert(1)">' in page
    assert f'<meta property="og:url" content="{ORIGIN}/annonces/{draft["id"]}">' in page
    assert "alert(1)" not in unknown
    assert '<meta property="og:title" content="1Mile">' in unknown


async def test_a_hidden_listing_has_no_preview(sqlite_town_url: str, built: Path) -> None:
    async with open_house(sqlite_town_url, web_dist=built) as house:
        client = await house.join("Ana")
        draft = a_request(title="Something that was hidden")
        await client.post("/api/listings", json=draft, headers={"Idempotency-Key": new_id()})
        await client.delete(f"/api/listings/{draft['id']}")

        page = (await (await house.visitor()).get(f"/annonces/{draft['id']}")).text

    assert "Something that was hidden" not in page


async def test_a_shared_mag_says_its_words_without_their_marks_and_shows_its_first_photo(
    sqlite_town_url: str, built: Path, tmp_path: Path
) -> None:
    async with open_house(sqlite_town_url, web_dist=built, photo_dir=tmp_path) as house:
        client = await house.join("Ana")
        photo = {"id": (await sent(client))["id"], "alt": 'Un "four"'}
        words = "## Le four\n\nDu **pain** <b>chaud</b>, [ici](https://four.example)."
        mag = a_mag(text=words, photos=[photo])
        shown = (await published(client, mag))["photos"][0]

        page = (await (await house.visitor()).get(f"/annonces/{mag['id']}")).text
        picture = await client.get(f"/photos/{shown['name']}-share.jpg")

    assert '<meta property="og:type" content="article">' in page
    text = "Le four Du pain &lt;b&gt;chaud&lt;/b&gt;, ici."
    assert f'<meta property="og:description" content="{text}">' in page
    assert f'<meta property="og:image" content="{ORIGIN}/photos/{shown["name"]}-share.jpg">' in page
    assert '<meta property="og:image:alt" content="Un &quot;four&quot;">' in page
    assert picture.headers["content-type"] == "image/jpeg"


async def test_a_shared_member_shows_what_they_have_on_the_map(
    sqlite_town_url: str, built: Path, tmp_path: Path
) -> None:
    async with open_house(sqlite_town_url, web_dist=built, photo_dir=tmp_path) as house:
        client = await house.join("Épicerie <Zoé>", email="zoe@example.org")
        me = (await client.get("/api/session")).json()["member"]["id"]
        photo = {"id": (await sent(client))["id"]}
        shown = (await published(client, a_mag(title="Du fromage", photos=[photo])))["photos"][0]
        await published(client, a_request(title="Un coup de main"))
        gone = await published(client, a_request(title="Ce qui est fait"))
        await client.post(f"/api/listings/{gone['id']}/close")

        page = (await (await house.visitor()).get(f"/membres/{me}")).text

    assert '<meta property="og:type" content="profile">' in page
    assert '<meta property="og:title" content="Épicerie &lt;Zoé&gt;">' in page
    assert '<meta property="og:description" content="Un coup de main · Du fromage">' in page
    assert f'<meta property="og:image" content="{ORIGIN}/photos/{shown["name"]}-share.jpg">' in page
    assert "Ce qui est fait" not in page


@pytest.mark.parametrize("name", ["%00", "a%00b", "not-an-id", "01a2273d-a9a3-7720-a2d1-4c5ccad5a03c"])
@pytest.mark.parametrize("path", ["annonces", "membres"])
async def test_a_link_to_what_is_not_there_opens_the_app_without_preview(
    town_url: str, built: Path, path: str, name: str
) -> None:
    async with open_house(town_url, web_dist=built) as house:
        answer = await (await house.visitor()).get(f"/{path}/{name}")

    assert answer.status_code == 200
    assert 'property="og:title" content="1Mile"' in answer.text
    assert "og:image" not in answer.text


async def test_the_apps_parts_are_kept_for_ever_and_sent_compressed(
    sqlite_town_url: str, built: Path
) -> None:
    async with open_house(sqlite_town_url, web_dist=built) as house:
        client = await house.visitor()
        ready = await client.get("/assets/app-abc.js", headers={"Accept-Encoding": "gzip"})
        worker = await client.get("/assets/worker-abc.mjs", headers={"Accept-Encoding": "identity"})
        async with client.stream("GET", "/assets/app-abc.js", headers={"Accept-Encoding": "br"}) as brotli:
            raw = [chunk async for chunk in brotli.aiter_raw()]

    assert "immutable" in ready.headers["cache-control"]
    assert ready.headers["content-encoding"] == "gzip"
    assert (brotli.headers["content-encoding"], b"".join(raw)) == ("br", b"as if compressed")
    assert worker.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%00",
        "/assets/",
        f"/assets/{'a' * 5000}",
    ],
)
async def test_nothing_beside_the_app_can_be_fetched(sqlite_town_url: str, built: Path, path: str) -> None:
    async with open_house(sqlite_town_url, web_dist=built) as house:
        answer = await (await house.visitor()).get(path)

    assert answer.status_code == 404
    assert "not for you" not in answer.text


async def test_the_base_map_is_served_by_ranges_and_uncompressed(
    sqlite_town_url: str, tmp_path: Path
) -> None:
    base_map = tmp_path / "town.pmtiles"
    base_map.write_bytes(bytes(range(256)) * 20)
    async with open_house(sqlite_town_url, base_map=base_map) as house:
        client = await house.visitor()
        path = (await client.get("/api/config")).json()["map"]["pmtiles_url"]

        answer = await client.get(path, headers={"Range": "bytes=256-511"})

    assert (answer.status_code, answer.content) == (206, bytes(range(256)))
    assert answer.headers["content-range"] == "bytes 256-511/5120"
    assert answer.headers.get("content-encoding", "identity") == "identity"


async def test_before_the_app_is_built_a_page_says_what_to_run(sqlite_town_url: str, tmp_path: Path) -> None:
    async with open_house(sqlite_town_url, web_dist=tmp_path / "nowhere") as house:
        answer = await (await house.visitor()).get("/")

    assert answer.status_code == 503
    assert "./dev up" in answer.text


async def test_a_members_page_says_where_their_news_are(tmp_path: Path, sqlite_town_url: str) -> None:
    (tmp_path / "index.html").write_text("<html><head></head><body></body></html>")
    async with open_house(sqlite_town_url, web_dist=tmp_path) as house:
        member = (await (await house.join("Ana")).get("/api/session")).json()["member"]["id"]
        visitor = await house.visitor()
        page = (await visitor.get(f"/membres/{member}")).text
        feed = await visitor.get(f"/feeds/members/{member}.atom")

    link = f'<link rel="alternate" type="application/atom+xml" href="/feeds/members/{member}.atom">'
    assert link in page
    assert feed.headers["content-type"] == "application/atom+xml"
