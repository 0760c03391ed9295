"""A flood by one member: refusals, then a close code; others are served, and memory stays bounded."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from realtime.protocol import CloseCode, Command, Open, Ping, Read, Send, Typing, Watch
from realtime.shapes import Layer, Place, Scale
from server.conversations.actions import MOST_MESSAGES
from server.ids import new_id
from tests.faults.phones import Closed, Phone, phone
from tests.faults.watched import Watched
from tests.processes.street import moves_in
from tests.server.board.town import REUNION, Town, town_at
from tests.server.house import problem

COMMANDS = 1000
MOST = int(MOST_MESSAGES.partition("/")[0])

FLOODS = ("messages", "typing", "moves", "openings", "marks", "pings", "nonsense")


def command(kind: str, talk: str, ref: int) -> Command | str:
    """Return one of many."""
    match kind:
        case "messages":
            return Send(conversation=talk, id=new_id(), text="Achetez !", ref=ref)
        case "typing":
            return Typing(conversation=talk, ref=ref)
        case "moves":
            near = Place(lon=REUNION.lon + ref / 1e6, lat=REUNION.lat)
            return Watch(at=near, scale=Scale.NEAREST, layers=frozenset(Layer), ref=ref)
        case "openings":
            return Open(conversation=talk, ref=ref)
        case "marks":
            return Read(conversation=talk, seq=1, ref=ref)
        case "pings":
            return Ping(ref=ref)
    return "x" * 10_000


@pytest.fixture(scope="module")
def web(migrated_sqlite: Path) -> Iterator[Watched]:
    with Watched(migrated_sqlite, limits=True) as process:
        yield process


@pytest.fixture
async def town(web: Watched) -> AsyncIterator[Town]:
    async with town_at(web.database_url) as made:
        yield made


async def flood(one: Phone, commands: list[Command | str]) -> tuple[list[str], int]:
    """Send all of it without waiting; return the refusals' codes, and why the server closed."""
    for command in commands:
        one.ask(command)
    refused: list[str] = []
    try:
        while True:
            event = await one.next()
            if event["type"] == "refused":
                refused.append(event["code"])
                assert event["title"]
    except Closed as end:
        return refused, end.code


@pytest.mark.parametrize("kind", FLOODS)
async def test_who_floods_a_socket_is_refused_then_cut_off_and_the_others_are_served(
    kind: str, web: Watched, town: Town
) -> None:
    eva, ana, bo = [await moves_in(town, name) for name in ("Eva", "Ana", "Bo")]
    thread = (await ana.publish(web))["thread"]
    await ana.say(web, thread, "Bonjour")
    before = web.resident_kib()

    async with phone(web, bo) as bystander:
        bystander.ask(Open(conversation=thread))
        await bystander.hears("opened")
        # One who is cut off may come back, and begin again.
        for _ in range(2 if kind == "messages" else 1):
            async with phone(web, eva) as flooder:
                flooder.ask(Open(conversation=thread))
                await flooder.hears("opened")
                flooding = asyncio.create_task(
                    flood(flooder, [command(kind, thread, ref) for ref in range(COMMANDS)])
                )
                for ref in range(5):
                    bystander.ask(Ping(ref=ref))
                    assert (await bystander.hears("pong"))["ref"] == ref
                refused, code = await flooding
                assert refused
                assert {"too_many", "malformed"} >= {*refused}
                assert code == (CloseCode.PROTOCOL if kind == "nonsense" else CloseCode.FLOOD)
        heard = (await bo.say(web, thread, "Encore là")).json()["id"]
        while (await bystander.hears("message"))["message"]["id"] != heard:
            pass

    page = (await bo.ask(web, "GET", f"/api/conversations/{thread}/messages?limit=200")).json()
    # A window that slides: while it lasts, a second lets one more through.
    assert len(page["messages"]) <= 2 + 1.5 * MOST
    assert web.resident_kib() - before < 8 * 1024


async def test_who_floods_by_rest_is_told_when_to_come_again_and_the_others_are_served(
    web: Watched, town: Town
) -> None:
    eva, bo = await moves_in(town, "Eva"), await moves_in(town, "Bo")
    thread = (await eva.publish(web))["thread"]

    flooding = asyncio.gather(*(eva.say(web, thread, "Achetez !") for _ in range(2 * MOST)))
    others = [(await bo.say(web, thread, "Bonjour")).status_code for _ in range(5)]
    answers = await flooding

    refused = [answer for answer in answers if answer.status_code != 201]
    assert others == [201] * 5
    assert 0 < len(refused) <= len(answers) - MOST
    assert {problem(answer) for answer in refused} == {(429, "too_many")}
    assert all(0 < int(answer.headers["Retry-After"]) <= 60 for answer in refused)
