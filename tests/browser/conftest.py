"""One server and one browser for all; each test has a place of its own on the map, and its own people.

Run apart from the other tests (`./dev test` does): Playwright's event loop and pytest-asyncio's cannot share
a process.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.chromium import launch
from tests.browser.house import Account, House, Spot
from tests.browser.neighbour import Neighbour
from tests.waiting import PATIENCE_SECONDS

# Where everybody's browser is: what day it is there need not be the day of this machine.
PARIS = ZoneInfo("Europe/Paris")
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
_places = itertools.count()

_PATIENCE_MS = PATIENCE_SECONDS * 1000
expect.set_options(timeout=_PATIENCE_MS)


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """The run's server. A test that stops or kills it has one of its own: `own_house`."""
    with House() as server:
        yield server


@pytest.fixture(scope="module")
def house_of_module() -> Iterator[House]:
    """The server of one module's tests."""
    with House() as server:
        yield server


@pytest.fixture
def own_house(house_of_module: House) -> House:
    """A server that a test may stop, kill and start again: the next one finds it running."""
    house_of_module.start()
    return house_of_module


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, for the whole run."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The run's browser; everybody has a profile of their own in it."""
    browser = launch(playwright.chromium)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def chromium_without_map(playwright: Playwright) -> Iterator[Browser]:
    """The same on a device that draws no map: most of the interface is beside it, and waits less for it."""
    browser = launch(playwright.chromium, webgl=False)
    yield browser
    browser.close()


class Street:
    """A place on the map where nobody has published yet, and the people who look at it."""

    def __init__(self, house: House, browser: Browser, here: Spot) -> None:
        self.house, self.here = house, here
        self._browser = browser
        self.people: list[Neighbour] = []

    def comes(self, account: Account | None = None, **options: Any) -> Neighbour:
        """Let somebody sit down at a browser of their own; `options` are those of a browser context."""
        usual = {
            "viewport": WIDE,
            "locale": "fr-FR",
            "timezone_id": PARIS.key,
            "reduced_motion": "reduce",
        }
        context = self._browser.new_context(**{**usual, **options})
        context.set_default_timeout(_PATIENCE_MS)
        if account is not None:
            context.add_cookies([{"name": "onemile", "value": account.token, "url": self.house.address}])
        person = Neighbour(self.house, context, account)
        self.people.append(person)
        return person

    def neighbour(self, name: str, at: Spot | None = None, **options: Any) -> Neighbour:
        """Let a new member come and look from `here`, or from `at`."""
        person = self.comes(self.house.join(name), **options)
        person.look(at or self.here)
        return person

    def visitor(self, at: Spot | None = None, **options: Any) -> Neighbour:
        """Let somebody without an account look from `here`, or from `at`."""
        person = self.comes(**options)
        person.look(at or self.here)
        return person

    def part(self) -> None:
        """Everybody goes home; what broke on anybody's page fails the test."""
        errors = [error for person in self.people for error in person.errors]
        for person in self.people:
            person.context.close()
        assert errors == []


@pytest.fixture
def street_of(chromium_without_map: Browser) -> Iterator[Callable[[House], Street]]:
    """Make a street of a house, whose people have no map."""
    yield from _streets(chromium_without_map)


@pytest.fixture
def street(house: House, street_of: Callable[[House], Street]) -> Street:
    """A place where nobody has published yet; its people have no map."""
    return street_of(house)


@pytest.fixture
def mapped_street_of(chromium: Browser) -> Iterator[Callable[[House], Street]]:
    """Make a street of a house, whose people have list and map."""
    yield from _streets(chromium)


@pytest.fixture
def mapped_street(house: House, mapped_street_of: Callable[[House], Street]) -> Street:
    """A place where nobody has published yet; its people have list and map."""
    return mapped_street_of(house)


def _streets(browser: Browser) -> Iterator[Callable[[House], Street]]:
    made: list[Street] = []

    def make(house: House) -> Street:
        made.append(Street(house, browser, Spot(1.5 + 0.25 * next(_places), 46.5)))
        return made[-1]

    yield make
    for street in made:
        street.part()
