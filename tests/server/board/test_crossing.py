"""Two who take the same things the other way round wait for each other: one gives way, and comes again."""

import asyncio

from realtime.backend import Viewer
from server import idempotency
from server.board.finding import author_of
from server.ids import new_id
from tests.server.board.town import Town


async def test_two_who_meet_head_on_both_get_through(postgresql_town: Town) -> None:
    town = postgresql_town
    ana, bo = await town.member("Ana"), await town.member("Bo")
    both_have_one = asyncio.Barrier(2)
    tries = 0

    async def take(who: Viewer, first: Viewer, second: Viewer) -> int:
        async def act() -> tuple[int, str]:
            nonlocal tries
            tries += 1
            async with town.database.write() as session:
                await author_of(session, _id(first), lock=True)
                if tries <= 2:
                    await both_have_one.wait()
                await author_of(session, _id(second), lock=True)
            return 200, "taken"

        attempt = idempotency.attempt(town.site, _id(who), new_id(), b"take")
        return (await idempotency.once(town.site, attempt, act))[0]

    taken = await asyncio.gather(take(ana, ana, bo), take(bo, bo, ana))

    assert [*taken] == [200, 200]
    assert tries == 3


def _id(viewer: Viewer) -> str:
    assert viewer.member is not None
    return viewer.member.id
