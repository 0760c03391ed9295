"""«C’est réglé» beside «Confirmer et remercier»: nobody loses smiles by taking one for the other."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import Street
from tests.browser.neighbour import Neighbour
from tests.browser.people import TITLE, balance, two_in_a_dialog

Pair = tuple[Neighbour, Neighbour]


@pytest.fixture
def agreed(street: Street) -> Pair:
    """Bo will mow Ana's lawn for three smiles."""
    ana, bo = two_in_a_dialog(street)
    bo.propose()
    ana.take_step("Accepter")
    expect(bo.deal).to_contain_text("Échange convenu")
    return ana, bo


def close(ana: Neighbour) -> Locator:
    """Press «C’est réglé», and return what is asked then."""
    ana.page.get_by_role("button", name="C’est réglé").click()
    question = ana.page.get_by_role("dialog")
    expect(question).to_be_visible()
    return question


def test_who_says_that_it_is_settled_is_led_to_where_one_thanks(street: Street, agreed: Pair) -> None:
    ana, bo = agreed
    had = balance(street, bo)
    ana.tab("Fil public").click()

    question = close(ana)
    expect(question).to_contain_text("Un échange est en cours")
    expect(question).to_contain_text("Bo vous aide")
    expect(question).to_contain_text("3 smiles")
    question.get_by_role("button", name="Ouvrir le dialogue avec Bo").click()

    ana.take_step("Confirmer et remercier")
    expect(ana.page.get_by_text("C’est réglé. Merci à qui a aidé !")).to_be_visible()
    assert balance(street, bo) == had + 3


def test_the_list_of_ones_own_listings_leads_there_too(agreed: Pair) -> None:
    ana, _ = agreed
    ana.visit("/mes-annonces")

    close(ana).get_by_role("button", name="Ouvrir le dialogue avec Bo").click()

    expect(ana.deal).to_contain_text("Échange convenu")


def test_who_only_removes_the_listing_keeps_the_exchange(street: Street, agreed: Pair) -> None:
    ana, bo = agreed
    looks, had = street.visitor(), balance(street, bo)

    close(ana).get_by_role("button", name="Retirer seulement l’annonce").click()

    expect(looks.card(TITLE)).to_have_count(0)
    expect(ana.page.get_by_text("L’échange continue dans le dialogue.")).to_be_visible()
    expect(ana.deal).to_contain_text("Échange convenu")
    bo.take_step("C’est fait")
    ana.take_step("Confirmer et remercier")
    expect(bo.step("Ana a confirmé l’échange")).to_be_visible()
    assert balance(street, bo) == had + 3


def test_who_has_agreed_on_nothing_is_told_that_closing_gives_no_smiles(street: Street) -> None:
    ana, _ = two_in_a_dialog(street)

    question = close(ana)

    expect(question).to_contain_text("Aucun smile n’est donné ainsi")
    question.get_by_role("button", name="Annuler").click()
    expect(ana.page.get_by_role("button", name="C’est réglé")).to_be_focused()
    close(ana).get_by_role("button", name="C’est réglé", exact=True).click()
    expect(ana.page.get_by_role("button", name="Rouvrir")).to_be_visible()


def test_nobody_is_kept_out_of_closing(agreed: Pair) -> None:
    ana, _ = agreed
    close(ana)

    expect_no_violation(ana.page)
