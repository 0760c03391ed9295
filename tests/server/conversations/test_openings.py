"""What coming back costs the database: little alone, and hardly more for a whole street at once."""

import asyncio

from realtime.backend import Opening, Viewer
from server.board.finding import author_of
from server.listings import actions as listings
from server.members import sessions
from server.members.sessions import cookie_name
from tests.server.board.town import Town

MOST_STATEMENTS = 3


async def signed_in(town: Town, viewer: Viewer) -> dict[str, str]:
    """Return the headers of a browser in which `viewer` is signed in."""
    assert viewer.member is not None
    async with town.database.write() as session:
        token = await sessions.start(session, await author_of(session, viewer.member.id), "Firefox")
    return {"cookie": f"{cookie_name(town.settings)}={token}"}


async def come_back(town: Town, headers: dict[str, str], conversation: str, cursor: int | None) -> Opening:
    """Do what a socket does that comes back: the handshake, then `open`."""
    viewer = await town.backend.identify(headers, "192.0.2.1")
    return await town.backend.opening(viewer, conversation, cursor)


async def test_coming_back_to_a_conversation_asks_the_database_at_most_three_times(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    listing = (await town.publish(ana)).listing
    dialog = await town.dialog(bo, listing.id)
    for text in ("Un", "Deux", "Trois"):
        await town.post(ana, dialog, text)
        await town.post(ana, listing.thread, text)
    headers = await signed_in(town, bo)
    costs = {}

    for state in ("open", "deleted"):
        for conversation in (dialog, listing.thread):
            for cursor in (None, 1, 3, 99):
                with town.counting() as statements:
                    await come_back(town, headers, conversation, cursor)
                costs[state, conversation, cursor] = len(statements)
        if state == "open":
            await listings.delete(town.site, ana, listing.id)

    assert set(costs.values()) == {2, MOST_STATEMENTS}
    assert {cost for (_, _, cursor), cost in costs.items() if cursor == 3} == {2}


async def test_a_street_that_comes_back_at_once_asks_together_and_each_gets_their_own(town: Town) -> None:
    ana = await town.member("Ana")
    threads = [(await town.publish(ana)).listing.thread for _ in range(3)]
    sent = {
        thread: [await town.post(ana, thread, text) for text in ("Un", "Deux", "Trois")] for thread in threads
    }
    neighbours = [await town.member(f"Membre {n}") for n in range(30)]
    headers = [await signed_in(town, one) for one in neighbours]

    with town.counting() as statements:
        openings = await asyncio.gather(
            *(come_back(town, one, threads[n % 3], n % 4) for n, one in enumerate(headers))
        )

    assert len(statements) < len(neighbours)
    for n, opening in enumerate(openings):
        assert (opening.conversation, opening.reset, opening.cursor) == (threads[n % 3], False, 3)
        assert opening.messages == sent[threads[n % 3]][n % 4 :]


async def test_each_of_a_dialog_sees_how_far_the_other_has_read_and_nobody_in_a_thread(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    assert ana.member
    assert bo.member
    listing = (await town.publish(ana)).listing
    dialog = await town.dialog(bo, listing.id)
    for conversation in (dialog, listing.thread):
        await town.post(ana, conversation)
        message = await town.post(bo, conversation)
        await town.backend.read(ana, conversation, message.seq)

    hers, his = [(await town.backend.opening(one, dialog, None)).reads for one in (ana, bo)]
    in_thread = (await town.backend.opening(bo, listing.thread, None)).reads

    assert (hers, his, in_thread) == ({bo.member.id: 0}, {ana.member.id: 2}, {})
