"""An exchange under a listing that moderators hide: who answered keeps it, and nothing of the listing."""

from collections.abc import Awaitable, Callable
from typing import Literal

import pytest

from realtime.backend import Viewer
from realtime.exchanges import Exchange
from realtime.refusals import NotFound, Unauthenticated
from server.exchanges.hidden import hidden_exchanges
from server.listings import actions as listings
from server.listings import views
from server.moderation.actions import sanction_listing
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair, id_of


async def sanction(pair: Pair, verb: Literal["hide", "restore"] = "hide") -> None:
    """Have a moderator hide the listing, or restore it."""
    mo = await pair.town.member("Mo", moderator=True)
    await sanction_listing(pair.town.site, mo, verb, pair.listing, "Pas ici.")


async def seen(pair: Pair, who: Viewer | None = None) -> list[Exchange]:
    """Return what Bo (or `who`) sees of exchanges under hidden listings."""
    return await hidden_exchanges(pair.town.site, who or pair.bo)


async def test_who_answered_a_listing_that_is_hidden_sees_their_exchange_and_ends_it(town: Town) -> None:
    pair = await Pair.meet(town)
    done = await pair.done()
    before = await seen(pair)

    await sanction(pair)

    with pytest.raises(NotFound):
        await views.view(town.site, pair.bo, pair.listing)
    assert before == []
    assert await seen(pair) == [done]
    await pair.take(pair.bo, "cancel", done)
    assert await seen(pair) == []


async def test_who_was_to_be_helped_disputes_what_is_said_to_be_done_and_confirms_it(town: Town) -> None:
    pair = await Pair.meet(town, smiles=0, kind="offer")
    proposed = await pair.propose(helper=id_of(pair.ana), smiles=0)
    done = await pair.take(pair.ana, "finish", await pair.take(pair.ana, "accept", proposed))
    await sanction(pair)

    assert await seen(pair) == [done]
    disputed = await pair.take(pair.bo, "dispute", done, "Rien n’est venu.")
    assert await seen(pair) == [disputed]
    await pair.take(pair.bo, "confirm", disputed)
    assert await seen(pair) == []


async def test_nobody_else_sees_anything_of_it(town: Town) -> None:
    pair = await Pair.meet(town)
    cy, mo = await town.member("Cy"), await town.member("Mo", moderator=True)
    await pair.accepted()

    await sanction(pair)

    # Ana has her listing and its dialogs.
    for who in (pair.ana, cy, mo):
        assert await seen(pair, who) == []
    assert len(await seen(pair)) == 1
    with pytest.raises(Unauthenticated):
        await seen(pair, Viewer(address="192.0.2.1"))


async def test_a_moderator_who_answered_has_the_hidden_listing_itself(town: Town) -> None:
    met = await Pair.meet(town)
    mo = await town.member("Mo", moderator=True)
    pair = met._replace(bo=mo, dialog=await town.dialog(mo, met.listing))
    await pair.accepted()

    await sanction(pair)

    assert (await views.view(town.site, mo, pair.listing)).listing.hidden
    assert await seen(pair) == []


async def test_it_is_seen_until_it_is_over(town: Town) -> None:
    first = await Pair.meet(town, smiles=30)

    async def confirmed(pair: Pair) -> Exchange:
        return await pair.take(pair.ana, "confirm", await pair.done())

    async def declined(pair: Pair) -> Exchange:
        return await pair.take(pair.ana, "decline", await pair.propose())

    def goes_on(exchange: Exchange) -> list[Exchange]:
        return [exchange]

    def is_over(_: Exchange) -> list[Exchange]:
        return []

    lives: list[tuple[Callable[[Pair], Awaitable[Exchange]], Callable[[Exchange], list[Exchange]]]] = [
        (Pair.propose, goes_on),
        (Pair.accepted, goes_on),
        (Pair.done, goes_on),
        (Pair.missed, goes_on),
        (Pair.disputed, goes_on),
        (confirmed, is_over),
        (declined, is_over),
    ]
    found = []
    for live, expected in lives:
        pair = await first.another_helper()
        found.append((pair, expected(await live(pair))))

    await sanction(first)

    for pair, expected_now in found:
        assert await seen(pair) == expected_now


async def test_what_is_restored_is_where_it_was(town: Town) -> None:
    pair = await Pair.meet(town)
    await pair.accepted()
    await sanction(pair)

    await sanction(pair, "restore")

    assert await seen(pair) == []
    assert (await views.view(town.site, pair.bo, pair.listing)).listing.id == pair.listing


async def test_it_is_seen_too_when_its_author_deletes_what_was_hidden_and_not_what_was_not(
    town: Town,
) -> None:
    hidden, deleted = await Pair.meet(town), await Pair.meet(town)
    agreed = await hidden.accepted()
    await deleted.accepted()
    await sanction(hidden)

    for pair in (hidden, deleted):
        await listings.delete(town.site, pair.ana, pair.listing)

    assert await seen(hidden) == [agreed]
    assert await seen(deleted) == []


async def test_the_newest_comes_first_nothing_of_the_listing_with_it_and_all_in_one_statement(
    town: Town,
) -> None:
    bo = await town.member("Bo")
    pairs = []
    for title in ("Montres de luxe", "Prêt sans frais"):
        met = await Pair.meet(town, title=title, text="Votre code d’abord.")
        pairs.append(met._replace(bo=bo, dialog=await town.dialog(bo, met.listing)))
    first, second = [await pair.accepted() for pair in pairs]
    for pair in pairs:
        await sanction(pair)
    await seen(pairs[0])

    with town.counting() as statements:
        found = await seen(pairs[0])

    assert found == [second, first]
    assert len(statements) == 1
    for words in ("Montres", "Prêt", "code"):
        assert words not in "".join(one.model_dump_json() for one in found)
