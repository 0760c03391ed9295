"""What concerns one member reaches all their screens, whatever they have open, and nobody else's."""

from datetime import UTC, datetime

from realtime.protocol import Activity
from realtime.shapes import Conversation, Layer, ListingBrief, ListingState
from realtime.signals import Broadcast
from realtime.topics import member_topic
from tests.realtime.served import Process
from tests.realtime.village import Village, new_id


async def test_news_of_ones_own_reach_all_ones_screens_and_nobody_elses(
    village: Village, process: Process
) -> None:
    ana = village.settle("ana")
    bo = village.settle("bo")
    news = Activity(
        conversation=Conversation(
            id=new_id(),
            kind="dialog",
            listing=ListingBrief(id=new_id(), kind=Layer.OFFER, title="Soupe", state=ListingState.OPEN),
            other=bo,
            last=None,
            unread=1,
            updated_at=datetime(2026, 11, 23, 10, tzinfo=UTC),
            version=1,
        )
    )

    async with process.client("ana") as phone, process.client("ana") as laptop, process.client("bo") as other:
        await village.publish(Broadcast(topics=[member_topic(ana.id)], event=news))
        reached = [await phone.next(Activity), await laptop.next(Activity)]
        overheard = await other.all_until_now()

    assert reached == [news, news]
    assert not any(isinstance(event, Activity) for event in overheard)
