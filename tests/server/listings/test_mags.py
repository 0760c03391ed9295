"""Mags: articles that stand for a year, or until their event is over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from realtime.people import MemberKind
from realtime.protocol import ListingChanged
from realtime.refusals import Conflict, Invalid, NotFound
from realtime.shapes import Category, Layer, ListingState, Precision
from realtime.signals import PinMoved
from realtime.topics import listing_topic
from server.exchanges import actions as exchanges
from server.exchanges.schemas import ExchangeDraft
from server.ids import new_id
from server.listings import actions, views
from server.listings.dates import FARTHEST
from server.listings.kinds import LIFETIMES
from server.listings.schemas import ListingChange
from server.mail import shown as letters
from server.moderation import actions as moderation
from tests.server.board.town import REUNION, Town

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 7, 9, tzinfo=UTC)
A_MAG: dict[str, Any] = {"kind": "mag", "category": "shop", "title": "La boulangerie du quai", "smiles": 0}
AN_EVENT: dict[str, Any] = {**A_MAG, "category": "event", "title": "Vide-grenier", "starts_at": SATURDAY}


async def pin_of(town: Town) -> PinMoved:
    return (await town.signals(PinMoved))[-1]


async def test_a_mag_is_a_pin_of_its_own_layer_and_stands_for_a_year(town: Town) -> None:
    shop = await town.member("Épicerie", kind=MemberKind.BUSINESS)

    listing = (await town.publish(shop, **A_MAG, text="Du pain. " * 2000, precision="exact")).listing

    moved = await pin_of(town)
    assert moved.pin is not None
    assert (moved.pin.kind, moved.pin.category) == (Layer.MAG, Category.SHOP)
    assert (listing.lon, listing.lat, listing.precision) == (REUNION.lon, REUNION.lat, Precision.EXACT)
    assert len(listing.text) == 17_999
    assert listing.expires_at == listing.created_at + timedelta(days=365)
    assert (listing.starts_at, listing.ends_at) == (None, None)


async def test_a_mag_is_shown_as_clean_html_wherever_it_is_opened(town: Town) -> None:
    ana = await town.member("Ana")
    listing = (
        await town.publish(ana, **A_MAG, text="# Du pain\n\n<script>alert(1)</script> **chaud**")
    ).listing

    assert listing.html == (
        '<h3 dir="auto">Du pain</h3>\n'
        '<p dir="auto">&lt;script&gt;alert(1)&lt;/script&gt; <strong>chaud</strong></p>\n'
    )
    assert (await views.view(town.site, ana, listing.id)).listing == listing
    assert (await town.events(ListingChanged, listing_topic(listing.id)))[-1].listing == listing
    change = ListingChange(version=1, text="*Fermé*")
    edited = (await actions.edit(town.site, ana, listing.id, change)).listing
    assert edited.html == '<p dir="auto"><em>Fermé</em></p>\n'
    assert [one.html for one in (await views.own(town.site, ana)).listings] == [None]


async def test_the_text_of_a_request_is_no_markdown(town: Town) -> None:
    listing = (await town.publish(await town.member("Ana"), text="# *Aide*")).listing

    assert (listing.text, listing.html) == ("# *Aide*", None)


async def test_a_text_that_would_keep_everybody_waiting_is_refused(town: Town) -> None:
    ana = await town.member("Ana")
    listing = (await town.publish(ana, **A_MAG)).listing

    with pytest.raises(Invalid, match="article_too_intricate"):
        await town.publish(ana, **A_MAG, text="*a*" * 6000)
    change = ListingChange(version=1, text="- a\n" * 5000)
    with pytest.raises(Invalid, match="article_too_intricate"):
        await actions.edit(town.site, ana, listing.id, change)


async def test_the_pin_of_an_event_says_when_and_leaves_when_it_is_over(town: Town) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        ana = await town.member("Ana")
        evening = SATURDAY + timedelta(hours=9)
        listing = (await town.publish(ana, **AN_EVENT, ends_at=evening)).listing

        assert (listing.starts_at, listing.ends_at, listing.expires_at) == (SATURDAY, evening, evening)
        clock.move_to(evening - timedelta(seconds=1))
        await town.work()
        assert (await pin_of(town)).pin == await anext(town.backend.pins())

        clock.move_to(evening)
        await town.work()
        assert ((await pin_of(town)).pin, (await pin_of(town)).reason) == (None, "ended")
        assert (await views.view(town.site, ana, listing.id)).listing.state is ListingState.EXPIRED


@time_machine.travel(NOON, tick=False)
async def test_an_event_lasts_three_hours_unless_said(town: Town) -> None:
    listing = (await town.publish(await town.member("Ana"), **AN_EVENT)).listing

    assert listing.ends_at == SATURDAY + timedelta(hours=3)


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("draft", "code"),
    [
        ({**A_MAG, "category": "event"}, "starts_at_needed"),
        ({**A_MAG, "ends_at": SATURDAY}, "starts_at_needed"),
        ({**AN_EVENT, "ends_at": SATURDAY - timedelta(seconds=1)}, "ends_before_start"),
        ({**AN_EVENT, "starts_at": NOON - timedelta(hours=3)}, "event_over"),
        ({**AN_EVENT, "starts_at": NOON + FARTHEST + timedelta(seconds=1)}, "event_far"),
        ({**AN_EVENT, "ends_at": NOON + FARTHEST + timedelta(seconds=1)}, "event_far"),
        ({**AN_EVENT, "starts_at": datetime(9999, 12, 31, 23, tzinfo=UTC)}, "event_far"),
        ({**AN_EVENT, "starts_at": datetime(1, 1, 1, tzinfo=UTC)}, "event_far"),
        ({**A_MAG, "smiles": 1}, "smiles_elsewhere"),
        ({**A_MAG, "category": "garden"}, "category_elsewhere"),
        ({"kind": "request", "category": "garden", "starts_at": SATURDAY}, "dates_elsewhere"),
        ({"kind": "offer", "category": "shop"}, "category_elsewhere"),
        ({"kind": "request", "text": "a" * 4001}, "text_too_long"),
    ],
)
async def test_what_is_not_of_its_kind_is_refused(town: Town, draft: dict[str, Any], code: str) -> None:
    ana = await town.member("Ana")

    with pytest.raises(Invalid, match=f"^{code}$"):
        await town.publish(ana, **draft)

    assert await town.told() == []


@time_machine.travel(NOON, tick=False)
async def test_what_goes_on_already_is_worth_telling_of_until_it_is_over(town: Town) -> None:
    ana = await town.member("Ana")
    since_summer = {"starts_at": NOON - timedelta(days=90), "ends_at": NOON + timedelta(minutes=1)}

    listing = (await town.publish(ana, **{**AN_EVENT, **since_summer, "category": "culture"})).listing

    assert listing.expires_at == since_summer["ends_at"]


async def test_an_event_that_was_published_is_published_even_if_it_is_asked_for_again_after_its_end(
    town: Town,
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        ana, draft = await town.member("Ana"), {**AN_EVENT, "id": new_id()}
        first = await town.publish(ana, **draft)
        clock.move_to(SATURDAY + timedelta(days=1))
        again = await town.publish(ana, **draft)

        with pytest.raises(Conflict, match="id_taken"):
            await town.publish(ana, **draft, ends_at=SATURDAY + timedelta(hours=4))

    assert again.listing == first.listing


async def test_an_event_that_is_moved_ends_by_its_new_date_and_not_by_the_old_one(town: Town) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        ana = await town.member("Ana")
        listing = (await town.publish(ana, **AN_EVENT)).listing
        sunday = SATURDAY + timedelta(days=1)

        change = ListingChange(version=1, starts_at=sunday, ends_at=sunday + timedelta(hours=2))
        moved = (await actions.edit(town.site, ana, listing.id, change)).listing

        assert (moved.starts_at, moved.ends_at) == (sunday, sunday + timedelta(hours=2))
        assert (moved.expires_at, moved.version) == (moved.ends_at, 2)
        assert moved.edited_at is not None
        assert (await town.events(ListingChanged, listing_topic(listing.id)))[-1].listing == moved
        clock.move_to(sunday)
        await town.work()
        assert (await pin_of(town)).pin is not None
        clock.move_to(sunday + timedelta(hours=2))
        await town.work()
        assert (await pin_of(town)).pin is None


@time_machine.travel(NOON, tick=False)
async def test_a_mag_becomes_an_event_and_is_none_again(town: Town) -> None:
    ana = await town.member("Ana")
    listing = (await town.publish(ana, **A_MAG)).listing

    change = ListingChange(version=1, category=Category.EVENT, starts_at=SATURDAY)
    event = (await actions.edit(town.site, ana, listing.id, change)).listing
    with pytest.raises(Invalid, match="starts_at_needed"):
        await actions.edit(town.site, ana, listing.id, ListingChange(version=2, starts_at=None))
    change = ListingChange(version=2, category=Category.SHOP, starts_at=None)
    none_again = (await actions.edit(town.site, ana, listing.id, change)).listing

    assert (event.starts_at, event.expires_at) == (SATURDAY, SATURDAY + timedelta(hours=3))
    assert (none_again.starts_at, none_again.ends_at) == (None, None)
    assert none_again.expires_at == NOON + LIFETIMES[Layer.MAG]


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"smiles": 1}, "smiles_elsewhere"),
        ({"category": "garden"}, "category_elsewhere"),
        ({"category": "event"}, "starts_at_needed"),
        ({"state": "in_progress"}, "state_elsewhere"),
        ({"starts_at": NOON - timedelta(days=1)}, "event_over"),
        ({"ends_at": SATURDAY}, "starts_at_needed"),
    ],
)
async def test_no_change_makes_of_a_mag_what_it_cannot_be(
    town: Town, change: dict[str, Any], code: str
) -> None:
    ana = await town.member("Ana")
    listing = (await town.publish(ana, **A_MAG)).listing

    with pytest.raises(Invalid, match=f"^{code}$"):
        await actions.edit(town.site, ana, listing.id, ListingChange(version=1, **change))

    assert (await views.view(town.site, ana, listing.id)).listing == listing


async def test_a_mag_is_renewed_for_a_year_and_its_author_told_before(town: Town) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        ana = await town.member("Ana")
        listing = (await town.publish(ana, **A_MAG)).listing

        clock.move_to(NOON + timedelta(days=362, seconds=1))
        await town.work()
        renewed = (await actions.renew(town.site, ana, listing.id)).listing

        subjects = [letter.subject for letter in await letters(town.site)]
        assert subjects == ["Votre mag «\u00a0La boulangerie du quai\u00a0» se termine dans trois jours"]
        assert renewed.expires_at == NOON + timedelta(days=362 + 365, seconds=1)


async def test_an_event_is_not_renewed_and_nobody_is_told_of_the_end_that_they_chose(town: Town) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        ana = await town.member("Ana")
        published = await town.publish(ana, **AN_EVENT)
        listing = published.listing

        closed = await actions.close(town.site, ana, listing.id)
        again = await actions.reopen(town.site, ana, listing.id)
        with pytest.raises(Conflict, match="not_in_this_state"):
            await actions.renew(town.site, ana, listing.id)
        await actions.close(town.site, ana, listing.id)
        clock.move_to(SATURDAY + timedelta(hours=3))
        await town.work()
        with pytest.raises(Conflict, match="not_in_this_state"):
            await actions.reopen(town.site, ana, listing.id)

        assert published.may == ["edit", "close", "delete"]
        assert closed.may == ["reopen", "delete"]
        assert again.listing.expires_at == listing.expires_at
        assert (await views.view(town.site, ana, listing.id)).may == ["delete"]
        assert await letters(town.site) == []


async def test_one_asks_the_author_of_a_mag_in_private_but_there_is_nothing_to_exchange(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    assert bo.member
    listing = (await town.publish(ana, **A_MAG)).listing
    dialog = await town.dialog(bo, listing.id)
    await town.post(bo, dialog, "Ouvert le lundi ?")
    await town.post(bo, listing.thread, "J’y vais tous les jours.")

    draft = ExchangeDraft(id=new_id(), helper=bo.member.id, smiles=0)
    for who in (ana, bo):
        with pytest.raises(Conflict, match="no_exchange_here"):
            await exchanges.propose(town.site, who, dialog, draft)

    assert await exchanges.exchanges(town.site, bo, dialog) == []


async def test_a_members_page_has_what_is_on_the_map_of_theirs_newest_first(town: Town) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        ana, mo = await town.member("Ana"), await town.member("Mo", moderator=True)
        assert ana.member
        listings = []
        for draft in (A_MAG, {"kind": "offer"}, AN_EVENT, {}, {}):
            clock.shift(1)
            listings.append((await town.publish(ana, **draft)).listing)
        mag, offer, event, hidden, done = listings
        await moderation.sanction_listing(town.site, mo, "hide", hidden.id, "Pas ici.")
        await actions.close(town.site, ana, done.id)

        shown = await views.of_member(town.site, ana.member.id)
        clock.move_to(SATURDAY + timedelta(hours=3))
        after = await views.of_member(town.site, ana.member.id)

    assert [one.id for one in shown.listings] == [event.id, offer.id, mag.id]
    assert [one.id for one in after.listings] == [offer.id, mag.id]
    with pytest.raises(NotFound):
        await views.of_member(town.site, new_id())
