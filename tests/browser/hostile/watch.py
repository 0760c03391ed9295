"""Watching a page on which hostile texts stand: whether any of them is more than text."""

from html.parser import HTMLParser

from playwright.sync_api import Dialog

from server.articles.rendering import TAGS
from tests.browser.neighbour import Neighbour

# What the interface itself never has among what people write.
STRANGERS = """() => {
  const never = 'script, iframe, frame, object, embed, applet, base, meta, link, style, audio, video, ' +
    'source, track, math, marquee, template, svg script, svg a, svg use, svg image, svg animate, svg set, ' +
    'svg foreignObject, form form, [popover], [srcdoc], [ping], [formaction]';
  const found = [...document.querySelectorAll('body :is(' + never + ')')]
    .filter(one => !one.matches('body > script[type="module"], picture > source, dialog, [popover=auto]'));
  for (const one of document.body.querySelectorAll('*')) {
    if ([...one.attributes].some(({ name }) => /^on/.test(name))) found.push(one);
    const from = one.matches('img') ? (one.getAttribute('src') ?? '/photos/') : '/photos/';
    if (!/^(\\/photos\\/|data:image\\/webp)/.test(from)) found.push(one);
    if (one.matches('a[href]') && !/^(https?|mailto):$/.test(one.protocol)) found.push(one);
  }
  return found.map(one => one.outerHTML.slice(0, 200));
}"""
# Of an article: whatever is not in the list of what it may have.
NOT_OF_AN_ARTICLE = """tags => [...document.querySelectorAll('.article *')]
  .filter(one => !tags.includes(one.localName) ||
    [...one.attributes].some(({ name }) => !/^(href|rel|target|dir|start|class)$/.test(name)))
  .map(one => one.outerHTML.slice(0, 200))"""


# Marks of direction that somebody left open turn whatever follows them in the same paragraph of the page.
SPILLED = r"""() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let around = node.parentElement;
    // Where line ends are shown as such each line is a paragraph.
    const kept = getComputedStyle(around).whiteSpace.startsWith('pre');
    const paragraph = kept ? node.data.split('\n').at(-1) : node.data;
    const marks = pattern => paragraph.match(pattern)?.length ?? 0;
    if (marks(/[\u202a\u202b\u202d\u202e]/gu) <= marks(/\u202c/gu) &&
      marks(/[\u2066-\u2068]/gu) <= marks(/\u2069/gu)) continue;
    const apart = one => getComputedStyle(one).display !== 'inline' ||
      /isolate|plaintext/.test(getComputedStyle(one).unicodeBidi);
    while (!apart(around)) around = around.parentElement;
    const after = document.createRange();
    after.setStartAfter(node);
    after.setEndAfter(around.lastChild);
    if (after.toString().trim()) found.push(around.outerHTML.slice(0, 300));
  }
  return found;
}"""


class Watch:
    """Notes whatever a text might bring about on somebody's page."""

    def __init__(self, person: Neighbour) -> None:
        self._person = person
        self.dialogs: list[str] = []
        self.reports: list[str] = []
        person.page.on("dialog", self._note)
        person.context.expose_binding("noteReport", lambda _, what: self.reports.append(what))
        person.context.add_init_script(
            "addEventListener('securitypolicyviolation', event => "
            "noteReport(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"
        )

    def _note(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def expect_harmless(self) -> None:
        """Fail if anything on the page now, or since it was opened, is more than text."""
        person, page = self._person, self._person.page
        assert page.evaluate(SPILLED) == []
        assert page.evaluate(STRANGERS) == []
        assert page.evaluate(NOT_OF_AN_ARTICLE, sorted(TAGS)) == []
        assert page.evaluate("'pwned' in window || 'pwned' in {}") is False
        assert (self.dialogs, self.reports, person.errors) == ([], [], [])
        ours = (person.house.address, "data:", f"blob:{person.house.address}")
        assert [url for url in person.requests if not url.startswith(ours)] == []


class Outline(HTMLParser):
    """The tags of a page and the names of their attributes, without what stands in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        names = [value or "" for name, value in attributes if (tag, name) == ("meta", "property")]
        self.tags.append((tag, *names, *sorted(name for name, _ in attributes)))
