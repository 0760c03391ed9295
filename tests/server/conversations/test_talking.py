"""Posting, editing, deleting and reading, in the public thread and in private dialogs."""

import asyncio

import pytest

from realtime.backend import Viewer
from realtime.protocol import Activity, MessageChanged, ReadSeen
from realtime.refusals import Conflict, Forbidden, NotFound, Unauthenticated
from realtime.shapes import MessageState
from realtime.signals import Broadcast, FeedNews, InboxNews
from realtime.topics import conversation_topic, member_topic
from server.board.finding import find_turn
from server.conversations import actions, queries
from server.conversations.schemas import MessageDraft
from server.ids import new_id
from server.listings import actions as listings
from server.listings import views
from server.members import actions as members
from server.members.schemas import MeChange
from server.moderation import actions as moderation
from tests.server.board.town import Town

NOBODY = Viewer(address="192.0.2.1")


async def test_a_message_is_told_to_the_conversation_to_each_participant_and_to_the_feed(town: Town) -> None:
    ana, bo, cy = [await town.member(name) for name in ("Ana", "Bo", "Cy")]
    assert ana.member
    assert bo.member
    assert cy.member
    thread = (await town.publish(ana)).listing.thread
    await town.post(bo, thread)

    message = await town.post(cy, thread, "Samedi me va")

    assert (message.seq, message.change, message.text) == (2, 2, "Samedi me va")
    changed = await town.events(MessageChanged, conversation_topic(thread))
    assert changed[-1].message == message
    for member, unread in [(ana, 2), (bo, 1), (cy, 0)]:
        assert member.member
        news = (await town.events(Activity, member_topic(member.member.id)))[-1].conversation
        assert (news.id, news.kind, news.unread, news.last) == (thread, "thread", unread, message)
    assert (await town.signals(FeedNews))[-1].item.text == "Samedi me va"


async def test_a_dialog_is_told_to_its_two_and_to_no_feed(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    assert ana.member
    assert bo.member
    listing = (await town.publish(ana)).listing
    dialog = await town.dialog(bo, listing.id)
    feed = await town.signals(FeedNews)

    await town.post(bo, dialog)

    told = {member for news in await town.signals(InboxNews) for member in news.places}
    assert told == {ana.member.id, bo.member.id}
    assert await town.signals(FeedNews) == feed
    conversation = (await queries.inbox(town.site, ana)).conversations[0]
    assert (conversation.kind, conversation.other, conversation.unread) == ("dialog", bo.member, 1)


async def test_the_dialog_is_the_same_however_often_it_is_asked_for(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    listing = (await town.publish(ana)).listing

    opened = await asyncio.gather(*(town.dialog(bo, listing.id) for _ in range(6)))

    assert len({*opened}) == 1
    assert (await views.view(town.site, bo, listing.id)).dialog == opened[0]


async def test_a_dialog_without_a_word_is_in_nobodys_inbox(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    listing = (await town.publish(ana)).listing

    await town.dialog(bo, listing.id)

    assert (await queries.inbox(town.site, bo)).conversations == []
    assert (await views.view(town.site, ana, listing.id)).dialogs == []


async def test_one_cannot_answer_oneself_and_nobody_answers_what_is_closed(town: Town) -> None:
    ana, bo, cy = [await town.member(name) for name in ("Ana", "Bo", "Cy")]
    listing = (await town.publish(ana)).listing
    dialog = await town.dialog(bo, listing.id)
    with pytest.raises(Conflict, match="own_listing"):
        await town.dialog(ana, listing.id)

    await listings.close(town.site, ana, listing.id)

    with pytest.raises(Conflict, match="listing_closed"):
        await town.dialog(cy, listing.id)
    assert await town.dialog(bo, listing.id) == dialog
    await town.post(bo, dialog, "À samedi !")


async def test_a_dialog_is_not_there_for_anybody_else(town: Town) -> None:
    ana, bo, cy = [await town.member(name) for name in ("Ana", "Bo", "Cy")]
    moderator = await town.member("Mo", moderator=True)
    dialog = await town.dialog(bo, (await town.publish(ana)).listing.id)
    message = await town.post(bo, dialog)

    for stranger in (NOBODY, cy, moderator):
        for look in (
            queries.page(town.site, stranger, dialog),
            town.backend.opening(stranger, dialog, None),
            town.backend.admit(stranger, dialog),
        ):
            with pytest.raises(NotFound):
                await look
    for member in (cy, moderator):
        for deed in (
            town.post(member, dialog),
            actions.read(town.site, member, dialog, 1),
            actions.edit(town.site, member, message.id, "Autre"),
            actions.delete(town.site, member, message.id),
        ):
            with pytest.raises(NotFound):
                await deed


async def test_anybody_reads_a_thread_and_only_members_write(town: Town) -> None:
    ana = await town.member("Ana")
    thread = (await town.publish(ana)).listing.thread
    message = await town.post(ana, thread)

    assert (await queries.page(town.site, NOBODY, thread)).messages == [message]
    with pytest.raises(Unauthenticated):
        await town.post(NOBODY, thread)


async def test_a_message_sent_again_and_again_exists_once(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    thread = (await town.publish(ana)).listing.thread
    draft = MessageDraft(id=new_id(), text="Moi !")

    answers = await asyncio.gather(*(actions.post(town.site, bo, thread, draft) for _ in range(10)))

    assert len({*answers}) == 1
    assert (await queries.page(town.site, bo, thread)).messages == [answers[0]]
    assert len(await town.events(MessageChanged)) == 1
    assert (await queries.inbox(town.site, ana)).unread == 1


async def test_an_id_is_good_for_one_message(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    first, second = [(await town.publish(ana)).listing.thread for _ in range(2)]
    message = await town.post(bo, first, "Moi !")

    for viewer, thread, text in [(bo, first, "Non"), (bo, second, "Moi !"), (ana, first, "Moi !")]:
        with pytest.raises(Conflict, match="id_taken"):
            await actions.post(town.site, viewer, thread, MessageDraft(id=message.id, text=text))
    assert (await queries.page(town.site, bo, second)).messages == []


async def test_one_id_in_two_conversations_at_once_is_one_message(town: Town) -> None:
    bo = await town.member("Bo")
    threads = [(await town.publish(await town.member("Ana"))).listing.thread for _ in range(6)]
    draft = MessageDraft(id=new_id(), text="Moi !")

    tries = await asyncio.gather(
        *(actions.post(town.site, bo, thread, draft) for thread in threads), return_exceptions=True
    )

    assert [type(one) for one in tries if isinstance(one, BaseException)] == [Conflict] * 5
    pages = [await queries.page(town.site, bo, thread) for thread in threads]
    assert sum(len(page.messages) for page in pages) == 1


async def test_a_resent_message_that_was_edited_meanwhile_stays_as_edited(town: Town) -> None:
    ana = await town.member("Ana")
    thread = (await town.publish(ana)).listing.thread
    draft = MessageDraft(id=new_id(), text="Moi !")
    await actions.post(town.site, ana, thread, draft)
    edited = await actions.edit(town.site, ana, draft.id, "Moi aussi !")

    assert await actions.post(town.site, ana, thread, draft) == edited


async def test_an_edit_takes_the_next_number_and_keeps_the_place(town: Town) -> None:
    ana = await town.member("Ana")
    thread = (await town.publish(ana)).listing.thread
    first, _ = await town.post(ana, thread, "Un"), await town.post(ana, thread, "Deux")

    edited = await actions.edit(town.site, ana, first.id, "Un et demi")

    assert (edited.seq, edited.change, edited.text) == (1, 3, "Un et demi")
    assert edited.edited_at is not None
    assert (await town.events(MessageChanged))[-1].message == edited
    assert await actions.edit(town.site, ana, first.id, "Un et demi") == edited


async def test_a_deleted_message_leaves_its_place_and_no_text_anywhere(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    thread = (await town.publish(ana)).listing.thread
    message = await town.post(bo, thread, "Canari jaune")

    gone = await actions.delete(town.site, bo, message.id)

    assert (gone.text, gone.state, gone.change) == (None, MessageState.DELETED, 2)
    assert (await queries.inbox(town.site, ana)).unread == 0
    assert (await town.signals(FeedNews))[-1].item.text == ""
    assert await actions.delete(town.site, bo, message.id) == gone
    with pytest.raises(Conflict, match="not_in_this_state"):
        await actions.edit(town.site, bo, message.id, "Revenu")


async def test_only_its_author_changes_a_message(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    thread = (await town.publish(ana)).listing.thread
    message = await town.post(bo, thread)

    with pytest.raises(Forbidden, match="not_yours"):
        await actions.edit(town.site, ana, message.id, "Autre")
    with pytest.raises(Forbidden, match="not_yours"):
        await actions.delete(town.site, ana, message.id)


async def test_reading_clears_the_counter_on_all_screens_and_never_goes_back(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    assert ana.member
    listing = (await town.publish(ana)).listing
    dialog = await town.dialog(bo, listing.id)
    for text in ("Un", "Deux", "Trois"):
        await town.post(bo, dialog, text)

    await actions.read(town.site, ana, dialog, 2)
    await actions.read(town.site, ana, dialog, 1)

    news = await town.events(Activity, member_topic(ana.member.id))
    assert [one.conversation.unread for one in news] == [1, 2, 3, 1]
    seen = [cast for cast in await town.signals(Broadcast) if isinstance(cast.event, ReadSeen)]
    assert [(one.event, one.except_members) for one in seen] == [
        (ReadSeen(conversation=dialog, member=ana.member.id, seq=2), (ana.member.id,))
    ]
    assert (await town.backend.opening(bo, dialog, None)).reads == {ana.member.id: 2}
    await actions.read(town.site, ana, dialog, 99)
    assert (await town.backend.opening(bo, dialog, None)).reads == {ana.member.id: 3}


async def test_who_reads_on_two_screens_at_once_never_goes_back(postgresql_town: Town) -> None:
    town = postgresql_town
    ana, bo = await town.member("Ana"), await town.member("Bo")
    assert ana.member
    dialog = await town.dialog(bo, (await town.publish(ana)).listing.id)
    for text in ("Un", "Deux", "Trois"):
        await town.post(bo, dialog, text)

    async with town.database.write() as session:
        await find_turn(session, dialog, ana.member.id)
        reading = []
        for waiting, seq in enumerate((3, 1), start=1):
            reading.append(asyncio.create_task(actions.read(town.site, ana, dialog, seq)))
            await town.until_waiting(waiting)
    await asyncio.gather(*reading)

    assert (await town.backend.opening(bo, dialog, None)).reads == {ana.member.id: 3}
    news = await town.events(Activity, member_topic(ana.member.id))
    assert [one.conversation.unread for one in news] == [1, 2, 3, 0]


async def test_a_moderator_who_reads_a_hidden_thread_sees_that_on_all_screens(town: Town) -> None:
    ana, mo = await town.member("Ana"), await town.member("Mo", moderator=True)
    assert mo.member
    listing = (await town.publish(ana)).listing
    await town.post(mo, listing.thread)
    message = await town.post(ana, listing.thread)
    await moderation.sanction_listing(town.site, mo, "hide", listing.id, "Ce n’est pas le lieu.")

    await actions.read(town.site, mo, listing.thread, message.seq)

    told = (await town.events(Activity, member_topic(mo.member.id)))[-1].conversation
    assert told.unread == 0
    assert (await queries.inbox(town.site, mo)).conversations == [told]


async def test_who_hides_reading_is_not_seen_to_read(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    assert ana.member
    dialog = await town.dialog(bo, (await town.publish(ana)).listing.id)
    message = await town.post(bo, dialog)
    await members.change(town.site, ana.member.id, None, MeChange(shows_reads=False))

    await actions.read(town.site, ana, dialog, message.seq)

    assert await town.events(ReadSeen) == []
    assert (await town.backend.opening(bo, dialog, None)).reads == {}
    assert (await queries.inbox(town.site, ana)).unread == 0


async def test_older_messages_come_by_pages(town: Town) -> None:
    ana = await town.member("Ana")
    thread = (await town.publish(ana)).listing.thread
    sent = [await town.post(ana, thread, f"Message {n}") for n in range(5)]

    latest = await queries.page(town.site, ana, thread, limit=2)
    older = await queries.page(town.site, ana, thread, before=latest.messages[0].seq, limit=3)

    assert (latest.messages, latest.earlier) == (sent[3:], True)
    assert (older.messages, older.earlier) == (sent[:3], False)


async def test_the_inbox_has_the_last_active_first(town: Town) -> None:
    ana, bo, cy = [await town.member(name) for name in ("Ana", "Bo", "Cy")]
    listing = (await town.publish(ana)).listing
    with_bo, with_cy = await town.dialog(bo, listing.id), await town.dialog(cy, listing.id)
    await town.post(bo, with_bo)
    await town.post(cy, with_cy)
    await town.post(bo, listing.thread)
    await town.post(ana, with_bo)

    inbox = await queries.inbox(town.site, ana)

    assert [one.id for one in inbox.conversations] == [with_bo, listing.thread, with_cy]
    assert inbox.unread == 3
    view = await views.view(town.site, ana, listing.id)
    assert ([one.id for one in view.dialogs], view.thread_unread) == ([with_bo, with_cy], 1)
