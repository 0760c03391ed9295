"""For each mutation the scene in which it loses something: without it, the same scene loses nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from sqlalchemy import text

from tests.faults.crowd import Crowd
from tests.faults.mutations import GO_ON, NUMBERS
from tests.faults.world import World
from tests.waiting import until

Scene: TypeAlias = Callable[[World, Crowd], Awaitable[None]]


async def one_is_away(world: World, crowd: Crowd) -> None:  # noqa: ARG001
    """Bo is in a tunnel while Ana speaks."""
    ana, bo, _ = crowd.members
    thread = crowd.conversations[0]
    await ana.post(thread)
    await until(lambda: bo.screen.page.conversations[thread].cursor == 1, "Bo hears Ana")
    bo.screen.may_come.clear()
    bo.screen.drop()
    for _ in range(3):
        await ana.post(thread)
    bo.screen.may_come.set()
    await until(bo.screen.online.is_set, "Bo is back")


async def a_pin_moves(world: World, crowd: Crowd) -> None:  # noqa: ARG001
    """Ana has a listing stand elsewhere."""
    await crowd.members[0].move()


async def one_dies_before_telling(world: World, crowd: Crowd) -> None:
    """A process loses its power between the commit of a listing and its publication."""
    ana = crowd.members[0]
    ana.at = 0
    world.webs[0].arm("after commit")
    publishing = asyncio.create_task(ana.publish(place=crowd.place))
    await until(lambda: not world.webs[0].running, "it dies")
    await asyncio.to_thread(world.start)
    await publishing


async def two_speak_at_once(world: World, crowd: Crowd) -> None:
    """Ana begins to say something, Bo says something and is heard, Ana ends."""
    ana, bo, _ = crowd.members
    thread = crowd.conversations[0]
    copies = [page.conversations[thread] for page in crowd.history.pages]
    for web in world.webs:
        (web.folder / GO_ON).unlink(missing_ok=True)
    async with crowd.database.write() as session:
        connection = await session.connection()
        await connection.execute(text(f"DROP SEQUENCE IF EXISTS {NUMBERS}"))
        await connection.execute(text(f"CREATE SEQUENCE {NUMBERS}"))

    begins = asyncio.create_task(ana.post(thread, by_socket=0))

    async def has_begun() -> bool:
        async with crowd.database.read() as session:
            return begins.done() or bool(await session.scalar(text(f"SELECT is_called FROM {NUMBERS}")))

    await until(has_begun, "Ana begins to speak")
    await bo.post(thread, by_socket=0)
    await until(lambda: all(copy.cursor == 2 for copy in copies), "all hear the second word")
    for web in world.webs:
        (web.folder / GO_ON).touch()
    await begins


async def many_pins(world: World, crowd: Crowd) -> None:  # noqa: ARG001
    """So many listings appear in everybody's mile that each process tells of pins more than fifty times."""
    for _ in range(17):
        await asyncio.gather(*(member.publish(place=crowd.place) for member in crowd.members))


async def speaking_to_who_comes_in(world: World, crowd: Crowd) -> None:  # noqa: ARG001
    """Ana speaks while others come in, until all are in; and not again."""
    thread = crowd.conversations[0]
    strangers = [page.conversations[thread] for page in crowd.history.pages if page.member is None]

    def all_in() -> bool:
        return all(copy.cursor >= 0 for copy in strangers)

    while not all_in():
        await crowd.members[0].post(thread, by_socket=0)
        for _ in range(50):
            if all_in():
                break
            await asyncio.sleep(0.02)


# By mutation: the scene, and how a line begins that the checker must find.
SCENES: dict[str, tuple[Scene, str]] = {
    "no resume": (one_is_away, "E1 Bo: lacks message"),
    "no versions": (a_pin_moves, "E7 process"),
    "no sweep": (one_dies_before_telling, "E7 process"),
    "no order": (two_speak_at_once, "E1 mile at 0: lacks message"),
    "drops every 50th": (many_pins, "E2 "),
    "reset forgets": (speaking_to_who_comes_in, "E1 mile at 0: lacks message"),
}
