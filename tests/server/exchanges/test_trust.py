"""What everybody may know of a member: how often they helped, and how it went."""

import pytest
import time_machine

from realtime.refusals import NotFound
from server.exchanges import disputes, views
from server.exchanges.schemas import Settlement, Trust
from server.ids import new_id
from server.listings import actions as listings
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair, due_of, id_of


async def trust(pair: Pair, who: str) -> Trust:
    return await views.trust(pair.town.site, id_of(pair.ana if who == "ana" else pair.bo))


async def test_who_helped_is_thanked_where_everybody_can_read_it(town: Town) -> None:
    pair = await Pair.meet(town)

    over = await pair.take(pair.ana, "confirm", await pair.done(), "Merci Bo !")

    found = await trust(pair, "bo")
    assert (found.helped, found.was_helped, found.no_shows) == (1, 0, 0)
    (thanks,) = found.thanks
    assert (thanks.words, thanks.by, thanks.listing.id) == ("Merci Bo !", pair.ana.member, pair.listing)
    assert thanks.at == over.updated_at
    beneficiary = await trust(pair, "ana")
    assert (beneficiary.helped, beneficiary.was_helped, beneficiary.thanks) == (0, 1, [])


async def test_what_was_released_or_settled_with_something_counts_as_help_and_without_a_word_no_thanks(
    town: Town,
) -> None:
    pair, mo = await Pair.meet(town), await town.member("Mo", moderator=True)
    done = await pair.done()
    with time_machine.travel(due_of(done)):
        await town.work()
    for to_helper in (2, 0):
        disputed = await pair.disputed()
        settlement = Settlement(version=4, to_helper=to_helper, reason="Tranché.")
        await disputes.settle(town.site, mo, disputed.id, settlement)

    found = await trust(pair, "bo")
    assert (found.helped, found.no_shows, found.thanks) == (2, 0, [])


async def test_no_shows_count_whoever_said_so_and_what_was_called_off_does_not(town: Town) -> None:
    pair = await Pair.meet(town)
    missed = await pair.missed()
    with time_machine.travel(due_of(missed)):
        await town.work()
    await pair.take(pair.bo, "report", await pair.accepted())
    await pair.take(pair.bo, "cancel", await pair.accepted())

    found = await trust(pair, "bo")
    assert (found.helped, found.no_shows) == (0, 2)
    assert (await trust(pair, "ana")).no_shows == 0


async def test_thanks_under_a_deleted_listing_are_shown_no_more(town: Town) -> None:
    pair = await Pair.meet(town)
    await pair.take(pair.ana, "confirm", await pair.done(), "Merci !")

    await listings.delete(town.site, pair.ana, pair.listing)

    found = await trust(pair, "bo")
    assert (found.helped, found.thanks) == (1, [])


async def test_of_nobody_nothing_is_known(town: Town) -> None:
    with pytest.raises(NotFound):
        await views.trust(town.site, new_id())
