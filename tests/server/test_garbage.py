"""A town that runs is not kept waiting while Python counts what is there anyway."""

import gc

from server.app import create_app
from server.garbage import settled
from tests.server.house import settings


async def test_what_is_there_after_the_start_is_put_aside_until_the_end(sqlite_town_url: str) -> None:
    app = settled(create_app(settings(sqlite_town_url)))

    async with app.router.lifespan_context(app):
        aside = gc.get_freeze_count()

    assert aside > 10_000
    assert gc.get_freeze_count() == 0
