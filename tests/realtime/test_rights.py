"""Rights that change while somebody listens: nothing is sent that they may no longer read."""

from realtime.protocol import (
    ListingChanged,
    ListingGone,
    MessageChanged,
    Open,
    Opened,
    Refused,
    Resync,
)
from realtime.signals import Broadcast, RightsChanged
from realtime.topics import conversation_topic, listing_topic
from tests.realtime.served import Process
from tests.realtime.village import Village


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
