"""For each mutation the scene in which it loses something: without it, the same scene loses nothing."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from sqlalchemy import text

from realtime.exchanges import Exchange
from tests.faults.crowd import Crowd
from tests.faults.history import Deed
from tests.faults.mutations import GO_ON, HAS_READ, NUMBERS
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


async def smiles_are_held(world: World, crowd: Crowd) -> None:
    """Bo accepts to help Ana, and she is granted smiles at the same moment."""
    ana, bo, _ = crowd.members
    web = world.webs[0]
    for sign in (GO_ON, HAS_READ):
        (web.folder / sign).unlink(missing_ok=True)
    proposed = await ana.propose(crowd.conversations[1], helper=bo.id, smiles=5)
    bo.at = 0
    accepting = asyncio.create_task(bo.step("accept", _answered(proposed)))
    await until(lambda: accepting.done() or (web.folder / HAS_READ).exists(), "Bo accepts")
    await crowd.grant(ana, 5)
    (web.folder / GO_ON).touch()
    await accepting


async def an_exchange_is_accepted(world: World, crowd: Crowd) -> None:  # noqa: ARG001
    """Bo accepts to help Ana, who has her purse in sight. (What a test grants, the next sweep tells.)"""
    ana, bo, _ = crowd.members
    purse = ana.screen.page.purse
    await until(lambda: purse is not None and purse.purse is not None, "Ana sees her purse")
    proposed = await ana.propose(crowd.conversations[1], helper=bo.id, smiles=5)
    await bo.step("accept", _answered(proposed))


async def one_dies_after_a_step(world: World, crowd: Crowd) -> None:
    """A process loses its power when a proposal is stored, before anybody is told."""
    ana = crowd.members[0]
    ana.at = 0
    world.webs[0].arm("after commit")
    proposing = asyncio.create_task(ana.propose(crowd.conversations[1]))
    await until(lambda: not world.webs[0].running, "it dies")
    await asyncio.to_thread(world.start)
    await proposing


async def a_project_is_called_off(world: World, crowd: Crowd) -> None:  # noqa: ARG001
    """Somebody supports Ana's project, which she cancels."""
    await crowd.a_project_is_called_off()


async def one_dies_after_a_photo(world: World, crowd: Crowd) -> None:
    """A process loses its power when it has answered that a photo is there."""
    ana = crowd.members[0]
    ana.at = 0
    await ana.send_photo(use=0.6)
    await asyncio.to_thread(world.webs[0].kill)
    await asyncio.to_thread(world.start)


def _answered(deed: Deed) -> Exchange:
    return Exchange.model_validate_json(json.dumps(deed.answers[0]))


# By mutation: the scene, and how a line begins that the checker must find (a regular expression).
SCENES: dict[str, tuple[Scene, str]] = {
    "no resume": (one_is_away, "E1 Bo: lacks message"),
    "no versions": (a_pin_moves, "E7 process"),
    "no sweep": (one_dies_before_telling, "E7 process"),
    "no order": (two_speak_at_once, "E1 mile at 0: lacks message"),
    "drops every 50th": (many_pins, "E2 "),
    "reset forgets": (speaking_to_who_comes_in, "E1 mile at 0: lacks message"),
    "no lock": (smiles_are_held, "L2 member:"),
    "cards apart": (one_dies_after_a_step, "L5 exchange"),
    "silent purses": (an_exchange_is_accepted, "E2 Ana('s laptop)?: its purse"),
    "untold settlement": (a_project_is_called_off, "J1 project"),
    "late files": (one_dies_after_a_photo, "F1 photo"),
}
