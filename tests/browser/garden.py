"""A shared garden that wants support, and what people do with it on its page."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Street
from tests.browser.house import Account, Spot
from tests.browser.neighbour import Neighbour

TITLE = "Un jardin partagé"
IBAN = "Chèque à l’ordre du Jardin, 12 rue des Lilas."
TASKS = ("Bêcher les carrés", "Monter la serre", "Peindre le panneau")


def publish(street: Street, owner: Account, title: str = TITLE, **terms: Any) -> dict[str, Any]:
    """Publish a project that wants 500 € and 200 smiles, unless `terms` say otherwise; `at` says where."""
    at = terms.pop("at", street.here)
    usual = {
        "reach": "local",
        "target_cents": 500_00,
        "target_smiles": 200,
        "closes_at": (datetime.now(UTC) + timedelta(days=12, hours=2)).isoformat(),
        "instructions": IBAN,
    }
    wanted = {"kind": "project", "category": "environment", "smiles": 0, "project": {**usual, **terms}}
    return street.house.publish(owner, title, at, **wanted)


def add_tasks(street: Street, owner: Account, project: dict[str, Any]) -> list[dict[str, Any]]:
    """Add three tasks to a project."""
    return [street.house.publish(owner, task, street.here, project_id=project["id"]) for task in TASKS]


def open_project(person: Neighbour, project: dict[str, Any]) -> None:
    """Open a project by its address, and wait until all of it is there."""
    person.look(Spot(project["lon"], project["lat"]), f"/annonces/{project['id']}")
    expect(person.page.get_by_role("heading", name="L’équipe")).to_be_visible()


def progress(person: Neighbour) -> Locator:
    """How far the open project has come."""
    return person.page.get_by_role("region", name="Où en est le projet")


def part(person: Neighbour, name: str) -> Locator:
    """A part of the open project, by its heading."""
    return person.page.get_by_role("region", name=name, exact=True)


def pledge(person: Neighbour, choice: str, *, anonymous: bool = False) -> None:
    """Promise a donation on the page of the open project."""
    person.page.get_by_role("button", name="Promettre un don").click()
    dialog = person.page.get_by_role("dialog")
    dialog.get_by_role("button", name=choice, exact=True).click()
    if anonymous:
        dialog.get_by_role("radio", name="Anonymement").check(force=True)
    dialog.get_by_role("button", name=f"Promettre {choice}").click()
    expect(dialog).to_contain_text(IBAN)
    dialog.get_by_role("button", name="D’accord").click()


def give(person: Neighbour, smiles: int) -> None:
    """Give smiles on the page of the open project."""
    person.page.get_by_role("button", name="Donner des smiles").click()
    dialog = person.page.get_by_role("dialog")
    dialog.get_by_label("Combien de smiles ?").fill(str(smiles))
    dialog.get_by_role("button", name=re.compile(f"^Donner {smiles} smile")).click()
    expect(dialog).to_have_count(0)


def unfold_managing(person: Neighbour) -> None:
    """Show what those behind a project do with it."""
    person.page.get_by_text("Pour l’équipe", exact=True).click()
