"""Wi-Fi off and on, a server that dies: a banner, a queue in sight, and then everything once, in order."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Street
from tests.browser.house import House, ServedHouse
from tests.browser.neighbour import Neighbour
from tests.servers import RedisServer


def both_in_a_thread(street: Street, title: str) -> tuple[Neighbour, Neighbour]:
    """Let two people sit at the same public thread, to which Bo has said «Un»."""
    ana, bo = street.neighbour("Ana"), street.neighbour("Bo")
    assert ana.account
    street.house.publish(ana.account, title, street.here)
    for person in (ana, bo):
        person.open(title)
    bo.say("Un.")
    expect(ana.bubble("Un.")).to_be_visible()
    return ana, bo


def expect_to_have_said(person: Neighbour, *texts: str) -> None:
    """The conversation holds exactly these messages, in this order."""
    expect(person.rows).to_have_text([re.compile(rf"^\s*{re.escape(text)}") for text in texts])


def test_a_server_killed_between_two_messages_loses_none_and_doubles_none(
    own_house: House, street_of: Callable[[House], Street]
) -> None:
    ana, bo = both_in_a_thread(street_of(own_house), "Tondre la pelouse")

    own_house.kill()
    bo.say("Deux.")
    bo.say("Trois.")

    expect(bo.page.get_by_text("Connexion perdue. 2 messages partiront dès le retour.")).to_be_visible()
    expect(bo.bubble("Trois.")).to_contain_text("En attente de connexion")
    expect(ana.page.get_by_text("Connexion perdue. Reconnexion en cours…")).to_be_visible()

    own_house.start()

    for person in (ana, bo):
        expect_to_have_said(person, "Un.", "Deux.", "Trois.")
        expect(person.page.get_by_text("Connexion perdue")).to_have_count(0)
    expect(bo.bubble("Trois.")).to_contain_text("Envoyé")
    ana.say("Quatre.")
    for person in (ana, bo):
        expect_to_have_said(person, "Un.", "Deux.", "Trois.", "Quatre.")


def test_a_message_that_waits_survives_the_end_of_its_page(
    own_house: House, street_of: Callable[[House], Street]
) -> None:
    street = street_of(own_house)
    ana, bo = both_in_a_thread(street, "Garder le chat")
    own_house.kill()
    bo.say("Deux.")
    expect(bo.bubble("Deux.")).to_contain_text("En attente de connexion")

    bo.page.close()
    own_house.start()
    bo.page = bo.context.new_page()
    bo.look(street.here)

    expect(ana.bubble("Deux.")).to_be_visible()
    bo.open("Garder le chat")
    expect_to_have_said(bo, "Un.", "Deux.")


def test_what_changed_while_one_was_offline_is_there_when_the_line_is_back(street: Street) -> None:
    ana, bo = both_in_a_thread(street, "Réparer un vélo")
    assert ana.account
    ana.context.set_offline(True)
    expect(ana.page.get_by_text("Connexion perdue. Reconnexion en cours…")).to_be_visible()
    bo.say("Deux.")
    ana.say("Trois ?")
    expect(ana.page.get_by_text("Connexion perdue. 1 message partira dès le retour.")).to_be_visible()
    street.house.publish(ana.account, "Pendant ce temps", street.here)

    ana.context.set_offline(False)

    for person in (ana, bo):
        expect_to_have_said(person, "Un.", "Deux.", "Trois ?")
    expect(ana.page.get_by_text("Connexion perdue")).to_have_count(0)
    ana.page.get_by_role("button", name="Retour").click()
    expect(ana.card("Pendant ce temps")).to_be_visible()


def test_a_page_comes_back_by_itself_when_the_server_restarts(
    own_house: House, street_of: Callable[[House], Street]
) -> None:
    street = street_of(own_house)
    visitor = street.visitor()

    own_house.stop()
    own_house.start()

    own_house.publish(own_house.join("Ana"), "Après le redémarrage", street.here)
    expect(visitor.card("Après le redémarrage")).to_be_visible()


def test_a_page_says_that_live_updates_are_paused_while_the_bus_is_down(
    street_of: Callable[[House], Street],
) -> None:
    paused = "Les nouveautés en direct sont suspendues. Vous pouvez lire et écrire."
    with RedisServer() as redis, ServedHouse(redis.url) as house:
        street = street_of(house)
        ana, bo = both_in_a_thread(street, "Tailler la haie")

        redis.kill()
        for person in (ana, bo):
            expect(person.page.get_by_text(paused)).to_be_visible()
        bo.say("Deux.")

        expect(bo.bubble("Deux.")).to_contain_text("Envoyé")
        # Nobody tells Ana: her page asks.
        expect(ana.bubble("Deux.")).to_be_visible()

        redis.start()
        for person in (ana, bo):
            expect(person.page.get_by_text(paused)).to_have_count(0)
            expect_to_have_said(person, "Un.", "Deux.")
        street.part()


def test_on_a_network_without_sockets_everything_works_a_little_later(street: Street) -> None:
    ana, bo = both_in_a_thread(street, "Porter un canapé")
    ana.context.route_web_socket("**/live", lambda socket: socket.close())
    ana.page.reload()

    expect(ana.page.get_by_text("Pas de liaison directe sur ce réseau")).to_be_visible()
    bo.say("Deux.")
    ana.say("Trois.")

    for person in (ana, bo):
        expect(person.bubble("Deux.")).to_be_visible()
        expect(person.bubble("Trois.")).to_be_visible()
