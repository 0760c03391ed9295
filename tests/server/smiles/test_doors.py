"""What may be sent to the doors of smiles is refused in words, whatever it is; no stranger learns more."""

from typing import Any

import httpx
import pytest

from server.ids import new_id
from server.members import roles
from tests.server.house import House, a_request

DRAFT = "/api/conversations/{dialog}/exchanges"
STEPS = ("accept", "decline", "cancel", "finish", "confirm", "report")
COMPLAINTS = ("object", "dispute")
HUGE = 10**30
NOT_SMILES: tuple[Any, ...] = (-1, 1001, 0.5, HUGE, 2**53, "3", "", True, None, [], {})
NOT_VERSIONS: tuple[Any, ...] = (0, -1, 2**31, HUGE, 1.5, "1", True, None, [])
NOT_IDS: tuple[Any, ...] = ("", "me", "00000000-0000-0000-0000-00000000000G", 7, None, [], "\0", "a" * 5000)
NOT_MOMENTS: tuple[Any, ...] = (
    "",
    "yesterday",
    "2026-11-25",
    "2026-11-25T10:00:00",
    "9999-12-31T23:59:59Z",
    HUGE,
    True,
    {},
)


async def send(client: httpx.AsyncClient, path: str, body: Any, method: str = "POST") -> httpx.Response:
    return await client.request(method, path, json=body, headers={"Idempotency-Key": new_id()})


class Scene:
    """Ana and Bo in their dialog with an exchange proposed, and strangers at the door."""

    def __init__(self, ana: httpx.AsyncClient, bo: httpx.AsyncClient, ids: dict[str, str]) -> None:
        self.ana, self.bo, self.ids = ana, bo, ids

    def draft(self, **given: Any) -> dict[str, Any]:
        return {"id": new_id(), "helper": self.ids["bo"], "smiles": 1, **given}


@pytest.fixture
async def scene(house: House) -> Scene:
    """Two who have agreed on nothing yet."""
    ana, bo = await house.join("Ana"), await house.join("Bo")
    await house.work()
    listing = a_request()
    assert (await send(ana, "/api/listings", listing)).status_code == 201
    opened = await bo.put(f"/api/listings/{listing['id']}/dialog")
    dialog = opened.json()["conversation"]
    member = (await bo.get("/api/session")).json()["member"]["id"]
    return Scene(ana, bo, {"dialog": dialog, "bo": member, "listing": listing["id"]})


async def proposed(scene: Scene) -> str:
    answer = await send(scene.bo, DRAFT.format(**scene.ids), scene.draft())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def refused(answer: httpx.Response) -> None:
    """See that it is a refusal in words, for whoever sent it."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"]


@pytest.mark.parametrize(
    ("field", "values"),
    [("smiles", NOT_SMILES), ("helper", NOT_IDS), ("id", NOT_IDS), ("agreed_for", NOT_MOMENTS)],
)
async def test_what_is_not_a_proposal_is_refused(scene: Scene, field: str, values: tuple[Any, ...]) -> None:
    path = DRAFT.format(**scene.ids)

    for value in values:
        refused(await send(scene.bo, path, scene.draft(**{field: value})))

    refused(await send(scene.bo, path, {**scene.draft(), "more": 1}))
    refused(await send(scene.bo, path, scene.draft(helper=new_id())))
    refused(await send(scene.bo, path, scene.draft(note="x" * 5000)))
    assert (await scene.bo.get(path)).json() == {"exchanges": []}


async def test_a_step_of_no_version_or_without_words_is_refused(scene: Scene) -> None:
    exchange = await proposed(scene)

    for step in (*STEPS, *COMPLAINTS):
        for version in NOT_VERSIONS:
            body = {"version": version, "words": "Pas d’accord."}
            refused(await send(scene.ana, f"/api/exchanges/{exchange}/{step}", body))
    for words in ("", "  ", "x", None, 7, "x" * 5000):
        for step in COMPLAINTS:
            body = {"version": 1, "words": words}
            refused(await send(scene.ana, f"/api/exchanges/{exchange}/{step}", body))

    (known,) = (await scene.ana.get(DRAFT.format(**scene.ids))).json()["exchanges"]
    assert (known["state"], known["version"]) == ("proposed", 1)


async def test_to_strangers_and_moderators_an_exchange_of_others_is_not_there(
    house: House, scene: Scene
) -> None:
    exchange = await proposed(scene)
    stranger, moderator = await house.join("Eve"), await house.join("Josiane")
    await roles.set_moderator(house.site.database, "josiane@example.org", moderator=True)

    for client in (stranger, moderator):
        for number in (exchange, new_id()):
            said = [
                await send(client, f"/api/exchanges/{number}", {"version": 1, "smiles": 2}, "PATCH"),
                await send(client, f"/api/exchanges/{number}/shared", None, "PUT"),
                *[
                    await send(client, f"/api/exchanges/{number}/{step}", {"version": 1, "words": "Bonjour"})
                    for step in (*STEPS, *COMPLAINTS)
                ],
            ]
            assert {answer.status_code for answer in said} == {404}
        for dialog in (scene.ids["dialog"], new_id()):
            path = DRAFT.format(dialog=dialog)
            said = [await client.get(path), await send(client, path, scene.draft())]
            assert {answer.status_code for answer in said} == {404}


async def test_of_an_id_that_is_none_nothing_is_there(scene: Scene) -> None:
    for odd in ("me", "..", "%00", "1 OR 1=1", "é", "A" * 4000, new_id().upper()):
        said = [
            await scene.ana.get(f"/api/conversations/{odd}/exchanges"),
            await scene.ana.get(f"/api/members/{odd}/trust"),
            await send(scene.ana, f"/api/exchanges/{odd}/accept", {"version": 1}),
        ]
        assert {answer.status_code for answer in said} <= {404, 405}, odd


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/me/smiles"),
        ("GET", "/api/me/smiles/statement"),
        ("GET", "/api/me/smiles/statement.csv"),
        ("GET", "/api/me/smiles/months"),
        ("GET", "/api/me/invitation"),
        ("GET", "/api/me/invitation.svg"),
        ("GET", "/api/me/leaving"),
        ("DELETE", "/api/me"),
        ("GET", "/api/moderation/disputes"),
    ],
)
async def test_nobody_who_is_not_signed_in_comes_in(house: House, method: str, path: str) -> None:
    visitor = await house.visitor()

    answer = await visitor.request(method, path, json={} if method == "DELETE" else None)

    assert answer.status_code == 401
    refused(answer)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", f"limit={HUGE}", "limit=x", "kind=all&kind=held", "kind=x", "before=x", "more=1"],
)
async def test_a_statement_that_nobody_can_mean_is_refused(house: House, query: str) -> None:
    ana = await house.join("Ana")

    refused(await ana.get(f"/api/me/smiles/statement?{query}"))


@pytest.mark.parametrize(
    "body",
    [[], {"password": 7}, {"password": "x" * 201}, {"confirm": ["Ana"]}, {"confirm": "Ana", "more": 1}],
)
async def test_what_is_no_farewell_keeps_the_member(house: House, body: Any) -> None:
    ana = await house.join("Ana", password=None)

    refused(await ana.request("DELETE", "/api/me", json=body))

    assert (await ana.get("/api/session")).json()["member"]["name"] == "Ana"


@pytest.mark.parametrize("invitation", [7, True, [], {}, "x" * 65])
async def test_what_is_no_code_of_an_invitation_is_refused(house: House, invitation: Any) -> None:
    visitor = await house.visitor()
    body = {"email": "ana@example.org", "name": "Ana", "invitation": invitation}

    refused(await visitor.post("/api/members", json=body))
