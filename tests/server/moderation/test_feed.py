"""The moderators' feed, by pages and in an area."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pydantic import ValidationError

from realtime.refusals import Forbidden, Invalid
from realtime.shapes import FeedItem, Place, Precision
from server.conversations import actions as conversations
from server.listings import actions as listings
from server.moderation import actions, feed
from server.moderation.schemas import FeedQuery
from tests.server.board.town import REBBERG, REUNION, Town


def box(place: Place, size: float = 0.004) -> dict[str, Any]:
    west, south, east, north = place.lon - size, place.lat - size, place.lon + size, place.lat + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


async def test_the_feed_has_listings_and_public_messages_newest_first(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    mo = await town.member("Mo", moderator=True)
    listing = (await town.publish(ana)).listing
    public = await town.post(bo, listing.thread, "Public")
    await town.post(bo, await town.dialog(bo, listing.id), "Privé")
    gone = await town.post(bo, listing.thread, "Repris")
    await conversations.delete(town.site, bo, gone.id)
    taken = (await town.publish(ana)).listing
    await listings.delete(town.site, ana, taken.id)

    page = await feed.page(town.site, mo, FeedQuery())

    assert [(item.kind, item.id) for item in page.items] == [("message", public.id), ("listing", listing.id)]
    assert not page.earlier
    only = await feed.page(town.site, mo, FeedQuery(kinds=frozenset({"listing"})))
    assert [item.id for item in only.items] == [listing.id]


async def test_what_is_hidden_stays_in_the_feed_for_it_can_be_restored(town: Town) -> None:
    ana = await town.member("Ana")
    mo = await town.member("Mo", moderator=True)
    listing = (await town.publish(ana)).listing
    await actions.sanction_listing(town.site, mo, "hide", listing.id, "Pas ici.")

    page = await feed.page(town.site, mo, FeedQuery())

    assert [(item.id, item.hidden) for item in page.items] == [(listing.id, True)]


@pytest.mark.parametrize(
    "before", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:00"]
)
def test_a_page_begins_before_a_moment_that_everybody_understands(before: str) -> None:
    with pytest.raises(ValidationError, match="before"):
        FeedQuery.model_validate({"before": before})


async def test_an_area_holds_only_what_is_in_it(town: Town) -> None:
    ana = await town.member("Ana")
    mo = await town.member("Mo", moderator=True)
    here = (await town.publish(ana, place=REUNION, precision=Precision.EXACT)).listing
    await town.publish(ana, place=REBBERG, precision=Precision.EXACT)
    edge = (await town.publish(ana, place=Place(lon=180, lat=10), precision=Precision.EXACT)).listing
    pole = (await town.publish(ana, place=Place(lon=12, lat=90), precision=Precision.EXACT)).listing

    async def found(area: dict[str, Any]) -> list[str]:
        return [item.id for item in (await feed.page(town.site, mo, FeedQuery(area=area))).items]

    assert await found(box(REUNION)) == [here.id]
    west_of_the_date_line = [[179, 9], [180, 9], [180, 11], [179, 11], [179, 9]]
    assert await found({"type": "Polygon", "coordinates": [west_of_the_date_line]}) == [edge.id]
    cap = [[-180, 89], [180, 89], [180, 90], [-180, 90], [-180, 89]]
    assert await found({"type": "Polygon", "coordinates": [cap]}) == [pole.id]
    with pytest.raises(Invalid, match="invalid_area"):
        await found({"type": "Point", "coordinates": [7, 47]})


async def test_pages_together_are_the_whole_feed_even_when_moments_are_equal(town: Town) -> None:
    mo = await town.member("Mo", moderator=True)
    ana = await town.member("Ana")
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC), tick=False) as clock:
        for _ in range(4):
            for _ in range(3):
                view = await town.publish(ana)
            await town.post(ana, view.listing.thread)
            clock.shift(timedelta(seconds=1))

    pages: list[list[FeedItem]] = []
    before = None
    while True:
        page = await feed.page(town.site, mo, FeedQuery(limit=2, before=before))
        pages.append(page.items)
        if not page.earlier:
            break
        before = page.items[-1].created_at

    assert [len(items) for items in pages] == [4, 4, 4, 4]
    everything = (await feed.page(town.site, mo, FeedQuery(limit=200))).items
    assert [item for items in pages for item in items] == everything


async def test_the_feed_is_for_moderators(town: Town) -> None:
    with pytest.raises(Forbidden, match="moderators_only"):
        await feed.page(town.site, await town.member("Bo"), FeedQuery())
