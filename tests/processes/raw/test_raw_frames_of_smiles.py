"""What goes over the wire of smiles, byte for byte: an exchange is two people's, a purse is one's (E6)."""

from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Any

import httpx

from realtime.protocol import Feed, Open, Watch
from realtime.shapes import Layer, Scale
from server.ids import new_id
from tests.processes.ears import Ear, could_have_asked, events_in
from tests.processes.pairs import step
from tests.processes.street import Neighbour, WebProcess, grant, moves_in
from tests.server.board.town import REUNION, Town

NOTE, PRIVATE, WORDS, VERDICT = "Canari-accord", "Canari-entre-nous", "Canari-raison", "Canari-verdict"


class Room:
    """Everybody with a socket that listens to all there is; `told` is what each heard of the last deed."""

    def __init__(self, web: WebProcess, ears: dict[str, Ear]) -> None:
        self.web, self.ears = web, ears
        self.told: dict[str, list[dict[str, Any]]] = {}

    async def after(self, deed: Awaitable[httpx.Response]) -> Any:
        """Let something happen; note what each heard of it, having checked that each might; return it."""
        answer = await deed
        assert answer.status_code < 300, answer.text
        self.told = {name: events_in(await ear.hear()) for name, ear in self.ears.items()}
        for name, ear in self.ears.items():
            for event in self.told[name]:
                assert await could_have_asked(self.web, ear, event), (name, event)
        return answer.json() if answer.content else None

    def hearers(self, kind: str) -> set[str]:
        """Return who heard an event of this kind of the last deed."""
        return {name for name, events in self.told.items() if any(one["type"] == kind for one in events)}

    def heard(self, *words: str) -> set[str]:
        """Return who has ever been sent any of `words`."""
        return {
            name
            for name, ear in self.ears.items()
            if any(word in frame for frame in ear.frames for word in words)
        }


async def listen(web: WebProcess, people: dict[str, Neighbour], stack: AsyncExitStack, *talks: str) -> Room:
    """Open everybody's socket, each of which asks for all there is."""
    ears: dict[str, Ear] = {}
    for name, person in people.items():
        ears[name] = ear = Ear(person, await stack.enter_async_context(person.socket(web)))
        await ear.socket.ask(Watch(at=REUNION, scale=Scale.NEAREST, layers=frozenset(Layer)))
        await ear.socket.ask(Feed(kinds=frozenset({"listing", "message", "dispute"})))
        for talk in talks:
            await ear.socket.ask(Open(conversation=talk))
        await ear.hear()
    return Room(web, ears)


async def test_an_exchange_is_told_to_its_two_and_a_purse_to_its_one_and_a_dispute_to_moderators(
    web: WebProcess, town: Town
) -> None:
    ana, bo, cy = [await moves_in(town, name) for name in ("Ana", "Bo", "Cy")]
    mo = await moves_in(town, "Mo", moderator=True)
    await grant(town, bo.id, 10)
    listing = await ana.publish(web, kind="offer", title="Soupe")
    dialog = (await bo.ask(web, "PUT", f"/api/listings/{listing['id']}/dialog")).json()["conversation"]
    await bo.say(web, dialog, PRIVATE)
    people = {"nobody": Neighbour(), "ana": ana, "bo": bo, "cy": cy, "mo": mo}
    exchange = new_id()
    draft = {"id": exchange, "helper": ana.id, "smiles": 4, "agreed_for": None, "note": NOTE}
    exchanges = f"/api/conversations/{dialog}/exchanges"
    path = f"/api/moderation/disputes/{exchange}"

    async with AsyncExitStack() as stack:
        room = await listen(web, people, stack, listing["thread"], dialog)

        stands = await room.after(bo.ask(web, "POST", exchanges, draft))
        assert (room.hearers("message"), room.hearers("purse")) == ({"ana", "bo"}, set())
        stands = await room.after(step(ana, web, "accept", stands))
        assert (room.hearers("message"), room.hearers("purse")) == ({"ana", "bo"}, {"bo"})
        assert room.hearers("pin") == {*people}
        stands = await room.after(step(ana, web, "finish", stands))
        assert (room.hearers("message"), room.hearers("purse")) == ({"ana", "bo"}, set())
        assert room.heard(NOTE, PRIVATE, dialog, exchange) == {"ana", "bo"}
        assert (await mo.ask(web, "GET", path)).status_code == 404

        stands = await room.after(step(bo, web, "dispute", stands, WORDS))
        assert (room.hearers("message"), room.hearers("feed")) == ({"ana", "bo"}, {"mo"})
        assert room.heard(WORDS) == {"ana", "bo", "mo"}
        assert room.heard(NOTE, PRIVATE, dialog) == {"ana", "bo"}
        unshared = await mo.ask(web, "GET", path)
        assert (unshared.json()["messages"], PRIVATE in unshared.text) == (None, False)
        assert [answer.status_code for answer in await asked_by_strangers(web, people, exchanges, path)] == (
            [401, 404, 404, 401, 403, 401, 404, 404]
        )

        await room.after(ana.ask(web, "PUT", f"/api/exchanges/{exchange}/shared"))
        assert PRIVATE in (await mo.ask(web, "GET", path)).text
        verdict = {"version": stands["version"], "to_helper": 1, "reason": VERDICT}
        await room.after(mo.ask(web, "POST", f"{path}/settle", verdict))
        assert (room.hearers("message"), room.hearers("purse")) == ({"ana", "bo"}, {"ana", "bo"})
        assert room.hearers("feed") == {"mo"}
        assert room.hearers("pin") == {*people}
        purses = {
            name: event["purse"]
            for name in ("ana", "bo")
            for event in room.told[name]
            if event["type"] == "purse"
        }

    assert {name: (one["balance"], one["held"]) for name, one in purses.items()} == {
        "ana": (1, 0),
        "bo": (9, 0),
    }
    assert room.heard(NOTE, PRIVATE, dialog) == {"ana", "bo"}
    assert room.heard(WORDS, VERDICT, exchange) == {"ana", "bo", "mo"}
    shown = await Neighbour().ask(web, "GET", f"/api/members/{ana.id}/trust")
    assert shown.status_code == 200
    for canary in (NOTE, PRIVATE, WORDS, VERDICT):
        assert canary not in shown.text
        assert canary not in web.written()


async def asked_by_strangers(
    web: WebProcess, people: dict[str, Neighbour], exchanges: str, dispute: str
) -> list[httpx.Response]:
    """Ask for what is two people's, or moderators', as nobody, as another member, as a moderator."""
    asked = [await people[name].ask(web, "GET", exchanges) for name in ("nobody", "cy", "mo")]
    asked += [await people[name].ask(web, "GET", dispute) for name in ("nobody", "cy")]
    step_in = {"version": 4}
    path = f"/api/exchanges/{dispute.rpartition('/')[2]}/confirm"
    asked += [await people[name].ask(web, "POST", path, step_in) for name in ("nobody", "cy", "mo")]
    return asked
