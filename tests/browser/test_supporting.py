"""Who supports a project: money promised, smiles given, tasks done, and what they take back."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Street
from tests.browser.garden import (
    IBAN,
    TASKS,
    add_tasks,
    give,
    open_project,
    part,
    pledge,
    progress,
    publish,
)
from tests.browser.people import balance, note_navigations


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


def test_on_a_phone_one_reads_and_supports_a_project_in_the_sheet(street: Street) -> None:
    project = publish(street, street.house.join("Odile"))
    bo = street.neighbour("Bo", viewport=PHONE, has_touch=True)
    open_project(bo, project)

    pledge(bo, "20 €")

    expect(progress(bo)).to_contain_text("20 € promis sur 500 €")
    width = bo.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
