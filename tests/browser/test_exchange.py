"""An exchange inside the private dialog: agreed, held, done and thanked, live on both screens."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import PARIS, PHONE, Street
from tests.browser.people import TITLE, balance, known, note_navigations, two_in_a_dialog


def test_two_agree_amend_do_and_thank_and_see_each_step_of_the_other_at_once(street: Street) -> None:
    ana, bo = two_in_a_dialog(street)
    cleo = street.visitor()
    loaded = note_navigations(ana.page), note_navigations(bo.page)
    held = balance(street, ana), balance(street, bo)

    bo.propose(note="Au portail, avec ma tondeuse.")
    expect(ana.step("Bo a proposé un échange")).to_contain_text("Bo vous aide")
    expect(ana.step("Bo a proposé un échange")).to_contain_text("Au portail, avec ma tondeuse.")
    expect(ana.deal).to_contain_text("Échange proposé")
    expect(bo.deal).to_contain_text("Échange proposé")
    expect(bo.proposing).to_have_count(0)

    ana.amend(smiles="4")
    expect(bo.step("Ana a modifié la proposition")).to_contain_text("4 smiles")

    bo.take_step("Accepter")
    expect(ana.step("Bo a accepté l’échange")).to_contain_text("4 smiles réservés")
    expect(ana.deal).to_contain_text("Échange convenu")
    expect(cleo.card(TITLE)).to_contain_text("En cours")
    assert balance(street, ana) == held[0] - 4

    bo.take_step("C’est fait")
    expect(ana.step("Bo a dit que c’est fait")).to_be_visible()
    expect(ana.deal).to_contain_text("Fait, à confirmer")

    ana.take_step("Confirmer et remercier", words="Une pelouse impeccable, merci !")
    expect(bo.step("Ana a confirmé l’échange")).to_contain_text("4 smiles pour vous")
    expect(bo.step("Ana a confirmé l’échange")).to_contain_text("Une pelouse impeccable, merci !")
    expect(bo.deal).to_have_count(0)
    expect(ana.deal).to_have_count(0)
    assert (balance(street, ana), balance(street, bo)) == (held[0] - 4, held[1] + 4)
    expect(cleo.card(TITLE)).to_have_count(0)
    assert loaded == ([], [])


def test_an_exchange_without_smiles_walks_the_same_path(street: Street) -> None:
    ana, bo = two_in_a_dialog(street, smiles=0)

    ana.propose()
    expect(bo.deal).to_contain_text("Sans smile")
    bo.take_step("Accepter")
    expect(ana.step("Bo a accepté l’échange")).not_to_contain_text("réservé")
    bo.take_step("C’est fait")
    ana.take_step("Confirmer et remercier")

    expect(bo.step("Ana a confirmé l’échange")).to_be_visible()
    expect(bo.deal).to_have_count(0)


def test_who_was_away_finds_where_the_exchange_stands_and_its_steps_unread(street: Street) -> None:
    ana, bo = two_in_a_dialog(street)
    expect(bo.bubble("samedi")).to_contain_text("Lu")
    ana.visit("/messages")
    bo.propose()

    row = ana.page.get_by_role("link", name=re.compile("^Bo"))
    expect(row).to_contain_text("Bo a proposé un échange")
    expect(row).to_contain_text("1 non lu")
    row.click()

    expect(ana.deal).to_contain_text("Échange proposé")
    expect(ana.step("Bo a proposé un échange")).to_be_visible()
    expect(ana.page).not_to_have_title(re.compile(r"^\("))


def test_a_proposal_being_written_survives_a_reload(street: Street) -> None:
    _, bo = two_in_a_dialog(street)
    day = (datetime.now(PARIS) + timedelta(days=3)).date().isoformat()
    bo.proposing.click()
    bo.write_proposal(who="Ana m’aide", smiles="7", day=day, time="10:30", note="Au portail")

    bo.page.reload()
    bo.proposing.click()

    expect(bo.page.get_by_role("radio", name="Ana m’aide")).to_be_checked()
    expect(bo.page.get_by_label("Pour combien de smiles ?")).to_have_value("7")
    expect(bo.page.get_by_label("Jour")).to_have_value(day)
    expect(bo.page.get_by_label("Heure")).to_have_value("10:30")
    expect(bo.page.get_by_label("Ce qui est convenu")).to_have_value("Au portail")


def test_a_form_with_mistakes_says_them_beside_their_fields(street: Street) -> None:
    _, bo = two_in_a_dialog(street)

    bo.propose(smiles="1001", time="10:00")

    expect(bo.page.get_by_label("Pour combien de smiles ?")).to_have_attribute("aria-invalid", "true")
    expect(bo.page.get_by_label("Jour")).to_have_accessible_description("Indiquez aussi le jour.")
    bo.write_proposal(smiles="2", day="2020-01-01")
    bo.page.get_by_role("button", name="Envoyer la proposition").click()
    expect(bo.page.get_by_label("Jour")).to_be_focused()
    expect(bo.page.get_by_label("Jour")).to_have_accessible_description("Ce moment est déjà passé.")
    expect(bo.deal).to_have_count(0)


def test_who_is_not_signed_in_proposes_signs_in_and_the_proposal_has_gone(street: Street) -> None:
    ana = street.neighbour("Ana")
    street.house.publish(known(ana), TITLE, street.here)
    bo, account = street.visitor(), street.house.join("Bo")
    bo.open_dialog(TITLE)
    bo.proposing.click()
    bo.write_proposal(note="Samedi matin ?")

    bo.page.get_by_role("button", name="Continuer pour proposer").click()
    bo.sign_in(account)

    expect(bo.deal).to_contain_text("Échange proposé")
    expect(bo.step("Vous avez proposé un échange")).to_contain_text("Samedi matin ?")
    ana.open_dialog(TITLE, "Bo")
    expect(ana.step("Bo a proposé un échange")).to_be_visible()


def test_too_few_smiles_refuse_the_acceptance_and_say_how_many_are_missing(street: Street) -> None:
    ana, bo = two_in_a_dialog(street)
    has = balance(street, ana)
    bo.propose(smiles=str(has + 2))
    expect(ana.deal).to_be_visible()

    ana.deal.get_by_role("button", name="Accepter").click()
    question = ana.page.get_by_role("dialog")
    question.get_by_role("button", name="Accepter").click()

    expect(question.get_by_role("alert")).to_contain_text("il en manque 2")
    expect(question.get_by_role("link", name="Voir mes smiles")).to_have_attribute(
        "href", re.compile("^/smiles")
    )
    question.get_by_role("button", name="Pas maintenant").click()
    expect(ana.deal).to_contain_text("Échange proposé")
    assert balance(street, ana) == has


def test_what_changed_meanwhile_is_shown_instead_of_an_error(street: Street) -> None:
    ana, bo = two_in_a_dialog(street)
    bo.propose()
    ana.deal.get_by_role("button", name="Accepter").click()
    expect(ana.page.get_by_role("dialog")).to_be_visible()

    bo.amend(smiles="5")

    expect(ana.page.get_by_role("dialog")).to_have_count(0)
    expect(ana.step("Bo a modifié la proposition")).to_contain_text("5 smiles")
    expect(ana.page.get_by_text("L’échange a changé entre-temps : le voici.")).to_be_visible()
    expect(ana.deal).to_contain_text("Échange proposé")


def test_changes_being_written_outlive_a_change_by_the_other(street: Street) -> None:
    ana, bo = two_in_a_dialog(street)
    bo.propose()
    ana.unfold_deal()
    ana.deal.get_by_role("button", name="Modifier").click()
    ana.write_proposal(note="Plutôt dimanche.")

    bo.amend(smiles="5")

    expect(ana.page.get_by_text("La proposition vient de changer : Bo vous aide, 5 smiles.")).to_be_visible()
    expect(ana.page.get_by_label("Ce qui est convenu")).to_have_value("Plutôt dimanche.")
    ana.write_proposal(smiles="5")
    ana.page.get_by_role("button", name="Proposer ces changements").click()
    expect(bo.step("Ana a modifié la proposition")).to_contain_text("Plutôt dimanche.")
    expect(bo.step("Ana a modifié la proposition")).to_contain_text("5 smiles")


def test_a_step_whose_answer_was_lost_is_taken_once(street: Street) -> None:
    ana, bo = two_in_a_dialog(street)
    bo.propose()
    expect(ana.deal).to_be_visible()
    keys = ana.lose_first_answer("**/api/exchanges/*/accept")
    ana.take_step("Accepter")

    expect(bo.step("Ana a accepté l’échange")).to_have_count(1)
    expect(ana.deal).to_contain_text("Échange convenu")
    assert len(set(keys)) == 1


def test_an_absence_is_reported_once_the_agreed_time_has_come_and_until_then_says_why(street: Street) -> None:
    ana, bo = two_in_a_dialog(street)
    day = (datetime.now(PARIS) + timedelta(days=3)).date().isoformat()
    bo.propose(day=day, time="10:30")
    ana.take_step("Accepter")
    ana.unfold_deal()
    ana.deal.get_by_role("button", name="Autres actions").click()

    report = ana.page.get_by_role("dialog").get_by_role("button", name="Signaler une absence")

    expect(report).to_have_attribute("aria-disabled", "true")
    expect(report).to_have_accessible_description(re.compile("Possible à partir de l’heure convenue"))
    report.click(force=True)
    expect(ana.page.get_by_role("dialog", name="Que faire de cet échange ?")).to_be_visible()


def test_on_a_phone_the_card_leaves_room_to_write_and_every_target_is_a_finger_wide(street: Street) -> None:
    _, bo = two_in_a_dialog(street, viewport=PHONE, has_touch=True, is_mobile=True)
    bo.propose(note="Au portail")
    expect(bo.deal).to_be_visible()

    for button in bo.deal.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    # The keyboard is out: as much as Chromium leaves the page then.
    bo.page.set_viewport_size({"width": PHONE["width"], "height": 430})

    expect(bo.deal.get_by_role("button", name=re.compile("^Échange proposé"))).to_have_attribute(
        "aria-expanded", "false"
    )
    expect(bo.step("Vous avez proposé")).to_be_in_viewport()
    expect(bo.composer).to_be_in_viewport()


def test_all_can_be_done_by_the_keyboard_and_the_focus_is_never_lost(street: Street) -> None:
    ana, bo = two_in_a_dialog(street)
    bo.proposing.press("Enter")
    expect(bo.page.get_by_role("heading", name="Proposer un échange")).to_be_focused()
    bo.page.keyboard.press("Escape")
    expect(bo.composer).to_be_focused()
    bo.proposing.press("Enter")
    bo.page.get_by_role("button", name="Envoyer la proposition").press("Enter")
    expect(bo.deal.get_by_role("button", name=re.compile("^Échange proposé"))).to_be_focused()

    ana.deal.get_by_role("button", name="Accepter").press("Enter")
    ana.page.get_by_role("dialog").get_by_role("button", name="Accepter").press("Enter")

    expect(ana.deal.get_by_role("button", name=re.compile("^Échange convenu"))).to_be_focused()


def test_nobody_is_kept_out_of_an_exchange(street: Street) -> None:
    ana, bo = two_in_a_dialog(street)
    bo.proposing.click()
    bo.write_proposal(smiles="1001", time="10:00")
    bo.page.get_by_role("button", name="Envoyer la proposition").click()
    expect(bo.page.get_by_role("alert")).to_be_visible()
    expect_no_violation(bo.page)

    bo.page.get_by_role("button", name="Effacer le brouillon").click()
    bo.page.get_by_role("button", name="Envoyer la proposition").click()
    ana.unfold_deal()
    expect_no_violation(ana.page)

    ana.take_step("Accepter")
    ana.unfold_deal()
    ana.deal.get_by_role("button", name="Autres actions").click()
    expect_no_violation(ana.page)

    ana.page.get_by_role("dialog").get_by_role("button", name="Ouvrir un litige").click()
    expect_no_violation(ana.page)


def test_what_one_reads_further_up_stays_where_it_is_when_the_card_comes_above(street: Street) -> None:
    ana, bo = two_in_a_dialog(street)
    inbox = street.house.ask("GET", "/api/inbox", account=known(bo)).json()
    dialog = inbox["conversations"][0]["id"]
    for number in range(30):
        street.house.say(known(bo), dialog, f"Message numéro {number}.")
    expect(ana.bubble("numéro 29")).to_be_in_viewport()
    ana.log.hover()
    ana.page.mouse.wheel(0, -600)
    ana.page.get_by_role("button", name="Aller aux derniers messages").wait_for()
    read = ana.page.evaluate(
        """() => {
          const edge = document.querySelector('[role=log]').getBoundingClientRect();
          const rows = [...document.querySelectorAll('[data-row]')];
          window.read = rows.find(row => row.getBoundingClientRect().top > edge.top + 120);
          return window.read.getBoundingClientRect().top;
        }"""
    )

    bo.propose()
    expect(ana.deal).to_be_visible()
    expect(ana.page.get_by_role("button", name="1 nouveau message")).to_be_visible()

    assert abs(ana.page.evaluate("window.read.getBoundingClientRect().top") - read) <= 1
