"""Whatever is written, what is shown of it has few tags, leads outside only, and is there at once."""

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from realtime.refusals import Invalid
from server.articles import rendering
from server.articles.rendering import REL, cost, html_of, render, require_renderable, words_of
from tests.counting import calls

LONGEST = 20_000
ATTRIBUTES = {"a": {"href", "rel", "target"}, "ol": {"dir", "start"}, "hr": set[str](), "br": set[str]()}
VOID = {"hr", "br"}
INLINE = {"strong", "em", "s", "code", "a"}
DEEPEST = 24


class Reader(HTMLParser):
    """Reads HTML as a browser would, and notes what should not be there."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag and its attributes."""
        names = [name for name, _ in attrs]
        allowed = set() if tag in INLINE - {"a"} else ATTRIBUTES.get(tag, {"dir"})
        if tag not in rendering.TAGS or {*names} - allowed or len({*names}) != len(names):
            self.wrong.append(f"<{tag} {names}>")
        given = dict(attrs)
        if tag == "a":
            # An address that no browser could read is taken away.
            self.links += [link] if (link := given.get("href")) is not None else []
            if (given.get("rel"), given.get("target")) != (REL, "_blank"):
                self.wrong.append(f"a link that leads here: {given}")
        if given.get("dir", "auto") != "auto" or not (given.get("start") or "1").isdigit():
            self.wrong.append(f"<{tag} {given}>")
        if tag not in VOID:
            self.open.append(tag)
            if len(self.open) > DEEPEST:
                self.wrong.append("deeper than anybody reads")

    def handle_endtag(self, tag: str) -> None:
        """Look at the end of a tag."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Note what is read."""
        self.text += data

    def handle_comment(self, data: str) -> None:
        """Note that something is hidden."""
        self.wrong.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        """Note that something is declared."""
        self.wrong.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        """Note that somebody is instructed."""
        self.wrong.append(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        """Note that something is declared otherwise."""
        self.wrong.append(f"<![{data}>")


def read(html: str) -> Reader:
    """Return what a reader found in `html`, having seen that nothing of it is dangerous."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.wrong == [], html
    assert reader.open == [], html
    for link in reader.links:
        assert link.lower().startswith(("http://", "https://", "mailto:")), link
        assert not set(link) & set(" \n\t\"'<>`\\"), link
    return reader


SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{background:url(//evil.example)}</style>",
    "<!-- <b> -->",
    "<![CDATA[<b>]]>",
    "<?php echo 1 ?>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form action=//evil.example><input name=password><button>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<x onclick=alert(1) style=position:fixed id=app class=modal>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](  javascript:alert(1))",
    "[x](\x0bjavascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61vascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/api/session)",
    "[x](\\\\evil.example)",
    "[x](?q=1)",
    "[x](#main)",
    "[x]()",
    "[x](http:javascript)",
    "[x](https:///evil)",
    '[x](http://a.b"onmouseover=alert(1))',
    "[x](http://a.b 'onmouseover=alert(1)')",
    "[x](<http://a.b onmouseover=alert(1)>)",
    '[x](http://a.b "><script>alert(1)</script>")',
    '[x](http://a.b/"><img/src=x>)',
    "[a][x]\n\n[x]: javascript:alert(1)",
    "[x]: http://a.b 'title'\n\n[x]",
    "<javascript:alert(1)>",
    '<http://a.b/"onclick=alert(1)>',
    "<mailto:a@b.c?subject=x&body=y>",
    "![x](http://evil.example/pixel.gif)",
    "![x](javascript:alert(1))",
    "[![x](http://evil.example/p.gif)](http://a.b)",
    '```"><script>alert(1)</script>\nx\n```',
    "```js onclick=alert(1)\n</code></pre><script>alert(1)</script>\n```",
    "`</code><script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "| a |\n|---|\n| <script> |",
    "# <script>alert(1)</script> #",
    "Titre\n=====\n<b>x</b>\n-----",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "&NotAnEntity; &#0; &#x110000; &#xD800;",
    "*<b>*</b>*",
    "**bold *both** italic*",
    "[*a](http://x.y)*",
    "[a [b](http://c.d) e](http://f.g)",
    "~~a ~b~~ c~",
    "999999999. a\n1000000000. b\n-1. c",
    "1) a\n\n- b\n  1. c\n     > d\n     > ```\n     > e",
    "\u202egnp.exe\u202c [\u202eevil](http://a.b/\u202e)",
    "Z\u0301\u0302\u0303\u0304 a\u200db\ufeff\u2028c\u2029d",
    "[m](MAILTO:a@b.c) [h](HTTPS://A.B) <HTTP://A.B>",
    "[idn](https://аррӏе.com) [é](https://été.fr/é?à#ç)",
    "\\<script\\> \\[x\\](javascript:1) \\*a\\*",
]


@pytest.mark.parametrize("text", SCRIPTS)
def test_no_trick_gets_through(text: str) -> None:
    made = html_of(text)

    read(made)
    assert "<script" not in made.lower()
    assert "<img" not in made.lower()


SIGNS = st.sampled_from(
    [
        *"*_~`[]()<>!#-+|:&\\\"'=./@ \n\t1.ab\u202e\U0001f600é",
        *("](", "](http://a.b", "](javascript:", "<script>", "<b ", "onx=1", "&lt;", "&#x3c;"),
        *("```", "\n\n", "\n> ", "\n- ", "\n1. ", "  \n", "\n# "),
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(SIGNS, max_size=60).map("".join)))
@example("[" * 50 + "a" + "](http://a.b)" * 50)
@example("> " * 60 + "a")
@example("".join("  " * depth + "- a\n" for depth in range(60)))
def test_whatever_is_written_only_what_is_allowed_is_shown(text: str) -> None:
    read(html_of(text))


@given(st.lists(SIGNS, max_size=60).map("".join))
def test_without_the_first_library_the_second_would_do(text: str) -> None:
    made = rendering._CLEANER.clean(text)

    assert {*_tags(made)} <= rendering.TAGS


def _tags(html: str) -> list[str]:
    found: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
            found.append(tag)

    Tags().feed(html)
    return found


def test_an_article_reads_as_it_was_meant() -> None:
    text = (
        "# Le four\n\nDu **pain** *chaud* ~~froid~~ dès 7 h,\nrue `du Sauvage`.\n\n## Horaires\n\n"
        "- lundi\n- mardi\n\n3. trois\n4. quatre\n\n> « Bon ! »\n\n---\n\n[Le site](https://four.example/é)\n\n"
        "### Détail\n\n```\na < b\n```"
    )

    assert html_of(text) == (
        '<h3 dir="auto">Le four</h3>\n'
        '<p dir="auto">Du <strong>pain</strong> <em>chaud</em> <s>froid</s> dès 7 h,<br>\n'
        "rue <code>du Sauvage</code>.</p>\n"
        '<h4 dir="auto">Horaires</h4>\n'
        '<ul dir="auto">\n<li dir="auto">lundi</li>\n<li dir="auto">mardi</li>\n</ul>\n'
        '<ol start="3" dir="auto">\n<li dir="auto">trois</li>\n<li dir="auto">quatre</li>\n</ol>\n'
        '<blockquote dir="auto">\n<p dir="auto">« Bon ! »</p>\n</blockquote>\n'
        "<hr>\n"
        f'<p dir="auto"><a href="https://four.example/%C3%A9" target="_blank" rel="{REL}">Le site</a></p>\n'
        '<h5 dir="auto">Détail</h5>\n'
        '<pre dir="auto"><code>a &lt; b\n</code></pre>\n'
    )
    assert " ".join(words_of(html_of(text)).split()) == (
        "Le four Du pain chaud froid dès 7 h, rue du Sauvage. Horaires lundi mardi trois quatre"
        " « Bon ! » Le site Détail a < b"
    )


def test_headings_miss_no_level_whichever_an_article_begins_with() -> None:
    text = "## Le four\n\n#### Horaires\n\n## Venir\n\n##### À pied\n\n###### Ou pas"

    assert _tags(html_of(text)) == ["h3", "h4", "h3", "h5", "h5"]


# Each again and again up to the longest text: what takes the libraries longest.
NASTY = {
    "emphasis": "*a*",
    "emphasis that never ends": "*a **a ",
    "both kinds": "*_",
    "brackets": "[",
    "links": "[a](http://a.b)",
    "links that are none": "[a](",
    "links in links": "[[a](http://a.b)",
    "addresses": "<http://a.b>",
    "titles": "[a](http://a.b 'x')",
    "items": "- a\n",
    "items of emphasis": "- *a*\n",
    "numbers": "1. a\n",
    "empty items": "-\n",
    "loose items": "- a\n\n",
    "quotes": ">",
    "quoted items": "> > > - a\n",
    "paragraphs": "a\n\n",
    "lines": "a\n",
    "headings": "# a\n",
    "fences": "```\n",
    "code": "`a`",
    "strikes": "~~a~~",
    "entities": "&",
    "escapes": "\\*",
    "tags": "<b>",
    "quotation marks": '"',
    "colons": "a: ",
    "hyphens": "-a",
    "exclamations": "!",
    "marks of all kinds": "![*_`<&:](~~\\#",
    "items in items": "> - > - > - > - a\n",
    "numbers in numbers": "1. 1. 1. 1. a\n",
    "quotations in quotations": "> > > > > > a\n\n",
    "names beyond ASCII": f"<https://{'é' * 40}.fr> ",
    "narrow spaces": "\u00a0a",
    "smileys": "\U0001f600",
    "tabs": "\t",
    "levels": "",
    "backticks": "",
}
LEVELS = {
    "levels": "".join("  " * (n % 200) + "- a\n" for n in range(2_000)),
    "backticks": " ".join("`" * n for n in range(1, 200)),
}


# Some 30 ms; without a bound 20,000 brackets take 3,000,000 calls.
MOST_CALLS = 600_000


@pytest.mark.parametrize("name", NASTY)
def test_the_worst_text_that_is_taken_is_no_great_work(name: str) -> None:
    whole = (NASTY[name] * LONGEST or LEVELS[name])[:LONGEST]
    text = whole[: longest_taken(whole)]

    assert calls(lambda: render(text)) < MOST_CALLS
    assert calls(lambda: render(whole)) < MOST_CALLS


def test_what_is_in_something_else_on_its_line_counts_as_that_does() -> None:
    for beginning in ("- ", "1. ", "* ", "> ", "> - "):
        assert cost(beginning * 5 + "a") == 5 * cost(f"{beginning}a")

    assert longest_taken("> > > > > > a\n\n" * 1_500) < 5_000


def longest_taken(text: str) -> int:
    """Return how many characters of `text` are just not too intricate."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if cost(text[:middle]) <= rendering.MOST_COST else (low, middle - 1)
    return low


def test_a_long_article_of_the_usual_kind_is_taken() -> None:
    section = (
        "## Une rubrique\n\nVenez **nombreux** à la *Filature*, [le programme](https://filature.example) y"
        " est. Il y aura du café, des gâteaux, et de quoi lire jusqu’au soir\u202f; les enfants sont les"
        " bienvenus, l’entrée est libre.\n\n- samedi\n- dimanche\n\n"
    )
    text = section * (16_000 // len(section))

    require_renderable(text)

    assert len(read(html_of(text)).links) == 16_000 // len(section)


@pytest.mark.parametrize("text", ["*a*" * 6_000, "[a](http://a.b)" * 1_300, "- a\n" * 5_000])
def test_what_is_too_intricate_is_refused_and_shown_as_the_text_that_it_is(text: str) -> None:
    with pytest.raises(Invalid, match="article_too_intricate"):
        require_renderable(text)

    assert read(html_of(text)).text == text
