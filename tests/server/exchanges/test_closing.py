"""A listing closed while something agreed under it is not over: no smile moves, and its author knows."""

import pytest

from realtime.exchanges import ExchangeState
from realtime.refusals import Conflict
from realtime.shapes import ListingState
from server.exchanges import actions
from server.listings import actions as listings
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair


async def test_the_author_is_told_what_was_agreed_beneath_and_is_not_over(town: Town) -> None:
    pair = await Pair.meet(town)
    second = await pair.another_helper()
    proposed = await second.propose()
    before = await actions.beneath(town.site, pair.ana, pair.listing)

    first = await pair.accepted()
    other = await second.take(pair.ana, "accept", proposed)

    assert before == []
    assert await actions.beneath(town.site, pair.ana, pair.listing) == [first, other]
    await pair.take(pair.ana, "confirm", first)
    assert await actions.beneath(town.site, pair.ana, pair.listing) == [other]


async def test_closing_moves_no_smile_and_the_helper_is_still_thanked(town: Town) -> None:
    pair = await Pair.meet(town)
    agreed = await pair.accepted()
    purses = await pair.purse(pair.ana), await pair.purse(pair.bo)

    await listings.close(town.site, pair.ana, pair.listing)

    assert (await pair.above()).state is ListingState.DONE
    assert (await pair.purse(pair.ana), await pair.purse(pair.bo)) == purses
    assert (await pair.now()).state is ExchangeState.ACCEPTED
    await pair.take(pair.ana, "confirm", await pair.take(pair.bo, "finish", agreed))
    assert (await pair.purse(pair.bo)).balance == purses[1].balance + agreed.smiles


@pytest.mark.parametrize("way", ["closed", "expired"])
@pytest.mark.parametrize("end", ["cancelled", "done", "accepted only after"])
async def test_back_on_the_map_it_is_in_progress_as_long_as_what_was_agreed(
    town: Town, way: str, end: str
) -> None:
    pair = await Pair.meet(town)
    agreed = await pair.propose()
    if end != "accepted only after":
        agreed = await pair.take(pair.ana, "accept", agreed)
    if way == "closed":
        await listings.close(town.site, pair.ana, pair.listing)
    else:
        await pair.expire()
    if end == "accepted only after":
        agreed = await pair.take(pair.ana, "accept", agreed)

    await (listings.reopen if way == "closed" else listings.renew)(town.site, pair.ana, pair.listing)
    back = (await pair.above()).state
    await pair.take(pair.bo, "finish" if end == "done" else "cancel", agreed)
    if end == "done":
        await pair.take(pair.ana, "confirm", await pair.now())

    assert back is ListingState.IN_PROGRESS
    assert (await pair.above()).state is (ListingState.DONE if end == "done" else ListingState.OPEN)


async def test_what_is_closed_asks_nothing_any_more(town: Town) -> None:
    pair = await Pair.meet(town)
    await listings.close(town.site, pair.ana, pair.listing)

    with pytest.raises(Conflict, match="not_in_this_state"):
        await actions.beneath(town.site, pair.ana, pair.listing)
