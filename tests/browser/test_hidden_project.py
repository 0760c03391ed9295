"""A project that moderators hide, on the screens of who gave to it: what is theirs stays within reach."""

from playwright.sync_api import expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import PHONE, Street
from tests.browser.garden import IBAN, TITLE, give, open_project, part, pledge, publish
from tests.browser.neighbour import Neighbour
from tests.browser.people import balance, moderator, sanction

GONE = "Cette annonce n’est plus là"
HIDDEN = "Ce projet est masqué"


def expect_nothing_of_it(person: Neighbour) -> None:
    """See that nothing that was written in the project is on the screen, nor in the page's title."""
    for text in (TITLE, IBAN):
        expect(person.page.get_by_role("main")).not_to_contain_text(text)
    assert TITLE not in person.page.title()


def test_who_gave_to_a_project_takes_it_back_where_it_was_hidden(street: Street) -> None:
    owner, modeste = street.house.join("Association du jardin"), moderator(street)
    project = publish(street, owner)
    bo, cleo = street.neighbour("Bo"), street.neighbour("Cleo")
    before = balance(street, bo)
    for person in (bo, cleo):
        open_project(person, project)
    pledge(bo, "20 €")
    give(bo, 3)
    expect(part(bo, "Votre soutien")).to_contain_text("3 smiles réservés")

    sanction(street, modeste, "hide", project["id"])

    expect(cleo.page.get_by_text(GONE)).to_be_visible()
    expect(bo.page.get_by_role("heading", name=HIDDEN)).to_be_visible()
    expect(bo.page.get_by_text("Projet d’Association du jardin")).to_be_visible()
    expect(bo.page.get_by_role("main")).to_contain_text("votre promesse prendra fin et vos smiles")
    expect_nothing_of_it(bo)
    expect_no_violation(bo.page)

    bo.page.get_by_role("button", name="Retirer ma promesse").click()
    bo.page.get_by_role("dialog").get_by_role("button", name="Retirer ma promesse").click()
    expect(part(bo, "Votre soutien")).to_contain_text("Promesse de 20 € retirée")
    assert balance(street, bo) == before - 3

    # Where they look for their smiles, and for what they heard of the project, is the way to it.
    bo.visit("/messages")
    bo.page.get_by_role("list", name="Vos soutiens à des projets masqués").get_by_role("link").click()
    expect(bo.page.get_by_role("heading", name=HIDDEN)).to_be_visible()
    bo.visit("/smiles")
    row = bo.page.get_by_role("list", name="Vos soutiens à des projets masqués").get_by_role("link")
    expect(row).to_contain_text("3 smiles réservés")
    expect_no_violation(bo.page)
    bo.statement.filter(has_text="Projet masqué").get_by_role("link", name="Projet masqué").click()
    bo.page.get_by_role("button", name="Reprendre mes smiles").click()
    bo.page.get_by_role("dialog").get_by_role("button", name="Reprendre mes smiles").click()
    expect(part(bo, "Votre soutien")).to_contain_text("3 smiles rendus")
    expect_nothing_of_it(bo)
    assert balance(street, bo) == before

    # Nothing of theirs is in it any more: it is to them as to everybody else.
    bo.visit(f"/annonces/{project['id']}")
    expect(bo.page.get_by_text(GONE)).to_be_visible()
    bo.visit("/smiles")
    expect(bo.statement.first).to_be_visible()
    expect(bo.page.get_by_role("list", name="Vos soutiens à des projets masqués")).to_have_count(0)


def test_a_project_that_is_restored_is_open_again_to_who_gave_to_it(street: Street) -> None:
    owner, modeste = street.house.join("Association du jardin"), moderator(street)
    project = publish(street, owner)
    bo = street.neighbour("Bo", viewport=PHONE)
    open_project(bo, project)
    give(bo, 2)
    sanction(street, modeste, "hide", project["id"])
    expect(bo.page.get_by_role("heading", name=HIDDEN)).to_be_visible()
    expect(bo.page.get_by_role("main")).to_contain_text("vos smiles vous reviendront")

    # Nobody has said anything in its thread: no inbox tells of it.
    sanction(street, modeste, "restore", project["id"])

    expect(bo.page.get_by_role("heading", name="L’équipe")).to_be_visible()
    expect(part(bo, "Votre soutien")).to_contain_text("2 smiles réservés")
