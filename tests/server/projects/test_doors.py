"""Every operation of projects, asked by everybody, through the front door: who is answered, who is not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from server.app import OPERATIONS
from server.clock import now
from server.ids import new_id
from server.members import roles
from tests.server.house import REUNION, House, open_house, problem

# Who asks: nobody, another member, the owner, one of the team, who supports it, a moderator.
ROLES = ("nobody", "other", "owner", "team", "supporter", "moderator")
STEP = {"version": 1}
MEMBERS = (401, 200, 200, 200, 200, 200)
TEAM = (401, 403, 200, 200, 403, 403)
# Whoever may not know of a pledge or a gift is told that there is none.
OWN = (401, 404, 403, 403, 200, 404)
RECEIVE = (401, 404, 200, 200, 403, 404)

# The operation, method and path, the body, and the answers in the order of ROLES. A body that is a function
# is made anew for each; `version` is filled in.
TABLE: list[tuple[str, str, str, Any, tuple[int, ...]]] = [
    ("view", "GET", "/api/projects/{project}", None, (200,) * 6),
    ("list_hidden", "GET", "/api/me/hidden-projects", None, MEMBERS),
    ("list_far", "POST", "/api/projects/far", {"at": REUNION}, (200,) * 6),
    ("list_supports", "GET", "/api/projects/{project}/pledges", None, TEAM),
    ("promise", "POST", "/api/projects/{project}/pledges", {"cents": 500}, (401, 201, 409, 201, 201, 201)),
    ("give", "POST", "/api/projects/{project}/gifts", {"smiles": 1}, (401, 201, 409, 201, 201, 201)),
    ("withdraw_pledge", "POST", "/api/pledges/{pledge}/withdraw", STEP, OWN),
    ("withdraw_gift", "POST", "/api/gifts/{gift}/withdraw", STEP, OWN),
    ("receive_pledge", "POST", "/api/pledges/{pledge}/receive", STEP, RECEIVE),
    ("unreceive_pledge", "POST", "/api/pledges/{received}/unreceive", {"version": 2}, RECEIVE),
    (
        "post_update",
        "POST",
        "/api/projects/{project}/updates",
        {"text": "Merci !"},
        (401, 403, 201, 201, 403, 403),
    ),
    ("invite_to_team", "POST", "/api/projects/{project}/team/link", None, (401, 403, 200, 403, 403, 403)),
    ("join_team", "POST", "/api/projects/{project}/team", {"code": "a" * 22}, (401, 422, 200, 200, 422, 422)),
    ("leave_team", "DELETE", "/api/projects/{project}/team/{team}", None, (401, 403, 204, 204, 403, 403)),
    ("close_project", "POST", "/api/projects/{project}/close", "version", (401, 403, 200, 403, 403, 403)),
    ("cancel_project", "POST", "/api/projects/{project}/cancel", "version", (401, 403, 200, 403, 403, 403)),
    ("release_smiles", "POST", "/api/projects/{over}/release", "version", (401, 403, 200, 403, 403, 403)),
    ("return_smiles", "POST", "/api/projects/{over}/return", "version", (401, 403, 200, 403, 403, 403)),
]


def test_every_operation_of_projects_stands_in_the_table() -> None:
    assert {line[0] for line in TABLE} == {one.name for one in OPERATIONS if one.domain == "projects"}


async def ask(
    who: httpx.AsyncClient, method: str, path: str, body: Any = None, key: str = ""
) -> httpx.Response:
    headers = {"Idempotency-Key": key or new_id()}
    return await who.request(method, path, json=body, headers=headers)


class Scene:
    """A project with everybody around it, and another that is over and whose smiles wait."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.who: dict[str, httpx.AsyncClient] = {}
        self.ids: dict[str, str] = {}

    async def move_in(self) -> None:
        self.who["nobody"] = await self.house.visitor()
        for role in ROLES[1:]:
            self.who[role] = await self.house.join(role.capitalize())
        await roles.set_moderator(self.house.site.database, "moderator@example.org", moderator=True)
        # Who joined last is given their smiles by a job too.
        await self.house.work()

    async def lay_out(self) -> None:
        """Begin anew with two projects on which nothing was done yet."""
        self.ids["project"], self.ids["over"] = await self._publish(), await self._publish()
        me = (await self.who["team"].get("/api/session")).json()["member"]
        self.ids["team"] = me["id"]
        link = await ask(self.who["owner"], "POST", self.at("/api/projects/{project}/team/link"))
        await ask(self.who["team"], "POST", self.at("/api/projects/{project}/team"), link.json())
        self.ids["pledge"] = await self._support("pledges", {"cents": 2000})
        self.ids["received"] = await self._support("pledges", {"cents": 3000})
        await ask(self.who["owner"], "POST", self.at("/api/pledges/{received}/receive"), STEP)
        self.ids["gift"] = await self._support("gifts", {"smiles": 2})
        await self._support("gifts", {"smiles": 2}, "over")
        await ask(
            self.who["owner"], "POST", self.at("/api/projects/{over}/close"), await self.version("over")
        )

    def at(self, path: str) -> str:
        return path.format_map(self.ids)

    async def version(self, project: str) -> dict[str, int]:
        shown = await self.who["owner"].get(f"/api/projects/{self.ids[project]}")
        return {"version": shown.json()["listing"]["version"]}

    async def body(self, wanted: Any, path: str) -> Any:
        if wanted == "version":
            return await self.version("over" if "{over}" in path else "project")
        if isinstance(wanted, dict) and {*wanted} & {"cents", "smiles", "text"}:
            return {"id": new_id(), **wanted}
        return wanted

    async def _publish(self) -> str:
        draft = {
            "id": new_id(),
            "kind": "project",
            "title": "Un jardin partagé",
            "text": "Des bacs, de la terre et des bras.",
            "category": "environment",
            "place": REUNION,
            "project": {
                "reach": "local",
                "target_cents": 50_000,
                "target_smiles": 50,
                "closes_at": (now() + timedelta(days=9)).isoformat(),
                "instructions": "En espèces, le samedi.",
            },
        }
        made = await ask(self.who["owner"], "POST", "/api/listings", draft)
        assert made.status_code == 201, made.text
        return str(draft["id"])

    async def _support(self, what: str, given: dict[str, int], project: str = "project") -> str:
        draft = {"id": new_id(), **given}
        made = await ask(self.who["supporter"], "POST", self.at(f"/api/projects/{{{project}}}/{what}"), draft)
        assert made.status_code == 201, made.text
        return str(draft["id"])


@pytest.fixture
async def scene(sqlite_town_url: str) -> AsyncIterator[Scene]:
    """Everybody, with smiles enough for all that is tried."""
    async with open_house(sqlite_town_url, smiles_grant=1000) as house:
        made = Scene(house)
        await made.move_in()
        await made.lay_out()
        yield made


@pytest.mark.parametrize("role", ROLES)
async def test_each_operation_answers_those_for_whom_it_is(scene: Scene, role: str) -> None:
    found, expected = {}, {}
    for name, method, path, body, answers in TABLE:
        sent = await scene.body(body, path)
        answer = await ask(scene.who[role], method, scene.at(path), sent)
        found[name], expected[name] = answer.status_code, answers[ROLES.index(role)]
        if answer.is_success:
            # It has changed something: the next line begins anew.
            await scene.lay_out()

    assert found == expected


async def test_a_step_whose_answer_was_lost_is_taken_once(scene: Scene) -> None:
    supporter, path = scene.who["supporter"], scene.at("/api/projects/{project}/gifts")
    draft = {"id": new_id(), "smiles": 3}

    answers = await asyncio.gather(*(ask(supporter, "POST", path, draft, "the-same-key") for _ in range(8)))
    other = await ask(supporter, "POST", path, {**draft, "smiles": 4}, "the-same-key")
    anew = await ask(supporter, "POST", path, draft)

    assert {one.text for one in answers} == {anew.text}
    assert problem(other) == (409, "idempotency_key_reused")
    shown = (await supporter.get(scene.at("/api/projects/{project}"))).json()
    assert shown["listing"]["progress"]["given_smiles"] == 2 + 3


async def test_no_amount_and_no_instruction_reaches_who_is_not_concerned(scene: Scene) -> None:
    path = scene.at("/api/projects/{project}")
    for role in ("nobody", "other", "moderator"):
        page = (await scene.who[role].get(path)).json()
        assert page["terms"]["instructions"] is None
        assert page["mine"] == {"pledges": [], "gifts": []}
        assert [sorted(one) for one in page["supporters"]] == [["at", "person", "what"]] * 2
