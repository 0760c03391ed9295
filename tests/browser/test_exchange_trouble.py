"""Exchanges that go wrong: each way out is on all screens at once, and no smile is lost on the way."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Route, expect

from server.ids import new_id
from tests.browser.conftest import Street
from tests.browser.house import Account
from tests.browser.neighbour import Neighbour
from tests.browser.people import known, moderator_of, note_navigations

TITLE = "Tondre la pelouse"
SMILES = 4
VERDICT = "Chacun a raison pour moitié."


@dataclass
class Deal:
    """Ana helps Bo for four smiles: both sit at their dialog."""

    street: Street
    ana: Neighbour
    bo: Neighbour
    dialog: str
    exchange: str

    @property
    def bad(self) -> str:
        """Why Bo disputes it, in words that no other test has."""
        return f"La moitié du travail n’a pas été faite ({self.street.here.lon})."

    def steps(self) -> list[str]:
        """Return what was done, as the dialog's cards have it."""
        path = f"/api/conversations/{self.dialog}/messages?limit=200"
        found = self.street.house.ask("GET", path, account=self.bo.account).json()["messages"]
        return [one["card"]["step"] for one in found if one["card"]]

    def expect_smiles(self, ana: int, bo: int) -> None:
        """Each has gained or spent so many since they joined, in the header of their page."""
        for person, change in ((self.ana, ana), (self.bo, bo)):
            expect(balance(person)).to_have_text(str(self.granted + change))

    @property
    def granted(self) -> int:
        """What everybody has who joins."""
        wallet = self.street.house.ask("GET", "/api/me/smiles", account=self.bo.account).json()
        return int(wallet["grant"])


def balance(person: Neighbour) -> Locator:
    """What somebody can spend, as their header has it."""
    return person.page.get_by_role("link", name="voir vos smiles").locator(".number")


@pytest.fixture
def deal(street: Street) -> Deal:
    """Bo has asked for what Ana offers; it is not accepted yet."""
    house = street.house
    ana, bo = house.join("Ana"), house.join("Bo")
    return proposed(street, ana, bo)


def proposed(street: Street, ana: Account, bo: Account) -> Deal:
    """Let Bo ask for what Ana offers; both open their dialog."""
    house = street.house
    listing = house.publish(ana, TITLE, street.here, kind="offer")
    dialog = house.open_dialog(bo, listing["id"])
    exchange = new_id()
    draft = {"id": exchange, "helper": ana.id, "smiles": SMILES, "agreed_for": None, "note": "Samedi."}
    house.ask("POST", f"/api/conversations/{dialog}/exchanges", draft, account=bo)
    both = street.comes(ana), street.comes(bo)
    for person in both:
        person.visit(f"/messages/{dialog}")
        expect(person.deal).to_contain_text("Échange proposé")
    return Deal(street, *both, dialog, exchange)


def accept(deal: Deal) -> None:
    """Let Ana agree; the smiles are held."""
    deal.ana.take_step("Accepter")
    expect(deal.bo.deal).to_contain_text("Échange convenu")


def disputes(moderator: Neighbour) -> Locator:
    """The disputes that wait, on the tab that shows them."""
    moderator.page.get_by_role("tab", name="Litiges").click()
    return moderator.page.get_by_role("tabpanel").get_by_role("listitem")


def settle(moderator: Neighbour, to_helper: int | None, reason: str) -> Locator:
    """Fill the settlement of the dispute that is looked at, and come to the question before it."""
    form = moderator.page.get_by_role("form", name="Trancher")
    if to_helper is not None:
        form.get_by_label("Combien de smiles pour Ana ?").fill(str(to_helper))
    form.get_by_label("Raison").fill(reason)
    form.get_by_role("button", name="Trancher ainsi").click()
    return moderator.page.get_by_role("dialog", name="Trancher ainsi ?")


def test_a_no_show_is_reported_objected_to_and_settled_live_on_three_screens(deal: Deal) -> None:
    josiane = moderator_of(deal.street)
    waiting = disputes(josiane)
    there = f"J’étais là à dix heures, personne n’a ouvert ({deal.street.here.lon})."
    everybody = (deal.ana, deal.bo, josiane)
    loaded = [note_navigations(one.page) for one in everybody]
    deal.expect_smiles(0, 0)
    accept(deal)
    deal.expect_smiles(0, -SMILES)

    deal.bo.take_other_step("Signaler une absence")
    expect(deal.ana.step("Bo a signalé votre absence")).to_be_visible()
    deal.ana.take_step("Faire objection", words=there)

    expect(deal.bo.deal).to_contain_text("Litige en cours")
    mine = waiting.filter(has_text=there)
    expect(mine).to_contain_text("Ana aide Bo")
    deal.expect_smiles(0, -SMILES)
    mine.get_by_role("link", name="Consulter").click()
    page = josiane.page.get_by_role("tabpanel")
    expect(page.get_by_role("heading", name="Litige entre Ana et Bo")).to_be_focused()
    expect(page).to_contain_text("Bo a signalé l’absence d’Ana")
    expect(page).to_contain_text(there)
    expect(page).to_contain_text("Le dialogue reste entre Ana et Bo")
    question = settle(josiane, SMILES, VERDICT)
    expect(question).to_contain_text("4 smiles pour Ana")
    question.get_by_role("button", name="Trancher ainsi").click()

    expect(page.get_by_role("heading", name="Litige clos entre Ana et Bo")).to_be_focused()
    for one in (deal.ana, deal.bo):
        expect(one.step("Josiane (modération) a tranché le litige")).to_contain_text(VERDICT)
        expect(one.deal).to_have_count(0)
    deal.expect_smiles(SMILES, -SMILES)
    expect(page.get_by_text("4 smiles pour Ana", exact=True)).to_have_count(2)
    page.get_by_role("button", name="Tous les litiges").click()
    expect(mine).to_have_count(0)
    josiane.page.get_by_role("tab", name="Journal").click()
    journal = josiane.page.get_by_role("listitem").filter(has_text="Josiane")
    expect(journal.filter(has_text="a consulté un litige").first).to_be_visible()
    expect(journal.filter(has_text="a tranché un litige").filter(has_text=VERDICT).first).to_be_visible()
    assert loaded == [[], [], []]
    assert deal.steps() == ["propose", "accept", "report", "object", "settle"]


def test_a_dispute_is_split_and_each_gets_their_share_at_once(deal: Deal) -> None:
    accept(deal)
    deal.ana.take_step("C’est fait")
    deal.street.house.say(known(deal.ana), deal.dialog, "Regardez la photo de devant.")
    deal.bo.take_other_step("Ouvrir un litige", words=deal.bad)
    expect(deal.ana.deal).to_contain_text("Litige en cours")
    deal.bo.unfold_deal()
    deal.bo.deal.get_by_role("button", name="Montrer ce dialogue à la modération").click()
    deal.bo.page.get_by_role("dialog").get_by_role("button", name="Montrer le dialogue").click()
    expect(deal.bo.deal).to_contain_text("La modération peut lire ce dialogue.")
    deal.ana.page.reload()
    deal.ana.unfold_deal()
    expect(deal.ana.deal).to_contain_text("La modération peut lire ce dialogue.")
    josiane = moderator_of(deal.street)

    disputes(josiane).filter(has_text=deal.bad).get_by_role("link", name="Consulter").click()
    page = josiane.page.get_by_role("tabpanel")
    expect(page.get_by_role("region", name="Leur dialogue et les étapes de l’échange")).to_contain_text(
        "Regardez la photo de devant."
    )
    # One more than is held: the form says so, and asks nothing.
    expect(settle(josiane, SMILES + 1, VERDICT)).to_have_count(0)
    share = page.get_by_label("Combien de smiles pour Ana ?")
    expect(share).to_be_focused()
    expect(share).to_have_accessible_description(re.compile("de 0 à 4"))
    question = settle(josiane, 1, VERDICT)
    expect(question).to_contain_text("1 smile pour Ana, 3 smiles reviennent à Bo")
    question.get_by_role("button", name="Trancher ainsi").click()

    expect(deal.ana.step("a tranché le litige")).to_contain_text("1 smile pour vous")
    expect(deal.bo.step("a tranché le litige")).to_contain_text("3 smiles vous reviennent")
    deal.expect_smiles(1, -1)


def test_a_dispute_has_an_address_and_the_way_back_leads_to_its_line(deal: Deal) -> None:
    accept(deal)
    deal.bo.take_other_step("Ouvrir un litige", words=deal.bad)
    josiane = moderator_of(deal.street)
    page, look = josiane.page, disputes(josiane).filter(has_text=deal.bad).get_by_role("link")
    look.click()
    expect(page).to_have_url(re.compile(f"/moderation/litiges/{deal.exchange}"))
    page.get_by_label("Combien de smiles pour Ana ?").fill("1")
    page.get_by_label("Raison").fill(VERDICT)

    page.keyboard.press("Escape")
    expect(look).to_be_focused()
    expect(page).to_have_url(re.compile(r"/moderation/litiges(\?|$)"))
    page.go_forward()

    expect(page.get_by_label("Combien de smiles pour Ana ?")).to_have_value("1")
    expect(page.get_by_label("Raison")).to_have_value(VERDICT)
    page.reload()
    expect(page.get_by_role("heading", name="Litige entre Ana et Bo")).to_be_visible()
    page.get_by_role("button", name="Tous les litiges").click()
    expect(look).to_be_visible()
    page.get_by_role("tab", name="Journal").click()
    expect(page).to_have_url(re.compile(r"/moderation/journal(\?|$)"))
    page.get_by_role("link", name="Voir le litige").first.click()
    expect(page.get_by_role("heading", name=re.compile("^Litige"))).to_be_visible()


def test_a_settlement_whose_answer_was_lost_is_made_once(deal: Deal) -> None:
    accept(deal)
    deal.bo.take_other_step("Ouvrir un litige", words=deal.bad)
    josiane = moderator_of(deal.street)
    disputes(josiane).filter(has_text=deal.bad).get_by_role("link", name="Consulter").click()
    keys = josiane.lose_first_answer("**/settle")
    question = settle(josiane, 2, VERDICT)
    question.get_by_role("button", name="Trancher ainsi").click()
    question.get_by_role("button", name="Réessayer").click()

    expect(josiane.page.get_by_role("heading", name="Litige clos entre Ana et Bo")).to_be_visible()
    deal.expect_smiles(2, -2)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert deal.steps().count("settle") == 1


def test_what_the_two_settle_themselves_meanwhile_is_shown_instead_of_the_form(deal: Deal) -> None:
    accept(deal)
    deal.bo.take_other_step("Ouvrir un litige", words=deal.bad)
    josiane = moderator_of(deal.street)
    disputes(josiane).filter(has_text=deal.bad).get_by_role("link", name="Consulter").click()
    expect(josiane.page.get_by_role("form", name="Trancher")).to_be_visible()

    deal.bo.take_step("Confirmer et remercier")

    expect(josiane.page.get_by_text("Ce litige s’est terminé entre-temps.")).to_be_visible()
    expect(josiane.page.get_by_role("form", name="Trancher")).to_have_count(0)
    josiane.page.get_by_role("button", name="Voir comment").click()
    expect(josiane.page.get_by_role("tabpanel")).to_contain_text("Bo a confirmé l’échange")
    deal.expect_smiles(SMILES, -SMILES)


def test_a_moderator_does_not_decide_an_exchange_of_their_own(street: Street) -> None:
    josiane, bo = street.house.join("Josiane"), street.house.join("Bo")
    street.house.appoint(josiane)
    deal = proposed(street, josiane, bo)
    accept(deal)
    deal.bo.take_other_step("Ouvrir un litige", words=deal.bad)

    deal.ana.visit("/moderation")
    mine = disputes(deal.ana).filter(has_text=deal.bad)

    expect(mine).to_contain_text("quelqu’un d’autre doit trancher")
    expect(mine.get_by_role("button")).to_have_count(0)


def test_a_network_lost_in_the_middle_of_accepting_has_one_effect(deal: Deal) -> None:
    deal.ana.unfold_deal()
    deal.ana.deal.get_by_role("button", name="Accepter").click()
    question = deal.ana.page.get_by_role("dialog")
    sent: list[str | None] = []

    def carry_out_and_lose_the_line(route: Route) -> None:
        sent.append(route.request.headers.get("idempotency-key"))
        if len(sent) > 1:
            return route.continue_()
        deal.ana.context.set_offline(True)
        route.fetch()
        return route.abort("internetdisconnected")

    deal.ana.page.route("**/accept", carry_out_and_lose_the_line)
    question.get_by_role("button", name="Accepter").click()
    expect(deal.bo.deal).to_contain_text("Échange convenu")
    deal.ana.context.set_offline(False)

    expect(question).to_have_count(0)
    expect(deal.ana.deal).to_contain_text("Échange convenu")
    expect(deal.ana.step("Vous avez accepté")).to_have_count(1)
    deal.expect_smiles(0, -SMILES)
    assert len(set(sent)) == 1
    assert deal.steps() == ["propose", "accept"]
