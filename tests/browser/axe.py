"""A page judged by axe: both themes, 1280 and 390 px."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import PHONE, WIDE
from tests.forkserver import PROJECT

AXE = Path(PROJECT / "web" / "node_modules" / "axe-core" / "axe.min.js")
# WCAG 2.2 AA, and what axe's authors call good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# All that another theme changes.
COLOURS = ["color-contrast", "link-in-text-block"]
RUN = """async only => {
  // What is still sliding in is neither here nor there.
  await Promise.all(document.getAnimations().map(one => one.finished.catch(() => undefined)));
  const found = await axe.run(document, { runOnly: only, resultTypes: ['violations'] });
  return found.violations.map(({ id, nodes }) =>
    [id, ...nodes.slice(0, 3).map(node => `${node.html.slice(0, 200)}: ${node.failureSummary}`)].join('\\n'));
}"""


def expect_no_violation(page: Page, *, app: bool = True) -> None:
    """The page as it stands has none, in light and dark, wide and on a phone. `app`: it is one of the app."""
    page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = []
    for size in (WIDE, PHONE):
        page.set_viewport_size(ViewportSize(width=size["width"], height=size["height"]))
        for theme, rules in (("light", RULES), ("dark", COLOURS)):
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
            if app:
                expect(page.locator("html")).to_have_attribute("data-theme", theme)
            violations: list[Any] = page.evaluate(RUN, rules)
            found += [f"{size['width']} px, {theme}: {one}" for one in violations]
    assert not found, "\n\n".join(found)
