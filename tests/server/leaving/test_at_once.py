"""Leaving while others, or one's own other screens, are at something: nothing stays open behind who has gone.

Each deed is that of somebody who was let in a moment before, as a request is that waits for a lock.
"""

import asyncio

import pytest
from sqlmodel import select

from realtime.protocol import Activity, MessageChanged
from realtime.refusals import Conflict, Unauthenticated
from realtime.topics import conversation_topic, member_topic
from server.board.exchanges import ExchangeRow
from server.board.models import ConversationRow, ListingRow, MessageRow
from server.conversations import actions as conversations
from server.exchanges.states import UNDER_WAY
from server.members import actions as account
from server.members.models import MemberRow
from server.members.schemas import MeChange
from server.smiles import invitation
from tests.server.board.town import REUNION, Town
from tests.server.exchanges.pair import Pair, faults, id_of
from tests.server.leaving.parting import leave, leaving_held_up, telling_held_up


@pytest.mark.parametrize("who", ["ana", "bo"])
async def test_nobody_proposes_an_exchange_to_somebody_who_has_left(town: Town, who: str) -> None:
    pair = await Pair.meet(town)
    leaver, stays = (pair.ana, pair.bo) if who == "ana" else (pair.bo, pair.ana)
    await leave(town, leaver)

    with pytest.raises(Conflict, match="other_has_left"):
        await pair.propose(by=stays)
    with pytest.raises(Unauthenticated, match="sign_in_first"):
        await pair.propose(by=leaver)


async def test_what_was_proposed_before_the_other_left_is_answered_the_same_again(town: Town) -> None:
    pair = await Pair.meet(town)
    proposed = await pair.propose()
    await leave(town, pair.ana)

    again = await pair.propose(id=proposed.id)

    assert again.state == "cancelled"


async def test_what_is_proposed_while_the_other_one_leaves_does_not_stay_open(postgresql_town: Town) -> None:
    town = postgresql_town
    pair = await Pair.meet(town)

    async with leaving_held_up(town, pair.bo) as leaving:
        proposing = asyncio.create_task(pair.propose(by=pair.ana))
        # Either it goes through at once, or it waits too.
        waiting = asyncio.create_task(town.until_waiting(2))
        await asyncio.wait({proposing, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    await asyncio.gather(leaving, proposing, waiting, return_exceptions=True)

    async with town.database.read() as session:
        left = (await session.get_one(MemberRow, id_of(pair.bo))).left_at
        states = set(await session.exec(select(ExchangeRow.state)))
    assert left is not None
    assert states.isdisjoint(UNDER_WAY)


async def test_who_has_left_publishes_nothing_and_changes_nothing_any_more(town: Town) -> None:
    ana = await town.member("Ana")
    await leave(town, ana)

    with pytest.raises(Unauthenticated, match="sign_in_first"):
        await town.publish(ana)
    with pytest.raises(Unauthenticated, match="sign_in_first"):
        await account.change(town.site, id_of(ana), None, MeChange(name="Ana", home=REUNION))
    with pytest.raises(Unauthenticated, match="sign_in_first"):
        await invitation.link_of(town.site, id_of(ana))

    async with town.database.read() as session:
        row = await session.get_one(MemberRow, id_of(ana))
        listings = (await session.exec(select(ListingRow))).all()
    assert (row.name, row.home_cell, row.invitation, listings) == ("Ancien membre", None, None, [])


async def test_who_has_left_says_nothing_any_more_and_answers_nobody(town: Town) -> None:
    pair = await Pair.meet(town)
    said = await town.post(pair.bo, pair.dialog)
    another = (await town.publish(pair.ana)).listing.id
    await leave(town, pair.bo)

    for deed in (
        town.post(pair.bo, pair.dialog),
        conversations.edit(town.site, pair.bo, said.id, "Autre chose."),
        conversations.delete(town.site, pair.bo, said.id),
        town.dialog(pair.bo, another),
    ):
        with pytest.raises(Unauthenticated, match="sign_in_first"):
            await deed

    async with town.database.read() as session:
        texts = list(await session.exec(select(MessageRow.text)))
    assert texts == [said.text]


async def test_what_was_about_to_be_said_while_one_left_is_not_said(postgresql_town: Town) -> None:
    town = postgresql_town
    pair = await Pair.meet(town)
    said = await town.post(pair.bo, pair.dialog)

    async with town.database.write() as holding:
        dialog = select(ConversationRow.id).where(ConversationRow.id == pair.dialog)
        await holding.exec(dialog.with_for_update())
        leaving = asyncio.create_task(leave(town, pair.bo))
        await town.until_waiting(1)
        saying = asyncio.create_task(town.post(pair.bo, pair.dialog, "Encore un mot."))
        await town.until_waiting(2)
    await leaving

    with pytest.raises(Unauthenticated, match="sign_in_first"):
        await saying
    async with town.database.read() as session:
        texts = list(await session.exec(select(MessageRow.text)))
    assert texts == [said.text]


async def test_two_of_an_old_exchange_who_leave_at_once_are_both_forgotten_on_its_cards(
    postgresql_town: Town,
) -> None:
    town = postgresql_town
    pair = await Pair.meet(town, smiles=0)
    await pair.take(pair.ana, "confirm", await pair.done(smiles=0))
    async with town.database.write() as holding:
        # Whoever is first waits for the cards, and the other one for whoever is first.
        await holding.exec(select(MessageRow.id).with_for_update())
        leaving = [asyncio.create_task(leave(town, one)) for one in (pair.ana, pair.bo)]
        await town.until_waiting(2)
    await asyncio.gather(*leaving)

    async with town.database.read() as session:
        cards = list(await session.exec(select(MessageRow.card)))
    people = [
        one for card in cards if card for one in (card["exchange"]["helper"], card["exchange"]["beneficiary"])
    ]
    assert {one["name"] for one in people} == {"Ancien membre"}


async def test_two_who_leave_each_other_s_listings_meet_head_on_and_both_get_through(
    postgresql_town: Town,
) -> None:
    town = postgresql_town
    pair = await Pair.meet(town)
    # Under a listing of Bo's, Ana is the helper: the same two, the other way round.
    listing = (await town.publish(pair.bo)).listing.id
    back = Pair(town, pair.bo, pair.ana, listing, await town.dialog(pair.ana, listing))
    await pair.done()
    await back.propose()

    async with town.database.write() as holding:
        # Ana has her listing and waits for its dialog; Bo has his, and waits for hers, which she holds.
        dialog = select(ConversationRow.id).where(ConversationRow.id == pair.dialog)
        await holding.exec(dialog.with_for_update())
        first = asyncio.create_task(leave(town, pair.ana))
        await town.until_waiting(1)
        second = asyncio.create_task(leave(town, pair.bo))
        await town.until_waiting(2)
    # Now she needs his. The database ends one of the two, which begins anew.
    await asyncio.gather(first, second)

    async with town.database.read() as session:
        left = list(await session.exec(select(MemberRow.left_at)))
        states = list(await session.exec(select(ExchangeRow.state)))
        assert await faults(session) == []
    assert None not in left
    assert sorted(states) == ["cancelled", "confirmed"]


@pytest.mark.parametrize("first", [True, False])
async def test_what_is_said_while_its_author_leaves_does_not_bring_their_name_back(
    postgresql_town: Town, *, first: bool
) -> None:
    town = postgresql_town
    ana, bo = await town.member("Ana"), await town.member("Bo")
    thread = (await town.publish(ana)).listing.thread
    if not first:
        await town.post(bo, thread)
    holding = leaving_held_up(town, bo) if first else telling_held_up(town, bo, thread)

    async with holding as leaving:
        saying = asyncio.create_task(town.post(bo, thread, "Encore un mot"))
        # Either it goes through at once, or it waits too.
        waiting = asyncio.create_task(town.until_waiting(2))
        await asyncio.wait({saying, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    _, said, _ = await asyncio.gather(leaving, saying, waiting, return_exceptions=True)

    told = [one.message for one in await town.events(MessageChanged, conversation_topic(thread))]
    assert [one for one in told if one.text == "Encore un mot"] == []
    assert isinstance(said, Unauthenticated)
    # An author is called as in the newest change of theirs.
    assert [one.author.name for one in sorted(told, key=lambda one: one.change)][-1:] == (
        [] if first else ["Ancien membre"]
    )


async def test_what_is_said_to_who_is_leaving_does_not_bring_their_name_back(postgresql_town: Town) -> None:
    town = postgresql_town
    pair = await Pair.meet(town)
    await town.post(pair.bo, pair.dialog)

    async with telling_held_up(town, pair.bo, pair.dialog) as leaving:
        saying = asyncio.create_task(town.post(pair.ana, pair.dialog, "Encore un mot"))
        await town.until_waiting(2)
    await asyncio.gather(leaving, saying)

    *_, last = await town.events(Activity, member_topic(id_of(pair.ana)))
    assert last.conversation.last is not None
    assert last.conversation.last.text == "Encore un mot"
    assert last.conversation.other is not None
    assert (last.conversation.other.name, last.conversation.left) == ("Ancien membre", True)


async def test_what_is_read_of_who_is_leaving_does_not_bring_their_name_back(postgresql_town: Town) -> None:
    town = postgresql_town
    pair = await Pair.meet(town)
    await town.post(pair.bo, pair.dialog, "Un mot")

    async with telling_held_up(town, pair.bo, pair.dialog) as leaving:
        reading = asyncio.create_task(conversations.read(town.site, pair.ana, pair.dialog, 1))
        await town.until_waiting(2)
    await asyncio.gather(leaving, reading)

    *_, last = await town.events(Activity, member_topic(id_of(pair.ana)))
    assert last.conversation.unread == 0
    assert last.conversation.other is not None
    assert (last.conversation.other.name, last.conversation.left) == ("Ancien membre", True)
