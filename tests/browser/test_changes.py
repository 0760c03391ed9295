"""What becomes of a listing is seen by everybody who looks at it, at once."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Street


def test_an_edit_shows_in_the_list_and_in_the_open_panel_of_others(street: Street) -> None:
    ana = street.neighbour("Ana")
    assert ana.account
    street.house.publish(ana.account, "Tailler la haie", street.here)
    reads, looks = street.visitor(), street.visitor()
    reads.open("Tailler la haie")
    ana.open("Tailler la haie")

    ana.page.get_by_role("button", name="Modifier", exact=True).click()
    ana.page.get_by_label("Titre").fill("Tailler deux haies")
    ana.page.get_by_label("Smiles proposés").fill("9")
    ana.page.get_by_role("button", name="Enregistrer").click()

    expect(looks.card("Tailler deux haies")).to_contain_text("9")
    expect(reads.page.get_by_role("heading", name="Tailler deux haies", level=2)).to_be_visible()
    expect(looks.card("Tailler la haie")).to_have_count(0)


def test_a_closed_listing_leaves_the_map_and_its_conversation_goes_on(mapped_street: Street) -> None:
    street = mapped_street
    ana = street.neighbour("Ana")
    assert ana.account
    street.house.publish(ana.account, "Porter des cartons", street.here.away(north_m=600))
    bo, looks = street.neighbour("Bo"), street.visitor()
    bo.open("Porter des cartons")
    ana.open("Porter des cartons")

    ana.page.get_by_role("button", name="C’est réglé").click()
    ana.confirm("C’est réglé ?", "C’est réglé")

    expect(looks.card("Porter des cartons")).to_have_count(0)
    expect(looks.pin("Porter des cartons")).to_have_count(0)
    expect(bo.page.get_by_text("C’est réglé. Merci à qui a aidé !")).to_be_visible()
    bo.say("De rien !")
    expect(ana.bubble("De rien !")).to_be_visible()

    ana.page.get_by_role("button", name="Rouvrir").click()
    expect(looks.card("Porter des cartons")).to_be_visible()
    expect(looks.pin("Porter des cartons")).to_be_visible()


def test_a_listing_in_progress_says_so_on_card_and_pin(mapped_street: Street) -> None:
    street = mapped_street
    ana = street.neighbour("Ana")
    assert ana.account
    street.house.publish(ana.account, "Garder deux enfants", street.here.away(north_m=600))
    looks = street.visitor()
    ana.open("Garder deux enfants")

    ana.choose("Autres actions", "Marquer « en cours »")

    expect(looks.card("Garder deux enfants")).to_contain_text("En cours")
    expect(looks.pin("Garder deux enfants")).to_have_accessible_name(re.compile("en cours$"))


def test_a_renewed_listing_stands_thirty_days_from_now(street: Street) -> None:
    ana = street.neighbour("Ana")
    assert ana.account
    street.house.publish(ana.account, "Cours de guitare", street.here)
    ana.open("Cours de guitare")

    ana.choose("Autres actions", "Prolonger de 30 jours")

    expect(ana.page.get_by_text(re.compile("Prolongée jusqu’au"))).to_be_visible()


def test_a_deleted_listing_is_gone_for_all_and_what_was_being_typed_under_it_is_not(street: Street) -> None:
    ana = street.neighbour("Ana")
    assert ana.account
    street.house.publish(ana.account, "Nourrir les poules", street.here)
    bo, looks = street.neighbour("Bo"), street.visitor()
    bo.open("Nourrir les poules")
    bo.composer.fill("Combien de poules ?")
    ana.open("Nourrir les poules")

    ana.choose("Autres actions", "Supprimer")
    ana.confirm("Supprimer cette annonce ?", "Supprimer")

    expect(looks.card("Nourrir les poules")).to_have_count(0)
    expect(bo.page.get_by_text("Cette annonce vient d’être retirée.")).to_be_visible()
    expect(bo.page.get_by_label("Votre texte, à copier")).to_have_value("Combien de poules ?")


def test_ones_own_message_is_edited_by_the_up_key_and_deleted_for_all(street: Street) -> None:
    ana = street.neighbour("Ana")
    assert ana.account
    street.house.publish(ana.account, "Jouer aux échecs", street.here)
    bo = street.neighbour("Bo")
    bo.open("Jouer aux échecs")
    ana.open("Jouer aux échecs")
    bo.say("Demain ?")
    expect(ana.bubble("Demain ?")).to_be_visible()

    bo.composer.press("ArrowUp")
    rewording = bo.page.get_by_role("textbox", name="Votre message, à modifier")
    expect(rewording).to_have_value("Demain ?")
    rewording.fill("Après-demain ?")
    rewording.press("Enter")

    expect(ana.bubble("Après-demain ?")).to_contain_text("modifié")

    bo.bubble("Après-demain ?").hover()
    bo.choose("Que faire de ce message ?", "Supprimer")
    bo.confirm("Supprimer ce message ?", "Supprimer")

    expect(ana.log).to_contain_text("Message supprimé")
    expect(ana.page.get_by_text("Après-demain ?")).to_have_count(0)
