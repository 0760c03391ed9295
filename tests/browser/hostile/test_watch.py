"""Who watches a page misses nothing that must not be, and lets the rest pass."""

import pytest

from tests.browser.conftest import Street
from tests.browser.hostile.looking import HERE, watched


@pytest.mark.parametrize(
    "html",
    [
        "<img src=/photos/x onerror=x>",
        "<img src=/elsewhere.png>",
        "<a href=data:,x>clic</a>",
        "<iframe></iframe>",
        "<p>Mot de <b>\u202eAna</b> à Bo",
        "<p>Mot de <b>\u2067Ana\u202c</b> à Bo",
        "<div class=article><p id=config>x",
    ],
)
def test_who_watches_sees_what_must_not_be(html: str, street: Street) -> None:
    person, watch = watched(street)
    person.look(HERE)
    watch.expect_harmless()

    person.page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", html)

    with pytest.raises(AssertionError):
        watch.expect_harmless()
    person.errors.clear()


@pytest.mark.parametrize("html", ["<p>Mot de <bdi>\u202eAna</bdi> à Bo", "<pre>\u202ea\n<b>b"])
def test_who_watches_lets_pass_what_keeps_to_itself(html: str, street: Street) -> None:
    person, watch = watched(street)
    person.look(HERE)

    person.page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", html)

    watch.expect_harmless()
