"""Disputes: a moderator who is neither of the two sees the cards, and has so many smiles pass."""

import pytest

from realtime.exchanges import ExchangeState, ExchangeStep
from realtime.protocol import MessageChanged
from realtime.refusals import Conflict, Forbidden, Invalid, NotFound
from realtime.shapes import FeedItem
from realtime.signals import FeedNews
from realtime.topics import conversation_topic
from server.conversations import queries
from server.exchanges import actions, disputes
from server.exchanges.schemas import Settlement
from server.moderation import actions as moderation
from server.moderation import feed
from server.moderation.schemas import FeedQuery
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair, id_of


def a_settlement(to_helper: int, version: int = 4) -> Settlement:
    return Settlement(version=version, to_helper=to_helper, reason="Moitié-moitié.")


@pytest.mark.parametrize("to_helper", [0, 1, 3])
async def test_a_moderator_splits_what_is_held_by_new_entries(town: Town, to_helper: int) -> None:
    pair = await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    disputed = await pair.disputed()

    view = await disputes.settle(town.site, mo, disputed.id, a_settlement(to_helper))

    over = view.dispute.exchange
    assert (over.state, over.to_helper) == (ExchangeState.SETTLED, to_helper)
    mine, theirs = await pair.purse(pair.ana), await pair.purse(pair.bo)
    assert (mine.balance, mine.held, theirs.balance) == (10 - to_helper, 0, to_helper)
    card = (await pair.cards())[-1]
    assert card.card is not None
    assert card.card.by == mo.member
    assert (card.author.name, card.card.words) == ("Bo", "Moitié-moitié.")
    assert (await pair.above()).state == ("done" if to_helper else "open")
    assert view.cards[-1] == card


async def test_it_is_settled_once(town: Town) -> None:
    pair = await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    disputed = await pair.disputed()
    await disputes.settle(town.site, mo, disputed.id, a_settlement(1))

    with pytest.raises(Conflict, match="changed_meanwhile"):
        await disputes.settle(town.site, mo, disputed.id, a_settlement(3))
    with pytest.raises(Conflict, match="not_in_this_state"):
        await disputes.settle(town.site, mo, disputed.id, a_settlement(3, version=5))

    assert (await pair.purse(pair.bo)).balance == 1


async def test_no_more_passes_than_is_held(town: Town) -> None:
    pair = await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    disputed = await pair.disputed()

    with pytest.raises(Invalid, match="more_than_held") as refused:
        await disputes.settle(town.site, mo, disputed.id, a_settlement(4))

    assert (refused.value.field, refused.value.params) == ("to_helper", {"most": 3})
    assert await pair.now() == disputed


async def test_nobody_judges_their_own_case_and_nobody_else_but_moderators(town: Town) -> None:
    pair = await Pair.meet(town)
    judge = await town.member("Juge", moderator=True)
    own = pair._replace(bo=judge, dialog=await town.dialog(judge, pair.listing))
    theirs = await own.disputed()

    with pytest.raises(Forbidden, match="own_exchange"):
        await disputes.settle(town.site, judge, theirs.id, a_settlement(3))
    with pytest.raises(Forbidden, match="own_exchange"):
        await disputes.look(town.site, judge, theirs.id)
    for who in (pair.ana, pair.bo):
        with pytest.raises(Forbidden, match="moderators_only"):
            await disputes.settle(town.site, who, theirs.id, a_settlement(0))

    assert await own.now() == theirs


async def test_moderators_see_the_cards_and_the_reason_and_the_dialog_only_if_it_is_shared(
    town: Town,
) -> None:
    pair = await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    await town.post(pair.bo, pair.dialog, "Le code est 4711")
    disputed = await pair.disputed()

    before, laid = await disputes.look(town.site, mo, disputed.id), await pair.cards()
    await actions.share(town.site, pair.ana, disputed.id)
    after = await disputes.look(town.site, mo, disputed.id)

    assert (before.dispute.by, before.dispute.words) == (pair.bo.member, "J’étais là !")
    assert "4711" not in before.model_dump_json()
    assert before.cards == laid
    assert (before.messages, before.dispute.shared) == (None, False)
    assert after.dispute.shared
    assert after.messages is not None
    assert after.messages[0].text == "Le code est 4711"


async def test_that_a_dialog_is_shared_is_news_to_moderators_once(town: Town) -> None:
    pair = await Pair.meet(town)
    disputed = await pair.disputed()

    for who in (pair.ana, pair.bo, pair.ana):
        await actions.share(town.site, who, disputed.id)

    told = [news.item for news in await town.signals(FeedNews) if news.item.kind == "dispute"]
    assert [(item.id, item.hidden) for item in told] == [(disputed.id, False)] * 2


async def test_both_know_that_moderators_may_read_their_dialog_and_when_no_more(town: Town) -> None:
    pair = await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    disputed = await pair.disputed()
    told = [(await pair.now()).shared]

    shared = await actions.share(town.site, pair.ana, disputed.id)
    (to_bo,) = await actions.exchanges(town.site, pair.bo, pair.dialog)
    told += [shared.shared, to_bo.shared]
    await disputes.settle(town.site, mo, disputed.id, a_settlement(1))

    assert told == [False, True, True]
    # Whoever looked at it before may still settle, object or confirm: it is the same version.
    assert shared.version == disputed.version
    assert not (await pair.now()).shared


async def test_the_other_one_is_told_at_once_that_the_dialog_is_shared_and_nothing_waits_unread(
    town: Town,
) -> None:
    pair = await Pair.meet(town)
    disputed = await pair.disputed()
    before = await town.backend.opening(pair.bo, pair.dialog, None)
    waiting = await queries.inbox(town.site, pair.bo)

    for who in (pair.ana, pair.ana):
        await actions.share(town.site, who, disputed.id)

    told = await town.events(MessageChanged, conversation_topic(pair.dialog))
    (shared,) = [one.message for one in told if one.message.card and one.message.card.exchange.shared]
    assert shared.card is not None
    assert (shared.id, shared.card.step) == (before.messages[-1].id, ExchangeStep.OBJECT)
    assert shared.card.exchange == (await actions.exchanges(town.site, pair.bo, pair.dialog))[0]
    # Who was away hears of it when they come back, and sees no step more than there was.
    missed = await town.backend.opening(pair.bo, pair.dialog, before.cursor)
    assert (missed.reset, missed.messages) == (False, [shared])
    anew = await town.backend.opening(pair.bo, pair.dialog, None)
    assert [one.id for one in anew.messages] == [one.id for one in before.messages]
    assert (await queries.inbox(town.site, pair.bo)).unread == waiting.unread


async def test_a_shared_dialog_is_the_two_s_own_again_when_the_dispute_is_over(town: Town) -> None:
    pair = await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    disputed = await pair.disputed()
    await actions.share(town.site, pair.ana, disputed.id)

    settled = await disputes.settle(town.site, mo, disputed.id, a_settlement(1))
    await town.post(pair.bo, pair.dialog, "Le code est 4711")
    after = await disputes.look(town.site, mo, disputed.id)

    assert (settled.messages, after.messages, after.dispute.shared) == (None, None, True)
    assert "4711" not in after.model_dump_json()


async def test_many_disputes_are_listed_in_as_many_statements_as_one(town: Town) -> None:
    mo = await town.member("Mo", moderator=True)
    await (await Pair.meet(town)).disputed()
    with town.counting() as for_one:
        await disputes.open_ones(town.site, mo)
    for _ in range(3):
        await (await Pair.meet(town)).disputed()

    with town.counting() as for_four:
        listed = (await disputes.open_ones(town.site, mo)).disputes

    assert (len(listed), len(for_four)) == (4, len(for_one))


async def test_what_was_never_disputed_is_not_a_moderators_to_see_nor_a_partys_to_share(town: Town) -> None:
    pair = await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    agreed = await pair.accepted()

    with pytest.raises(NotFound):
        await disputes.look(town.site, mo, agreed.id)
    with pytest.raises(Conflict, match="not_in_this_state"):
        await actions.share(town.site, pair.bo, agreed.id)


async def test_each_look_and_each_settlement_leaves_a_line_in_the_audit(town: Town) -> None:
    pair = await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    disputed = await pair.disputed()

    await disputes.look(town.site, mo, disputed.id)
    await disputes.settle(town.site, mo, disputed.id, a_settlement(1))

    lines = (await moderation.audit(town.site, mo)).lines
    assert [(one.action, one.subject, one.subject_id, one.reason) for one in lines] == [
        ("settle", "exchange", disputed.id, "Moitié-moitié."),
        ("look", "exchange", disputed.id, ""),
    ]


async def test_open_disputes_are_listed_and_each_is_in_the_feed_live_and_by_pages(town: Town) -> None:
    first, second = await Pair.meet(town), await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    one, two = await first.disputed(), await second.disputed()

    listed = (await disputes.open_ones(town.site, mo)).disputes
    await disputes.settle(town.site, mo, one.id, a_settlement(0))
    left = (await disputes.open_ones(town.site, mo)).disputes

    assert [dispute.exchange for dispute in listed] == [one, two]
    assert [dispute.exchange.id for dispute in left] == [two.id]
    told = [news.item for news in await town.signals(FeedNews) if news.item.kind == "dispute"]
    assert [(item.id, item.hidden) for item in told] == [(one.id, False), (two.id, False), (one.id, True)]
    page = await feed.page(town.site, mo, FeedQuery(kinds=frozenset({"dispute"})))
    latest: dict[str, FeedItem] = {item.id: item for item in told}
    assert page.items == [latest[two.id], latest[one.id]]
    assert page.items[0].author.id == id_of(second.bo)


async def test_the_two_may_still_agree_before_a_moderator_does(town: Town) -> None:
    pair = await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    disputed = await pair.disputed()

    over = await pair.take(pair.ana, "confirm", disputed, "Pardon, merci !")

    assert over.state is ExchangeState.CONFIRMED
    assert (await disputes.open_ones(town.site, mo)).disputes == []
    told = [news.item for news in await town.signals(FeedNews) if news.item.kind == "dispute"]
    assert [item.hidden for item in told] == [False, True]
