"""A clock that is an hour off in one process of several: nothing is lost by it, or late."""

from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from server.ids import new_id
from server.mail import ShownMailRow
from server.members.models import MemberRow
from tests.faults.world import World
from tests.processes.street import Neighbour, WebProcess, moves_in
from tests.server.board.town import REUNION, Town
from tests.waiting import until


@pytest.fixture(scope="module", params=["clock ahead", "clock behind"])
def wrong(request: pytest.FixtureRequest, world_of_module: World) -> Iterator[WebProcess]:
    """A process that was started on a machine whose clock is wrong."""
    web = world_of_module.webs[0]
    web.kill()
    web.sabotage(request.param)
    web.start()
    web.sabotage()
    assert "clock_corrected" in web.written()
    yield web
    web.kill()


async def test_a_link_asked_for_where_the_clock_is_wrong_comes_at_once_and_signs_in_elsewhere(
    world: World, town: Town, wrong: WebProcess
) -> None:
    ana, right = await moves_in(town, "Ana"), world.webs[1]
    async with town.database.read() as session:
        email = (await session.get_one(MemberRow, ana.id)).email

    async def link() -> str | None:
        async with town.database.read() as session:
            letters = select(ShownMailRow).where(ShownMailRow.to == email)
            found = (await session.exec(letters.order_by(col(ShownMailRow.id).desc()))).first()
        return found.link if found else None

    async def came() -> bool:
        return await link() is not None

    asked = await Neighbour().ask(wrong, "POST", "/api/session/link", {"email": email})
    await until(came, "the letter comes")
    token = (await link() or "").partition("#")[2]
    used = await Neighbour().ask(right, "POST", "/api/session/link/use", {"token": token})

    assert (asked.status_code, used.status_code) == (202, 200)


async def test_one_key_is_one_effect_and_a_session_is_one_whatever_the_clocks_say(
    world: World, town: Town, wrong: WebProcess
) -> None:
    ana, right = await moves_in(town, "Ana"), world.webs[1]
    draft = {"id": new_id(), "kind": "request", "title": "Soupe", "text": "Chaude.", "category": "garden"}
    body = {**draft, "place": REUNION.model_dump()}

    first = await ana.ask(wrong, "POST", "/api/listings", body, key="once-and-only")
    again = await ana.ask(right, "POST", "/api/listings", body, key="once-and-only")
    here, there = [(await ana.ask(web, "GET", "/api/session")).json() for web in (wrong, right)]

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert here == there
    assert here["member"]["id"] == ana.id
