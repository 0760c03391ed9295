"""Opened conversations: nothing missed, nothing doubled, nothing leaked."""

import asyncio

from realtime.examples import CONVERSATION
from realtime.protocol import (
    Activity,
    Close,
    Done,
    ListingChanged,
    MessageChanged,
    Open,
    Opened,
    Refused,
    Resync,
    Send,
    Sent,
)
from realtime.rooms import OPEN_CONVERSATIONS
from realtime.signals import Broadcast
from realtime.topics import conversation_topic, listing_topic, member_topic
from tests.realtime.served import Process
from tests.realtime.village import Village, new_id


async def test_a_neighbour_in_the_thread_reads_what_is_said(village: Village, process: Process) -> None:
    ana = village.settle("ana")
    thread = village.talk()

    async with process.client() as bo:
        await bo.ask(Open(ref=1, conversation=thread))
        opened = await bo.next(Opened)
        await village.say(ana, thread, "Bonjour !")
        said = await bo.next(MessageChanged)

    assert (opened.ref, opened.reset, opened.messages, opened.cursor) == (1, True, [], 0)
    assert (said.message.text, said.message.change) == ("Bonjour !", 1)


async def test_one_who_comes_back_with_a_cursor_gets_exactly_what_changed(
    village: Village, process: Process
) -> None:
    ana = village.settle("ana")
    thread = village.talk()
    first = await village.say(ana, thread, "un")
    second = await village.say(ana, thread, "deux")
    await village.say(ana, thread, "trois")
    await village.reword(first, "un, donc")

    async with process.client() as bo:
        await bo.ask(Open(conversation=thread, cursor=second.change))
        opened = await bo.next(Opened)

    assert not opened.reset
    assert [message.text for message in opened.messages] == ["un, donc", "trois"]
    assert opened.cursor == 4


async def test_what_is_said_while_the_snapshot_is_read_comes_once_and_after_it(
    village: Village, process: Process
) -> None:
    ana = village.settle("ana")
    thread = village.talk()

    async def speak() -> None:
        await village.say(ana, thread, "Pendant que l’on ouvre")

    village.before_reading = village.after_reading = speak
    async with process.client() as bo:
        await bo.ask(Open(conversation=thread))
        opened = await bo.next(Opened)
        later = [event for event in await bo.all_until_now() if isinstance(event, MessageChanged)]

    changes = [message.change for message in opened.messages] + [event.message.change for event in later]
    assert changes == [1, 2]
    assert opened.cursor == 1


async def test_many_voices_at_once_are_heard_once_each_and_in_order(
    village: Village, process: Process
) -> None:
    village.settle("ana")
    village.settle("bo")
    thread = village.talk()

    async def speak(name: str) -> None:
        async with process.client(name) as client:
            for n in range(10):
                await client.ask(Send(conversation=thread, id=new_id(), text=f"{name} {n}"))
                await client.next(Sent)

    async with process.client() as listener:
        talking = asyncio.gather(speak("ana"), speak("bo"))
        await asyncio.sleep(0)
        await listener.ask(Open(conversation=thread))
        opened = await listener.next(Opened)
        await talking
        events = await listener.all_until_now()

    heard = [event.message.change for event in events if isinstance(event, MessageChanged)]
    assert [message.change for message in opened.messages] + heard == list(range(1, 21))


async def test_a_message_sent_twice_exists_once(village: Village, process: Process) -> None:
    village.settle("ana")
    thread = village.talk()
    send = Send(ref=7, conversation=thread, id=new_id(), text="Bonjour")

    async with process.client("ana") as ana:
        await ana.ask(send)
        await ana.ask(send)
        first, second = await ana.next(Sent), await ana.next(Sent)

    assert first == second
    assert len(village.talks[thread].messages) == 1


async def test_nobody_else_can_open_a_dialog(village: Village, process: Process) -> None:
    ana, bo = village.settle("ana"), village.settle("bo")
    village.settle("eve")
    dialog = village.talk(ana, bo)

    async with process.client("eve") as eve:
        await eve.ask(Open(ref=3, conversation=dialog))
        refused = await eve.next(Refused)
        await village.say(ana, dialog, "Entre nous")
        overheard = await eve.all_until_now()

    assert (refused.ref, refused.code, refused.title) == (3, "not_found", "fr: not_found")
    assert overheard == []


async def test_a_closed_conversation_is_heard_no_more(village: Village, process: Process) -> None:
    ana = village.settle("ana")
    thread = village.talk()

    async with process.client() as bo:
        await bo.ask(Open(conversation=thread))
        await bo.next(Opened)
        await bo.ask(Close(ref=2, conversation=thread))
        await bo.next(Done)
        await village.say(ana, thread, "Encore là ?")

        assert await bo.all_until_now() == []


async def test_a_listing_changed_while_the_first_reading_is_under_way_is_in_the_snapshot(
    village: Village, process: Process
) -> None:
    thread = village.talk()
    topic = listing_topic(village.talks[thread].listing)

    async def change() -> None:
        if village.talks[thread].version == 1:
            village.talks[thread].version = 2
            await village.publish(
                Broadcast(topics=[topic], event=ListingChanged(listing=village.listing(thread)))
            )

    village.after_reading = change
    async with process.client() as bo:
        await bo.ask(Open(conversation=thread))
        opened = await bo.next(Opened)

    assert opened.listing_version == 2


async def test_what_was_kept_for_one_who_is_refused_is_thrown_away(
    village: Village, process: Process
) -> None:
    ana, bo = village.settle("ana"), village.settle("bo")
    village.settle("eve")
    dialog = village.talk(ana, bo)

    async def speak() -> None:
        await village.say(ana, dialog, "Entre nous")

    village.before_reading = speak
    async with process.client("eve") as eve:
        await eve.ask(Open(conversation=dialog))
        await eve.next(Refused)
        await speak()
        overheard = await eve.all_until_now()

    assert overheard == []


async def test_while_the_database_is_away_opening_is_refused_and_the_client_asked_to_try_again(
    village: Village, process: Process
) -> None:
    thread = village.talk()

    async with process.client() as bo:
        village.down = True
        await bo.ask(Open(ref=1, conversation=thread))
        refused = await bo.next(Refused)
        await bo.next(Resync)
        village.down = False
        await bo.ask(Open(ref=2, conversation=thread))
        opened = await bo.next(Opened)

    assert (refused.ref, refused.code) == (1, "fault")
    assert opened.ref == 2


async def test_fifty_conversations_are_opened_at_once_on_one_socket_and_no_more(
    village: Village, process: Process
) -> None:
    async with process.client() as bo:
        for _ in range(OPEN_CONVERSATIONS):
            await bo.ask(Open(conversation=village.talk()))
        for _ in range(OPEN_CONVERSATIONS):
            await bo.next(Opened)
        await bo.ask(Open(ref=51, conversation=village.talk()))
        refused = await bo.next(Refused)

    assert refused.code == "too_many_conversations"


async def test_a_members_own_news_reach_all_their_screens_and_nobody_else(
    village: Village, process: Process
) -> None:
    bo = village.settle("bo")
    village.settle("eve")
    news = Activity(conversation=CONVERSATION)

    async with process.client("bo") as desk, process.client("bo") as phone, process.client("eve") as eve:
        await village.publish(Broadcast(topics=[member_topic(bo.id)], event=news))

        assert await desk.all_until_now() == await phone.all_until_now() == [news]
        assert await eve.all_until_now() == []


async def test_one_event_under_several_topics_comes_once(village: Village, process: Process) -> None:
    thread = village.talk()
    topics: list[str] = [conversation_topic(thread), listing_topic(village.talks[thread].listing)]

    async with process.client() as bo:
        await bo.ask(Open(conversation=thread))
        await bo.next(Opened)
        await village.publish(Broadcast(topics=topics, event=ListingChanged(listing=village.listing(thread))))

        assert [event.type for event in await bo.all_until_now()] == ["listing"]
