"""Hiding and restoring: pins and words vanish from every screen at once, and come back."""

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import delete, update

from realtime.protocol import Activity, ListingChanged, ListingGone, MessageChanged
from realtime.refusals import Conflict, Forbidden, NotFound
from realtime.shapes import MessageState
from realtime.signals import FeedNews, PinMoved, RightsChanged
from realtime.topics import conversation_topic, listing_topic, member_topic
from server import mail
from server.conversations import queries
from server.listings import actions as listings
from server.listings import views
from server.moderation import actions
from server.moderation.models import AuditRow
from tests.server.board.town import Town
from tests.server.leaving.parting import leave

REASON = "Ce n’est pas le lieu pour cela."


async def test_a_hidden_listing_is_gone_for_all_but_its_author_and_moderators(town: Town) -> None:
    ana, bo, cy = [await town.member(name) for name in ("Ana", "Bo", "Cy")]
    mo = await town.member("Mo", moderator=True)
    listing = (await town.publish(ana)).listing
    dialog = await town.dialog(bo, listing.id)
    await town.post(bo, dialog)
    await town.post(cy, listing.thread)

    await actions.sanction_listing(town.site, mo, "hide", listing.id, REASON)

    moved = (await town.signals(PinMoved))[-1]
    assert (moved.pin, moved.reason, moved.version) == (None, "ended", 2)
    assert [pin async for pin in town.backend.pins()] == []
    for stranger in (bo, cy):
        with pytest.raises(NotFound):
            await views.view(town.site, stranger, listing.id)
        with pytest.raises(NotFound):
            await town.backend.admit(stranger, listing.thread)
        assert (await queries.inbox(town.site, stranger)).conversations == []
    with pytest.raises(NotFound):
        await town.backend.admit(bo, dialog)
    for reader in (ana, mo):
        view = await views.view(town.site, reader, listing.id)
        assert (view.listing.hidden, view.hidden_reason) == (True, REASON)
        await town.backend.admit(reader, listing.thread)
    with pytest.raises(Conflict, match="not_in_this_state"):
        await town.post(ana, dialog)


async def test_whoever_has_it_open_is_asked_again_before_anything_else_is_told(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    mo = await town.member("Mo", moderator=True)
    assert ana.member
    assert bo.member
    listing = (await town.publish(ana)).listing
    await town.post(bo, listing.thread)
    before = len(await town.told())

    await actions.sanction_listing(town.site, mo, "hide", listing.id, REASON)

    told = (await town.told())[before:]
    gone = ListingGone(id=listing.id)
    assert told[0] == RightsChanged(topic=listing_topic(listing.id), event=gone)
    assert await town.events(ListingGone) == [gone]
    assert await town.events(ListingGone, member_topic(bo.member.id)) == [gone]
    changed = (await town.events(ListingChanged, member_topic(ana.member.id)))[-1]
    assert (changed.listing.hidden, changed.listing.version) == (True, 2)
    assert (await town.signals(FeedNews))[-1].item.hidden


async def test_a_restored_listing_is_back_with_all_that_was_said(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    mo = await town.member("Mo", moderator=True)
    assert bo.member
    listing = (await town.publish(ana)).listing
    message = await town.post(bo, listing.thread)
    await actions.sanction_listing(town.site, mo, "hide", listing.id, REASON)

    await actions.sanction_listing(town.site, mo, "restore", listing.id, "C’était une erreur.")

    moved = (await town.signals(PinMoved))[-1]
    assert moved.pin is not None
    assert moved.version == 3
    view = await views.view(town.site, bo, listing.id)
    assert (view.listing.hidden, view.hidden_reason) == (False, None)
    assert (await town.events(Activity, member_topic(bo.member.id)))[-1].conversation.last == message
    assert (await queries.inbox(town.site, bo)).conversations[0].last == message


async def test_a_hidden_message_loses_its_text_and_keeps_its_place(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    mo = await town.member("Mo", moderator=True)
    assert ana.member
    thread = (await town.publish(ana)).listing.thread
    message = await town.post(bo, thread, "Une grossièreté")

    await actions.sanction_message(town.site, mo, "hide", message.id, REASON)

    hidden = (await town.events(MessageChanged, conversation_topic(thread)))[-1].message
    assert (hidden.seq, hidden.change, hidden.text, hidden.state) == (1, 2, None, MessageState.HIDDEN)
    news = (await town.events(Activity, member_topic(ana.member.id)))[-1].conversation
    assert (news.unread, news.last) == (0, hidden)
    assert (await queries.page(town.site, bo, thread)).messages == [hidden]
    item = (await town.signals(FeedNews))[-1].item
    assert (item.hidden, item.text, item.version) == (True, "Une grossièreté", 2)

    await actions.sanction_message(town.site, mo, "restore", message.id, "C’était une erreur.")
    back = (await town.events(MessageChanged, conversation_topic(thread)))[-1].message
    assert (back.text, back.state, back.change) == ("Une grossièreté", MessageState.VISIBLE, 3)
    assert (await queries.inbox(town.site, ana)).unread == 1


async def test_only_moderators_hide_and_never_what_is_private(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    mo = await town.member("Mo", moderator=True)
    listing = (await town.publish(ana)).listing
    public = await town.post(bo, listing.thread)
    private = await town.post(bo, await town.dialog(bo, listing.id))

    for member in (ana, bo):
        with pytest.raises(Forbidden, match="moderators_only"):
            await actions.sanction_listing(town.site, member, "hide", listing.id, REASON)
        with pytest.raises(Forbidden, match="moderators_only"):
            await actions.sanction_message(town.site, member, "hide", public.id, REASON)
    with pytest.raises(NotFound):
        await actions.sanction_message(town.site, mo, "hide", private.id, REASON)
    with pytest.raises(Forbidden):
        await actions.audit(town.site, bo)


async def test_the_author_learns_why_in_their_language(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo", locale="en")
    mo = await town.member("Mo", moderator=True)
    listing = (await town.publish(ana, title="Soupe")).listing
    message = await town.post(bo, listing.thread)

    await actions.sanction_message(town.site, mo, "hide", message.id, REASON)
    await actions.sanction_listing(town.site, mo, "hide", listing.id, REASON)
    await town.work()

    letters = {letter.subject: letter.text for letter in await mail.shown(town.site)}
    assert set(letters) == {
        "Votre annonce «\u00a0Soupe\u00a0» a été masquée",
        "One of your messages was hidden",
    }
    assert all(REASON in text for text in letters.values())


async def test_each_sanction_leaves_one_line_in_the_audit(town: Town) -> None:
    ana = await town.member("Ana")
    mo = await town.member("Mo", moderator=True)
    listing = (await town.publish(ana)).listing
    message = await town.post(ana, listing.thread)

    for action in ("hide", "hide", "restore"):
        await actions.sanction_message(town.site, mo, action, message.id, REASON)
    await actions.sanction_listing(town.site, mo, "hide", listing.id, REASON)

    lines = (await actions.audit(town.site, mo)).lines
    assert [(line.action, line.subject, line.subject_id, line.reason) for line in lines] == [
        ("hide", "listing", listing.id, REASON),
        ("restore", "message", message.id, REASON),
        ("hide", "message", message.id, REASON),
    ]
    assert {line.moderator for line in lines} == {mo.member}


async def test_the_database_itself_refuses_to_change_the_audit(town: Town) -> None:
    ana = await town.member("Ana")
    mo = await town.member("Mo", moderator=True)
    listing = (await town.publish(ana)).listing
    await actions.sanction_listing(town.site, mo, "hide", listing.id, REASON)

    for change in (update(AuditRow).values(reason="Rien"), delete(AuditRow)):
        with pytest.raises(DBAPIError, match="only ever added"):
            async with town.database.write() as session:
                await session.exec(change)
    assert [line.reason for line in (await actions.audit(town.site, mo)).lines] == [REASON]


async def test_an_author_can_still_take_away_what_was_hidden(town: Town) -> None:
    ana = await town.member("Ana")
    mo = await town.member("Mo", moderator=True)
    listing = (await town.publish(ana)).listing
    await actions.sanction_listing(town.site, mo, "hide", listing.id, REASON)

    assert (await views.view(town.site, ana, listing.id)).may == ["delete"]
    await listings.delete(town.site, ana, listing.id)

    with pytest.raises(Conflict, match="not_in_this_state"):
        await actions.sanction_listing(town.site, mo, "restore", listing.id, REASON)


async def test_nobody_is_written_to_who_has_left_what_they_wrote(town: Town) -> None:
    ana, bo, mo = await town.member("Ana"), await town.member("Bo"), await town.member("Mo", moderator=True)
    listing = (await town.publish(ana)).listing
    said = await town.post(bo, listing.thread)
    await leave(town, bo)

    await actions.sanction_message(town.site, mo, "hide", said.id, REASON)
    await town.work()

    assert await mail.shown(town.site) == []
    page = await queries.page(town.site, ana, listing.thread)
    assert [one.state for one in page.messages] == [MessageState.HIDDEN]
