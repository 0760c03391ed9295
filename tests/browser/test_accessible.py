"""Every screen by axe: both themes, 1280 and 390 px, without a violation."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from server.ids import new_id
from tests.browser.axe import expect_no_violation
from tests.browser.conftest import PHONE, Street
from tests.browser.house import Account, House, Spot
from tests.browser.neighbour import Neighbour


@dataclass(frozen=True)
class Quarter:
    """A street with listings, threads and dialogs, for the screens that show them."""

    here: Spot
    moderator: Account
    author: Account
    answerer: Account
    listing: str


@pytest.fixture(scope="module")
def quarter(house: House) -> Quarter:
    """A street that is lived in."""
    here = Spot(-3.25, 46.5)
    josiane, ana, bo = house.join("Josiane"), house.join("Ana"), house.join("Bo")
    house.appoint(josiane)
    listing = house.publish(ana, "Tondre la pelouse", here)
    soup = house.publish(
        ana, "Une soupe chaude", here.away(north_m=90), kind="offer", category="food", smiles=0
    )
    for number in range(10):
        # Ten unread: axe does not judge the contrast of a single digit.
        house.say(bo, soup["thread"], f"Il en reste pour {number + 1} ?")
    house.say(bo, listing["thread"], "Samedi matin, ça irait ?")
    house.say(ana, listing["thread"], "Parfait : https://exemple.fr/plan")
    house.say(bo, house.open_dialog(bo, listing["id"]), "Où êtes-vous ?")
    house.publish(bo, "Un mauvais mot", here.away(north_m=200))
    house.exchange(house.publish(ana, "Porter un colis", here), ana, bo, words="Merci, voisin !")
    dispute(house, ana, bo, here.away(north_m=300))
    return Quarter(here, josiane, ana, bo, listing["id"])


def dispute(house: House, ana: Account, bo: Account, at: Spot) -> None:
    """Let Ana and Bo disagree about an exchange, so that a moderator has to decide."""
    listing = house.publish(ana, "Repeindre un portail", at, kind="offer")
    dialog = house.open_dialog(bo, listing["id"])
    draft = {
        "id": new_id(),
        "helper": ana.id,
        "smiles": 4,
        "agreed_for": None,
        "note": "Samedi à dix heures.",
    }
    house.ask("POST", f"/api/conversations/{dialog}/exchanges", draft, account=bo)
    path = f"/api/exchanges/{draft['id']}"
    house.ask("POST", f"{path}/accept", {"version": 1}, account=ana)
    words = {"version": 2, "words": "La moitié du portail n’est pas peinte."}
    house.ask("POST", f"{path}/dispute", words, account=bo)
    house.say(ana, dialog, "Il pleuvait : https://exemple.fr/photo")
    house.ask("PUT", f"{path}/shared", account=bo)


def nothing(_: Neighbour) -> None:
    """Do nothing more."""


def open_menu(person: Neighbour) -> None:
    """Open the account menu."""
    person.page.get_by_role("button", name="Compte").click()


def answer_wrongly(person: Neighbour) -> None:
    """Send a form that is empty."""
    person.page.get_by_role("button", name=re.compile("^(Publier|Continuer pour publier|Rejoindre)$")).click()
    expect(person.page.get_by_role("alert").first).to_be_visible()


def ask_to_delete(person: Neighbour) -> None:
    """Ask to delete one's listing."""
    person.choose("Autres actions", "Supprimer")
    expect(person.page.get_by_role("dialog")).to_be_visible()


def open_dialogs(person: Neighbour) -> None:
    """Look at who has answered one's listing in private."""
    person.tab("Réponses privées").click()


def ask_to_hide(person: Neighbour) -> None:
    """Ask to hide what is first in the feed."""
    person.page.get_by_role("button", name=re.compile("^Masquer")).first.click()
    expect(person.page.get_by_role("dialog")).to_be_visible()


def read_the_audit(person: Neighbour) -> None:
    """Look at what moderators have done."""
    person.page.get_by_role("tab", name="Journal").click()


def open_invitation(person: Neighbour) -> None:
    """Look at one's invitation."""
    person.page.get_by_role("tab", name="Inviter").click()


def list_disputes(person: Neighbour) -> None:
    """Look at the disputes that wait."""
    person.page.get_by_role("tab", name="Litiges").click()
    expect(person.page.get_by_text("La moitié du portail").first).to_be_visible()


def look_into_a_dispute(person: Neighbour) -> None:
    """Look into a dispute, and settle it with mistakes."""
    list_disputes(person)
    person.page.get_by_role("link", name="Consulter le litige sur « Repeindre un portail »").click()
    person.page.get_by_role("button", name="Trancher ainsi").click()
    expect(person.page.get_by_text("Donnez une raison de 3 à 500 caractères.")).to_be_visible()


def ask_to_settle(person: Neighbour) -> None:
    """Come to the question before a settlement."""
    look_into_a_dispute(person)
    person.page.get_by_label("Combien de smiles pour Ana ?").fill("3")
    person.page.get_by_label("Raison").fill("Le portail est peint aux trois quarts.")
    person.page.get_by_role("button", name="Trancher ainsi").click()
    expect(person.page.get_by_role("dialog")).to_be_visible()


Screen = tuple[str, str | None, Callable[[Neighbour], None]]
SCREENS: dict[str, Screen] = {
    "the list": ("/", None, nothing),
    "the account menu": ("/", "author", open_menu),
    "a listing": ("/annonces/{listing}", None, nothing),
    "a listing of one's own": ("/annonces/{listing}", "author", nothing),
    "who answered": ("/annonces/{listing}", "author", open_dialogs),
    "a question": ("/annonces/{listing}", "author", ask_to_delete),
    "publishing": ("/publier", None, nothing),
    "a form with mistakes": ("/publier", "author", answer_wrongly),
    "editing": ("/annonces/{listing}/modifier", "author", nothing),
    "own listings": ("/mes-annonces", "author", nothing),
    "signing in": ("/connexion", None, nothing),
    "joining": ("/rejoindre", None, nothing),
    "a spent link": ("/bienvenue#" + "x" * 43, None, nothing),
    "the profile": ("/profil", "author", nothing),
    "the inbox": ("/messages", "author", nothing),
    "moderation": ("/moderation", "moderator", nothing),
    "hiding": ("/moderation", "moderator", ask_to_hide),
    "the disputes": ("/moderation", "moderator", list_disputes),
    "a dispute": ("/moderation", "moderator", look_into_a_dispute),
    "settling": ("/moderation", "moderator", ask_to_settle),
    "the audit": ("/moderation", "moderator", read_the_audit),
    "help": ("/aide", None, nothing),
    "one's smiles": ("/smiles", "author", nothing),
    "inviting": ("/smiles", "author", open_invitation),
    "the smiles of nobody": ("/smiles", None, nothing),
    "the open books": ("/livres-ouverts", None, nothing),
    "a member": ("/membres/{member}", None, nothing),
}


@pytest.mark.parametrize("name", SCREENS)
def test_nobody_is_kept_out_of(name: str, street: Street, quarter: Quarter) -> None:
    path, who, act = SCREENS[name]
    account = None if who is None else getattr(quarter, who)
    person = street.comes(account)
    person.look(quarter.here, path.format(listing=quarter.listing, member=quarter.answerer.id))

    act(person)

    expect(person.page.locator(".skeleton")).to_have_count(0)
    expect_no_violation(person.page)


def test_nobody_is_kept_out_of_how_the_service_is(street: Street, quarter: Quarter) -> None:
    person = street.comes(quarter.moderator)

    person.page.goto(f"{street.house.address}/status")

    expect(person.page.get_by_role("heading", name="En chiffres")).to_be_visible()
    expect_no_violation(person.page, app=False)


def test_nobody_is_kept_out_of_the_map(mapped_street: Street) -> None:
    street, ana = mapped_street, mapped_street.house.join("Ana")
    street.house.publish(ana, "À l’est", street.here.away(east_m=1200))
    street.house.publish(ana, "Au nord", street.here.away(north_m=1200), kind="offer")
    person = street.visitor()
    expect(person.pin("À l’est")).to_be_visible()

    expect_no_violation(person.page)


def test_what_lies_under_a_full_sheet_takes_no_focus(mapped_street: Street) -> None:
    street = mapped_street
    listing = street.house.publish(street.house.join("Ana"), "À l’est", street.here)
    person = street.visitor(viewport=PHONE, has_touch=True)
    pins = person.page.locator(".map .pin")
    hidden = person.page.locator("[inert] .map .pin")
    expect(pins).to_have_count(1)
    expect(hidden).to_have_count(0)

    person.visit(f"/annonces/{listing['id']}")

    expect(pins).to_have_count(1)
    expect(hidden).to_have_count(1)
