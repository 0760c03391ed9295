"""How much comes before the first list, and how soon it is there on a slow phone."""

import gzip
import json
import re
from urllib.parse import urlsplit

from playwright.sync_api import Response, expect

from tests.browser.conftest import PHONE, Street
from tests.browser.neighbour import Neighbour

SHELL_BYTES = 150_000
# Chromium's own preset «Slow 4G», in bytes per second and milliseconds.
SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1_600_000 / 8 * 0.9,
    "uploadThroughput": 750_000 / 8 * 0.9,
}
# Nothing in the page is in its way yet: it notes what was painted when.
NOTE_PAINTS = """
window.painted = [];
new PerformanceObserver(list => painted.push(...list.getEntries().map(entry => entry.startTime)))
  .observe({ type: 'largest-contentful-paint', buffered: true });
"""


def scripts_and_styles(person: Neighbour) -> list[Response]:
    """Note from now on which scripts and styles come, in their order."""
    came: list[Response] = []
    wanted = re.compile(r"\.(m?js|css)$")
    person.page.on(
        "response", lambda one: came.append(one) if wanted.search(urlsplit(one.url).path) else None
    )
    return came


def test_the_shell_is_small_and_comes_in_few_files_before_the_map(mapped_street: Street) -> None:
    street = mapped_street
    street.house.publish(street.house.join("Ana"), "Tondre la pelouse", street.here)
    visitor = street.comes()
    came = scripts_and_styles(visitor)

    visitor.look(street.here)
    expect(visitor.avatar).to_be_visible()

    names = [urlsplit(one.url).path.rpartition("/")[2] for one in came]
    first = next(at for at, name in enumerate(names) if name.startswith("Map-"))
    shell = [one for one, name in zip(came[:first], names, strict=False) if not name.startswith("Map-")]
    size = sum(len(gzip.compress(one.body())) for one in shell)
    print(f"the shell: {len(shell)} files, {size / 1000:.0f} kB gzipped")
    assert size <= SHELL_BYTES
    assert len(shell) <= 4


def test_on_a_slow_phone_the_list_is_there_before_the_map_and_can_be_used(mapped_street: Street) -> None:
    street = mapped_street
    street.house.publish(street.house.join("Ana"), "Tondre la pelouse", street.here)
    visitor = street.comes(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    visitor.page.add_init_script(NOTE_PAINTS)
    network = visitor.context.new_cdp_session(visitor.page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW_4G)

    visitor.look(street.here)

    expect(visitor.card("Tondre la pelouse")).to_be_visible()
    assert visitor.avatar.count() == 0  # the map is still on its way
    seconds = json.loads(visitor.page.evaluate("JSON.stringify(painted)"))
    print(f"slow 4G: largest paint after {max(seconds) / 1000:.1f} s")
    visitor.card("Tondre la pelouse").tap()
    expect(visitor.composer).to_be_visible()
