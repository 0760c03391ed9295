"""What one sees from where one stands: both scales, the layers, and nothing else."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Street
from tests.browser.house import Account, Spot


def publish_in_a_row(street: Street, author: Account, count: int) -> None:
    """Publish so many requests east of here, each 300 m further than the one before."""
    for number in range(1, count + 1):
        street.house.publish(author, f"Voisin numéro {number}", street.here.away(east_m=300 * number))


def test_the_nearest_are_five_and_a_nearer_one_pushes_the_farthest_out(street: Street) -> None:
    ana = street.house.join("Ana")
    publish_in_a_row(street, ana, 6)
    visitor = street.visitor()
    visitor.page.get_by_role("radio", name="Les 5 plus proches").check(force=True)
    cards = visitor.cards
    expect(cards).to_have_count(5)
    expect(visitor.card("Voisin numéro 5")).to_be_visible()
    expect(visitor.card("Voisin numéro 6")).to_have_count(0)

    street.house.publish(ana, "Tout près", street.here.away(north_m=40))

    expect(cards.first).to_contain_text("Tout près")
    expect(visitor.card("Voisin numéro 5")).to_have_count(0)
    expect(cards).to_have_count(5)


def test_the_list_is_sorted_by_distance_and_counts_what_it_shows(street: Street) -> None:
    publish_in_a_row(street, street.house.join("Ana"), 7)

    visitor = street.visitor()

    expect(visitor.cards).to_contain_text([f"numéro {n}" for n in range(1, 6)])
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("5 annonces à moins d’un mile")
    expect(visitor.page.get_by_role("button", name=re.compile("^Demandes"))).to_contain_text("5")


def test_a_hidden_layer_sends_nothing(street: Street) -> None:
    ana, visitor = street.house.join("Ana"), street.visitor()
    offers = visitor.page.get_by_role("button", name=re.compile("^Offres"))
    expect(offers).to_have_attribute("aria-pressed", "true")
    offers.click()
    expect(offers).to_have_attribute("aria-pressed", "false")
    heard = len(visitor.frames)

    street.house.publish(ana, "Une soupe chaude", street.here, kind="offer", category="food")
    street.house.publish(ana, "Un coup de main", street.here)

    expect(visitor.card("Un coup de main")).to_be_visible()
    assert not any("Une soupe chaude" in frame for frame in visitor.frames[heard:])

    offers.click()
    expect(visitor.card("Une soupe chaude")).to_be_visible()


def test_where_nobody_is_near_the_nearest_are_shown_instead(street: Street) -> None:
    street.house.publish(street.house.join("Ana"), "Au village voisin", street.here.away(east_m=4000))

    visitor = street.visitor()

    expect(visitor.page.get_by_text("Personne à moins d’un mile pour l’instant.")).to_be_visible()
    expect(visitor.cards_elsewhere.filter(has_text="Au village voisin")).to_contain_text("à 4 km")
    expect(visitor.card("Au village voisin")).to_have_count(0)
    expect(visitor.page.get_by_role("button", name="Publier la première annonce")).to_be_visible()


def test_an_address_moves_the_avatar_there(street: Street) -> None:
    mulhouse = Spot(7.3389, 47.7466)
    street.house.publish(street.house.join("Ana"), "Porter un piano", mulhouse)
    visitor = street.visitor()

    search = visitor.page.get_by_role("combobox", name="Rechercher une adresse")
    search.press_sequentially("réunion")
    visitor.page.get_by_role("option", name=re.compile("Place de la Réunion")).first.click()

    expect(visitor.card("Porter un piano")).to_be_visible()


def test_on_a_narrow_phone_an_address_has_the_whole_line_while_one_types_it(street: Street) -> None:
    ana = street.neighbour("Ana", viewport={"width": 320, "height": 640})
    search = ana.page.get_by_role("combobox", name="Rechercher une adresse")
    expect(ana.smiles).to_contain_text("10")
    line = ana.page.get_by_role("banner").bounding_box()

    search.press_sequentially("zzzzzz")
    expect(ana.page.get_by_text("Aucun lieu trouvé.")).to_be_visible()

    assert line is not None
    assert ana.page.get_by_role("banner").bounding_box() == line
    box = search.bounding_box()
    assert box is not None
    assert box["width"] >= 280
    ana.smiles.focus()
    expect(ana.page.get_by_text("Aucun lieu trouvé.")).to_have_count(0)
