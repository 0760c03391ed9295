"""Where a request may come from, and what the browser is told to trust."""

from pathlib import Path

import pytest

from server.edge.headers import content_security_policy
from server.settings import Settings
from tests.server.house import ORIGIN, House, a_newcomer, open_house, problem

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:8001"},
    {"Origin": "https://localhost:8000"},
    {"Origin": "", "Sec-Fetch-Site": "cross-site"},
]
OURS = [
    {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://friend.example"},
]


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
