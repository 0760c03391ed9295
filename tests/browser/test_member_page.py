"""A member as everybody sees them, one step from wherever their name stands."""

import re

from playwright.sync_api import expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import Street


def test_the_name_above_a_listing_leads_to_what_its_author_has_done_for_others(street: Street) -> None:
    ana, bo = street.house.join("Ana"), street.house.join("Bo")
    asked = street.house.publish(ana, "Tondre la pelouse", street.here)
    street.house.exchange(asked, ana, bo, words="Une pelouse impeccable !")
    street.house.publish(bo, "Garder un chat", street.here)
    visitor = street.visitor()
    visitor.open("Garder un chat")

    visitor.page.get_by_role("link", name="Bo", exact=True).click()

    page = visitor.panel("Membre")
    expect(page.get_by_role("heading", name="Bo", level=2)).to_be_visible()
    expect(page).to_contain_text("Membre depuis")
    expect(page).to_contain_text("a aidé 1 fois")
    expect(page).to_contain_text("a reçu de l’aide 0 fois")
    expect(page).to_contain_text("Aucun rendez-vous manqué.")
    expect(page).to_contain_text("Une pelouse impeccable !")
    expect(visitor.page).to_have_title(re.compile("^Bo – "))
    page.get_by_role("link", name="Ana", exact=True).click()
    expect(visitor.panel("Membre")).to_contain_text("a reçu de l’aide 1 fois")


def test_an_author_goes_from_a_dialog_to_who_answered_and_back(street: Street) -> None:
    ana, bo = street.neighbour("Ana"), street.house.join("Bo")
    assert ana.account
    listing = street.house.publish(ana.account, "Tondre la pelouse", street.here)
    street.house.say(bo, street.house.open_dialog(bo, listing["id"]), "Samedi ?")
    ana.open_dialog("Tondre la pelouse", "Bo")

    ana.page.get_by_role("link", name="Bo", exact=True).click()
    expect(ana.panel("Membre")).to_contain_text("Pas encore d’échange")
    ana.panel("Membre").get_by_role("button", name="Retour").click()

    expect(ana.bubble("Samedi ?")).to_be_visible()


def test_an_absence_is_counted_and_said_fairly(street: Street) -> None:
    ana, bo = street.house.join("Ana"), street.house.join("Bo")
    listing = street.house.publish(ana, "Tondre la pelouse", street.here)
    street.house.miss(listing, ana, bo)
    visitor = street.comes()

    visitor.visit(f"/membres/{bo.id}")

    page = visitor.panel("Membre")
    expect(page).to_contain_text("1 rendez-vous manqué sur 1.")
    expect(page).to_contain_text("posez la question avant de juger")
    expect_no_violation(visitor.page)


def test_ones_own_page_says_that_it_is_and_is_one_step_from_the_profile(street: Street) -> None:
    ana = street.neighbour("Ana")
    ana.visit("/profil")

    ana.page.get_by_role("link", name="Voir votre page publique").click()

    expect(ana.panel("Membre")).to_contain_text("C’est ainsi que les autres vous voient.")
    ana.page.get_by_role("link", name="Modifier votre profil").click()
    expect(ana.panel("Votre profil")).to_be_visible()


def test_nobody_there_is_said_so(street: Street) -> None:
    visitor = street.comes()

    visitor.visit("/membres/00000000-0000-7000-8000-000000000000")

    expect(visitor.panel("Membre")).to_contain_text("Cette personne n’est pas là")
