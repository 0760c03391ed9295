"""Addresses in them and addresses that hold them: none is a script, none leads where it should not."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Street
from tests.browser.hostile.looking import HERE, watched
from tests.browser.hostile.mischief import Mischief
from tests.browser.hostile.texts import ELSEWHERE, JS, TEXTS


def test_a_link_in_a_message_leads_only_to_the_web_and_tells_nothing_of_us(street: Street) -> None:
    ana = street.house.join("Ana")
    listing = street.house.publish(ana, "Un bon livre", street.here)
    street.house.say(ana, listing["thread"], "Voir https://exemple.fr/livre, ou javascript:alert(1)")
    visitor = street.visitor()
    visitor.open("Un bon livre")

    links = visitor.log.get_by_role("link")

    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://exemple.fr/livre")
    assert "noreferrer" in (links.get_attribute("rel") or "").split()


def test_an_address_search_may_find_anything(street: Street) -> None:
    reader, watch = watched(street)
    place = {"lon": HERE.lon, "lat": HERE.lat}
    found = [{"label": text, "context": text, "place": place} for text in TEXTS]
    reader.page.route("**/api/places", lambda route: route.fulfill(json={"places": found}))
    reader.look(HERE)

    reader.page.get_by_role("combobox", name="Rechercher une adresse").press_sequentially("rue")
    options = reader.page.get_by_role("option")
    expect(options).to_have_count(len(TEXTS))
    options.first.click()

    expect(options).to_have_count(0)
    watch.expect_harmless()


@pytest.mark.parametrize(
    "address",
    [
        "/?lon={0}&lat={0}&z={0}&layers={0}&scale={0}&lang={0}&locale={0}&next={0}#{0}",
        "/rejoindre?invitation={0}#{0}",
        "/smiles?achat={0}",
        "/connexion?next={1}&retour={1}&redirect={1}&path={1}",
        "/bienvenue?next={1}#{0}",
        "/projets/{id}/equipe?{0}#{0}",
        "/annonces/{0}?{0}",
        "/membres/{0}",
        "/messages/{0}",
        "/moderation/litiges/{0}",
        "/embed?cell={0}&layers={0}&scale={0}&locale={0}&theme={0}#{0}",
        "/embed?cell={1}&locale=fr%22%3E{0}",
        "//{1}/",
        "/%2F{1}/..",
        "/\\{1}/connexion/",
        "/connexion//{1}",
        "/{0}",
        "/api?{0}",
        "/status?{0}",
        "/dev/mail?{0}",
    ],
)
def test_an_address_is_no_script_and_leads_nowhere_else(
    address: str, mischief: Mischief, street: Street
) -> None:
    person, watch = watched(street)
    texts = (quote(f'"><img src=x onerror={JS}>', safe=""), ELSEWHERE)
    project = mischief.projects[0]["id"]

    person.page.goto(mischief.house.address + address.format(*texts, id=project), wait_until="networkidle")

    assert person.page.url.startswith(f"{mischief.house.address}/")
    watch.expect_harmless()


def test_a_link_that_signs_in_leads_back_to_our_own_page(mischief: Mischief, street: Street) -> None:
    person, watch = watched(street)
    person.visit(f"/connexion?next=//{ELSEWHERE}&retour=javascript:{JS}")

    person.sign_in(mischief.bo)

    expect(person.smiles).to_be_visible()
    assert person.page.url.partition("?")[0] == f"{mischief.house.address}/"
    watch.expect_harmless()
