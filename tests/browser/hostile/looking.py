"""Looking at what stands there: somebody comes who is watched, and goes from panel to panel."""

from playwright.sync_api import Page

from tests.browser.conftest import Street
from tests.browser.hostile.watch import Watch
from tests.browser.house import Account, Spot
from tests.browser.neighbour import ZOOM, Neighbour

HERE = Spot(-2.5, 47.5)
ALL_LAYERS = "request,offer,mag,project"


def watched(street: Street, account: Account | None = None) -> tuple[Neighbour, Watch]:
    """Let somebody come who is watched."""
    person = street.comes(account)
    return person, Watch(person)


def go(page: Page, path: str) -> None:
    """Open another panel, as the browser's own buttons do: without loading the page again."""
    page.evaluate(
        "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')) }", path
    )


def look_at(person: Neighbour, layers: str, here: Spot = HERE, zoom: int = ZOOM) -> None:
    """Look from `here` at some layers."""
    person.visit(f"/?lon={here.lon}&lat={here.lat}&z={zoom}&layers={layers}")
