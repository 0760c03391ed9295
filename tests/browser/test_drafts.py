"""Nothing typed is ever lost."""

from playwright.sync_api import expect

from tests.browser.conftest import Street


def test_a_listing_being_written_survives_a_reload(street: Street) -> None:
    ana = street.neighbour("Ana")
    ana.page.get_by_role("link", name="Publier", exact=True).click()
    ana.write_listing("Repeindre un banc", text="Vert, si possible.", smiles="7", category="Bricolage")

    ana.page.reload()

    expect(ana.page.get_by_label("Titre")).to_have_value("Repeindre un banc")
    expect(ana.page.get_by_label("Description")).to_have_value("Vert, si possible.")
    expect(ana.page.get_by_label("Smiles proposés")).to_have_value("7")
    expect(ana.page.get_by_role("radio", name="Bricolage")).to_be_checked()
    expect(ana.page.get_by_role("radio", name="Une demande")).to_be_checked()


def test_a_message_being_written_survives_leaving_and_a_reload(street: Street) -> None:
    street.house.publish(street.house.join("Ana"), "Prêter une échelle", street.here)
    bo = street.neighbour("Bo")
    bo.open("Prêter une échelle")
    bo.composer.fill("Pour quand, et")

    bo.composer.press("Escape")
    expect(bo.card("Prêter une échelle")).to_be_focused()
    bo.page.reload()
    bo.open("Prêter une échelle")

    expect(bo.composer).to_have_value("Pour quand, et")


def test_changes_of_a_listing_survive_a_reload(street: Street) -> None:
    ana = street.neighbour("Ana")
    assert ana.account
    street.house.publish(ana.account, "Ranger la cave", street.here)
    ana.open("Ranger la cave")
    ana.page.get_by_role("button", name="Modifier", exact=True).click()
    ana.page.get_by_label("Titre").fill("Ranger la cave et le grenier")

    ana.page.reload()

    expect(ana.page.get_by_label("Titre")).to_have_value("Ranger la cave et le grenier")
