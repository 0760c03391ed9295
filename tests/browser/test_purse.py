"""One's smiles: how many, live in every tab, and where each came from and went."""

import re

from playwright.sync_api import expect

from server.ids import new_id
from tests.browser.axe import expect_no_violation
from tests.browser.conftest import Street
from tests.browser.garden import publish
from tests.browser.house import Account
from tests.browser.neighbour import Neighbour


def two_who_know_each_other(street: Street) -> tuple[Neighbour, Neighbour, Account, Account]:
    """Ana asks, Bo helps; both look at their browsers, and their accounts come along."""
    ana, bo = street.neighbour("Ana"), street.neighbour("Bo")
    assert ana.account
    assert bo.account
    return ana, bo, ana.account, bo.account


def test_a_balance_changes_in_each_tab_when_the_other_confirms_without_a_reload(street: Street) -> None:
    _, bo, ana_account, bo_account = two_who_know_each_other(street)
    listing = street.house.publish(ana_account, "Tondre la pelouse", street.here, smiles=4)
    second = Neighbour(street.house, bo.context, bo_account)
    second.visit("/smiles")
    expect(second.statement).to_have_count(1)
    loaded: list[str] = []
    for tab in (bo, second):
        tab.page.on("domcontentloaded", lambda page: loaded.append(page.url))

    street.house.exchange(listing, ana_account, bo_account, smiles=4)

    expect(bo.smiles).to_have_accessible_name("14 smiles, voir vos smiles")
    expect(second.smiles).to_have_accessible_name("14 smiles, voir vos smiles")
    expect(second.panel("Vos smiles")).to_contain_text("Vous avez 14 smiles")
    expect(second.statement.first).to_contain_text("+4")
    assert loaded == []


def test_each_line_says_why_with_whom_and_what_one_had_then_and_leads_there(street: Street) -> None:
    ana, _, ana_account, bo_account = two_who_know_each_other(street)
    listing = street.house.publish(ana_account, "Tondre la pelouse", street.here, smiles=4)
    street.house.exchange(listing, ana_account, bo_account, smiles=4)
    ana.smiles.click()

    held = ana.statement.filter(has_text="Réservés pour un échange")
    expect(held).to_contain_text("−4")
    expect(held).to_contain_text("solde ensuite : 6 smiles")
    expect(held.get_by_role("link", name="Tondre la pelouse")).to_have_attribute(
        "href", re.compile(f"^/annonces/{listing['id']}")
    )
    expect(ana.statement.last).to_contain_text("Bienvenue dans le quartier")
    ana.statement.first.get_by_role("link", name="avec Bo").click()
    expect(ana.panel("Membre").get_by_role("heading", name="Bo", level=2)).to_be_visible()


def test_what_is_held_is_said_to_be_in_exchanges_or_for_projects(street: Street) -> None:
    ana, _, ana_account, bo_account = two_who_know_each_other(street)
    garden = publish(street, bo_account)
    ana.visit("/smiles")
    smiles = ana.panel("Vos smiles")
    expect(smiles).to_contain_text("Vous avez 10 smiles")
    expect(smiles).not_to_contain_text("réservé")

    gift = {"id": new_id(), "smiles": 2}
    street.house.ask("POST", f"/api/projects/{garden['id']}/gifts", gift, account=ana_account)
    expect(smiles).to_contain_text("2 smiles réservés pour des projets")
    expect(ana.statement.first).to_contain_text("Réservés pour un projet")
    expect(smiles).not_to_contain_text("échanges en cours")

    listing = street.house.publish(ana_account, "Tondre la pelouse", street.here, smiles=3)
    street.house.agree(listing, ana_account, bo_account, 3)
    expect(smiles).to_contain_text("3 smiles réservés dans des échanges en cours")
    expect(smiles).to_contain_text("2 smiles réservés pour des projets")
    expect(ana.statement.first).to_contain_text("Réservés pour un échange")
    expect_no_violation(ana.page)


def test_a_statement_is_filtered_and_goes_on_where_a_page_ends(street: Street) -> None:
    ana, _, ana_account, bo_account = two_who_know_each_other(street)
    for number in range(11):
        giver, taker = (ana_account, bo_account) if number % 2 else (bo_account, ana_account)
        listing = street.house.publish(giver, f"Chose {number}", street.here)
        street.house.exchange(listing, giver, taker)
    # One of welcome, six received, seven held and given: 21 lines. A page has 20.
    for number in range(11, 13):
        listing = street.house.publish(ana_account, f"Chose {number}", street.here)
        street.house.exchange(listing, ana_account, bo_account)
    ana.visit("/smiles")
    expect(ana.statement).to_have_count(20)

    ana.page.get_by_role("button", name="Voir plus ancien").click()
    expect(ana.statement).to_have_count(21)
    expect(ana.page.get_by_role("button", name="Voir plus ancien")).to_have_count(0)

    ana.page.get_by_label("Lignes à montrer").select_option("Reçus")
    expect(ana.statement.filter(has_text="Reçus en merci")).to_have_count(6)
    expect(ana.statement.filter(has_text="Donnés")).to_have_count(0)
    ana.page.get_by_label("Lignes à montrer").select_option("Achetés")
    expect(ana.page.get_by_text("Aucune ligne de ce genre")).to_be_visible()
    ana.page.get_by_role("button", name="Tout montrer").click()
    expect(ana.statement).to_have_count(20)


def test_the_filtered_statement_comes_as_a_file_for_a_spreadsheet(street: Street) -> None:
    ana, _, ana_account, bo_account = two_who_know_each_other(street)
    listing = street.house.publish(ana_account, "=1+1", street.here)
    street.house.exchange(listing, ana_account, bo_account)
    ana.visit("/smiles")
    ana.page.get_by_label("Lignes à montrer").select_option("Donnés")
    expect(ana.statement.filter(has_text="Bienvenue")).to_have_count(0)

    with ana.page.expect_download() as download:
        ana.page.get_by_role("link", name="Télécharger (CSV)").click()

    assert download.value.suggested_filename.endswith(".csv")
    text = download.value.path().read_bytes().decode("utf-8-sig")
    assert "Bo" in text
    assert "Bienvenue" not in text
    assert not re.search(r'(^|[;"])=1\+1', text, re.MULTILINE)


def test_what_came_and_went_by_month_is_a_table_for_who_does_not_see_the_bars(street: Street) -> None:
    ana, _, ana_account, bo_account = two_who_know_each_other(street)
    ana.visit("/smiles")
    expect(ana.page.get_by_role("table")).to_contain_text("10 reçus et 0 donnés en douze mois")
    listing = street.house.publish(ana_account, "Tondre la pelouse", street.here, smiles=3)

    street.house.exchange(listing, ana_account, bo_account, smiles=3)

    expect(ana.page.get_by_role("table")).to_contain_text("10 reçus et 3 donnés en douze mois")
    expect(ana.page.get_by_role("row")).to_have_count(13)
    expect(ana.page.get_by_role("row").last.get_by_role("cell").last).to_have_text("3")


def test_an_invitation_is_a_link_and_a_code_to_pass_on_and_says_who_came(street: Street) -> None:
    ana = street.neighbour("Ana")
    ana.visit("/smiles")
    ana.page.get_by_role("tab", name="Inviter").click()
    link = ana.page.get_by_label("Votre lien d’invitation").input_value()
    assert link.startswith(f"{street.house.address}/rejoindre?invitation=")
    code = ana.page.get_by_role("img", name="Code QR de votre lien d’invitation")
    expect(code).to_be_visible()
    assert code.evaluate("image => image.complete && image.naturalWidth > 0")

    newcomer = {"email": "invitee@test.example", "name": "Gil", "invitation": link.partition("=")[2]}
    street.house.ask("POST", "/api/members", newcomer)
    token = street.house.link_for("invitee@test.example").partition("#")[2]
    street.house.ask("POST", "/api/session/link/use", {"token": token})
    ana.page.reload()
    ana.page.get_by_role("tab", name="Inviter").click()

    expect(ana.panel("Vos smiles")).to_contain_text("1 personne venue, dont 0 récompensée")


def test_who_is_not_signed_in_is_led_to_their_smiles_by_signing_in(street: Street) -> None:
    bo = street.house.join("Bo")
    visitor = street.comes()
    visitor.visit("/smiles")

    visitor.panel("Vos smiles").get_by_role("button", name="Se connecter").click()
    visitor.sign_in(bo)

    expect(visitor.panel("Vos smiles")).to_contain_text("Vous avez 10 smiles")
