"""What goes over the wire, byte for byte: nobody is sent what they could not have asked for (E6, P1)."""

import asyncio
import json
import shutil
import struct
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from geo.position import Point
from geo.sphere import distance_m
from realtime.protocol import Feed, Open, Ping, Watch
from realtime.shapes import Layer, Place, Scale
from tests.processes.street import Neighbour, WebProcess, moves_in
from tests.realtime.served import Client
from tests.server.board.town import REUNION, Town, town_at

CANARY = Place(lon=7.338912345678, lat=47.746198765432)
REASON = {"reason": "Pas ici, merci."}


@pytest.fixture(scope="module")
def web(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    path = tmp_path_factory.mktemp("raw") / "town.sqlite3"
    shutil.copy(migrated_sqlite, path)
    with WebProcess(f"sqlite+aiosqlite:///{path}") as process:
        yield process


@pytest.fixture
async def town(web: WebProcess) -> AsyncIterator[Town]:
    async with town_at(web.database_url) as made:
        yield made


@dataclass
class Ear:
    """A socket of which every raw frame is kept."""

    who: Neighbour
    socket: Client
    frames: list[str] = field(default_factory=list)

    async def hear(self) -> str:
        """Return all that came since last time, up to the answer to a question asked now."""
        await self.socket.ask(Ping(ref=4711))
        heard: list[str] = []
        async with asyncio.timeout(20):
            while not heard or '"pong"' not in heard[-1]:
                heard.append(str(await self.socket.socket.recv()))
        self.frames += heard
        return "\n".join(heard)


async def could_have_asked(web: WebProcess, ear: Ear, event: dict[str, Any]) -> bool:
    """Say whether who heard `event` is answered when asking for what it tells of."""
    match event:
        case {"type": "pin", "pin": {"id": listing}} | {"type": "listing", "listing": {"id": listing}}:
            return (await ear.who.ask(web, "GET", f"/api/listings/{listing}")).status_code == 200
        case {"type": "message", "message": {"id": message, "conversation": talk, "text": text}}:
            page = await ear.who.ask(web, "GET", f"/api/conversations/{talk}/messages?limit=200")
            found = page.json().get("messages", [])
            return any((one["id"], one["text"]) == (message, text) for one in found)
        case {"type": "typing" | "read" | "presence", "conversation": talk}:
            page = await ear.who.ask(web, "GET", f"/api/conversations/{talk}/messages")
            return page.status_code == 200
        case {"type": "activity", "conversation": conversation}:
            inbox = (await ear.who.ask(web, "GET", "/api/inbox")).json()
            return conversation in inbox.get("conversations", [])
        case {"type": "feed"}:
            return (await ear.who.ask(web, "POST", "/api/moderation/feed", {})).status_code == 200
        case {"type": "gone" | "listing_gone" | "pong" | "done" | "refused" | "sent"}:
            return True
    return False


async def test_nobody_hears_what_they_could_not_have_asked_for(web: WebProcess, town: Town) -> None:
    ana, bo, cy = [await moves_in(town, name) for name in ("Ana", "Bo", "Cy")]
    mo = await moves_in(town, "Mo", moderator=True)
    listing = await ana.publish(web, title="Soupe")
    thread, path = listing["thread"], f"/api/listings/{listing['id']}"
    dialog = (await bo.ask(web, "PUT", f"{path}/dialog")).json()["conversation"]
    others = {"nobody": Neighbour(), "cy": cy, "mo": mo}
    people = {"ana": ana, "bo": bo, **others}
    word = (await cy.say(web, thread, "Bonjour")).json()["id"]

    async with AsyncExitStack() as open_sockets:
        ears: dict[str, Ear] = {}
        for name, person in people.items():
            ears[name] = ear = Ear(person, await open_sockets.enter_async_context(person.socket(web)))
            await ear.socket.ask(Watch(at=REUNION, scale=Scale.NEAREST, layers=frozenset(Layer)))
            await ear.socket.ask(Feed(kinds=frozenset({"listing", "message"})))
            await ear.socket.ask(Open(conversation=thread))
            await ear.socket.ask(Open(conversation=dialog))
        heard = {name: await ear.hear() for name, ear in ears.items()}
        assert [name for name, text in heard.items() if '"moderators_only"' not in text] == ["mo"]
        assert [name for name, text in heard.items() if '"not_found"' not in text] == ["ana", "bo"]

        async def after(deed: Awaitable[httpx.Response]) -> dict[str, list[dict[str, Any]]]:
            """Let something happen; return what each heard of it, having checked that each might."""
            assert (await deed).status_code < 300
            told = {name: events_in(await ear.hear()) for name, ear in ears.items()}
            for name, ear in ears.items():
                for event in told[name]:
                    assert await could_have_asked(web, ear, event), (name, event)
            return told

        def hearers(told: dict[str, list[dict[str, Any]]], kind: str) -> set[str]:
            return {name for name, events in told.items() if any(one["type"] == kind for one in events)}

        told = await after(bo.say(web, dialog, "Entre nous"))
        assert hearers(told, "message") == {"ana", "bo"}
        told = await after(ana.ask(web, "POST", f"/api/conversations/{dialog}/read", {"seq": 1}))
        assert hearers(told, "read") == {"bo"}
        told = await after(ana.say(web, thread, "Pour tout le monde"))
        assert hearers(told, "message") == {*people}
        assert hearers(told, "feed") == {"mo"}
        told = await after(mo.ask(web, "POST", f"/api/moderation/messages/{word}/hide", REASON))
        assert hearers(told, "message") == {*people}

        told = await after(mo.ask(web, "POST", f"/api/moderation{path[4:]}/hide", REASON))
        assert hearers(told, "gone") == {*people}
        told = await after(mo.ask(web, "POST", f"/api/moderation/messages/{word}/restore", REASON))
        assert hearers(told, "message") <= {"ana", "mo"}
        told = await after(mo.ask(web, "POST", f"/api/moderation{path[4:]}/restore", REASON))
        assert hearers(told, "pin") == {*people}

        told = await after(ana.ask(web, "DELETE", path))
        assert hearers(told, "gone") == {*people}
        assert hearers(told, "message") == set()

    for name in others:
        heard_of_dialog = [frame for frame in ears[name].frames if dialog in frame or "Entre nous" in frame]
        assert heard_of_dialog == []


async def test_an_exact_home_is_nowhere_to_be_found(web: WebProcess, town: Town) -> None:
    ana, bo = await moves_in(town, "Ana"), await moves_in(town, "Bo")
    place = CANARY.model_dump()
    answers: list[httpx.Response] = []
    async with bo.socket(web) as screen:
        ear = Ear(bo, screen)
        await screen.ask(Watch(at=CANARY, scale=Scale.MILE, layers=frozenset(Layer)))
        answers.append(await ana.ask(web, "PATCH", "/api/me", {"home": place}))
        listing = await ana.publish(web, place=CANARY)
        path = f"/api/listings/{listing['id']}"
        change = {"version": 1, "title": "Tondre la haie", "place": place}
        answers.append(await ana.ask(web, "PATCH", path, change))
        answers.append(
            await ana.ask(web, "PATCH", path, {"version": 2, "precision": "exact", "place": place})
        )
        for who in (ana, bo):
            answers.append(await who.ask(web, "GET", path))
            answers.append(await who.ask(web, "POST", "/api/listings/around", {"at": place}))
        answers.append(await ana.ask(web, "GET", "/api/session"))
        answers.append(await ana.ask(web, "GET", "/api/me/listings"))
        box = (
            f"{CANARY.lon - 0.01:.4f},{CANARY.lat - 0.01:.4f},{CANARY.lon + 0.01:.4f},{CANARY.lat + 0.01:.4f}"
        )
        answers.append(await bo.ask(web, "GET", f"/api/listings?bbox={box}"))
        answers.append(await bo.ask(web, "GET", "/metrics"))
        await ear.hear()

    assert [answer.status_code for answer in answers] == [200, 200, 422, *[200] * (len(answers) - 3)]
    assert sum(listing["id"] in answer.text for answer in answers) == 7
    assert any(listing["id"] in frame for frame in ear.frames)
    kept = [Path(f"{town.database.url.partition('///')[2]}{end}") for end in ("", "-wal")]
    everything = [
        *(answer.content + str(answer.headers).encode() for answer in answers),
        *(frame.encode() for frame in ear.frames),
        web.log.read_bytes(),
        *(path.read_bytes() for path in kept if path.exists()),
    ]
    assert len(everything) == len(answers) + len(ear.frames) + 3
    for where, text in enumerate(everything):
        for trace in traces(CANARY):
            assert trace not in text, where


def traces(place: Place) -> list[bytes]:
    """Return how a position would be found again: its digits, to about a metre, and its bytes."""
    digits = [f"{place.lon:.12f}"[:8], f"{place.lat:.12f}"[:9]]
    numbers = [struct.pack(order, number) for order in ("<d", ">d") for number in (place.lon, place.lat)]
    return [*(one.encode() for one in digits), *numbers]


def events_in(text: str) -> list[dict[str, Any]]:
    """Return the events in `text`, one a line."""
    return [json.loads(line) for line in text.splitlines()]


async def test_a_published_point_is_anywhere_in_the_cell_of_the_click(web: WebProcess, town: Town) -> None:
    clicked = Point(CANARY.lon, CANARY.lat)

    shown = [await (await moves_in(town, f"Membre {n}")).publish(web, place=CANARY) for n in range(8)]

    metres = [distance_m(clicked, Point(one["lon"], one["lat"])) for one in shown]
    assert len({*metres}) == 8
    assert max(metres) < 430
    assert max(metres) > 75
