"""What concerns one member reaches all their screens, and what concerns all reaches everybody."""

from datetime import UTC, datetime

from realtime.people import Person
from realtime.protocol import Activity, AvatarChanged
from realtime.shapes import Conversation, Layer, ListingBrief, ListingState
from realtime.signals import Announced, Broadcast, InboxNews
from realtime.topics import member_topic
from tests.realtime.served import Process
from tests.realtime.village import Village, new_id


def a_conversation(other: Person | None = None) -> Conversation:
    """Return a conversation as the inbox of one shows it who has read nothing."""
    return Conversation(
        id=new_id(),
        kind="dialog" if other else "thread",
        listing=ListingBrief(id=new_id(), kind=Layer.OFFER, title="Soupe", state=ListingState.OPEN),
        other=other,
        last=None,
        unread=0,
        updated_at=datetime(2026, 11, 23, 10, tzinfo=UTC),
        version=1,
    )


async def test_news_of_ones_own_reach_all_ones_screens_and_nobody_elses(
    village: Village, process: Process
) -> None:
    ana = village.settle("ana")
    bo = village.settle("bo")
    news = Activity(conversation=a_conversation(bo))

    async with process.client("ana") as phone, process.client("ana") as laptop, process.client("bo") as other:
        await village.publish(Broadcast(topics=[member_topic(ana.id)], event=news))
        reached = [await phone.next(Activity), await laptop.next(Activity)]
        overheard = await other.all_until_now()

    assert reached == [news, news]
    assert not any(isinstance(event, Activity) for event in overheard)


async def test_what_is_announced_reaches_everybody_whatever_they_look_at(
    village: Village, process: Process
) -> None:
    village.settle("ana")
    news = AvatarChanged(avatar="a" * 22, hidden=True)

    async with process.client("ana") as member, process.client() as nobody:
        await village.publish(Announced(event=news))

        assert await member.next(AvatarChanged) == news
        assert await nobody.next(AvatarChanged) == news


async def test_news_of_a_conversation_reach_each_who_takes_part_with_what_waits_for_them(
    village: Village, process: Process
) -> None:
    ana, bo = village.settle("ana"), village.settle("bo")
    village.settle("eve")
    shared = a_conversation()
    news = InboxNews(conversation=shared, places={ana.id: (3, 4), bo.id: (0, 7), new_id(): (9, 0)})

    async with process.client("ana") as a, process.client("bo") as b, process.client("eve") as eve:
        await village.publish(news)
        heard = [(await one.next(Activity)).conversation for one in (a, b)]

        assert await eve.all_until_now() == []

    assert heard == [
        shared.model_copy(update={"unread": 3, "version": 5}),
        shared.model_copy(update={"unread": 0, "version": 8}),
    ]
