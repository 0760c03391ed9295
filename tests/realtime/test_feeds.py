"""The moderators' feed."""

from realtime.examples import ANA, AREA, FEED_ITEM
from realtime.protocol import AuthorChanged, Done, Feed, FeedSeen, Refused
from realtime.signals import AuthorNews, FeedNews
from tests.realtime.served import Process
from tests.realtime.village import Village


async def test_a_moderator_sees_what_happens_in_their_area_and_kinds_only(
    village: Village, process: Process
) -> None:
    village.settle("max", moderator=True)
    elsewhere = FEED_ITEM.model_copy(update={"lon": 2.35, "lat": 48.85})
    message = FEED_ITEM.model_copy(update={"kind": "message"})

    async with process.client("max") as here, process.client("max") as everywhere:
        await here.ask(Feed(area=AREA, kinds=frozenset({"listing"})))
        await here.next(Done)
        await everywhere.ask(Feed(kinds=frozenset({"listing", "message"})))
        await everywhere.next(Done)
        await village.publish(*(FeedNews(item=item) for item in (FEED_ITEM, elsewhere, message)))
        local = await here.all_until_now()
        all_ = await everywhere.all_until_now()
        await everywhere.ask(Feed(kinds=frozenset()))
        await everywhere.next(Done)
        await village.publish(FeedNews(item=FEED_ITEM))
        after_stopping = await everywhere.all_until_now()

    assert local == [FeedSeen(item=FEED_ITEM)]
    assert all_ == [FeedSeen(item=item) for item in (FEED_ITEM, elsewhere, message)]
    assert after_stopping == []


async def test_whoever_follows_a_feed_is_told_how_an_author_is_called_by_now(
    village: Village, process: Process
) -> None:
    village.settle("max", moderator=True)

    async with process.client("max") as here, process.client("max") as not_following:
        await here.ask(Feed(area=AREA, kinds=frozenset({"listing"})))
        await here.next(Done)
        await village.publish(AuthorNews(author=ANA))

        assert await here.all_until_now() == [AuthorChanged(author=ANA)]
        assert await not_following.all_until_now() == []


async def test_only_moderators_follow_the_feed(village: Village, process: Process) -> None:
    village.settle("ana")

    async with process.client("ana") as ana:
        await ana.ask(Feed(kinds=frozenset({"listing"})))

        assert (await ana.next(Refused)).code == "moderators_only"
