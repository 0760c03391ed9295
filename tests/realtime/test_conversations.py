"""Opened conversations: nothing missed, nothing doubled, nothing leaked."""

import asyncio

from realtime.examples import CONVERSATION
from realtime.protocol import (
    PRESENCE_LIMIT,
    Activity,
    Close,
    Done,
    ListingChanged,
    ListingGone,
    MessageChanged,
    Open,
    Opened,
    PresenceChanged,
    Read,
    ReadSeen,
    Refused,
    Resync,
    Send,
    Sent,
    Typing,
    TypingSeen,
)
from realtime.rooms import OPEN_CONVERSATIONS
from realtime.signals import Broadcast, PresenceTold, RightsChanged
from realtime.topics import conversation_topic, listing_topic, member_topic
from tests.realtime.served import Process
from tests.realtime.village import Village, new_id, person


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


async def test_who_may_no_longer_read_is_told_and_let_out_before_anything_more_is_said(
    village: Village, process: Process
) -> None:
    ana = village.settle("ana")
    village.settle("max", moderator=True, discreet=True)
    thread = village.talk()
    listing = village.talks[thread].listing

    async with process.client() as bo, process.client("max") as moderator:
        for client in (bo, moderator):
            await client.ask(Open(conversation=thread))
            await client.next(Opened)
        village.talks[thread].hidden = True
        rights = RightsChanged(topic=listing_topic(listing), event=ListingGone(id=listing))
        secret = Broadcast(
            topics=[listing_topic(listing)], event=ListingChanged(listing=village.listing(thread))
        )
        await village.publish(rights, secret)
        await village.say(ana, thread, "caché")

        seen = [event.type for event in [await bo.next_event(), *await bo.all_until_now()]]
        kept = {event.type for event in [await moderator.next_event(), *await moderator.all_until_now()]}

    assert seen == ["listing_gone"]
    assert kept == {"message", "listing"}


async def test_nothing_is_delivered_between_a_change_of_rights_and_the_answer_of_the_rules(
    village: Village, process: Process
) -> None:
    ana = village.settle("ana")
    thread = village.talk()

    async with process.client() as bo:
        await bo.ask(Open(conversation=thread))
        await bo.next(Opened)
        village.answers_may_come.clear()
        await village.publish(RightsChanged(topic=conversation_topic(thread)))
        await village.say(ana, thread, "Peut-on encore lire ?")
        meanwhile = await bo.all_until_now()
        village.answers_may_come.set()
        then = await bo.next(MessageChanged)

    assert meanwhile == []
    assert then.message.text == "Peut-on encore lire ?"


async def test_rights_lost_while_the_snapshot_is_read_keep_the_snapshot_from_being_sent(
    village: Village, process: Process
) -> None:
    ana = village.settle("ana")
    thread = village.talk()
    await village.say(ana, thread, "secret")

    async def hide() -> None:
        village.talks[thread].hidden = True
        await village.publish(RightsChanged(topic=conversation_topic(thread)))

    village.after_reading = hide
    async with process.client() as bo:
        await bo.ask(Open(conversation=thread))
        events = await bo.all_until_now()

    assert [event.code for event in events if isinstance(event, Refused)] == ["not_found"]
    assert not any(isinstance(event, Opened | MessageChanged) for event in events)


async def test_a_listing_hidden_while_the_first_reading_is_under_way_lets_nobody_in(
    village: Village, process: Process
) -> None:
    ana = village.settle("ana")
    thread = village.talk()
    listing = village.talks[thread].listing
    await village.say(ana, thread, "secret")

    async def hide() -> None:
        village.talks[thread].hidden = True
        await village.publish(RightsChanged(topic=listing_topic(listing), event=ListingGone(id=listing)))

    village.after_reading = hide
    async with process.client() as bo:
        await bo.ask(Open(conversation=thread))
        events = await bo.all_until_now()
        left = process.live.hub.topics()

    assert [type(event) for event in events] == [Refused]
    assert left == []


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


async def test_who_is_let_out_while_coming_back_and_welcome_again_hears_on(
    village: Village, process: Process
) -> None:
    ana = village.settle("ana")
    thread = village.talk()
    talk = village.talks[thread]

    async def hide_and_restore() -> None:
        village.after_reading = village.before_reading
        talk.hidden = True
        await village.publish(
            RightsChanged(topic=listing_topic(talk.listing), event=ListingGone(id=talk.listing))
        )
        await process.live.rooms.answered()
        talk.hidden = False

    async with process.client() as bo:
        await bo.ask(Open(conversation=thread))
        await bo.next(Opened)
        village.after_reading = hide_and_restore
        await bo.ask(Open(conversation=thread, cursor=0))
        await bo.next(ListingGone)
        await bo.next(Opened)
        await village.say(ana, thread, "De retour")

        assert [type(event) for event in await bo.all_until_now()] == [MessageChanged]


async def test_what_the_snapshot_holds_does_not_come_again_when_the_rules_answer_later(
    village: Village, process: Process
) -> None:
    ana = village.settle("ana")
    thread = village.talk()

    async def change_rights_and_speak() -> None:
        village.after_reading = village.before_reading
        village.answers_may_come.clear()
        await village.publish(RightsChanged(topic=conversation_topic(thread)))
        await village.say(ana, thread, "un")

    async with process.client() as bo:
        await bo.ask(Open(conversation=thread))
        await bo.next(Opened)
        village.after_reading = change_rights_and_speak
        await bo.ask(Open(conversation=thread, cursor=0))
        opened = await bo.next(Opened)
        village.answers_may_come.set()
        await process.live.rooms.answered()
        await village.say(ana, thread, "deux")
        then = await bo.next(MessageChanged)

    assert [message.text for message in opened.messages] == ["un"]
    assert then.message.text == "deux"


async def test_one_refused_conversation_leaves_the_other_under_the_same_listing_as_it_was(
    village: Village, process: Process
) -> None:
    thread, other = village.talk(), village.talk()
    village.talks[other].listing = village.talks[thread].listing
    topic = listing_topic(village.talks[thread].listing)

    async def hide() -> None:
        village.talks[other].hidden = True

    async with process.client() as bo:
        await bo.ask(Open(conversation=thread))
        await bo.next(Opened)
        village.before_reading = hide
        await bo.ask(Open(conversation=other))
        await bo.next(Refused)
        await village.publish(
            Broadcast(topics=[topic], event=ListingChanged(listing=village.listing(thread)))
        )

        assert [type(event) for event in await bo.all_until_now()] == [ListingChanged]


async def test_one_let_out_of_a_conversation_while_coming_into_another_under_its_listing_hears_that_listing(
    village: Village, process: Process
) -> None:
    ana, bo = village.settle("ana"), village.settle("bo")
    thread, dialog = village.talk(), village.talk(ana, bo)
    village.talks[dialog].listing = village.talks[thread].listing
    topic = listing_topic(village.talks[thread].listing)

    async def take_the_thread_away() -> None:
        village.after_reading = let_the_rules_answer
        village.answers_may_come.clear()
        village.talks[thread].hidden = True
        await village.publish(RightsChanged(topic=topic))

    async def let_the_rules_answer() -> None:
        village.answers_may_come.set()
        await process.live.rooms.answered()

    async with process.client("bo") as client:
        await client.ask(Open(conversation=thread))
        await client.next(Opened)
        village.after_reading = take_the_thread_away
        await client.ask(Open(conversation=dialog))
        await client.next(Opened)
        await village.publish(
            Broadcast(topics=[topic], event=ListingChanged(listing=village.listing(thread)))
        )
        changed = await client.all_until_now()
        village.talks[dialog].hidden = True
        await village.publish(RightsChanged(topic=topic, event=ListingGone(id=village.talks[dialog].listing)))
        await process.live.rooms.answered()
        await village.say(ana, dialog, "secret")

        assert [type(event) for event in changed] == [ListingChanged]
        assert [type(event) for event in await client.all_until_now()] == [ListingGone]


async def test_without_an_answer_of_the_rules_the_conversation_is_closed_and_the_client_asked_to_resume(
    village: Village, process: Process
) -> None:
    ana = village.settle("ana")
    thread = village.talk()

    async with process.client() as bo:
        await bo.ask(Open(conversation=thread))
        await bo.next(Opened)
        village.down = True
        await village.publish(RightsChanged(topic=conversation_topic(thread)))
        await bo.next(Resync)
        village.down = False
        await village.say(ana, thread, "On ne sait pas qui lit")

        assert await bo.all_until_now() == []


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


async def test_typing_is_seen_by_the_others_only(village: Village, process: Process) -> None:
    ana = village.settle("ana")
    bo = village.settle("bo")
    dialog = village.talk(ana, bo)

    async with process.client("ana") as a, process.client("bo") as b:
        for client in (a, b):
            await client.ask(Open(conversation=dialog))
            await client.next(Opened)
        await a.next(PresenceChanged)
        await a.ask(Typing(conversation=dialog))
        seen = await b.next(TypingSeen)

        assert seen.member == ana
        assert await a.all_until_now() == []


async def test_only_members_inside_the_conversation_can_be_typing(village: Village, process: Process) -> None:
    village.settle("ana")
    thread = village.talk()

    async with process.client() as nobody, process.client("ana") as ana:
        await nobody.ask(Typing(conversation=thread))
        await ana.ask(Typing(conversation=thread))

        assert (await nobody.next(Refused)).code == "sign_in_first"
        assert (await ana.next(Refused)).code == "conversation_not_open"


async def test_the_other_sees_how_far_one_has_read(village: Village, process: Process) -> None:
    ana, bo = village.settle("ana"), village.settle("bo")
    dialog = village.talk(ana, bo)
    await village.say(ana, dialog, "Bonjour")

    async with process.client("ana") as a, process.client("bo") as b:
        await a.ask(Open(conversation=dialog))
        await a.next(Opened)
        await b.ask(Read(ref=1, conversation=dialog, seq=1))
        await b.next(Done)
        seen = await a.next(ReadSeen)

    assert (seen.member, seen.seq) == (bo.id, 1)


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


async def test_who_hides_their_presence_is_seen_neither_coming_nor_typing(
    village: Village, process: Process
) -> None:
    village.settle("ana", discreet=True)
    thread = village.talk()

    async with process.client() as bo, process.client("ana") as ana:
        await bo.ask(Open(conversation=thread))
        await bo.next(Opened)
        await ana.ask(Open(conversation=thread))
        await ana.next(Opened)
        await ana.ask(Typing(conversation=thread))
        await ana.all_until_now()

        assert await bo.all_until_now() == []


async def test_a_crowd_is_not_told_who_comes_and_goes(village: Village, process: Process) -> None:
    thread = village.talk()
    crowd = [
        PresenceTold(process="elsewhere", conversation=thread, member=person(f"{n}"), here=True)
        for n in range(PRESENCE_LIMIT)
    ]
    late = PresenceTold(process="elsewhere", conversation=thread, member=person("late"), here=True)

    async with process.client() as bo:
        await village.publish(*crowd)
        await bo.ask(Open(conversation=thread))
        opened = await bo.next(Opened)
        await village.publish(late, late.model_copy(update={"here": False}))
        one_too_many = await bo.all_until_now()
        await village.publish(crowd[0].model_copy(update={"here": False}))
        fewer = await bo.next(PresenceChanged)

    assert opened.present == [told.member for told in crowd]
    assert one_too_many == []
    assert (fewer.member, fewer.here) == (crowd[0].member, False)
