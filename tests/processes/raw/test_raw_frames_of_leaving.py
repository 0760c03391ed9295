"""After somebody has left, their sockets carry no further frame, whatever they had open (E5)."""

import asyncio
from contextlib import AsyncExitStack

from websockets.exceptions import ConnectionClosed

from realtime.protocol import CloseCode, Feed, Open, Watch
from realtime.shapes import Layer, Scale
from server.ids import new_id
from tests.processes.ears import Ear, events_in
from tests.processes.pairs import step
from tests.processes.street import Neighbour, WebProcess, grant, moves_in
from tests.server.board.town import REUNION, Town
from tests.waiting import PATIENCE_SECONDS

PUBLIC, PRIVATE = "Canari-du-fil", "Canari-du-dialogue"


async def last_words(ear: Ear) -> tuple[int, list[str]]:
    """Read what still comes to a socket until the server closes it; return the code and the frames.

    That somebody is here is gathered for a moment before it is told: it may be from before.
    """
    frames: list[str] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        try:
            while True:
                frames.append(str(await ear.socket.socket.recv()))
        except ConnectionClosed as closed:
            news = [frame for frame in frames if '"here":true' not in frame]
            return closed.rcvd.code if closed.rcvd else 1006, news


async def test_who_has_left_hears_nothing_more_on_any_screen(web: WebProcess, town: Town) -> None:
    ana, bo = await moves_in(town, "Ana", moderator=True), await moves_in(town, "Bo")
    await grant(town, ana.id, 10)
    listing = await ana.publish(web)
    thread = listing["thread"]
    dialog = (await bo.ask(web, "PUT", f"/api/listings/{listing['id']}/dialog")).json()["conversation"]
    draft = {"id": new_id(), "helper": bo.id, "smiles": 4, "agreed_for": None, "note": ""}
    proposed = await bo.ask(web, "POST", f"/api/conversations/{dialog}/exchanges", draft)
    accepted = await step(ana, web, "accept", proposed.json())
    done = await step(bo, web, "finish", accepted.json())
    assert done.json()["state"] == "done"

    async with AsyncExitStack() as stack:
        screens = [
            Ear(who, await stack.enter_async_context(who.socket(web))) for who in (bo, Neighbour(), ana, ana)
        ]
        for ear in screens:
            await ear.socket.ask(Watch(at=REUNION, scale=Scale.NEAREST, layers=frozenset(Layer)))
            await ear.socket.ask(Feed(kinds=frozenset({"listing", "message", "dispute"})))
            await ear.socket.ask(Open(conversation=thread))
            await ear.socket.ask(Open(conversation=dialog))
            await ear.hear()
        others, gone = screens[:2], screens[2:]

        left = await ana.ask(web, "DELETE", "/api/me", {"confirm": "Ana"})
        again = await ana.ask(web, "GET", "/api/inbox")
        # What happens from now on is nothing to her.
        other = await bo.publish(web, title=PUBLIC)
        await bo.say(web, other["thread"], PUBLIC)
        await bo.say(web, dialog, PRIVATE)
        ends = await asyncio.gather(*(last_words(ear) for ear in gone))
        heard = [events_in(await ear.hear()) for ear in others]

    assert (left.status_code, again.status_code) == (204, 401)
    # Not even of what leaving itself did: the exchange that ended, the smiles that went, the listing.
    assert ends == [(CloseCode.IDENTITY, [])] * 2
    kinds = [{event["type"] for event in events} for events in heard]
    assert {"message", "purse", "pin"} <= kinds[0]
    assert "pin" in kinds[1]
    assert "message" not in kinds[1]
