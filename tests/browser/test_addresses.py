"""The address says what is open, leads back to it, and never says where the avatar stands."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Street
from tests.browser.house import House


def test_back_and_forward_lead_from_the_list_to_the_listing_and_again(street: Street) -> None:
    listing = street.house.publish(street.house.join("Ana"), "Tondre la pelouse", street.here)
    visitor = street.visitor()
    visitor.open("Tondre la pelouse")
    expect(visitor.page).to_have_url(re.compile(f"/annonces/{listing['id']}"))
    expect(visitor.page).to_have_title("Tondre la pelouse – 1Mile")

    visitor.page.go_back()
    expect(visitor.page).to_have_url(re.compile(r"^[^?]+:\d+/(\?|$)"))
    expect(visitor.card("Tondre la pelouse")).to_be_focused()

    visitor.page.go_forward()
    expect(visitor.page.get_by_role("heading", name="Tondre la pelouse", level=2)).to_be_visible()


def test_a_listings_address_opens_it_and_leads_home(street: Street) -> None:
    listing = street.house.publish(street.house.join("Ana"), "Prêter un vélo", street.here)
    visitor = street.comes()

    visitor.page.goto(f"{street.house.address}/annonces/{listing['id']}")

    expect(visitor.page.get_by_role("heading", name="Prêter un vélo", level=2)).to_be_visible()
    visitor.page.get_by_role("button", name="Retour").click()
    expect(visitor.page).to_have_url(f"{street.house.address}/")


def test_a_shared_listing_has_a_preview_without_a_script(street: Street) -> None:
    text = 'Une soupe & un "bon" moment <ensemble>.'
    listing = street.house.publish(street.house.join("Ana"), "Soupe au coin", street.here, text=text)

    page = street.house.ask("GET", f"/annonces/{listing['id']}").text

    assert '<meta property="og:title" content="Soupe au coin' in page
    assert "Une soupe &amp; un &quot;bon&quot; moment &lt;ensemble&gt;." in page
    assert f'<meta property="og:url" content="{street.house.address}/annonces/{listing["id"]}">' in page
    assert '<meta property="og:type" content="article">' in page


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/publier", "Publier une annonce"),
        ("/mes-annonces", "Mes annonces"),
        ("/messages", "Messages"),
        ("/profil", "Votre profil"),
        ("/aide", "Aide et raccourcis"),
        ("/connexion", "Se connecter"),
        ("/rejoindre", "Rejoindre le quartier"),
        ("/moderation", "Modération"),
        ("/moderation/litiges", "Modération"),
        ("/moderation/journal", "Modération"),
        ("/smiles", "Vos smiles"),
        ("/livres-ouverts", "Livres ouverts"),
        ("/bienvenue", "Bienvenue"),
    ],
)
def test_every_panel_has_an_address_of_its_own(street: Street, path: str, heading: str) -> None:
    visitor = street.comes()

    visitor.visit(path)

    expect(visitor.page.get_by_role("heading", name=heading, level=1, exact=True)).to_be_visible()


def test_layers_scale_and_the_maps_view_are_shared_by_the_address(street: Street) -> None:
    visitor = street.visitor()
    visitor.page.get_by_role("radio", name="Les 5 plus proches").check(force=True)
    visitor.page.get_by_role("button", name=re.compile("^Projets")).click()

    friend = street.comes()
    friend.page.goto(visitor.page.url)

    expect(friend.page.get_by_role("radio", name="Les 5 plus proches")).to_be_checked()
    expect(friend.page.get_by_role("button", name=re.compile("^Projets"))).to_have_attribute(
        "aria-pressed", "true"
    )


def test_no_address_ever_holds_the_avatars_position(mapped_street: Street) -> None:
    visitor = mapped_street.visitor()
    expect(visitor.avatar).to_be_visible()

    visitor.drag_avatar(east_m=777, north_m=444)
    stands = visitor.page.evaluate("JSON.parse(localStorage.getItem('onemile.avatar'))")
    visitor.page.get_by_role("button", name="Agrandir la carte").click()
    expect(visitor.page).to_have_url(re.compile(r"z=13\.0"))
    visitor.page.reload()
    expect(visitor.avatar).to_be_visible()

    assert stands["lon"] == pytest.approx(mapped_street.here.away(east_m=777).lon, abs=0.001)
    exact = [f"{stands['lon']:.3f}"[:-1], f"{stands['lat']:.3f}"[:-1]]
    addresses = [*visitor.requests, visitor.page.url]
    assert not [address for address in addresses if all(number in address for number in exact)]


def test_a_place_that_is_not_there_says_so(street: Street, street_of: Callable[[House], Street]) -> None:
    visitor = street_of(street.house).comes()

    visitor.visit("/annonces/01234567-89ab-7def-8123-456789abcdef")

    expect(visitor.page.get_by_text("Cette annonce n’est plus là")).to_be_visible()
