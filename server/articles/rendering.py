"""Markdown as HTML that is fit to be shown: few tags, no images, nothing that runs, links that lead outside.

Two libraries stand one behind the other. markdown-it-py writes only what we let it (raw HTML comes out as the
text that it is), and nh3 takes from that what is not in the list below, should the first ever err.
"""

import html
import re
from typing import Final
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

from realtime.refusals import Invalid
from server.articles.kept import Kept

_BLOCKS: Final = ("p", "h3", "h4", "h5", "ul", "ol", "li", "blockquote", "pre")
TAGS: Final = frozenset({*_BLOCKS, "hr", "br", "strong", "em", "s", "code", "a"})
SCHEMES: Final = frozenset({"http", "https", "mailto"})
REL: Final = "nofollow ugc noopener noreferrer"

# What an address may have in it as it is (RFC 3986), with what is written by its number already.
_SAFE: Final = "%:/?#[]@!$&'()*+,;="
_LINK: Final = re.compile(r"(?:https?://[^\s/]|mailto:[^\s@]+@)\S*", re.IGNORECASE)
# They stand under the page's own two.
_HIGHEST_HEADING: Final = 3
_LOWEST_HEADING: Final = 5
_DEEPEST: Final = 12
# No images, tables or references; and nothing that is only known to who has learned Markdown: four spaces are
# no code, a line below a line makes no heading.
_BLOCK_RULES: Final = ("heading", "list", "blockquote", "fence", "hr")
_INLINE_RULES: Final = ("emphasis", "strikethrough", "backticks", "link", "autolink", "escape", "entity")
_RULES: Final = (*_BLOCK_RULES, *_INLINE_RULES, "newline", "balance_pairs", "fragments_join")

# What markdown-it-py takes for a text, in units of 2 to 3 µs, 4 on a busy machine. The longest text without
# any sign takes 1 ms, 20,000 brackets would take 320.
MOST_COST: Final = 10_000
_COSTS: Final = (
    # What may begin a link, and is then looked for to its end.
    (re.compile(r"\["), 8),
    # What begins or ends something else.
    (re.compile(r"[\]*_~`<&\\#\n]"), 5),
    # The beginning of an item, or of one in it on the same line.
    (re.compile(r"(?:^|(?<=[ \t>]))(?:[-+*]|\d{1,9}[.)])(?=\s)", re.MULTILINE), 14),
    # A quotation, which may be in another.
    (re.compile(r">"), 4),
    # An address, which is read, put into form and written out.
    (re.compile(r"://|mailto:"), 14),
    # What might, and so is looked at.
    (re.compile(r"[!$%+:=@^{}-]"), 1),
)
# With its text in an event it is less than what may wait for a slow reader (`realtime.connection`).
MOST_BYTES: Final = 100_000
# Some thousand articles of usual length, or 130 of the longest.
MOST_KEPT_BYTES: Final = 16 * 1024 * 1024


def require_renderable(text: str) -> None:
    """Raise `Invalid` for a text of so many signs that to show it would keep everybody waiting."""
    if shown(text) is None:
        raise Invalid("article_too_intricate", field="text")


def html_of(text: str) -> str:
    """Return an article as HTML; one that was let in by other rules than today's, as the text that it is."""
    made = shown(text)
    return _CLEANER.clean(f"<p>{html.escape(text)}</p>") if made is None else made


def words_of(made: str) -> str:
    """Return the words of an article's HTML, line by line as it was written."""
    return html.unescape(nh3.clean(made, tags=set()))


def shown(text: str) -> str | None:
    """Return an article as HTML, kept for who opens it next; None if it is too intricate."""
    return _KEPT.of(text)


def is_kept(text: str) -> bool:
    """Return whether an article is there to be shown without being rendered."""
    return text in _KEPT


def render(text: str) -> str | None:
    """Return a text of Markdown as HTML, made anew; None if it is too intricate."""
    if cost(text) > MOST_COST:
        return None
    made = _CLEANER.clean(_MARKDOWN.render(text))
    return made if len(made.encode()) <= MOST_BYTES else None


def cost(text: str) -> int:
    """Return about what it takes to read `text` as Markdown; see `MOST_COST`."""
    return sum(weight * len(signs.findall(text)) for signs, weight in _COSTS)


def _lower_headings(state: StateCore) -> None:
    """Have the highest that an article uses be the highest there is: whoever hears them misses no level."""
    headings = [token for token in state.tokens if token.type in {"heading_open", "heading_close"}]
    used = sorted({token.tag for token in headings})
    for token in headings:
        token.tag = f"h{min(_HIGHEST_HEADING + used.index(token.tag), _LOWEST_HEADING)}"


def _unlink_empty(state: StateCore) -> None:
    """Take away links to nowhere, which the validation of links is not asked about; their words stay."""
    for token in state.tokens:
        # A link has no link in it: the next end is its own.
        kept, nowhere = [], False
        for child in token.children or ():
            if child.type == "link_open":
                nowhere = not child.attrGet("href")
            if not (nowhere and child.type in {"link_open", "link_close"}):
                kept.append(child)
        token.children = kept


def _written(link: str) -> str:
    """Return a link as it stands in HTML: what is beyond ASCII by its bytes, which browsers read.

    The library would turn a name into ASCII and back, which takes the square of its length.
    """
    return quote(link, safe=_SAFE)


def _leads_outside(link: str) -> bool:
    return _LINK.fullmatch(link) is not None


def _markdown() -> MarkdownIt:
    options = {"html": False, "breaks": True, "maxNesting": _DEEPEST}
    made = MarkdownIt("zero", options).enable([*_RULES])
    made.core.ruler.push("lower_headings", _lower_headings)
    made.core.ruler.push("unlink_empty", _unlink_empty)
    made.normalizeLink = _written  # type: ignore[assignment, method-assign]
    made.normalizeLinkText = str  # type: ignore[method-assign, assignment]
    made.validateLink = _leads_outside  # type: ignore[assignment, method-assign]  # documented for this
    return made


_KEPT: Final = Kept(render, MOST_KEPT_BYTES)
_MARKDOWN: Final = _markdown()
_CLEANER: Final = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    link_rel=REL,
    url_schemes=set(SCHEMES),
    url_relative="deny",
    # Whichever way a paragraph is written, it is read that way, and turns nothing around it.
    set_tag_attribute_values={"a": {"target": "_blank"}, **{tag: {"dir": "auto"} for tag in _BLOCKS}},
)
