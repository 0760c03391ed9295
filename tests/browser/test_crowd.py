"""Two thousand pins in view, and the page still answers."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Street
from tests.browser.crowd import settle_crowd
from tests.browser.house import House

# How long from a click or key to the paint after it, the slowest of all, by the browser's own count.
NOTE_DELAYS = """
window.delays = [];
new PerformanceObserver(list => delays.push(...list.getEntries().filter(one => one.interactionId)
  .map(one => one.duration))).observe({ type: 'event', durationThreshold: 16, buffered: true });
"""


def test_two_thousand_pins_are_all_there_and_the_page_answers(
    own_house: House, mapped_street_of: Callable[[House], Street]
) -> None:
    street = mapped_street_of(own_house)
    ana = own_house.join("Ana")
    own_house.stop()
    settle_crowd(own_house, ana, street.here, 2000, radius_m=1500)
    own_house.start()
    visitor = street.comes()
    visitor.page.add_init_script(NOTE_DELAYS)

    visitor.look(street.here)

    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text(
        re.compile("2\\s000 annonces à moins d’un mile")
    )
    expect(visitor.avatar).to_be_visible()
    projects = visitor.page.get_by_role("button", name=re.compile("^Projets"))
    for pressed in ("true", "false"):
        projects.click()
        expect(projects).to_have_attribute("aria-pressed", pressed)
    search = visitor.page.get_by_role("combobox", name="Rechercher une adresse")
    search.press_sequentially("rue des lilas")
    expect(search).to_have_value("rue des lilas")
    visitor.cards.first.click()
    expect(visitor.page.get_by_role("heading", level=2).first).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_role("heading", level=2)).to_have_count(0)

    delays = sorted(visitor.page.evaluate("window.delays"))
    print(f"{len(delays)} inputs over 16 ms with 2,000 pins: slowest {delays[-3:]} ms")

    # One more than two thousand comes and is seen, too.
    own_house.publish(own_house.join("Bo"), "La deux mille et unième", street.here)
    expect(visitor.card("La deux mille et unième")).to_be_visible()
