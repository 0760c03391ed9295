"""Buying smiles at the page that pretends to be paid: there and back, paid or not, and taken back."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import Street
from tests.browser.house import House
from tests.browser.neighbour import Neighbour


@pytest.fixture(scope="module")
def market_house() -> Iterator[House]:
    """A house that sells smiles."""
    with House(ONEMILE_PAYMENTS="page") as house:
        yield house


@pytest.fixture
def market(market_house: House, street_of: Callable[[House], Street]) -> Street:
    """A street of a town that sells smiles."""
    return street_of(market_house)


def go_to_pay(person: Neighbour, smiles: int) -> None:
    """Ask for so many smiles, up to the page where they are paid for."""
    person.visit("/smiles")
    person.page.get_by_role("tab", name="Acheter").click()
    person.page.get_by_label("Nombre de smiles").fill(str(smiles))
    person.page.get_by_role("button", name=re.compile("^Payer")).click()
    expect(person.page.get_by_role("heading", name="Paiement fictif")).to_be_visible()


def press(person: Neighbour, act: str, outcome: str) -> None:
    """Do something to the payment on the pretended provider's page."""
    person.page.get_by_role("button", name=act).click()
    expect(person.page.get_by_role("status")).to_have_text(outcome)


def test_what_is_paid_is_there_when_one_comes_back_and_in_a_tab_that_never_left(market: Street) -> None:
    ana = market.neighbour("Ana")
    stayed = Neighbour(market.house, ana.context, ana.account)
    stayed.visit("/smiles")
    loaded: list[str] = []
    stayed.page.on("domcontentloaded", lambda page: loaded.append(page.url))
    go_to_pay(ana, 7)

    press(ana, "Faire semblant de payer", "Payé (pour de faux).")
    expect(stayed.smiles).to_have_accessible_name("17 smiles, voir vos smiles")
    expect(stayed.statement.first).to_contain_text("Smiles achetés")
    ana.page.get_by_role("link", name="Revenir à 1Mile").click()

    expect(ana.page.get_by_text("7 smiles sont arrivés. Merci !")).to_be_visible()
    expect(ana.smiles).to_have_accessible_name("17 smiles, voir vos smiles")
    assert "achat" not in ana.page.url
    assert loaded == []


def test_who_is_back_before_the_payment_is_told_so_and_sees_it_come_without_a_reload(market: Street) -> None:
    ana = market.neighbour("Ana")
    go_to_pay(ana, 3)
    provider = ana.page.url
    ana.page.get_by_role("link", name="Revenir à 1Mile").click()
    expect(ana.page.get_by_text("Votre achat est en route")).to_be_visible()

    elsewhere = ana.context.new_page()
    elsewhere.goto(provider)
    elsewhere.get_by_role("button", name="Faire semblant de payer").click()

    expect(ana.page.get_by_text("3 smiles sont arrivés. Merci !")).to_be_visible()
    expect(ana.smiles).to_have_accessible_name("13 smiles, voir vos smiles")


def test_a_payment_that_failed_costs_and_brings_nothing(market: Street) -> None:
    ana = market.neighbour("Ana")
    go_to_pay(ana, 5)

    press(ana, "Faire échouer le paiement", "Le paiement n’a pas abouti.")
    ana.page.get_by_role("link", name="Revenir à 1Mile").click()

    expect(ana.page.get_by_text("L’achat n’a pas eu lieu : rien n’a été payé.")).to_be_visible()
    expect(ana.smiles).to_have_accessible_name("10 smiles, voir vos smiles")


def test_what_is_refunded_or_taken_back_goes_and_is_said(market: Street) -> None:
    ana = market.neighbour("Ana")
    go_to_pay(ana, 5)
    press(ana, "Faire semblant de payer", "Payé (pour de faux).")
    press(ana, "Rembourser", "Remboursé.")
    ana.visit("/smiles")
    expect(ana.smiles).to_have_accessible_name("10 smiles, voir vos smiles")
    expect(ana.statement.first).to_contain_text("Achat remboursé")

    ana.page.get_by_role("tab", name="Acheter").click()
    expect(ana.panel("Vos smiles").get_by_text("Remboursé", exact=True)).to_be_visible()


def test_what_was_given_before_the_bank_took_it_back_is_owed(market: Street) -> None:
    ana, bo = market.neighbour("Ana"), market.house.join("Bo")
    assert ana.account
    go_to_pay(ana, 5)
    press(ana, "Faire semblant de payer", "Payé (pour de faux).")
    listing = market.house.publish(ana.account, "Déménager", market.here, smiles=14)
    market.house.exchange(listing, ana.account, bo, smiles=14)

    press(ana, "Contester auprès de la banque", "Repris par la banque.")
    ana.visit("/smiles")

    expect(ana.panel("Vos smiles")).to_contain_text("Vous devez 4 smiles")
    expect(ana.smiles).to_have_accessible_name("0 smile, voir vos smiles")
    expect_no_violation(ana.page)


def test_only_a_whole_number_that_one_may_buy_goes_to_be_paid(market: Street) -> None:
    ana = market.neighbour("Ana")
    ana.visit("/smiles")
    ana.page.get_by_role("tab", name="Acheter").click()
    amount = ana.page.get_by_label("Nombre de smiles")
    expect(ana.panel("Vos smiles")).to_contain_text("Un smile ne se revend pas")

    amount.fill("201")
    ana.page.get_by_role("button", name=re.compile("^Payer")).click()

    expect(amount).to_be_focused()
    expect(amount).to_have_accessible_description(re.compile("Indiquez un nombre entier de 1 à 200"))
    assert "/smiles" in ana.page.url


def test_a_town_that_sells_nothing_has_no_such_tab(street_of: Callable[[House], Street]) -> None:
    with House(ONEMILE_PAYMENTS="off") as house:
        ana = street_of(house).neighbour("Ana")
        ana.visit("/smiles")

        expect(ana.page.get_by_role("tab", name="Inviter")).to_be_visible()
        expect(ana.page.get_by_role("tab", name="Acheter")).to_have_count(0)
