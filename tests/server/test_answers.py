"""What holds for every answer: its language and its length, and the line that is written of it."""

from typing import Any

import pytest
import structlog

from server.ids import new_id
from tests.server.house import House, problem


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
