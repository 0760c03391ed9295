"""What goes over the wire, byte for byte: nobody is sent what they could not have asked for (E6, P1)."""

import struct
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from geo.position import Point
from geo.sphere import distance_m
from realtime.protocol import Feed, Open, Watch
from realtime.shapes import Layer, Place, Scale
from server.clock import now
from server.ids import new_id
from tests.processes.ears import Ear, could_have_asked, events_in
from tests.processes.street import Neighbour, WebProcess, moves_in
from tests.server.board.town import REUNION, Town
from tests.server.photos.pictures import file, scene

CANARY = Place(lon=7.338912345678, lat=47.746198765432)
REASON = {"reason": "Pas ici, merci."}
PHOTO = file(scene(64, 48))


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


async def test_of_a_hidden_avatar_everybody_is_told_its_name_and_nothing_else(
    web: WebProcess, town: Town
) -> None:
    ana, bo = await moves_in(town, "Ana"), await moves_in(town, "Bo")
    mo = await moves_in(town, "Mo", moderator=True)
    name, sanction = await ana.shows(web, PHOTO), f"/api/moderation/members/{ana.id}/avatar"
    people = {"nobody": Neighbour(), "bo": bo, "mo": mo}
    async with AsyncExitStack() as open_sockets:
        ears = {
            who: Ear(person, await open_sockets.enter_async_context(person.socket(web)))
            for who, person in people.items()
        }

        for act, hidden in (("hide", True), ("hide", None), ("restore", False)):
            answer = await mo.ask(web, "POST", f"{sanction}/{act}", {**REASON, "avatar": name})
            assert answer.status_code == 204, answer.text
            for ear in ears.values():
                told = events_in(await ear.hear())[:-1]
                news = [] if hidden is None else [{"type": "avatar", "avatar": name, "hidden": hidden}]
                assert told == news
                assert all([await could_have_asked(web, ear, event) for event in told])
            photo = [
                (await who.ask(web, "GET", f"/photos/{name}-64.webp")).status_code
                for who in (Neighbour(), bo, ana, mo)
            ]
            assert photo == ([200] * 4 if hidden is False else [404, 404, 200, 200])

    assert all(REASON["reason"] not in frame for ear in ears.values() for frame in ear.frames)


async def test_a_layer_that_is_off_is_told_nothing(web: WebProcess, town: Town) -> None:
    ana, bo, cy = [await moves_in(town, name) for name in ("Ana", "Bo", "Cy")]
    mo = await moves_in(town, "Mo", moderator=True)
    soon = (now() + timedelta(hours=2)).isoformat()
    mag: dict[str, Any] = {"kind": "mag", "category": "shop", "title": "Le four", "text": "Du **pain**"}
    async with AsyncExitStack() as open_sockets:
        screens = {
            "off": (Neighbour(), Scale.MILE, {Layer.REQUEST, Layer.OFFER, Layer.PROJECT}),
            "off, far": (bo, Scale.NEAREST, {Layer.REQUEST, Layer.OFFER, Layer.PROJECT}),
            "on": (cy, Scale.MILE, {Layer.MAG}),
            "on, far": (Neighbour(), Scale.NEAREST, {*Layer}),
        }
        ears: dict[str, Ear] = {}
        for name, (who, scale, layers) in screens.items():
            ears[name] = ear = Ear(who, await open_sockets.enter_async_context(who.socket(web)))
            await ear.socket.ask(Watch(at=REUNION, scale=scale, layers=frozenset(layers)))
            await ear.hear()

        listing = await ana.publish(web, **mag)
        path = f"/api/listings/{listing['id']}"
        for version, change in enumerate(
            ({"category": "event", "starts_at": soon}, {"text": "Du *gâteau*"}, {"title": "Le four neuf"}), 1
        ):
            answer = await ana.ask(web, "PATCH", path, {"version": version, **change})
            assert answer.status_code == 200, answer.text
        await cy.say(web, listing["thread"], "Miam")
        await mo.ask(web, "POST", f"/api/moderation{path[4:]}/hide", REASON)
        await mo.ask(web, "POST", f"/api/moderation{path[4:]}/restore", REASON)
        await ana.ask(web, "POST", f"{path}/close")
        heard = {name: await ear.hear() for name, ear in ears.items()}

        # Whoever shows the layer after that is shown what is there then.
        await ana.ask(web, "POST", f"{path}/reopen")
        await ears["off"].hear()
        await ears["off"].socket.ask(Watch(at=REUNION, scale=Scale.MILE, layers=frozenset(Layer)))
        shown = await ears["off"].hear()

    for name in ("off", "off, far"):
        assert [one["type"] for one in events_in(heard[name])] == ["pong"]
    for name in ("on", "on, far"):
        told = [one["type"] for one in events_in(heard[name]) if one["type"] in {"pin", "gone"}]
        assert told == ["pin", "pin", "pin", "pin", "gone", "pin", "gone"]
    assert listing["id"] in shown


async def test_a_projects_progress_is_told_to_whoever_shows_projects_and_to_nobody_else(
    web: WebProcess, town: Town
) -> None:
    ana, bo, dee = [await moves_in(town, name) for name in ("Ana", "Bo", "Dee")]
    terms = {
        "reach": "local",
        "target_cents": 500_00,
        "instructions": "Par chèque",
        "closes_at": (now() + timedelta(days=9)).isoformat(),
    }
    project: dict[str, Any] = {"kind": "project", "category": "culture", "title": "Le four", "smiles": 0}
    others = {Layer.OFFER, Layer.MAG}
    async with AsyncExitStack() as open_sockets:
        screens = {
            "off": (Neighbour(), Scale.MILE, others),
            "off, far": (bo, Scale.NEAREST, others),
            "on": (Neighbour(), Scale.MILE, {Layer.PROJECT}),
        }
        ears: dict[str, Ear] = {}
        for name, (who, scale, layers) in screens.items():
            ears[name] = ear = Ear(who, await open_sockets.enter_async_context(who.socket(web)))
            await ear.socket.ask(Watch(at=REUNION, scale=scale, layers=frozenset(layers)))
            await ear.hear()

        listing = await ana.publish(web, **project, project=terms)
        path = f"/api/projects/{listing['id']}"
        pledge = {"id": new_id(), "cents": 20_00, "public": True, "words": ""}
        for where, body in (
            (f"{path}/pledges", pledge),
            (f"/api/pledges/{pledge['id']}/withdraw", {"version": 1}),
        ):
            answer = await dee.ask(web, "POST", where, body)
            assert answer.status_code < 300, answer.text
        seen = (await ana.ask(web, "GET", path)).json()["listing"]
        answer = await ana.ask(web, "POST", f"{path}/cancel", {"version": seen["version"], "words": "Non"})
        assert answer.status_code < 300, answer.text
        heard = {name: events_in(await ear.hear()) for name, ear in ears.items()}

    for name in ("off", "off, far"):
        assert [one["type"] for one in heard[name]] == ["pong"]
    promised = [one["pin"]["progress"]["promised_cents"] for one in heard["on"] if one["type"] == "pin"]
    assert promised == [0, 20_00, 0]
    assert [one["type"] for one in heard["on"] if one["type"] != "pong"][-1] == "gone"


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


async def test_a_published_point_is_anywhere_in_the_cell_of_the_click(web: WebProcess, town: Town) -> None:
    clicked = Point(CANARY.lon, CANARY.lat)

    shown = [await (await moves_in(town, f"Membre {n}")).publish(web, place=CANARY) for n in range(8)]

    metres = [distance_m(clicked, Point(one["lon"], one["lat"])) for one in shown]
    assert len({*metres}) == 8
    assert max(metres) < 430
    assert max(metres) > 75
