"""Who is behind a project: it is written, led, closed, cancelled, and its smiles go where they say."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.browser.conftest import PARIS, Street
from tests.browser.garden import (
    IBAN,
    TASKS,
    TITLE,
    give,
    open_project,
    part,
    pledge,
    progress,
    publish,
    unfold_managing,
)
from tests.browser.house import PASSWORD, eventually
from tests.browser.neighbour import Neighbour
from tests.browser.people import balance, known


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


def received(street: Street) -> tuple[Neighbour, Neighbour]:
    """Odile has noted as received the 20 € that Bo promised to her project, which both look at."""
    owner, bo = street.neighbour("Odile"), street.neighbour("Bo")
    project = publish(street, known(owner))
    open_project(bo, project)
    pledge(bo, "20 €")
    open_project(owner, project)
    unfold_managing(owner)
    owner.page.get_by_role("button", name="Noter comme reçu : 20 € de Bo").click()
    expect(progress(owner)).to_contain_text("20 € promis sur 500 €, dont 20 € reçus")
    return owner, bo


def take_back(owner: Neighbour) -> None:
    """Say that they had not come after all."""
    owner.page.get_by_role("button", name="Annuler « reçu » : 20 € de Bo").click()


def test_the_team_notes_what_has_come_and_takes_a_mistake_back(street: Street) -> None:
    owner, bo = received(street)
    expect(progress(bo)).to_contain_text("20 € promis sur 500 €, dont 20 € reçus")
    expect(part(bo, "Votre soutien")).to_contain_text("20 € reçus par l’équipe")

    take_back(owner)

    expect(progress(bo)).not_to_contain_text("reçus")


def test_what_had_not_come_after_all_from_who_has_left_is_shown_as_withdrawn(street: Street) -> None:
    owner, bo = received(street)
    street.house.ask("DELETE", "/api/me", {"password": PASSWORD}, account=known(bo))

    take_back(owner)

    expect(owner.page.get_by_role("list", name="Promesses et smiles")).to_contain_text("retiré")
    expect(progress(owner)).to_contain_text("0 € promis sur 500 €")


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


def test_a_project_is_published_through_its_form_and_changed_through_it(street: Street) -> None:
    owner, dora = street.neighbour("Odile"), street.visitor()
    noon = datetime.now(PARIS).replace(hour=12, minute=0, second=0, microsecond=0)
    # Of whole days as many are left at noon, be one of them an hour longer or shorter.
    dora.page.clock.set_fixed_time(noon)
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
    day = (noon + timedelta(days=20)).date()
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
