"""A project in browsers: published, supported in three ways, cancelled, seen from afar."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from server.ids import new_id
from tests.browser.conftest import PHONE, Street
from tests.browser.house import Account, Spot, eventually
from tests.browser.neighbour import Neighbour
from tests.browser.test_accessible import expect_no_violation
from tests.browser.test_exchange import balance, known, note_navigations

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


def test_three_support_a_project_in_three_ways_and_a_fourth_watches_it_grow(street: Street) -> None:
    house, owner = street.house, street.house.join("Association du jardin")
    project = publish(street, owner)
    add_tasks(street, owner, project)
    ana, bo, cleo, dora = (street.neighbour(name) for name in ("Ana", "Bo", "Cleo", "Dora"))
    for person in (ana, bo, dora):
        open_project(person, project)
    expect(progress(dora)).to_contain_text("0 € promis sur 500 €")
    loaded = note_navigations(dora.page)
    purse = balance(street, bo)

    pledge(ana, "20 €")
    expect(progress(dora)).to_contain_text("20 € promis sur 500 €")
    expect(part(dora, "Merci à")).to_contain_text("Ana")

    give(bo, 3)
    expect(progress(dora)).to_contain_text("3 smiles donnés sur 200")
    assert balance(street, bo) == purse - 3

    cleo.look(street.here, f"/annonces/{project['id']}")
    cleo.page.get_by_role("button", name="Proposer mes compétences").click()
    cleo.page.get_by_role("dialog").get_by_role("button", name=TASKS[0]).click()
    expect(cleo.tab("Dialogue privé")).to_have_attribute("aria-selected", "true")
    cleo.propose(smiles="0")
    expect(cleo.deal).to_contain_text("Échange proposé")
    leader = street.comes(owner)
    leader.look(street.here)
    leader.open_dialog(TASKS[0], "Cleo")
    leader.take_step("Accepter")
    task = part(dora, "Tâches").get_by_role("listitem").filter(has_text=TASKS[0])
    expect(task).to_contain_text("En cours")
    cleo.take_step("C’est fait")
    leader.take_step("Confirmer et remercier", words="Quelle belle terre !")

    expect(progress(dora)).to_contain_text("1 tâche faite sur 3")
    expect(task).to_contain_text("Réglée")
    expect(part(dora, "Merci à")).to_contain_text("Cleo")
    expect(progress(dora)).to_contain_text(
        re.compile(r"Il manque encore 480\s€, 197\ssmiles et un coup de main pour 2 tâches\.")
    )
    assert loaded == []
    assert house.ask("GET", f"/api/projects/{project['id']}").json()["anonymous"] == 0


def test_cancelling_gives_every_smile_back(street: Street) -> None:
    owner = street.neighbour("Odile")
    project = publish(street, known(owner))
    bo, cleo = street.neighbour("Bo"), street.neighbour("Cleo")
    before = balance(street, bo), balance(street, cleo)
    for person, smiles in ((bo, 4), (cleo, 2)):
        open_project(person, project)
        give(person, smiles)
    open_project(owner, project)
    expect(progress(owner)).to_contain_text("6 smiles donnés sur 200")

    unfold_managing(owner)
    owner.page.get_by_role("button", name="Annuler le projet").click()
    dialog = owner.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Tous les smiles réservés sont rendus")
    dialog.get_by_role("textbox").fill("Le terrain est vendu.")
    dialog.get_by_role("button", name="Annuler le projet").click()

    expect(progress(bo)).to_contain_text("Ce projet a été annulé")
    expect(progress(bo)).to_contain_text("Le terrain est vendu.")
    expect(part(bo, "Merci à")).to_have_count(0)
    expect(part(bo, "Votre soutien")).to_contain_text("4 smiles rendus")
    eventually(lambda: (balance(street, bo), balance(street, cleo)) == before or None)
    expect(bo.page.get_by_role("button", name="Donner des smiles")).to_have_count(0)


def test_a_promise_is_withdrawn_and_a_gift_taken_back_by_who_made_them(street: Street) -> None:
    project = publish(street, street.house.join("Odile"))
    bo = street.neighbour("Bo")
    before = balance(street, bo)
    open_project(bo, project)
    pledge(bo, "10 €", anonymous=True)
    give(bo, 2)
    mine = part(bo, "Votre soutien")
    expect(mine).to_contain_text("10 € promis")
    expect(part(bo, "Merci à")).to_contain_text("Bo")

    mine.get_by_role("button", name="Retirer ma promesse").click()
    bo.confirm("Retirer votre promesse", "Retirer ma promesse")
    expect(mine).to_contain_text("Promesse de 10 € retirée")
    mine.get_by_role("button", name="Reprendre mes smiles").click()
    bo.confirm("Reprendre 2 smiles", "Reprendre mes smiles")

    expect(mine).to_contain_text("2 smiles rendus")
    expect(progress(bo)).to_contain_text("0 € promis sur 500 €")
    expect(progress(bo)).to_contain_text("0 smile donné sur 200")
    assert balance(street, bo) == before


def test_who_wants_to_stay_anonymous_is_counted_and_not_named(street: Street) -> None:
    project = publish(street, street.house.join("Odile"))
    bo, dora = street.neighbour("Bo"), street.visitor()
    open_project(bo, project)
    open_project(dora, project)

    pledge(bo, "50 €", anonymous=True)

    expect(part(dora, "Merci à")).to_contain_text("1 personne anonyme")
    expect(part(dora, "Merci à")).not_to_contain_text("Bo")
    expect(dora.page.get_by_text(IBAN)).to_have_count(0)


def test_the_team_notes_what_has_come_and_takes_a_mistake_back(street: Street) -> None:
    owner, bo = street.neighbour("Odile"), street.neighbour("Bo")
    project = publish(street, known(owner))
    open_project(bo, project)
    pledge(bo, "20 €")
    open_project(owner, project)
    unfold_managing(owner)

    owner.page.get_by_role("button", name="Noter comme reçu : 20 € de Bo").click()
    expect(progress(bo)).to_contain_text("20 € promis sur 500 €, dont 20 € reçus")
    expect(part(bo, "Votre soutien")).to_contain_text("20 € reçus par l’équipe")

    owner.page.get_by_role("button", name="Annuler « reçu » : 20 € de Bo").click()
    expect(progress(bo)).not_to_contain_text("reçus")


def test_more_than_was_wanted_is_shown_as_such(street: Street) -> None:
    project = publish(street, street.house.join("Odile"), target_cents=15_00, target_smiles=None)
    bo = street.neighbour("Bo")
    open_project(bo, project)

    pledge(bo, "20 €")

    expect(progress(bo)).to_contain_text("20 € sur 15 €")
    expect(progress(bo)).to_contain_text("Objectif atteint")
    expect(progress(bo)).to_contain_text("Tout ce qui était demandé est là")


def test_news_reach_the_supporters_inbox_and_the_open_page_at_once(street: Street) -> None:
    owner, bo, dora = street.neighbour("Odile"), street.neighbour("Bo"), street.visitor()
    project = publish(street, known(owner))
    open_project(bo, project)
    pledge(bo, "20 €")
    bo.visit("/messages")
    open_project(dora, project)
    open_project(owner, project)

    owner.page.get_by_role("button", name="Donner des nouvelles").click()
    owner.page.get_by_label("Votre nouvelle").fill("La serre est arrivée !")
    owner.page.get_by_role("button", name="Publier la nouvelle").click()

    row = bo.page.get_by_role("link", name=re.compile("La serre est arrivée"))
    expect(row).to_contain_text(TITLE)
    expect(row).to_contain_text("1 non lu")
    expect(part(dora, "Nouvelles")).to_contain_text("La serre est arrivée !")


def test_who_is_not_signed_in_comes_back_to_the_same_dialog(street: Street) -> None:
    project = publish(street, street.house.join("Odile"))
    bo = street.house.join("Bo")
    visitor = street.visitor()
    open_project(visitor, project)

    visitor.page.get_by_role("button", name="Donner des smiles").click()
    visitor.sign_in(bo)

    expect(visitor.page.get_by_role("dialog", name="Donner des smiles")).to_be_visible()
    assert visitor.page.url.partition("?")[0].endswith(f"/annonces/{project['id']}")


def test_what_is_typed_into_a_promise_survives_a_reload(street: Street) -> None:
    project = publish(street, street.house.join("Odile"))
    bo = street.neighbour("Bo")
    open_project(bo, project)
    bo.page.get_by_role("button", name="Promettre un don").click()
    dialog = bo.page.get_by_role("dialog")
    dialog.get_by_label("Montant en euros").fill("35")
    dialog.get_by_label("Un mot pour l’équipe").fill("Bravo à toutes et à tous")

    bo.page.reload()
    bo.page.get_by_role("button", name="Promettre un don").click()

    expect(dialog.get_by_label("Montant en euros")).to_have_value("35")
    expect(dialog.get_by_label("Un mot pour l’équipe")).to_have_value("Bravo à toutes et à tous")


def test_smiles_that_one_does_not_have_are_refused_beside_the_field(street: Street) -> None:
    project = publish(street, street.house.join("Odile"))
    bo = street.neighbour("Bo")
    open_project(bo, project)
    bo.page.get_by_role("button", name="Donner des smiles").click()
    dialog = bo.page.get_by_role("dialog")

    dialog.get_by_label("Combien de smiles ?").fill(str(balance(street, bo) + 1))
    dialog.get_by_role("button", name=re.compile("^Donner")).click()

    expect(dialog.get_by_text(re.compile("Vous n’avez que")).first).to_be_visible()
    expect(dialog.get_by_label("Combien de smiles ?")).to_be_focused()


def test_a_project_is_published_through_its_form_and_changed_through_it(street: Street) -> None:
    owner, dora = street.neighbour("Odile"), street.visitor()
    dora.page.get_by_role("button", name=re.compile("^Projets")).click()
    page = owner.page
    page.get_by_role("link", name="Publier", exact=True).click()
    page.get_by_role("radio", name="Un projet").check(force=True)
    page.get_by_role("button", name="Publier", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Choisissez jusqu’où montrer le projet")

    page.get_by_role("textbox", name="Titre").fill(TITLE)
    page.get_by_role("textbox", name="Description").fill("## Pourquoi\n\nPour **manger** ensemble.")
    page.get_by_role("radio", name="Environnement").check(force=True)
    page.get_by_role("radio", name=re.compile("^Local")).check(force=True)
    page.get_by_label(re.compile("Objectif en euros")).fill("500")
    page.get_by_label("Comment vous faire parvenir un don").fill(IBAN)
    page.get_by_label(re.compile("Objectif en smiles")).fill("200")
    day = (datetime.now().astimezone() + timedelta(days=20)).date()
    page.get_by_label("Date de clôture").fill(day.isoformat())
    page.get_by_role("button", name="Publier", exact=True).click()

    expect(page.get_by_role("heading", name=TITLE, level=2)).to_be_visible()
    expect(progress(owner)).to_contain_text("0 € promis sur 500 €")
    expect(dora.card(TITLE)).to_contain_text("encore 20 jours")

    page.get_by_role("button", name="Modifier", exact=True).click()
    expect(page.get_by_label("Comment vous faire parvenir un don")).to_have_value(IBAN)
    page.get_by_label(re.compile("Objectif en euros")).fill("800")
    page.get_by_role("button", name="Enregistrer").click()
    expect(progress(owner)).to_contain_text("0 € promis sur 800 €")
    expect(page.get_by_role("article")).to_contain_text("modifié (")


def test_a_change_of_the_terms_is_no_conflict_with_who_supports_meanwhile(street: Street) -> None:
    owner, bo = street.neighbour("Odile"), street.neighbour("Bo")
    project = publish(street, known(owner))
    open_project(bo, project)
    owner.look(street.here, f"/annonces/{project['id']}/modifier")
    owner.page.get_by_role("textbox", name="Titre").fill("Un grand jardin partagé")
    pledge(bo, "20 €")

    owner.page.get_by_role("button", name="Enregistrer").click()

    expect(bo.page.get_by_role("heading", name="Un grand jardin partagé", level=2)).to_be_visible()
    expect(progress(bo)).to_contain_text("20 € promis sur 500 €")


def test_of_two_who_word_how_to_pay_the_later_is_asked_and_keeps_what_was_written(street: Street) -> None:
    owner = street.neighbour("Odile")
    project = publish(street, known(owner))
    page, paid = owner.page, owner.page.get_by_label("Comment vous faire parvenir un don")
    owner.look(street.here, f"/annonces/{project['id']}/modifier")
    paid.fill("En espèces, le samedi.")
    theirs = {"version": project["version"], "project": {"instructions": "Par virement."}}
    street.house.ask("PATCH", f"/api/listings/{project['id']}", theirs, account=known(owner))

    page.get_by_role("button", name="Enregistrer").click()

    expect(page.get_by_role("alert")).to_contain_text("modifiée ailleurs")
    expect(paid).to_have_value("En espèces, le samedi.")
    page.get_by_role("button", name="Reprendre l’annonce publiée").click()
    expect(paid).to_have_value("Par virement.")


def test_a_task_is_added_from_the_page_and_leads_back_to_it(street: Street) -> None:
    owner, dora = street.neighbour("Odile"), street.visitor()
    project = publish(street, known(owner))
    open_project(owner, project)
    open_project(dora, project)
    page = owner.page

    page.get_by_role("button", name="Ajouter une tâche").click()
    page.get_by_label("Titre").fill(TASKS[0])
    page.get_by_label("Description").fill("Samedi matin, avec une bêche.")
    page.get_by_role("radio", name="Jardin").check(force=True)
    page.get_by_role("button", name="Publier", exact=True).click()

    expect(part(owner, "Tâches")).to_contain_text(TASKS[0])
    expect(progress(dora)).to_contain_text("0 tâche faite sur 1")
    part(dora, "Tâches").get_by_role("link", name=TASKS[0]).click()
    expect(dora.page.get_by_text("Tâche du projet")).to_be_visible()
    dora.page.get_by_role("link", name=TITLE).click()
    expect(progress(dora)).to_be_visible()


def test_its_owner_says_what_becomes_of_the_smiles_of_a_project_that_closed_short_of_its_goal(
    street: Street,
) -> None:
    owner, bo = street.neighbour("Odile"), street.neighbour("Bo")
    project = publish(street, known(owner))
    open_project(bo, project)
    give(bo, 2)
    open_project(owner, project)
    purse = balance(street, owner)
    unfold_managing(owner)

    owner.page.get_by_role("button", name="Clore maintenant").click()
    owner.confirm("Clore le projet dès maintenant", "Clore maintenant")
    expect(progress(bo)).to_contain_text("2 smiles sont encore réservés")
    expect(bo.page.get_by_role("button", name="Donner des smiles")).to_have_count(0)
    part(owner, "Que deviennent 2 smiles ?").get_by_role("button", name="Les recevoir").click()
    owner.confirm("Recevoir 2 smiles", "Les recevoir pour le projet")

    expect(part(bo, "Votre soutien")).to_contain_text("2 smiles remis")
    eventually(lambda: balance(street, owner) == purse + 2 or None)


def test_somebody_joins_the_team_by_its_link_and_is_taken_out_again(street: Street) -> None:
    owner, bo = street.neighbour("Odile"), street.neighbour("Bo")
    project = publish(street, known(owner))
    open_project(owner, project)
    owner.page.get_by_role("button", name="Inviter dans l’équipe").click()
    link = owner.page.get_by_label("Lien d’invitation").input_value()

    bo.page.goto(link)
    bo.page.get_by_role("button", name="Rejoindre l’équipe").click()
    expect(part(bo, "L’équipe")).to_contain_text("Bo")
    expect(bo.page.get_by_text("Pour l’équipe", exact=True)).to_be_visible()
    assert "#" not in bo.page.url

    bo.look(street.here, f"/annonces/{project['id']}/modifier")
    expect(bo.page.get_by_role("textbox", name="Titre")).to_have_value(project["title"])
    expect(bo.page.get_by_text("se changent par la personne qui l’a publié")).to_be_visible()
    for owners in ("Lieu", "Comment vous faire parvenir un don"):
        expect(bo.page.get_by_text(owners, exact=True)).to_have_count(0)
    bo.page.get_by_role("textbox", name="Titre").fill("Un jardin pour tous")
    bo.page.get_by_role("button", name="Enregistrer").click()
    expect(owner.page.get_by_role("heading", name="Un jardin pour tous", level=2)).to_be_visible()
    open_project(bo, project)

    expect(part(owner, "L’équipe")).to_contain_text("Bo")
    owner.page.get_by_role("button", name="Retirer Bo de l’équipe").click()
    owner.confirm("Retirer Bo de l’équipe", "Retirer de l’équipe")
    expect(bo.page.get_by_text("Pour l’équipe", exact=True)).to_have_count(0)


def test_far_projects_are_listed_by_reach_and_the_avatar_goes_there_and_back(street: Street) -> None:
    owner = street.house.join("Odile")
    near = street.here.away(north_m=20_000)
    street.house.publish(owner, "Tondre la pelouse", street.here)
    publish(street, owner, "Une forêt comestible", at=near, reach="regional")
    publish(street, owner, "Un lavoir du village", at=near, reach="local")
    bo = street.visitor()
    expect(bo.page.get_by_role("heading", name="Plus loin")).to_have_count(0)

    bo.page.get_by_role("button", name=re.compile("^Projets")).click()
    region = bo.page.get_by_role("list", name="Dans la région")
    expect(region.get_by_role("link", name="Une forêt comestible")).to_contain_text("20 km")
    expect(bo.page.get_by_text("Un lavoir du village")).to_have_count(0)
    expect_no_violation(bo.page)
    bo.page.get_by_role("button", name="Y emmener mon avatar : « Une forêt comestible »").click()

    expect(bo.card("Une forêt comestible")).to_be_visible()
    expect(bo.card("Un lavoir du village")).to_be_visible()
    expect(region.get_by_text("Une forêt comestible")).to_have_count(0)
    bo.page.get_by_role("button", name="Revenir où j’étais").click()
    expect(region.get_by_role("link", name="Une forêt comestible")).to_contain_text("20 km")
    assert not any(f"{near.lat:.4f}" in url for url in bo.requests)


def test_where_nobody_is_near_a_far_project_stands_in_one_place(street: Street) -> None:
    owner = street.house.join("Odile")
    publish(street, owner, "Un moulin à vent", at=street.here.away(north_m=20_000), reach="regional")
    street.house.publish(owner, "Tondre la pelouse", street.here.away(north_m=6_000))
    bo = street.visitor()

    bo.page.get_by_role("button", name=re.compile("^Projets")).click()

    expect(bo.page.get_by_role("list", name="Dans la région")).to_contain_text("Un moulin à vent")
    nearest = bo.page.get_by_role("list", name="Les plus proches")
    expect(nearest).to_contain_text("Tondre la pelouse")
    expect(bo.page.get_by_role("link", name="Un moulin à vent")).to_have_count(1)


def test_far_projects_are_one_step_away_however_much_is_near(street: Street) -> None:
    owner = street.house.join("Odile")
    for number in range(45):
        street.house.publish(owner, f"Tondre la pelouse {number}", street.here)
    publish(street, owner, "Un verger pour le canton", at=street.here.away(north_m=20_000), reach="regional")
    bo = street.visitor()
    bo.page.get_by_role("button", name=re.compile("^Projets")).click()

    bo.page.get_by_role("button", name=re.compile(r"^\d+ projets? plus loin$")).click()

    expect(bo.page.get_by_role("heading", name="Plus loin", exact=True)).to_be_focused()
    expect(bo.page.get_by_role("link", name="Un verger pour le canton")).to_be_in_viewport()


def test_what_one_does_in_a_long_dialog_stays_in_sight(street: Street) -> None:
    project = publish(street, street.house.join("Odile"))
    bo = street.neighbour("Bo", viewport={"width": 360, "height": 640}, has_touch=True)
    open_project(bo, project)
    bo.page.get_by_role("button", name="Promettre un don").click()
    dialog = bo.page.get_by_role("dialog")

    dialog.get_by_role("button", name="Promettre", exact=True).click()

    expect(dialog.get_by_label("Montant en euros")).to_be_focused()
    for name in ("Fermer", "Promettre"):
        expect(dialog.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)


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


def test_on_a_phone_one_reads_and_supports_a_project_in_the_sheet(street: Street) -> None:
    project = publish(street, street.house.join("Odile"))
    bo = street.neighbour("Bo", viewport=PHONE, has_touch=True)
    open_project(bo, project)

    pledge(bo, "20 €")

    expect(progress(bo)).to_contain_text("20 € promis sur 500 €")
    width = bo.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
