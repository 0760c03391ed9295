"""Becoming a member, and going on with what one was about to do."""

from playwright.sync_api import expect

from tests.browser.conftest import Street
from tests.browser.house import PASSWORD
from tests.browser.neighbour import Neighbour


def join_in(page_of: Neighbour, name: str, email: str) -> None:
    """Fill the form of who joins, up to the mail."""
    page = page_of.page
    page.get_by_role("link", name="Rejoindre le quartier").click()
    page.get_by_label("Adresse e-mail").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_label("Nom affiché").fill(name)
    page.get_by_role("button", name="Rejoindre", exact=True).click()
    expect(page.get_by_role("heading", name="Regardez votre boîte")).to_be_visible()


def test_who_publishes_as_a_newcomer_joins_on_the_way_and_the_listing_is_published(street: Street) -> None:
    dora, bo = street.visitor(), street.visitor()
    dora.publish("Planter des tulipes")
    expect(dora.page.get_by_text("Ce que vous avez écrit est gardé")).to_be_visible()

    join_in(dora, "Dora", "dora@test.example")
    street.house.link_for("dora@test.example")  # the mail has come
    dora.page.get_by_role("link", name="Ouvrir le courrier de développement").click()
    dora.page.get_by_role("article").filter(has_text="dora@test.example").get_by_role("link").first.click()

    expect(dora.page.get_by_role("heading", name="Planter des tulipes", level=2)).to_be_visible()
    expect(bo.card("Planter des tulipes")).to_contain_text("Dora")
    assert "#" not in dora.page.url


def test_the_page_that_waits_goes_on_when_the_mails_link_is_used_in_another_tab(street: Street) -> None:
    emil = street.visitor()
    emil.publish("Monter une armoire")
    join_in(emil, "Emil", "emil@test.example")

    other_tab = emil.context.new_page()
    other_tab.goto(street.house.link_for("emil@test.example"))

    # One of both tabs publishes, whichever comes first; it exists once.
    bo = street.visitor()
    expect(bo.card("Monter une armoire")).to_have_count(1)
    expect(emil.page.get_by_role("heading", name="Regardez votre boîte")).to_have_count(0)


def test_a_message_written_before_signing_in_is_sent_after_it(street: Street) -> None:
    ana, bo = street.house.join("Ana"), street.house.join("Bo")
    street.house.publish(ana, "Arroser les fleurs", street.here)
    visitor = street.visitor()
    visitor.open("Arroser les fleurs")

    visitor.say("Je peux passer jeudi.")
    expect(visitor.page.get_by_text("Ce que vous avez écrit est gardé")).to_be_visible()
    visitor.sign_in(bo)

    expect(visitor.bubble("Je peux passer jeudi.")).to_have_count(1)
    expect(visitor.bubble("Je peux passer jeudi.")).to_contain_text("Envoyé")
    expect(visitor.composer).to_have_value("")


def test_a_wrong_password_is_said_beside_nothing_lost(street: Street) -> None:
    bo = street.house.join("Bo")
    visitor = street.comes()
    visitor.visit("/connexion")

    visitor.page.get_by_label("Adresse e-mail").fill(bo.email)
    visitor.page.get_by_label("Mot de passe", exact=True).fill("pas celui-là")
    visitor.page.get_by_role("button", name="Se connecter", exact=True).last.click()

    expect(visitor.page.get_by_role("alert").first).to_be_visible()
    expect(visitor.page.get_by_label("Adresse e-mail")).to_have_value(bo.email)


def test_signing_out_leaves_nothing_of_the_member_on_the_page(street: Street) -> None:
    bo = street.neighbour("Bo")
    bo.page.get_by_role("button", name="Compte").click()
    expect(bo.page.get_by_text(str(bo.account and bo.account.email))).to_be_visible()

    bo.page.get_by_role("button", name="Se déconnecter").click()

    expect(bo.page.get_by_role("link", name="Se connecter").first).to_be_visible()
    expect(bo.page.get_by_text(str(bo.account and bo.account.email))).to_have_count(0)


def test_an_invitation_outlives_a_reload_and_a_look_at_the_other_door_and_brings_ones_sponsor(
    street: Street,
) -> None:
    ana = street.house.join("Ana")
    link = street.house.ask("GET", "/api/me/invitation", account=ana).json()["link"]
    fred = street.comes()
    fred.visit(link.removeprefix(street.house.address))
    panel = fred.panel("Rejoindre le quartier")
    expect(panel.get_by_text("On vous invite ici")).to_be_visible()
    expect(panel).not_to_contain_text("Ana")
    assert "invitation" not in fred.page.url

    fred.page.reload()
    panel.get_by_role("link", name="Se connecter").click()
    join_in(fred, "Fred", "fred@test.example")
    fred.page.goto(street.house.link_for("fred@test.example"))
    expect(fred.page.get_by_role("link", name="10 smiles, voir vos smiles")).to_be_visible()

    assert street.house.ask("GET", "/api/me/invitation", account=ana).json()["brought"] == 1
    # It served: whoever joins next in this browser came by themselves.
    fred.context.clear_cookies()
    fred.visit("/rejoindre")
    expect(panel.get_by_role("button", name="Rejoindre", exact=True)).to_be_visible()
    expect(panel.get_by_text("On vous invite ici")).to_have_count(0)


def test_who_has_proved_their_address_is_told_of_their_first_smiles(street: Street) -> None:
    newcomer, email = street.comes(), "fanny@test.example"
    street.house.ask("POST", "/api/members", {"email": email, "name": "Fanny", "password": PASSWORD})

    newcomer.page.goto(street.house.link_for(email))

    expect(newcomer.page.get_by_text("Vous avez 10 smiles, pour remercier qui vous aidera.")).to_be_visible()
    expect(newcomer.smiles).to_contain_text("10")
