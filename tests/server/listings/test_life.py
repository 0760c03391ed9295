"""What becomes of a listing: edited, in progress, done, renewed, expired, deleted."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from realtime.people import MemberKind
from realtime.protocol import ListingChanged, ListingGone
from realtime.refusals import Conflict, Forbidden, Invalid, NotFound
from realtime.shapes import ListingState, Precision
from realtime.signals import PinMoved, RightsChanged
from realtime.topics import listing_topic, member_topic
from server import mail
from server.conversations import queries
from server.listings import actions, views
from server.listings.schemas import ListingChange
from server.members import actions as members
from server.members.schemas import MeChange
from tests.server.board.town import REBBERG, REUNION, Town


async def last_pin(town: Town) -> PinMoved:
    return (await town.signals(PinMoved))[-1]


async def letters(town: Town) -> list[str]:
    """Return the subjects of what the development mailbox holds."""
    return [letter.subject for letter in await mail.shown(town.site)]


async def test_an_edit_changes_what_is_given_and_counts_once(town: Town) -> None:
    ana = await town.member("Ana")
    before = (await town.publish(ana, title="Soupe", smiles=2)).listing

    after = (
        await actions.edit(town.site, ana, before.id, ListingChange(version=1, title="Soupe chaude"))
    ).listing

    assert (after.title, after.smiles, after.version) == ("Soupe chaude", 2, 2)
    assert after.edited_at is not None
    moved = await last_pin(town)
    assert moved.pin is not None
    assert (moved.version, moved.pin.title) == (2, "Soupe chaude")
    assert (await town.events(ListingChanged, listing_topic(before.id)))[-1].listing == after


async def test_an_edit_that_changes_nothing_is_no_change(town: Town) -> None:
    ana = await town.member("Ana")
    before = (await town.publish(ana, title="Soupe")).listing

    after = (await actions.edit(town.site, ana, before.id, ListingChange(version=1, title="Soupe"))).listing

    assert after == before
    assert len(await town.signals(PinMoved)) == 1


async def test_of_two_edits_of_one_version_one_is_refused(town: Town) -> None:
    ana = await town.member("Ana")
    listing = (await town.publish(ana)).listing
    changes = [ListingChange(version=1, title=f"Titre numéro {n}") for n in range(4)]

    tries = await asyncio.gather(
        *(actions.edit(town.site, ana, listing.id, change) for change in changes), return_exceptions=True
    )

    refused = [one for one in tries if isinstance(one, Conflict)]
    assert [one.code for one in refused] == ["changed_meanwhile"] * 3
    assert (await views.view(town.site, ana, listing.id)).listing.version == 2


async def test_only_the_author_changes_a_listing(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    moderator = await town.member("Mo", moderator=True)
    listing = (await town.publish(ana)).listing

    for viewer in (bo, moderator):
        with pytest.raises(Forbidden, match="not_yours"):
            await actions.edit(town.site, viewer, listing.id, ListingChange(version=1, title="Pris"))
        with pytest.raises(Forbidden, match="not_yours"):
            await actions.delete(town.site, viewer, listing.id)


async def test_a_listing_in_progress_keeps_its_pin_and_says_so(town: Town) -> None:
    ana = await town.member("Ana")
    listing = (await town.publish(ana)).listing

    change = ListingChange(version=1, state=ListingState.IN_PROGRESS)
    await actions.edit(town.site, ana, listing.id, change)

    moved = await last_pin(town)
    assert moved.pin is not None
    assert moved.pin.state is ListingState.IN_PROGRESS


async def test_a_moved_listing_is_drawn_anew_and_an_exact_one_can_become_approximate(town: Town) -> None:
    shop = await town.member("Épicerie", kind=MemberKind.BUSINESS)
    listing = (await town.publish(shop, place=REUNION, precision=Precision.EXACT)).listing

    change = ListingChange(version=1, place=REBBERG)
    moved = (await actions.edit(town.site, shop, listing.id, change)).listing
    change = ListingChange(version=2, precision=Precision.APPROXIMATE)
    vague = (await actions.edit(town.site, shop, listing.id, change)).listing

    assert (moved.lon, moved.lat) == (REBBERG.lon, REBBERG.lat)
    assert (vague.lon, vague.lat) != (REBBERG.lon, REBBERG.lat)
    change = ListingChange(version=3, precision=Precision.EXACT)
    with pytest.raises(Invalid, match="place_needed"):
        await actions.edit(town.site, shop, listing.id, change)


async def test_a_done_listing_loses_its_pin_and_comes_back_when_reopened(town: Town) -> None:
    ana = await town.member("Ana")
    listing = (await town.publish(ana)).listing

    closed = await actions.close(town.site, ana, listing.id)
    gone = await last_pin(town)
    again = await actions.reopen(town.site, ana, listing.id)

    assert (gone.pin, gone.reason, gone.version) == (None, "done", 2)
    assert closed.listing.state is ListingState.DONE
    assert closed.may == ["reopen", "delete"]
    assert again.listing.state is ListingState.OPEN
    assert (await last_pin(town)).pin == await anext(town.backend.pins())


async def test_closing_twice_is_refused_and_counts_once(town: Town) -> None:
    ana = await town.member("Ana")
    listing = (await town.publish(ana)).listing
    await actions.close(town.site, ana, listing.id)

    with pytest.raises(Conflict, match="not_in_this_state"):
        await actions.close(town.site, ana, listing.id)

    assert (await last_pin(town)).version == 2


async def test_a_listing_ends_after_thirty_days_and_says_so_three_days_before(town: Town) -> None:
    with time_machine.travel(datetime(2026, 11, 1, 12, tzinfo=UTC), tick=False) as clock:
        ana = await town.member("Ana")
        listing = (await town.publish(ana, title="Soupe")).listing

        clock.shift(timedelta(days=27, seconds=1))
        await town.work()
        assert await letters(town) == ["Votre annonce «\u00a0Soupe\u00a0» se termine dans trois jours"]
        assert (await last_pin(town)).pin is not None

        clock.shift(timedelta(days=3))
        await town.work()
        assert ((await last_pin(town)).pin, (await last_pin(town)).reason) == (None, "ended")
        state = (await views.view(town.site, ana, listing.id)).listing.state
        assert state is ListingState.EXPIRED
        assert [pin async for pin in town.backend.pins()] == []


async def test_a_renewed_listing_stands_thirty_days_more(town: Town) -> None:
    with time_machine.travel(datetime(2026, 11, 1, 12, tzinfo=UTC), tick=False) as clock:
        ana = await town.member("Ana")
        listing = (await town.publish(ana)).listing

        clock.shift(timedelta(days=20))
        renewed = (await actions.renew(town.site, ana, listing.id)).listing
        clock.shift(timedelta(days=29))
        await town.work()

        assert renewed.expires_at == datetime(2026, 12, 21, 12, tzinfo=UTC)
        assert (await last_pin(town)).pin is not None
        clock.shift(timedelta(days=2))
        await town.work()
        assert (await last_pin(town)).pin is None
        assert (await actions.renew(town.site, ana, listing.id)).listing.state is ListingState.OPEN


async def test_a_deleted_listing_is_gone_for_all_but_those_who_talk_privately_under_it(town: Town) -> None:
    ana, bo, cy = [await town.member(name) for name in ("Ana", "Bo", "Cy")]
    listing = (await town.publish(ana)).listing
    dialog = await town.dialog(bo, listing.id)
    await town.post(bo, dialog)
    await town.post(cy, listing.thread)

    await actions.delete(town.site, ana, listing.id)

    told = await town.told()
    rights = next(n for n, signal in enumerate(told) if isinstance(signal, RightsChanged))
    pin = max(n for n, signal in enumerate(told) if isinstance(signal, PinMoved))
    assert rights < pin
    assert (await last_pin(town)).pin is None
    with pytest.raises(NotFound):
        await views.view(town.site, cy, listing.id)
    assert cy.member
    assert bo.member
    assert await town.events(ListingGone, member_topic(cy.member.id)) == [ListingGone(id=listing.id)]
    assert await town.events(ListingGone, member_topic(bo.member.id)) == []
    assert (await views.view(town.site, bo, listing.id)).listing.state is ListingState.DELETED
    assert [one.id for one in (await queries.inbox(town.site, bo)).conversations] == [dialog]
    assert (await queries.inbox(town.site, cy)).conversations == []
    await town.post(ana, dialog, "Merci quand même")
    assert (await views.own(town.site, ana)).listings == []


async def test_a_new_name_is_on_the_pins_that_show_it(town: Town) -> None:
    ana = await town.member("Ana")
    await town.publish(ana)
    assert ana.member

    await members.change(town.site, ana.member.id, None, MeChange(name="Anaïs"))
    await town.work()

    moved = await last_pin(town)
    assert moved.pin is not None
    assert (moved.version, moved.pin.author.name) == (2, "Anaïs")


async def test_the_author_sees_all_own_listings_newest_first(town: Town) -> None:
    ana = await town.member("Ana")
    first, second = [(await town.publish(ana)).listing.id for _ in range(2)]
    await actions.close(town.site, ana, first)

    assert [one.id for one in (await views.own(town.site, ana)).listings] == [second, first]
