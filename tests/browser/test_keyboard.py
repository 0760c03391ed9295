"""Everything by keyboard, and the focus is always where one expects it."""

from playwright.sync_api import expect

from tests.browser.conftest import Street


def test_from_the_list_to_an_answer_and_back_without_a_mouse(street: Street) -> None:
    ana = street.house.join("Ana")
    street.house.publish(ana, "Tout près", street.here.away(north_m=50))
    street.house.publish(ana, "Plus loin", street.here.away(north_m=500))
    bo = street.neighbour("Bo")
    keys = bo.page.keyboard

    keys.press("Tab")
    expect(bo.page.get_by_role("link", name="Aller à la liste")).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    expect(bo.card("Tout près")).to_be_focused()
    keys.press("Tab")
    expect(bo.card("Plus loin")).to_be_focused()
    keys.press("Enter")
    expect(bo.composer).to_be_focused()
    keys.type("Bonjour !")
    keys.press("Shift+Enter")
    keys.type("C’est encore libre ?")
    keys.press("Enter")
    expect(bo.bubble("Bonjour !")).to_contain_text("C’est encore libre ?")
    expect(bo.composer).to_be_focused()
    expect(bo.composer).to_have_value("")

    keys.press("Escape")
    expect(bo.card("Plus loin")).to_be_focused()


def test_arrow_keys_choose_the_tab_under_a_listing(street: Street) -> None:
    street.house.publish(street.house.join("Ana"), "Arroser", street.here)
    bo = street.neighbour("Bo")
    bo.open("Arroser")
    bo.tab("Fil public").focus()

    bo.page.keyboard.press("ArrowRight")

    expect(bo.tab("Dialogue privé")).to_be_focused()
    expect(bo.tab("Dialogue privé")).to_have_attribute("aria-selected", "true")


def test_single_keys_open_help_and_search_but_not_while_one_writes(street: Street) -> None:
    street.house.publish(street.house.join("Ana"), "Balayer", street.here)
    bo = street.neighbour("Bo")
    keys = bo.page.keyboard

    keys.press("?")
    expect(bo.page.get_by_role("heading", name="Aide et raccourcis")).to_be_focused()
    keys.press("Escape")
    keys.press("/")
    search = bo.page.get_by_role("combobox", name="Rechercher une adresse")
    expect(search).to_be_focused()
    expect(search).to_have_value("")

    bo.open("Balayer")
    keys.type("r?/n")
    expect(bo.composer).to_have_value("r?/n")


def test_the_avatar_walks_by_arrow_keys(mapped_street: Street) -> None:
    street = mapped_street
    street.house.publish(street.house.join("Ana"), "À l’est", street.here.away(east_m=3000))
    visitor = street.visitor()
    expect(visitor.avatar).to_be_visible()
    expect(visitor.page.get_by_role("radio", name="À 1 mile")).to_be_checked()
    expect(visitor.cards_elsewhere).to_contain_text(["à 3 km"])

    visitor.avatar.focus()
    for _ in range(2):
        visitor.page.keyboard.press("Shift+ArrowRight")

    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("1 annonce à moins d’un mile")


def test_a_card_in_focus_lifts_its_pin_and_a_pin_opens_its_listing(mapped_street: Street) -> None:
    street = mapped_street
    street.house.publish(street.house.join("Ana"), "Au nord", street.here.away(north_m=800))
    visitor = street.visitor()
    expect(visitor.pin("Au nord")).to_be_visible()
    at_rest = visitor.pin("Au nord").locator(".body").evaluate("body => getComputedStyle(body).scale")

    visitor.card("Au nord").focus()

    expect(visitor.pin("Au nord").locator(".body")).not_to_have_css("scale", at_rest)

    visitor.pin("Au nord").press("Enter")
    expect(visitor.page.get_by_role("heading", name="Au nord", level=2)).to_be_visible()
    expect(visitor.composer).to_be_focused()
