"""The description of the interface is that of the routes, and a program that follows it finds no fault."""

from contextlib import suppress
from functools import cache
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.result import Ok, Result
from starlette.routing import Route

from server.about.openapi import document
from server.app import OPERATIONS
from server.http import Operation
from server.members import roles
from server.settings import Settings
from tests.server.house import ORIGIN, House, a_request

# For each operation and each of two modes: what follows the description, and what does not.
EXAMPLES = 6


async def description(house: House) -> dict[str, object]:
    answer = await (await house.visitor()).get("/api/openapi.json")
    described: dict[str, object] = answer.json()
    return described


async def test_every_route_is_described_and_everything_described_is_a_route(small_house: House) -> None:
    paths = (await description(small_house))["paths"]
    assert isinstance(paths, dict)
    described = {(path, method.upper()) for path, methods in paths.items() for method in methods}

    routes = {
        (route.path, method)
        for route in small_house.app.routes
        if isinstance(route, Route) and route.path.startswith(("/api/", "/feeds/", "/health"))
        for method in route.methods or ()
        if method != "HEAD"
    }

    assert described == routes


async def test_the_description_is_valid_openapi(small_house: House) -> None:
    described = await description(small_house)

    assert described["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(described).validate()


async def test_every_schema_is_valid_and_every_reference_leads_somewhere(small_house: House) -> None:
    described = await description(small_house)
    assert isinstance(described["components"], dict)

    for name, schema in described["components"]["schemas"].items():
        jsonschema_rs.validator_for({**schema, "components": described["components"]})
        assert schema.get("description") or "enum" in schema, f"{name} has no words"


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_every_operation_says_what_it_does_and_has_a_name_of_its_own(one: Operation) -> None:
    assert one.summary.endswith(".")
    assert [other for other in OPERATIONS if (other.domain, other.name) == (one.domain, one.name)] == [one]


async def test_the_page_of_the_interface_shows_every_operation_without_a_script(small_house: House) -> None:
    page = (await (await small_house.visitor()).get("/api")).text

    assert [one for one in OPERATIONS if f'id="{one.domain}.{one.name}"' not in page] == []
    assert "<script" not in page


# The schema does not say what only a mag has, which categories are whose, nor which photos there are.
OF_ANY_KIND: dict[str, Any] = {
    "category": "other",
    "smiles": 0,
    "starts_at": None,
    "ends_at": None,
    "photos": [],
}


@pytest.mark.parametrize("who", ["a stranger", "a member", "a moderator"])
async def test_whatever_a_program_sends_the_server_never_fails(small_house: House, who: str) -> None:
    client = await small_house.visitor()
    listing = a_request()
    answered, faults = set(), []
    if who != "a stranger":
        client = await small_house.join("Ana")
        key = {"Idempotency-Key": "for-this-test"}
        # What is drawn at random is hardly ever a listing that fits its kind.
        answered.add((await client.post("/api/listings", json=listing, headers=key)).status_code)
    if who == "a moderator":
        await roles.set_moderator(small_house.site.database, "ana@example.org", moderator=True)

    for case in cases():
        if (case.method, case.path) == ("DELETE", "/api/session"):
            # It would leave the rest to a stranger.
            continue
        answer = await send(client, case, listing["id"])
        answered.add(answer.status_code)
        if answer.status_code >= 500 and answer.json()["code"] != "geocoder_off":
            faults.append((answer.status_code, case.as_curl_command()))

    assert faults == []
    assert answered >= ({200, 400, 401, 404, 422} if who == "a stranger" else {200, 201, 404, 422})


@cache
def cases() -> list[Case[Any]]:
    """Return requests to every operation, some as described and some not; always the same ones."""
    schema = schemathesis.openapi.from_dict(document(OPERATIONS, Settings()))
    return [
        case
        for found in schema.get_all_operations()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        for case in examples(operation(found).as_strategy(generation_mode=mode))
    ]


def operation(
    found: Result[APIOperation[Any, Any, Any, Any], InvalidSchema],
) -> APIOperation[Any, Any, Any, Any]:
    """Return an operation that schemathesis understood; it must understand all of ours."""
    assert isinstance(found, Ok)
    return found.ok()


def examples(strategy: SearchStrategy[Case[Any]]) -> list[Case[Any]]:
    """Return what the strategy makes; nothing if there is nothing that could be wrong."""
    made: list[Case[Any]] = []

    @seed(2014)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=strategy)
    def collect(case: Case[Any]) -> None:
        made.append(case)

    with suppress(Unsatisfiable):
        collect()
    return made


async def send(client: httpx.AsyncClient, case: Case[Any], listing: str) -> httpx.Response:
    """Send `case`; of those to a listing, every second to one that is there. New ones fit their kind."""
    if "listings/{id}" in case.path and hash(case.id) % 2 == 0:
        case.path_parameters = {"id": listing}
    if case.path == "/api/listings" and isinstance(case.body, dict):
        case.body |= OF_ANY_KIND
    sent: dict[str, Any] = case.as_transport_kwargs(base_url=ORIGIN)
    cookies = sent.pop("cookies", None)
    headers = {name: value for name, value in (sent.pop("headers") or {}).items() if name.lower() != "cookie"}
    known = {
        name: sent[name] for name in ("params", "json", "content", "files") if sent.get(name) is not None
    }
    if isinstance(sent.get("data"), bytes | str):
        known["content"] = sent["data"]
    assert cookies is None or isinstance(cookies, dict)
    return await client.request(sent["method"], sent["url"], headers=headers, **known)
