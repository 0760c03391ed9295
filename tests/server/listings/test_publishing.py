"""Putting a listing on the board."""

import asyncio

import pytest

from geo.position import Point
from geo.privacy import home_cell
from geo.sphere import distance_m
from realtime.backend import Viewer
from realtime.people import MemberKind
from realtime.protocol import ListingChanged
from realtime.refusals import Conflict, Invalid, Unauthenticated
from realtime.shapes import Place, Precision
from realtime.signals import FeedNews, PinMoved
from realtime.topics import listing_topic
from server.listings import actions
from tests.server.board.town import REBBERG, REUNION, Town, a_request


async def test_a_published_listing_has_a_pin_a_thread_and_a_line_in_the_feed(town: Town) -> None:
    ana = await town.member("Ana")

    view = await town.publish(ana, title="Soupe", kind="offer")

    listing = view.listing
    moved = await town.signals(PinMoved)
    assert [(one.id, one.version, one.pin and one.pin.title) for one in moved] == [(listing.id, 1, "Soupe")]
    assert (await town.events(ListingChanged, listing_topic(listing.id)))[0].listing == listing
    assert [news.item.id for news in await town.signals(FeedNews)] == [listing.id]
    assert [pin async for pin in town.backend.pins()] == [moved[0].pin]
    assert (await town.backend.opening(ana, listing.thread, None)).listing == listing.id


async def test_nobody_publishes_without_an_account(town: Town) -> None:
    with pytest.raises(Unauthenticated):
        await town.publish(Viewer(address="192.0.2.1"))


async def test_published_twice_at_once_it_exists_once(town: Town) -> None:
    ana = await town.member("Ana")
    draft = a_request()

    views = await asyncio.gather(*(actions.publish(town.site, ana, draft) for _ in range(8)))

    assert {view.listing.version for view in views} == {1}
    assert len(await town.signals(PinMoved)) == 1


async def test_an_id_is_good_for_one_listing(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    draft = a_request()
    await actions.publish(town.site, ana, draft)

    for author, other in [(ana, a_request(id=draft.id, title="Autre chose")), (bo, draft)]:
        with pytest.raises(Conflict, match="id_taken"):
            await actions.publish(town.site, author, other)


async def test_of_two_members_who_publish_under_one_id_at_once_one_is_refused(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    draft = a_request()

    tries = await asyncio.gather(
        *(actions.publish(town.site, author, draft) for author in (ana, bo)), return_exceptions=True
    )

    assert [str(one) for one in tries if isinstance(one, Exception)] == ["id_taken"]
    assert len(await town.signals(PinMoved)) == 1


async def test_an_approximate_listing_shows_the_point_of_its_cell_and_forgets_the_click(town: Town) -> None:
    ana = await town.member("Ana", home=REUNION)
    nearby = Place(lon=REUNION.lon + 1e-5, lat=REUNION.lat)

    first, second = await town.publish(ana), await town.publish(ana, place=nearby)

    shown = Point(first.listing.lon, first.listing.lat)
    assert (first.listing.lon, first.listing.lat) == (second.listing.lon, second.listing.lat)
    assert home_cell(shown) == home_cell(Point(REUNION.lon, REUNION.lat))
    assert 0 < distance_m(shown, Point(REUNION.lon, REUNION.lat)) < 430


async def test_an_individual_cannot_show_an_exact_place_around_their_home(town: Town) -> None:
    ana = await town.member("Ana", home=REUNION)

    with pytest.raises(Invalid, match="exact_at_home"):
        await town.publish(ana, precision=Precision.EXACT)

    elsewhere = await town.publish(ana, precision=Precision.EXACT, place=REBBERG)
    assert (elsewhere.listing.lon, elsewhere.listing.lat) == (REBBERG.lon, REBBERG.lat)


async def test_an_individual_cannot_show_an_exact_place_just_beside_the_cell_of_their_home(
    town: Town,
) -> None:
    west, south, east, north = home_cell(Point(REUNION.lon, REUNION.lat)).bounds
    middle = (south + north) / 2
    # 7 m within the cell's edge; clicked 7 m beyond it, and 90 m.
    ana = await town.member("Ana", home=Place(lon=east - 1e-4, lat=middle))

    with pytest.raises(Invalid, match="exact_at_home"):
        await town.publish(ana, precision=Precision.EXACT, place=Place(lon=east + 1e-4, lat=middle))

    farther = await town.publish(ana, precision=Precision.EXACT, place=Place(lon=east + 1.2e-3, lat=middle))
    assert farther.listing.precision is Precision.EXACT
    assert west < east


async def test_a_shop_may_show_exactly_where_it_is(town: Town) -> None:
    shop = await town.member("Épicerie", home=REUNION, kind=MemberKind.BUSINESS)

    view = await town.publish(shop, precision=Precision.EXACT)

    assert (view.listing.lon, view.listing.lat) == (REUNION.lon, REUNION.lat)


async def test_nobody_has_more_than_a_hundred_listings_open(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_ALIVE", 3)
    ana = await town.member("Ana")

    tries = await asyncio.gather(*(town.publish(ana) for _ in range(6)), return_exceptions=True)

    assert sum(not isinstance(one, Exception) for one in tries) == 3
    assert {type(one) for one in tries if isinstance(one, Exception)} == {Conflict}
