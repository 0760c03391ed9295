"""What every request passes: where it comes from, what the browser is told, what is written down."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from server.edge.headers import content_security_policy
from server.ids import new_id
from server.settings import Settings
from tests.server.house import ORIGIN, House, a_newcomer, a_request, open_house, problem
from tests.server.photos.sending import sent

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:8001"},
    {"Origin": "https://localhost:8000"},
    {"Origin": "", "Sec-Fetch-Site": "cross-site"},
]
# Written here, not made: each process of a run must find the same tests.
DIALOG = "01a226e8-ca6c-7017-a6d9-4c72914b0524"
BASEL = {"lon": 7.5886, "lat": 47.5596}
OURS = [
    {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://friend.example"},
]


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


def policy(header: str) -> dict[str, set[str]]:
    rules = (rule.split() for rule in header.split(";"))
    return {name: set(values) for name, *values in rules}


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_page_of_another_site_may_change_nothing(small_house: House, headers: dict[str, str]) -> None:
    client = await small_house.visitor()
    if not headers["Origin"]:
        del client.headers["Origin"]
    sent = {name: value for name, value in headers.items() if value}

    answers = [
        await client.post("/api/members", json=a_newcomer(), headers=sent),
        await client.delete("/api/session", headers=sent),
        await client.patch("/api/me", json={}, headers=sent),
    ]

    assert [problem(answer) for answer in answers] == [(403, "cross_site")] * 3
    assert await small_house.mails() == []


@pytest.mark.parametrize("headers", OURS)
async def test_our_own_pages_and_those_allowed_may(sqlite_town_url: str, headers: dict[str, str]) -> None:
    async with open_house(sqlite_town_url, allowed_origins=("http://friend.example",)) as house:
        client = await house.visitor()

        answer = await client.post("/api/members", json=a_newcomer(), headers=headers)

    assert answer.status_code == 202


async def test_a_program_that_is_no_browser_may(small_house: House) -> None:
    client = await small_house.visitor()
    del client.headers["Origin"]

    answer = await client.post("/api/members", json=a_newcomer())

    assert answer.status_code == 202


async def test_no_answer_lets_another_site_read_it(small_house: House) -> None:
    client = await small_house.visitor(Origin="https://evil.example")

    answer = await client.get("/api/session")

    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/nothing", "/dev/mail", "/api", "/metrics"])
async def test_every_page_tells_the_browser_to_trust_only_us(small_house: House, path: str) -> None:
    answer = await (await small_house.visitor()).get(path)

    told = policy(answer.headers["content-security-policy"])
    assert told["default-src"] == {"'none'"}
    assert told["script-src"] == {"'self'"}
    assert told["frame-ancestors"] == {"'none'"}
    assert not [rule for rule in told.values() if rule & {"'unsafe-inline'", "'unsafe-eval'", "*", "https:"}]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/api/config", "/api/nothing", "/api/listings?bbox=7,47,8,48", "/api/me/sessions"]
)
@pytest.mark.parametrize("public_url", ["http://localhost:8000", "https://town.example"])
async def test_data_may_load_nothing_at_all(sqlite_town_url: str, path: str, public_url: str) -> None:
    async with open_house(sqlite_town_url, public_url=public_url) as house:
        answer = await (await house.visitor()).get(path)

    assert answer.headers.get_list("content-security-policy") == [
        "default-src 'none'; frame-ancestors 'none'"
    ]
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert ("strict-transport-security" in answer.headers) == public_url.startswith("https")


def test_the_map_may_load_from_the_hosts_of_the_settings_and_no_others() -> None:
    settings = Settings(
        style_url="https://maps.example/style.json", dark_style_url=None, map_hosts=("https://tiles.example",)
    )

    told = policy(content_security_policy(settings))

    outside = {one for values in told.values() for one in values if one.startswith("https:")}
    assert outside == {"https://maps.example", "https://tiles.example"}
    assert told["script-src"] == {"'self'"}


def test_with_a_base_map_of_ones_own_no_other_host_is_asked(tmp_path: Path) -> None:
    told = content_security_policy(Settings(base_map=tmp_path / "town.pmtiles"))

    assert "https:" not in told


async def test_the_pages_that_we_write_allow_their_own_style_by_its_hash(small_house: House) -> None:
    answer = await (await small_house.visitor()).get("/dev/mail")

    styles = policy(answer.headers["content-security-policy"])["style-src"]
    assert len([one for one in styles if one.startswith("'sha256-")]) == 1
    assert "<script" not in answer.text
    assert " style=" not in answer.text


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


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api", "/metrics"])
async def test_text_is_compressed_for_those_who_take_it_and_caches_are_told(
    small_house: House, path: str
) -> None:
    client = await small_house.visitor()

    plain, packed = [
        await client.get(path, headers={"Accept-Encoding": takes}) for takes in ("identity", "br, gzip;q=0.5")
    ]

    assert ("content-encoding" in plain.headers, packed.headers["content-encoding"]) == (False, "gzip")
    assert "accept-encoding" in plain.headers["vary"].lower()
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert int(packed.headers["content-length"]) < len(plain.content) / 2


async def test_a_request_leaves_one_line_with_its_route_and_nothing_personal(small_house: House) -> None:
    client = await small_house.visitor()
    with structlog.testing.capture_logs() as lines:
        await client.get(f"/api/members/{new_id()}?who=ana@example.org", headers={"User-Agent": "Mozilla"})

    (line,) = [line for line in lines if line["event"] == "request"]
    assert {"method", "route", "status", "ms", "network", "event", "log_level"} == set(line)
    assert (line["route"], line["status"], line["network"]) == ("/api/members/{id}", 404, "192.0.2.0/24")


async def test_requests_are_counted_by_route_and_not_by_path(small_house: House) -> None:
    client = await small_house.visitor()
    for _ in range(3):
        await client.get(f"/api/members/{new_id()}")
    await client.get("/anything/at/all")

    page = (await client.get("/metrics")).text

    assert 'onemile_http_requests_total{method="GET",route="/api/members/{id}",status="404"} 3.0' in page
    assert 'onemile_http_requests_total{method="GET",route="-",status="404"} 1.0' in page
    assert "onemile_realtime_sockets 0.0" in page


@pytest.mark.parametrize(
    ("path", "kind"), [("/nothing", "text/html"), ("/api/nothing", "application/problem+json")]
)
async def test_what_is_not_there_is_a_page_for_people_and_a_problem_for_programs(
    small_house: House, path: str, kind: str
) -> None:
    answer = await (await small_house.visitor()).get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(kind)


async def test_another_method_is_refused_with_those_that_are_known(small_house: House) -> None:
    answer = await (await small_house.visitor()).put("/api/session")

    assert problem(answer) == (405, "method_not_allowed")
    assert "POST" in answer.headers["allow"]
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("fr-CA, en;q=0.5", "Connectez-vous d’abord."),
        ("en-GB", "Sign in first."),
        ("de, en;q=0.7, fr;q=0.3", "Sign in first."),
        ("pt", "Connectez-vous d’abord."),
        ("x" * 5000, "Connectez-vous d’abord."),
        ("en;q=many", "Connectez-vous d’abord."),
    ],
)
async def test_a_refusal_is_in_the_readers_language(small_house: House, asked: str, title: str) -> None:
    client = await small_house.visitor(**{"Accept-Language": asked})

    answer = await client.get("/api/me/sessions")

    assert problem(answer) == (401, "sign_in_first")
    assert answer.json()["title"] == title


async def test_a_member_is_answered_in_their_own_language(small_house: House) -> None:
    client = await small_house.join("Ana", locale="en")

    answer = await client.get("/api/moderation/audit", headers={"Accept-Language": "fr"})

    assert problem(answer) == (403, "moderators_only")
    assert answer.json()["title"] == "Only moderators may do that."


async def test_who_hangs_up_in_the_middle_of_a_sentence_is_no_fault_of_ours(small_house: House) -> None:
    headers = [(b"host", b"localhost:8000"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/api/places", "query_string": b"", "headers": headers}
    said: list[Any] = []
    coming = iter([{"type": "http.request", "body": b'{"te', "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(coming)

    async def send(message: Any) -> None:
        said.append(message)

    await small_house.app(scope, receive, send)

    assert said[0]["status"] == 400


async def test_the_small_map_is_the_one_page_that_others_may_frame(
    tmp_path: Path, sqlite_town_url: str
) -> None:
    for name in ("index.html", "embed.html"):
        (tmp_path / name).write_text("<html><head></head><body></body></html>")
    async with open_house(sqlite_town_url, web_dist=tmp_path) as house:
        visitor = await house.visitor()
        framed, page = await visitor.get("/embed?cell=50977-45310"), await visitor.get("/")

    rules, usual = [policy(one.headers["content-security-policy"]) for one in (framed, page)]
    assert rules == {**usual, "frame-ancestors": {"*"}, "form-action": {"'none'"}}
    assert "x-frame-options" not in framed.headers
    assert page.headers["x-frame-options"] == "DENY"
    assert usual["frame-ancestors"] == {"'none'"}
    assert "geolocation=()" in framed.headers["permissions-policy"]
    assert framed.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in framed.headers
    assert 'id="config"' in framed.text


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
