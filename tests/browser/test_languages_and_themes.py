"""French first, English complete; light and dark."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Street

PATHS = ["/", "/publier", "/connexion", "/rejoindre", "/aide", "/messages", "/mes-annonces", "/profil"]
# A key of the catalogue that nobody has translated shows as itself.
KEY = re.compile(
    r"\b(common|conversation|forms|help|list|listing|map|members|moderation|publish)\.[a-z]+_?\w*"
)
FRENCH = re.compile(r"\b(annonces?|vous|votre|Publier|Demandes|Carte)\b")


def test_the_language_is_chosen_in_the_menu_and_kept(street: Street) -> None:
    visitor = street.visitor()
    expect(visitor.page.locator("html")).to_have_attribute("lang", "fr")

    visitor.page.get_by_role("button", name="Compte").click()
    visitor.page.get_by_role("radio", name="English").check(force=True)

    expect(visitor.page.get_by_role("radio", name="Within 1 mile")).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    expect(visitor.page.get_by_role("link", name="Publish", exact=True)).to_be_visible()


def test_an_english_browser_sees_english_on_every_panel(street: Street) -> None:
    street.house.publish(street.house.join("Ana"), "Walk the dog", street.here, text="On Sunday.")
    visitor = street.visitor(locale="en-GB")
    expect(visitor.card("Walk the dog")).to_contain_text("just now")

    for path in PATHS:
        visitor.page.goto(street.house.address + path)
        expect(visitor.page.get_by_role("heading", level=1).last).to_be_visible()
        words = visitor.page.locator("body").inner_text()
        assert not KEY.search(words), (path, KEY.search(words))
        assert not FRENCH.search(words), (path, FRENCH.search(words))


def test_refusals_come_in_the_readers_language(street: Street) -> None:
    visitor = street.comes(locale="en-GB")
    visitor.visit("/connexion")

    visitor.page.get_by_label("Email address").fill("nobody@test.example")
    visitor.page.get_by_label("Password", exact=True).fill("not the one")
    visitor.page.get_by_label("Password", exact=True).press("Enter")

    expect(visitor.page.get_by_role("alert").first).to_contain_text(re.compile("password", re.IGNORECASE))


def test_the_theme_follows_the_system_until_one_is_chosen(street: Street) -> None:
    visitor = street.visitor(color_scheme="dark")
    html = visitor.page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    visitor.page.emulate_media(color_scheme="light")
    expect(html).to_have_attribute("data-theme", "light")

    visitor.page.get_by_role("button", name="Compte").click()
    visitor.page.get_by_role("radio", name="Sombre").check(force=True)
    expect(html).to_have_attribute("data-theme", "dark")
    visitor.page.reload()

    expect(html).to_have_attribute("data-theme", "dark")
