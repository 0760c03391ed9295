"""A listing that is hidden while something agreed under it is not over, on the screen of who answered."""

import re
from typing import NamedTuple

from playwright.sync_api import expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import PHONE, Street
from tests.browser.house import Account
from tests.browser.neighbour import Neighbour
from tests.browser.people import TITLE, balance, known, moderator, sanction

GONE = "Cette annonce n’est plus là"
HIDDEN = "Cette annonce est masquée"
ROWS = "Vos échanges sous des annonces masquées"


class Scene(NamedTuple):
    """Ana, who offers, Bo, who answered, and a moderator; the id of the listing, and what Bo had at first."""

    ana: Neighbour
    bo: Neighbour
    modeste: Account
    listing: str
    had: int


def said_to_be_done(street: Street) -> Scene:
    """Ana offers something and says that it is done, three smiles of Bo's being held; Bo looks at it."""
    ana, bo = street.neighbour("Ana"), street.neighbour("Bo")
    modeste = moderator(street)
    listing = street.house.publish(known(ana), TITLE, street.here, kind="offer", smiles=3)["id"]
    had = balance(street, bo)
    bo.open_dialog(TITLE)
    bo.propose(note="Samedi à 10 h.")
    ana.open_dialog(TITLE, "Bo")
    ana.take_step("Accepter")
    ana.take_step("C’est fait")
    expect(bo.deal).to_contain_text("Fait, à confirmer")
    return Scene(ana, bo, modeste, listing, had)


def test_who_answered_a_listing_that_is_hidden_disputes_what_is_said_to_be_done(street: Street) -> None:
    _, bo, modeste, listing, had = said_to_be_done(street)

    sanction(street, modeste, "hide", listing)

    expect(bo.page.get_by_role("heading", name=HIDDEN)).to_be_visible()
    main = bo.page.get_by_role("main")
    expect(main).to_contain_text("Annonce d’Ana")
    expect(bo.deal).to_contain_text("Ana vous aide")
    expect(bo.deal).to_contain_text("3 smiles")
    expect(bo.deal).to_contain_text("Sans réponse, les smiles iront à Ana")
    expect(main).not_to_contain_text(TITLE)
    assert TITLE not in bo.page.title()
    expect_no_violation(bo.page)

    # Where they look for their smiles, and for their dialog, is the way to it.
    for where in ("/messages", "/smiles"):
        bo.visit(where)
        row = bo.page.get_by_role("list", name=ROWS).get_by_role("link")
        expect(row).to_contain_text("Ana vous aide · 3 smiles · Fait, à confirmer")
        expect(bo.page.get_by_role("main").get_by_text(TITLE)).to_have_count(0)
    expect_no_violation(bo.page)
    row.click()

    bo.take_other_step("Ouvrir un litige", words="Personne n’est venu.")

    expect(bo.deal).to_contain_text("Litige en cours")
    expect(bo.deal).to_contain_text("La modération lit vos raisons")
    bo.deal.get_by_role("button", name="Montrer ce dialogue à la modération").click()
    bo.page.get_by_role("dialog").get_by_role("button", name="Montrer le dialogue").click()
    expect(bo.deal).to_contain_text("La modération peut lire ce dialogue.")
    assert balance(street, bo) == had - 3


def test_who_answered_a_listing_that_is_hidden_confirms_and_it_is_gone_to_them(street: Street) -> None:
    ana, bo, modeste, listing, had = said_to_be_done(street)
    before = balance(street, ana)
    sanction(street, modeste, "hide", listing)
    cleo = street.neighbour("Cleo")
    cleo.visit(f"/annonces/{listing}")
    expect(cleo.page.get_by_text(GONE)).to_be_visible()
    bo.visit(f"/annonces/{listing}")

    bo.take_step("Confirmer et remercier", words="Merci !")

    expect(bo.page.get_by_role("status").get_by_text("Échange terminé")).to_be_visible()
    expect(bo.page.get_by_text(GONE)).to_be_visible()
    expect(bo.deal).to_have_count(0)
    expect(ana.step("Bo a confirmé l’échange")).to_contain_text("Merci !")
    assert (balance(street, ana), balance(street, bo)) == (before + 3, had - 3)
    bo.visit("/smiles")
    expect(bo.statement.first).to_be_visible()
    expect(bo.page.get_by_role("list", name=ROWS)).to_have_count(0)


def test_a_proposal_is_worded_anew_while_its_listing_is_hidden_and_is_in_the_dialog_once_restored(
    street: Street,
) -> None:
    ana, modeste = street.neighbour("Ana"), moderator(street)
    bo = street.neighbour("Bo", viewport=PHONE)
    listing = street.house.publish(known(ana), TITLE, street.here, smiles=3)["id"]
    bo.visit(f"/annonces/{listing}")
    bo.tab("Dialogue privé").click()
    bo.propose()
    expect(bo.deal).to_contain_text("Échange proposé")
    sanction(street, modeste, "hide", listing)
    expect(bo.page.get_by_role("heading", name=HIDDEN)).to_be_visible()

    bo.deal.get_by_role("button", name="Modifier", exact=True).click()
    expect(bo.page.get_by_text("À propos de : Annonce masquée par la modération")).to_be_visible()
    expect_no_violation(bo.page)
    bo.write_proposal(smiles="2")
    bo.page.get_by_role("button", name="Proposer ces changements").click()
    expect(bo.deal).to_contain_text("2 smiles")

    sanction(street, modeste, "restore", listing)

    expect(bo.page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(bo.deal.get_by_role("button", name=re.compile("^Échange proposé"))).to_be_visible()
