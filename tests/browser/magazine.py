"""Mags on the screen: where one is read, and where it is written."""

import re

from playwright.sync_api import Locator

from tests.browser.neighbour import Neighbour


def article(person: Neighbour) -> Locator:
    """The words of the mag that is open."""
    return person.page.get_by_role("article").locator(".article")


def field(person: Neighbour) -> Locator:
    """The field in which an article is written."""
    return person.page.get_by_role("textbox", name="Article", exact=True)


def preview(person: Neighbour) -> Locator:
    """What is written as it will be read."""
    return person.page.locator(".preview .article")


def turn_on_mags(person: Neighbour) -> None:
    """Have the list and the map show mags too."""
    person.page.get_by_role("button", name=re.compile("^Mags")).click()


def begin_mag(person: Neighbour, title: str, category: str) -> None:
    """Choose to write a mag, and say what it is called and about."""
    person.page.get_by_role("link", name="Publier", exact=True).click()
    person.page.get_by_role("radio", name=re.compile("^Un mag")).check(force=True)
    person.page.get_by_role("textbox", name="Titre", exact=True).fill(title)
    person.page.get_by_role("radio", name=category, exact=True).check(force=True)
