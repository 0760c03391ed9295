"""Feeds of articles, which take their time to be rendered."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from server.articles import rendering
from server.board import shaping
from server.clock import now
from server.feeds import routes
from tests.server.feeds.following import MILE, entries, events, publish
from tests.server.house import House


async def test_between_two_articles_of_a_feed_others_are_served(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await small_house.join("Ana")
    for number in range(4):
        await publish(small_house, ana, kind="mag", category="shop", smiles=0, text=f"Du **pain** {number}")
    served, at = 0, []

    async def be_served() -> None:
        nonlocal served
        while True:
            served += 1
            await asyncio.sleep(0)

    def rendered(text: str) -> str:
        at.append(served)
        return rendering.html_of(text)

    monkeypatch.setattr(shaping, "html_of", rendered)
    others = asyncio.create_task(be_served())
    found = entries(await (await small_house.visitor()).get(f"{MILE}.atom?layers=mag"))
    others.cancel()

    assert len(found) == len(at) == 4
    assert len({*at}) == 4


async def test_a_feed_is_written_beside_the_loop_that_serves_others(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await small_house.join("Ana")
    await publish(small_house, ana, kind="mag", category="shop", smiles=0)
    stranger, where = await small_house.visitor(), []

    def noting(write: Callable[..., bytes]) -> Callable[..., bytes]:
        def noted(*given: Any) -> bytes:
            where.append(threading.current_thread())
            return write(*given)

        return noted

    for name in ("document", "calendar"):
        monkeypatch.setattr(routes, name, noting(getattr(routes, name)))
    entries(await stranger.get(f"{MILE}.atom"))
    events(await stranger.get(f"{MILE}.ics"))

    assert len(where) == 2
    assert threading.main_thread() not in where


async def test_a_calendar_tells_the_beginning_of_an_article_and_where_the_rest_is(
    small_house: House,
) -> None:
    ana = await small_house.join("Ana")
    text = "# La *grande* fê**te**\n\n" + "Venez nombreux, venez tous. " * 200
    starts = (now() + timedelta(days=3)).isoformat()
    draft = {"kind": "mag", "category": "event", "smiles": 0, "starts_at": starts}
    listing = await publish(small_house, ana, text=text, **draft)

    [event] = events(await (await small_house.visitor()).get(f"{MILE}.ics"))

    told = str(event["description"])
    assert told.startswith("La grande fête\nVenez nombreux, venez tous.")
    assert told.endswith(f"…\n\n{event['url']}")
    assert listing in told
    assert len(told) < 1100
