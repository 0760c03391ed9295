"""The people of these tests: how they come together, what they have, and what their page does."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Street
from tests.browser.house import Account
from tests.browser.neighbour import Neighbour

TITLE = "Tondre la pelouse"


def two_in_a_dialog(street: Street, smiles: int = 3, **options: Any) -> tuple[Neighbour, Neighbour]:
    """Ana asks for something, Bo answers; both look at their dialog. `options` are those of Bo's browser."""
    ana, bo = street.neighbour("Ana"), street.neighbour("Bo", **options)
    street.house.publish(known(ana), TITLE, street.here, smiles=smiles)
    bo.open_dialog(TITLE)
    bo.say("Je peux passer samedi.")
    expect(bo.bubble("samedi")).to_be_visible()
    ana.open_dialog(TITLE, "Bo")
    return ana, bo


def moderator_of(street: Street) -> Neighbour:
    """Let a moderator come and open the feed."""
    account = street.house.join("Josiane")
    street.house.appoint(account)
    josiane = street.comes(account)
    josiane.visit("/moderation")
    expect(josiane.page.get_by_role("tab", name="Fil en direct")).to_be_visible()
    return josiane


def moderator(street: Street) -> Account:
    """Let there be a moderator."""
    account = street.house.join("Modeste")
    street.house.appoint(account)
    return account


def sanction(street: Street, by: Account, act: str, listing: str) -> None:
    """Have a moderator hide the listing of that id, or restore it."""
    path = f"/api/moderation/listings/{listing}/{act}"
    street.house.ask("POST", path, {"reason": "Demande d’argent ou arnaque"}, account=by)


def known(person: Neighbour) -> Account:
    """Return the account of somebody who has one."""
    assert person.account
    return person.account


def balance(street: Street, person: Neighbour) -> int:
    """Return how many smiles somebody can spend."""
    wallet = street.house.ask("GET", "/api/me/smiles", account=known(person)).json()
    return int(wallet["purse"]["balance"])


def note_navigations(page: Page) -> list[str]:
    """Note from now on whenever the page is loaded anew."""
    loaded: list[str] = []
    page.on("domcontentloaded", lambda _: loaded.append(page.url))
    return loaded
