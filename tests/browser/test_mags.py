"""Mags: written with a toolbar, read like a page of a magazine, seen by whoever wants to see them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Locator, expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import PARIS, Street
from tests.browser.magazine import article, begin_mag, field, preview, turn_on_mags
from tests.browser.neighbour import Neighbour


def select(field: Locator, words: str) -> None:
    """Select `words` in a field."""
    field.evaluate(
        """(field, words) => {
          const at = field.value.indexOf(words);
          field.focus();
          field.setSelectionRange(at, at + words.length);
        }""",
        words,
    )


def test_a_mag_is_on_the_map_of_who_wants_mags_at_once_and_on_nobody_elses(mapped_street: Street) -> None:
    street = mapped_street
    amicale = street.comes(street.house.join("Amicale du quai", "association"))
    amicale.look(street.here.away(north_m=300))
    reads, looks = street.visitor(), street.visitor()
    turn_on_mags(reads)
    begin_mag(amicale, "Le marché de Noël", "Boutique")
    field(amicale).fill("On allume les lampions.")
    select(field(amicale), "les lampions")
    amicale.page.get_by_role("button", name="Gras").click()
    expect(field(amicale)).to_have_value("On allume **les lampions**.")
    expect(preview(amicale).locator("strong")).to_have_text("les lampions")

    amicale.press_publish()

    expect(reads.pin("Le marché de Noël")).to_have_accessible_name(re.compile("^Mag.*, Boutique$"))
    expect(reads.card("Le marché de Noël")).to_contain_text("Amicale du quai")
    reads.open("Le marché de Noël")
    expect(article(reads).locator("strong")).to_have_text("les lampions")
    expect(reads.page.get_by_role("article")).to_contain_text("Association")
    expect(looks.cards).to_have_count(0)
    assert [frame for frame in looks.frames if "Le marché de Noël" in frame] == []


def test_the_toolbar_is_undone_by_the_key_that_undoes(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin_mag(ana, "La boulangerie", "Boutique")
    written = field(ana)
    written.press_sequentially("Du pain")
    select(written, "pain")

    written.press("Control+b")
    expect(written).to_have_value("Du **pain**")
    written.press("Control+z")

    expect(written).to_have_value("Du pain")


def test_the_toolbar_is_one_stop_of_the_tab_key_and_arrows_move_in_it(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin_mag(ana, "La boulangerie", "Boutique")
    tools = ana.page.get_by_role("toolbar", name="Mise en forme")
    tools.get_by_role("button", name="Gras").focus()

    ana.page.keyboard.press("ArrowRight")
    expect(tools.get_by_role("button", name="Italique")).to_be_focused()
    ana.page.keyboard.press("End")
    expect(tools.get_by_role("button", name="Lien")).to_be_focused()
    ana.page.keyboard.press("Enter")

    expect(field(ana)).to_have_value("[texte](https://)")
    expect(field(ana)).to_be_focused()


def test_each_kind_has_a_draft_of_its_own_and_all_survive_a_reload(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin_mag(ana, "La boulangerie", "Boutique")
    field(ana).fill("Du pain **chaud**.")
    ana.write_listing("Porter des sacs")

    ana.page.reload()

    titled = ana.page.get_by_role("textbox", name="Titre", exact=True)
    expect(titled).to_have_value("Porter des sacs")
    ana.page.get_by_role("radio", name=re.compile("^Un mag")).check(force=True)
    expect(titled).to_have_value("La boulangerie")
    expect(field(ana)).to_have_value("Du pain **chaud**.")
    expect(ana.page.get_by_role("radio", name="Boutique", exact=True)).to_be_checked()


def test_an_event_must_say_when_it_is(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin_mag(ana, "Le bal", "Évènement")
    field(ana).fill("On danse.")
    ana.press_publish()
    expect(ana.page.get_by_text("Indiquez quand l’évènement commence").first).to_be_visible()
    tomorrow = (datetime.now(PARIS) + timedelta(days=1)).date().isoformat()
    begins = ana.page.get_by_role("group", name="Début")
    ends = ana.page.get_by_role("group", name="Fin")

    begins.get_by_label("Jour").fill(tomorrow)
    begins.get_by_label("Heure").fill("20:00")
    ends.get_by_label("Heure").fill("18:00")
    ana.press_publish()
    expect(ana.page.get_by_text("La fin vient avant le début").first).to_be_visible()
    ends.get_by_label("Heure").fill("23:30")
    ana.press_publish()

    expect(ana.page.get_by_role("article")).to_contain_text("20 h – 23 h 30")


def test_events_are_of_today_or_of_this_week_by_the_readers_own_day(street: Street) -> None:
    house, here = street.house, street.here
    amicale = house.join("Amicale", "association")
    day = datetime.now(PARIS).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=7)
    wednesday = day + timedelta(days=(2 - day.weekday()) % 7)

    def event(title: str, days: int, hour: int) -> None:
        starts = wednesday + timedelta(days=days, hours=hour)
        dates = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
        house.tell(amicale, title, here, category="event", **dates)

    event("Ce soir", 0, 20)
    event("Dimanche soir", 4, 21)
    event("Lundi", 5, 9)
    house.tell(amicale, "La boulangerie", here)
    reader = street.comes()
    reader.page.clock.set_fixed_time(wednesday + timedelta(hours=12))
    reader.look(here)
    turn_on_mags(reader)
    expect(reader.cards).to_have_count(4)

    reader.page.get_by_role("radio", name="Cette semaine").check(force=True)
    expect(reader.cards).to_have_count(2)
    expect(reader.card("Dimanche soir")).to_contain_text("21 h – 23 h")
    reader.page.get_by_role("radio", name="Aujourd’hui").check(force=True)
    expect(reader.cards).to_have_count(1)
    expect(reader.card("Ce soir")).to_contain_text("aujourd’hui 20 h – 22 h")

    # Midnight comes while the page is open, and the choice is kept for this visit.
    reader.page.clock.set_fixed_time(wednesday + timedelta(days=4, minutes=1))
    reader.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(reader.card("Dimanche soir")).to_be_visible()
    expect(reader.cards).to_have_count(1)
    reader.page.clock.set_fixed_time(wednesday + timedelta(days=3))
    reader.page.reload()
    said = reader.page.get_by_role("status").filter(has_text="Aucun évènement aujourd’hui")
    expect(said).to_contain_text("demain 21 h – 23 h")
    reader.page.get_by_role("button", name="Cette semaine").click()
    expect(reader.card("Dimanche soir")).to_be_visible()


def test_list_and_map_show_the_same_events(mapped_street: Street) -> None:
    street = mapped_street
    amicale = street.house.join("Amicale", "association")
    starts = datetime.now(UTC) - timedelta(hours=1)
    dates = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
    street.house.tell(amicale, "En ce moment", street.here.away(north_m=500), category="event", **dates)
    street.house.tell(amicale, "La boulangerie", street.here.away(east_m=700))
    reader = street.visitor()
    turn_on_mags(reader)
    expect(reader.pin("La boulangerie")).to_be_visible()

    reader.page.get_by_role("radio", name="Aujourd’hui").check(force=True)

    expect(reader.pin("La boulangerie")).to_have_count(0)
    expect(reader.pin("En ce moment")).to_be_visible()
    expect(reader.cards).to_have_count(1)


def test_the_words_of_a_mag_change_under_the_eyes_of_who_reads_it(street: Street) -> None:
    ana = street.neighbour("Ana")
    assert ana.account
    listing = street.house.tell(ana.account, "La boulangerie", street.here)
    reader = street.comes()
    reader.visit(f"/annonces/{listing['id']}")
    ana.visit(f"/annonces/{listing['id']}")

    ana.page.get_by_role("button", name="Modifier", exact=True).click()
    field(ana).fill("Ouvert _aussi_ le lundi.")
    ana.page.get_by_role("button", name="Enregistrer").click()

    expect(article(reader).locator("em")).to_have_text("aussi")


def test_under_a_mag_one_comments_and_asks_and_proposes_no_exchange(street: Street) -> None:
    ana = street.house.join("Ana")
    listing = street.house.tell(ana, "La boulangerie", street.here, text="Du pain.\n\n" * 200)
    bo = street.neighbour("Bo")
    bo.visit(f"/annonces/{listing['id']}")
    expect(bo.tab("Commentaires")).to_be_in_viewport()
    expect(bo.page.get_by_role("textbox", name="Votre message", exact=True)).not_to_be_in_viewport()

    bo.page.get_by_role("region", name="La boulangerie").press("End")
    expect(bo.composer).to_be_in_viewport()
    bo.say("Aussi le lundi ?")
    bo.tab("Dialogue privé").click()

    expect(bo.page.get_by_text("Écrivez à Ana")).to_be_visible()
    expect(bo.proposing).to_have_count(0)


def test_a_comment_that_comes_while_one_reads_above_is_unread_until_one_looks(street: Street) -> None:
    ana = street.house.join("Ana")
    listing = street.house.tell(ana, "La boulangerie", street.here, text="Du pain.\n\n" * 200)
    bo = street.neighbour("Bo")
    bo.visit(f"/annonces/{listing['id']}")
    bo.tab("Commentaires").click()
    bo.say("Aussi le lundi ?")
    bo.page.get_by_role("heading", name="La boulangerie").scroll_into_view_if_needed()
    expect(bo.composer).not_to_be_in_viewport()

    street.house.say(ana, listing["thread"], "Oui, dès sept heures.")

    expect(bo.tab("Commentaires")).to_have_accessible_name(re.compile("1 non lu"))
    bo.tab("Commentaires").click()
    expect(bo.bubble("Oui, dès sept heures.")).to_be_in_viewport()
    expect(bo.tab("Commentaires")).not_to_have_accessible_name(re.compile("non lu"))


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "[un lien](javascript:alert(3))",
    "![une image](https://ailleurs.example/espion.png)",
    "[un lien](data:text/html,<script>alert(4)</script>)",
    "<a href='javascript:alert(5)' onclick='alert(6)'>lien</a>",
    "<iframe srcdoc='<script>alert(7)</script>'></iframe>",
    "<svg><animate onbegin=alert(8) attributeName=x dur=1s>",
    "<style>body{display:none}</style><form action=https://ailleurs.example><input name=q>",
    "<https://x.example/\"onmouseover='alert(9)'>",
    "[x]: javascript:alert(10)\n\n[cliquer][x]",
    "```html\n<script>alert(11)</script>\n```",
    "# <b onmouseover=alert(12)>titre</b>",
    "> <details open ontoggle=alert(13)>",
]
FORBIDDEN = ".article :is(script, img, iframe, svg, style, form, input, object, embed, details)"


def test_nothing_in_the_words_of_a_mag_runs_or_loads_anything(street: Street) -> None:
    mallory = street.house.join("Mallory")
    text = "\n\n".join(HOSTILE)
    listing = street.house.tell(mallory, "Une page honnête", street.here, text=text)
    reader, writer = street.comes(), street.neighbour("Ana")
    asked: list[str] = []

    def note(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    reader.page.on("dialog", note)
    writer.page.on("dialog", note)

    reader.visit(f"/annonces/{listing['id']}")
    expect(article(reader)).to_contain_text("<script>alert(1)</script>")
    expect(article(reader)).to_contain_text("<img src=x onerror=alert(2)>")
    begin_mag(writer, "Une autre page", "Boutique")
    field(writer).fill(text)
    expect(preview(writer)).to_contain_text("<script>alert(1)</script>")

    for person in (reader, writer):
        expect(person.page.locator(FORBIDDEN)).to_have_count(0)
        links = person.page.locator(".article a").evaluate_all("links => links.map(link => link.href)")
        assert [link for link in links if not link.startswith(("https://", "mailto:"))] == []
        foreign = [url for url in person.requests if "ailleurs.example" in url]
        assert foreign == []
    assert asked == []


def test_an_event_goes_into_the_readers_own_calendar(street: Street, tmp_path: Path) -> None:
    amicale = street.house.join("Amicale", "association")
    starts = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    listing = street.house.tell(
        amicale, "Le bal", street.here, category="event", starts_at=starts.isoformat()
    )
    reader = street.comes()
    reader.visit(f"/annonces/{listing['id']}")

    with reader.page.expect_download() as coming:
        reader.page.get_by_role("link", name="Ajouter à mon agenda").click()
    coming.value.save_as(tmp_path / "bal.ics")

    written = (tmp_path / "bal.ics").read_text("utf-8")
    assert "SUMMARY:Le bal" in written
    assert f"DTSTART:{starts:%Y%m%dT%H%M%SZ}" in written


def test_an_event_is_taken_off_the_map_in_its_own_words_from_ones_list_of_listings(street: Street) -> None:
    account = street.house.join("Amicale", "association")
    starts = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    street.house.tell(account, "Bal du quai", street.here, category="event", starts_at=starts)
    author = street.comes(account)
    author.visit("/mes-annonces")

    author.page.get_by_role("button", name="Retirer de la carte").click()
    dialog = author.page.get_by_role("dialog", name=re.compile("Retirer ce mag de la carte"))
    expect(dialog).to_contain_text("Les agendas abonnés le marquent annulé")
    dialog.get_by_role("button", name="Retirer de la carte").click()

    expect(author.page.get_by_text("Votre mag a quitté la carte")).to_be_visible()


def test_the_page_of_a_shop_shows_what_it_has_on_the_map(street: Street) -> None:
    shop = street.house.join("Chez Rosa", "business")
    street.house.publish(shop, "Livrer une tarte", street.here)
    street.house.tell(shop, "La boulangerie rouvre", street.here, category="restaurant")
    visitor = street.comes()

    visitor.visit(f"/membres/{shop.id}")

    cards = visitor.page.get_by_role("list", name="Sur la carte").get_by_role("link")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("La boulangerie rouvre")
    cards.first.click()
    expect(visitor.page.get_by_role("heading", name="La boulangerie rouvre", level=2)).to_be_visible()


def write_a_mag(person: Neighbour) -> None:
    """Write an event with all that can be wrong about it."""
    begin_mag(person, "Le bal", "Évènement")
    field(person).fill("# Programme\n\n- danse\n- soupe")
    expect(preview(person).locator("li")).to_have_count(2)
    # More than its frame shows, and no link in it that could be gone to.
    field(person).press("Control+End")
    field(person).press_sequentially("\n\nde la soupe" * 30)
    expect(preview(person).locator("p")).to_have_count(30)
    person.press_publish()
    expect(person.page.get_by_role("alert").first).to_be_visible()


@pytest.mark.parametrize("screen", ["reading", "writing", "a member", "the agenda"])
def test_nobody_is_kept_out_of(screen: str, street: Street) -> None:
    ana = street.neighbour("Ana")
    assert ana.account
    soon = datetime.now(UTC) + timedelta(days=10)
    text = "## Programme\n\n- danse\n- [soupe](https://exemple.fr)\n\n> Venez !\n\n```\ncode\n```"
    listing = street.house.tell(
        ana.account, "Le bal", street.here, category="event", text=text, starts_at=soon.isoformat()
    )

    if screen == "reading":
        ana.visit(f"/annonces/{listing['id']}")
        expect(article(ana).locator("li")).to_have_count(2)
    elif screen == "writing":
        write_a_mag(ana)
    elif screen == "a member":
        ana.visit(f"/membres/{ana.account.id}")
        expect(ana.page.get_by_role("list", name="Sur la carte")).to_be_visible()
    else:
        turn_on_mags(ana)
        ana.page.get_by_role("radio", name="Aujourd’hui").check(force=True)
        expect(ana.page.get_by_text("Aucun évènement aujourd’hui")).to_be_visible()

    expect_no_violation(ana.page)
