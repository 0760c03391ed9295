"""What 1Mile is for: somebody asks, the mile sees it, a neighbour answers, both talk."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Street

TWO_MILES_M = 3219


def test_a_request_is_on_every_screen_within_the_mile_at_once_and_elsewhere_once_the_avatar_is_there(
    mapped_street: Street,
) -> None:
    street = mapped_street
    ana, bo = street.neighbour("Ana"), street.visitor()
    cleo = street.visitor(street.here.away(east_m=TWO_MILES_M))
    bo.note_when_seen("Tondre la pelouse")

    published = ana.publish("Tondre la pelouse")

    expect(bo.card("Tondre la pelouse")).to_be_visible()
    expect(bo.pin("Demande : Tondre la pelouse")).to_be_visible()
    expect(ana.page.get_by_role("heading", name="Tondre la pelouse", level=2)).to_be_visible()
    print(f"on the other screen after {bo.seconds_after(published) * 1000:.0f} ms")

    # What comes later on the same line has overtaken nothing: the request never left for Cleo.
    assert ana.account
    street.house.publish(ana.account, "Prêter un vélo", street.here.away(east_m=TWO_MILES_M))
    expect(cleo.card("Prêter un vélo")).to_be_visible()
    expect(cleo.card("Tondre la pelouse")).to_have_count(0)
    assert not any("Tondre la pelouse" in frame for frame in cleo.frames)

    cleo.drag_avatar(east_m=-TWO_MILES_M)

    expect(cleo.card("Tondre la pelouse")).to_be_visible()
    expect(cleo.pin("Demande : Tondre la pelouse")).to_be_visible()


def test_a_reply_is_under_the_listing_on_its_authors_screen_at_once(street: Street) -> None:
    ana, bo = street.neighbour("Ana"), street.neighbour("Bo")
    ana.publish("Garder le chat")
    bo.open("Garder le chat")
    expect(bo.composer).to_be_focused()
    ana.note_when_seen("Quel âge a-t-il ?")

    said = bo.say("Quel âge a-t-il ?")

    expect(ana.bubble("Quel âge a-t-il ?")).to_be_visible()
    print(f"on the author's screen after {ana.seconds_after(said) * 1000:.0f} ms")


def test_two_people_see_of_each_other_who_is_here_who_writes_and_who_has_read(street: Street) -> None:
    ana, bo = street.neighbour("Ana"), street.neighbour("Bo")
    ana.publish("Réparer un vélo")
    bo.open("Réparer un vélo")
    bo.tab("Dialogue privé").click()

    bo.say("Je passe demain ?")

    expect(ana.tab("Réponses privées")).to_contain_text("1 non lu")
    expect(ana.page).to_have_title(re.compile(r"^\(1\) "))
    expect(bo.bubble("Je passe demain ?")).not_to_contain_text("Lu")
    ana.tab("Réponses privées").click()
    ana.page.get_by_role("link", name="Bo").click()
    expect(ana.bubble("Je passe demain ?")).to_be_visible()
    expect(bo.bubble("Je passe demain ?")).to_contain_text("Lu")
    expect(ana.page).not_to_have_title(re.compile(r"^\("))

    ana.composer.press_sequentially("Mer")
    expect(bo.page.get_by_text("Ana écrit…")).to_be_visible()
    ana.say("Merci !")
    expect(bo.bubble("Merci !")).to_be_visible()
    expect(bo.page.get_by_text("Ana écrit…")).to_have_count(0)
