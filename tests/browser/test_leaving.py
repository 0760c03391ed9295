"""Leaving for good: said before, asked for twice, and done at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import Street
from tests.browser.house import PASSWORD
from tests.browser.neighbour import Neighbour
from tests.browser.people import known, note_navigations, two_in_a_dialog

QUESTION = "Quitter 1Mile pour de bon ?"


def ask_to_leave(person: Neighbour) -> None:
    """Open what is said before one leaves."""
    person.visit("/profil")
    person.page.get_by_role("button", name="Quitter 1Mile…").click()
    # The button that asks once more has the same name: until this stands there, a click is on the first.
    expect(person.page.get_by_label(re.compile("^Pour confirmer"))).to_be_visible()


def test_who_leaves_knows_before_what_becomes_of_all_and_is_gone_at_once(street: Street) -> None:
    ana, bo = street.neighbour("Ana"), street.neighbour("Bo")
    assert ana.account
    listing = street.house.publish(ana.account, "Réparer une chaise", street.here)
    expect(bo.card("Réparer une chaise")).to_be_visible()
    ask_to_leave(ana)
    profile = ana.panel("Votre profil")
    expect(profile).to_contain_text("10 smiles vont à la caisse commune")
    expect(profile).to_contain_text("Vos échanges en cours s’arrêtent")
    expect(profile).to_contain_text("Vos annonces sont supprimées")
    expect(profile).to_contain_text("Ce que vous avez écrit aux autres reste, sans votre nom")

    profile.get_by_label("Pour confirmer, votre mot de passe").fill(PASSWORD)
    profile.get_by_role("button", name="Quitter 1Mile…").click()
    ana.page.get_by_role("dialog", name=QUESTION).get_by_role("button", name="Quitter pour de bon").click()

    expect(ana.page.get_by_text("Votre compte est effacé.")).to_be_visible()
    expect(ana.page).to_have_url(re.compile(rf"^{street.house.address}/(\?|$)"))
    expect(ana.page.get_by_role("link", name=re.compile("voir vos smiles"))).to_have_count(0)
    expect(bo.card("Réparer une chaise")).to_have_count(0)
    bo.visit(f"/membres/{listing['author']['id']}")
    expect(bo.page.get_by_text("Cette personne n’est pas là")).to_be_visible()


def test_a_wrong_password_keeps_the_account_and_is_said_beside_its_field(street: Street) -> None:
    ana = street.neighbour("Ana")
    ask_to_leave(ana)
    field = ana.page.get_by_label("Pour confirmer, votre mot de passe")

    ana.panel("Votre profil").get_by_role("button", name="Quitter 1Mile…").click()
    expect(field).to_have_accessible_description("Indiquez votre mot de passe.")
    field.fill("pas celui-là")
    ana.panel("Votre profil").get_by_role("button", name="Quitter 1Mile…").click()
    ana.page.get_by_role("dialog", name=QUESTION).get_by_role("button", name="Quitter pour de bon").click()

    expect(ana.page.get_by_role("dialog")).to_have_count(0)
    expect(field).to_have_attribute("aria-invalid", "true")
    assert ana.account
    assert street.house.ask("GET", "/api/session", account=ana.account).json()["member"] is not None


def test_who_thinks_again_stays_and_the_focus_is_where_it_was(street: Street) -> None:
    ana = street.neighbour("Ana")
    ask_to_leave(ana)
    ana.page.get_by_label("Pour confirmer, votre mot de passe").fill(PASSWORD)
    ana.panel("Votre profil").get_by_role("button", name="Quitter 1Mile…").click()

    ana.confirm(QUESTION, "Annuler")
    ana.panel("Votre profil").get_by_role("button", name="Annuler").last.click()

    expect(ana.page.get_by_role("button", name="Quitter 1Mile…")).to_be_focused()


def test_who_has_no_password_types_their_name(street: Street) -> None:
    email = "sans.mot.de.passe@test.example"
    street.house.ask("POST", "/api/members", {"email": email, "name": "Élodie"})
    elodie = street.comes()
    elodie.page.goto(street.house.link_for(email))
    expect(elodie.page.get_by_role("link", name=re.compile("voir vos smiles"))).to_be_visible()
    ask_to_leave(elodie)
    profile = elodie.panel("Votre profil")

    profile.get_by_label("Pour confirmer, écrivez votre nom").fill("Quelqu’un")
    profile.get_by_role("button", name="Quitter 1Mile…").click()
    expect(profile.get_by_label("Pour confirmer, écrivez votre nom")).to_have_accessible_description(
        re.compile("tel qu’il est affiché")
    )
    profile.get_by_label("Pour confirmer, écrivez votre nom").fill("Élodie")
    profile.get_by_role("button", name="Quitter 1Mile…").click()
    elodie.page.get_by_role("dialog", name=QUESTION).get_by_role("button", name="Quitter pour de bon").click()

    expect(elodie.page.get_by_text("Votre compte est effacé.")).to_be_visible()


@pytest.mark.parametrize("who", ["the author", "who answered"])
def test_an_open_dialog_has_the_new_name_of_who_left_on_all_that_they_said_and_asks_for_no_more(
    street: Street, who: str
) -> None:
    ana, bo = two_in_a_dialog(street)
    ana.say("Très volontiers !")
    bo.say("Alors à samedi.")
    bo.propose()
    expect(ana.step("Bo a proposé un échange")).to_be_visible()
    stays, leaves = (bo, ana) if who == "the author" else (ana, bo)
    name = known(leaves).name

    street.house.ask("DELETE", "/api/me", {"password": PASSWORD}, account=known(leaves))

    expect(stays.page.get_by_text("Cette personne a quitté 1Mile")).to_be_visible()
    expect(stays.log).to_contain_text("Ancien membre")
    expect(stays.log).not_to_contain_text(name)
    expect(stays.panel("Demande")).not_to_contain_text(name)
    expect(stays.composer).to_have_count(0)
    expect(stays.proposing).to_have_count(0)
    expect_no_violation(stays.page)


def test_nobody_is_kept_out_of_leaving(street: Street) -> None:
    ana = street.neighbour("Ana")
    ask_to_leave(ana)
    ana.panel("Votre profil").get_by_role("button", name="Quitter 1Mile…").click()
    expect(ana.page.get_by_role("alert")).to_be_visible()
    expect_no_violation(ana.page)

    ana.page.get_by_label("Pour confirmer, votre mot de passe").fill(PASSWORD)
    ana.panel("Votre profil").get_by_role("button", name="Quitter 1Mile…").click()
    expect(ana.page.get_by_role("dialog", name=QUESTION)).to_be_visible()
    expect_no_violation(ana.page)


def test_an_open_thread_has_the_new_name_of_who_left_on_all_that_they_said_at_once(street: Street) -> None:
    bo, ana = street.house.join("Bo"), street.neighbour("Zyxomma")
    title = "Prêter une échelle"
    street.house.publish(bo, title, street.here)
    reads, away = street.visitor(), street.neighbour("Cy")
    for person in (ana, reads, away):
        person.open(title)
    for words in ("La mienne est libre.", "Samedi ?", "Ou dimanche."):
        ana.say(words)
    away.say("Merci !")
    for person in (reads, away):
        expect(person.log).to_contain_text("Merci !")
        expect(person.log).to_contain_text("Zyxomma")
    loaded = note_navigations(reads.page)
    away.context.set_offline(True)

    street.house.ask("DELETE", "/api/me", {"password": PASSWORD}, account=known(ana))

    expect(reads.log).to_contain_text("Ancien membre")
    expect(reads.page.get_by_role("main")).not_to_contain_text("Zyxomma")
    for words in ("La mienne est libre.", "Samedi ?", "Ou dimanche."):
        expect(reads.bubble(words)).to_be_visible()
    expect_no_violation(reads.page)
    away.context.set_offline(False)
    expect(away.log).to_contain_text("Ancien membre")
    expect(away.log).not_to_contain_text("Zyxomma")
    assert loaded == []


def test_an_open_feed_of_the_moderators_has_the_new_name_of_who_left_on_all_their_lines(
    street: Street,
) -> None:
    ana, bo = street.house.join("Anatole"), street.house.join("Bo")
    first = street.house.publish(bo, "Tondre la pelouse", street.here)
    second = street.house.publish(bo, "Tailler la haie", street.here)
    for listing in (first, second):
        street.house.say(ana, listing["thread"], f"Je viens pour {listing['title']}")
    max_ = street.neighbour("Max")
    street.house.appoint(known(max_))
    max_.visit("/moderation")
    lines = max_.page.get_by_role("article").filter(has_text="Je viens pour")
    expect(lines.filter(has_text="Anatole").filter(has_text="Tondre la pelouse")).to_have_count(1)
    expect(lines.filter(has_text="Anatole").filter(has_text="Tailler la haie")).to_have_count(1)

    street.house.ask("DELETE", "/api/me", {"password": PASSWORD}, account=ana)

    expect(lines.filter(has_text="Ancien membre").filter(has_text="Tondre la pelouse")).to_have_count(1)
    expect(lines.filter(has_text="Ancien membre").filter(has_text="Tailler la haie")).to_have_count(1)
    expect(max_.page.get_by_role("main")).not_to_contain_text("Anatole")
