"""The cards of an exchange in its dialog: read live and late, counted, and nobody's to change."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import col, select

from realtime.bus import MemoryBus
from realtime.exchanges import ExchangeStep
from realtime.protocol import MessageChanged
from realtime.refusals import Conflict, Forbidden, NotFound
from realtime.shapes import MessageState
from realtime.signals import AnySignal, Broadcast, InboxNews
from realtime.topics import conversation_topic
from server.board.late import as_of_now
from server.board.models import MessageRow
from server.clock import now
from server.conversations import actions as conversations
from server.conversations import openings, queries
from server.moderation import actions as moderation
from server.outbox import Outbox
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair, due_of


async def unread(pair: Pair) -> tuple[int, int]:
    """Return what waits for Ana and for Bo."""
    inboxes = [await queries.inbox(pair.town.site, who) for who in (pair.ana, pair.bo)]
    return inboxes[0].unread, inboxes[1].unread


async def test_each_step_is_a_card_in_the_dialog_that_both_read(town: Town) -> None:
    pair = await Pair.meet(town)

    await pair.done()

    cards = await pair.cards()
    assert [one.card.step for one in cards if one.card] == ["propose", "accept", "finish"]
    assert [one.author.name for one in cards] == ["Bo", "Ana", "Bo"]
    assert [one.card.exchange.version for one in cards if one.card] == [1, 2, 3]
    assert {(one.text, one.state) for one in cards} == {(None, MessageState.VISIBLE)}
    assert cards[-1].card is not None
    assert cards[-1].card.exchange == await pair.now()
    told = await town.events(MessageChanged, conversation_topic(pair.dialog))
    assert [event.message for event in told] == cards


async def test_a_card_waits_unread_for_the_other_and_the_clocks_for_both(town: Town) -> None:
    pair = await Pair.meet(town)

    done = await pair.done()
    steps = await unread(pair)
    for who in (pair.ana, pair.bo):
        await conversations.read(town.site, who, pair.dialog, 100)
    with time_machine.travel(due_of(done)):
        await town.work()
    by_clock = await unread(pair)
    # Counted anew from the messages, it is the same.
    text = await town.post(pair.bo, pair.dialog)
    await conversations.delete(town.site, pair.bo, text.id)

    assert steps == (2, 1)
    assert by_clock == (1, 1)
    assert await unread(pair) == (1, 1)


async def test_a_card_is_the_last_word_of_an_inbox(town: Town) -> None:
    pair = await Pair.meet(town)

    proposed = await pair.propose()

    (entry,) = (await queries.inbox(town.site, pair.ana)).conversations
    assert entry.last is not None
    assert entry.last.card is not None
    assert (entry.last.card.step, entry.last.card.exchange) == (ExchangeStep.PROPOSE, proposed)


async def test_a_card_is_nobodys_to_edit_delete_or_hide(town: Town) -> None:
    pair = await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    await pair.propose()
    (card,) = await pair.cards()

    with pytest.raises(Conflict, match="not_in_this_state"):
        await conversations.edit(town.site, pair.bo, card.id, "Jamais proposé")
    with pytest.raises(Conflict, match="not_in_this_state"):
        await conversations.delete(town.site, pair.bo, card.id)
    with pytest.raises(Forbidden, match="not_yours"):
        await conversations.delete(town.site, pair.ana, card.id)
    with pytest.raises(NotFound):
        await moderation.sanction_message(town.site, mo, "hide", card.id, "Pas ici.")

    assert await pair.cards() == [card]


async def test_who_comes_back_gets_the_cards_that_they_missed_in_order(town: Town) -> None:
    pair = await Pair.meet(town)
    await town.post(pair.bo, pair.dialog)
    left = await openings.opening(town.database, pair.ana, pair.dialog, None)

    proposed = await pair.propose()
    await town.post(pair.bo, pair.dialog, "D’accord ?")
    await pair.take(pair.ana, "decline", proposed)

    back = await openings.opening(town.database, pair.ana, pair.dialog, left.cursor)
    assert not back.reset
    assert [one.card.step if one.card else one.text for one in back.messages] == [
        "propose",
        "D’accord ?",
        "decline",
    ]
    assert [one.change for one in back.messages] == [2, 3, 4]


async def test_cards_that_are_told_late_are_the_steps_as_they_were(town: Town) -> None:
    pair = await Pair.meet(town)
    await pair.done()
    cards = await pair.cards()
    heard: list[AnySignal] = []
    bus = MemoryBus()
    await bus.start(heard.extend, lambda: None, lambda: None)

    with time_machine.travel(now() + timedelta(seconds=3)):
        await Outbox(town.database, bus, lambda _: None, as_of_now).sweep()
    await bus.aclose()

    events = [signal.event for signal in heard if isinstance(signal, Broadcast)]
    assert [event.message for event in events if isinstance(event, MessageChanged)] == cards
    # Inboxes are as they are by now: the last word is the last card.
    news = [one for one in heard if isinstance(one, InboxNews)]
    assert {one.conversation.last.id for one in news if one.conversation.last} == {cards[-1].id}


async def test_a_message_without_a_card_has_none_to_the_database_either(town: Town) -> None:
    pair = await Pair.meet(town)
    await town.post(pair.bo, pair.dialog)
    await pair.propose()

    async with town.database.read() as session:
        carded = await session.exec(select(MessageRow.id).where(col(MessageRow.card).is_not(None)))

    assert list(carded) == [card.id for card in await pair.cards()]
