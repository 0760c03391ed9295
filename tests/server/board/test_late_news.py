"""What is told late is told as it is by then."""

from datetime import timedelta

import time_machine
from sqlalchemy import delete
from sqlmodel import col, select

from realtime.bus import MemoryBus
from realtime.inboxes import activities
from realtime.protocol import Activity, AvatarChanged, MessageChanged
from realtime.shapes import MessageState
from realtime.signals import (
    Announced,
    AnySignal,
    AuthorNews,
    Broadcast,
    FeedNews,
    InboxNews,
    PinMoved,
    RightsChanged,
)
from server.board.late import as_of_now
from server.clock import now
from server.conversations import actions as conversations
from server.conversations import queries
from server.listings import actions as listings
from server.listings.schemas import ListingChange
from server.members.models import MemberRow
from server.moderation import actions as moderation
from server.outbox import Outbox, SignalRow, emit
from tests.server.board.town import Town


async def test_a_pin_that_has_ended_does_not_come_back_by_the_late_news_of_its_beginning(town: Town) -> None:
    ana = await town.member("Ana")
    listing = (await town.publish(ana)).listing
    async with town.database.read() as session:
        beginning = list(await session.exec(select(SignalRow.id)))
    await listings.close(town.site, ana, listing.id)
    async with town.database.write() as session:
        # Its end was told, and heard by some.
        await session.exec(delete(SignalRow).where(col(SignalRow.id).not_in(beginning)))
    heard = await swept(town)

    told = [signal for signal in heard if isinstance(signal, PinMoved)]
    assert [(one.id, one.version, one.pin, one.reason) for one in told] == [(listing.id, 2, None, "done")]


async def test_what_was_taken_back_before_it_was_told_is_told_to_nobody(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    thread = (await town.publish(ana)).listing.thread
    message = await town.post(bo, thread, "Mon code est 4711")
    await conversations.delete(town.site, bo, message.id)

    heard = await swept(town)

    assert not [signal for signal in heard if "4711" in signal.model_dump_json()]
    events = [signal.event for signal in heard if isinstance(signal, Broadcast)]
    changes = [event.message for event in events if isinstance(event, MessageChanged)]
    assert [(one.change, one.state, one.text) for one in changes] == [
        (1, MessageState.DELETED, None),
        (2, MessageState.DELETED, None),
    ]


async def test_a_hidden_message_is_told_late_to_moderators_only(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    mo = await town.member("Mo", moderator=True)
    thread = (await town.publish(ana)).listing.thread
    message = await town.post(bo, thread, "Une injure")
    await moderation.sanction_message(town.site, mo, "hide", message.id, "Pas ici.")

    heard = await swept(town)

    assert {type(signal) for signal in heard if "Une injure" in signal.model_dump_json()} == {FeedNews}


async def test_late_news_of_a_conversation_reach_only_who_may_read_it_by_then(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    mo = await town.member("Mo", moderator=True)
    assert ana.member
    listing = (await town.publish(ana)).listing
    await town.post(bo, listing.thread)
    await moderation.sanction_listing(town.site, mo, "hide", listing.id, "Pas ici.")

    heard = await swept(town)

    news = [signal for signal in heard if isinstance(signal, InboxNews)]
    assert {member for one in news for member in one.places} == {ana.member.id}
    (conversation,) = (await queries.inbox(town.site, ana)).conversations
    assert all(event == Activity(conversation=conversation) for one in news for _, event in activities(one))


async def test_who_may_no_longer_read_is_let_out_before_anything_else_is_told_late(town: Town) -> None:
    ana = await town.member("Ana")
    mo = await town.member("Mo", moderator=True)
    listing = (await town.publish(ana)).listing
    await listings.edit(town.site, ana, listing.id, ListingChange(version=1, text="Une injure"))
    await moderation.sanction_listing(town.site, mo, "hide", listing.id, "Pas ici.")

    first, *rest = await swept(town)

    assert isinstance(first, RightsChanged)
    assert not any(isinstance(signal, RightsChanged) for signal in rest)


async def test_of_avatars_what_is_told_late_is_whether_anybody_is_seen_by_them_now(town: Town) -> None:
    shown, gone = "a" * 22, "b" * 22
    await town.member("Ana", avatar=shown)
    async with town.database.write() as session:
        for name in (shown, gone):
            for hidden in (True, False):
                emit(session, Announced(event=AvatarChanged(avatar=name, hidden=hidden)))

    heard = [signal for signal in await swept(town) if isinstance(signal, Announced)]

    told = [AvatarChanged(avatar=name, hidden=name == gone) for name in (shown, shown, gone, gone)]
    assert [signal.event for signal in heard] == told


async def test_an_author_is_told_late_as_they_are_called_by_then(town: Town) -> None:
    ana = await town.member("Ana")
    assert ana.member
    async with town.database.write() as session:
        emit(session, AuthorNews(author=ana.member))
        (await session.get_one(MemberRow, ana.member.id)).name = "Ancien membre"

    (told,) = [signal for signal in await swept(town) if isinstance(signal, AuthorNews)]

    assert told.author == ana.member.model_copy(update={"name": "Ancien membre"})


async def swept(town: Town) -> list[AnySignal]:
    """Return what a sweep tells, some seconds later, of all that is left."""
    heard: list[AnySignal] = []
    bus = MemoryBus()
    await bus.start(heard.extend, lambda: None, lambda: None)
    with time_machine.travel(now() + timedelta(seconds=3)):
        await Outbox(town.database, bus, lambda _: None, as_of_now).sweep()
    await bus.aclose()
    return heard
