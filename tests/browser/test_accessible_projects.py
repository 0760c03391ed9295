"""The screens of projects as axe sees them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from server.ids import new_id
from tests.browser.axe import expect_no_violation
from tests.browser.conftest import Street
from tests.browser.garden import (
    add_tasks,
    open_project,
    publish,
    unfold_managing,
)
from tests.browser.neighbour import Neighbour


def support_dialog(name: str) -> Callable[[Neighbour], None]:
    """Open a way to support the open project."""

    def act(person: Neighbour) -> None:
        person.page.get_by_role("button", name=name).click()
        expect(person.page.get_by_role("dialog")).to_be_visible()

    return act


def manage(person: Neighbour) -> None:
    """Look at what others gave, and ask to cancel."""
    unfold_managing(person)
    expect(person.page.get_by_role("list", name="Promesses et smiles")).to_be_visible()
    person.page.get_by_role("button", name="Noter comme reçu : 20 € de Bo").click()
    expect(person.page.get_by_role("button", name="Annuler « reçu »")).to_be_visible()


def write_project(person: Neighbour) -> None:
    """Send the empty form of a project."""
    person.visit("/publier")
    person.page.get_by_role("radio", name="Un projet").check(force=True)
    person.page.get_by_label(re.compile("Objectif en euros")).fill("500")
    person.page.get_by_role("button", name="Publier", exact=True).click()
    expect(person.page.get_by_role("alert").first).to_be_visible()


SCREENS: dict[str, tuple[str, Callable[[Neighbour], None]]] = {
    "a project": ("bo", lambda _: None),
    "a promise": ("bo", support_dialog("Promettre un don")),
    "a gift": ("bo", support_dialog("Donner des smiles")),
    "skills": ("bo", support_dialog("Proposer mes compétences")),
    "its team's side": ("owner", manage),
    "its form": ("owner", write_project),
}


@pytest.mark.parametrize("name", SCREENS)
def test_nobody_is_kept_out_of(name: str, street: Street) -> None:
    house, owner, bo = street.house, street.house.join("Odile"), street.house.join("Bo")
    project = publish(street, owner)
    add_tasks(street, owner, project)
    body = {"id": new_id(), "cents": 20_00, "public": True, "words": "Bravo !"}
    house.ask("POST", f"/api/projects/{project['id']}/pledges", body, account=bo)
    house.ask("POST", f"/api/projects/{project['id']}/gifts", {"id": new_id(), "smiles": 2}, account=bo)
    house.ask(
        "POST", f"/api/projects/{project['id']}/updates", {"id": new_id(), "text": "Merci !"}, account=owner
    )
    who, act = SCREENS[name]
    person = street.comes(owner if who == "owner" else bo)
    open_project(person, project)

    act(person)

    expect(person.page.locator(".skeleton")).to_have_count(0)
    expect_no_violation(person.page)
