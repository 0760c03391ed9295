"""The walk of a mag: an association writes one with five photos over a slow line, and others read it."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Street
from tests.browser.magazine import article, begin_mag, field, turn_on_mags
from tests.browser.pictures import FREE, SLOW, add, line_of, photo, row

WORDS = ("La fanfare", "Les lampions", "Le vin chaud", "La patinoire", "Les enfants")


def test_an_association_writes_a_mag_with_five_photos_on_a_slow_connection(street: Street) -> None:
    amicale = street.comes(street.house.join("Amicale du quai", "association"))
    amicale.look(street.here)
    reader = street.visitor()
    turn_on_mags(reader)
    line = line_of(amicale)
    begin_mag(amicale, "Le marché de Noël", "Association")
    field(amicale).fill("On allume **les lampions** à six heures.")
    line.send("Network.emulateNetworkConditions", SLOW)

    add(amicale, *(photo(word, seed=seed, width=480, height=320) for seed, word in enumerate(WORDS, 1)))
    expect(amicale.page.get_by_role("progressbar").first).to_have_attribute(
        "aria-valuenow", re.compile(r"^\d+$")
    )
    for position, word in enumerate(WORDS, 1):
        row(amicale, position, len(WORDS)).get_by_label("On voit").fill(word)
    # Published while they are on their way: it goes once they are there.
    amicale.press_publish()
    line.send("Network.emulateNetworkConditions", FREE)

    reader.open("Le marché de Noël")
    expect(article(reader).locator("strong")).to_have_text("les lampions")
    shown = reader.page.get_by_role("list", name="Photos", exact=True).locator("img")
    expect(shown).to_have_count(len(WORDS))
    assert [shown.nth(at).get_attribute("alt") for at in range(len(WORDS))] == [*WORDS]
