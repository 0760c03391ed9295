"""The open books: for everybody, and the same number twice."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Street


def smiles(shown: str) -> int:
    """Return how many are shown: `1 230` is 1230."""
    return int(re.sub(r"\D", "", shown))


def test_a_visitor_finds_the_books_in_the_help_and_both_sides_are_the_same(street: Street) -> None:
    street.house.join("Ana")
    visitor = street.comes()
    visitor.visit("/aide")

    visitor.page.get_by_role("link", name="Livres ouverts").click()

    books = visitor.panel("Livres ouverts")
    expect(books).to_contain_text("Les comptes sont justes")
    verdict = books.get_by_text(re.compile("créés = .* présents"))
    made, present = re.findall(r"\d[\d\s\u202f]*", verdict.inner_text())
    assert made.strip() == present.strip() != "0"


def test_who_looks_again_finds_what_has_come_since(street: Street) -> None:
    visitor = street.comes()
    visitor.visit("/livres-ouverts")
    members = visitor.panel("Livres ouverts").get_by_text("Chez les membres").locator("..").locator("b")
    shown = members.inner_text()
    street.house.join("Ana")

    visitor.page.get_by_role("button", name="Actualiser").click()

    expect(members).not_to_have_text(shown)
    assert smiles(members.inner_text()) == smiles(shown) + 10
