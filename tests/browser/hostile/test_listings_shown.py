"""What browsers show of listings that hold them: cards, pages, articles, projects, pins."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from geo.position import Point
from geo.privacy import home_cell
from server.articles.rendering import TAGS
from server.ids import new_id
from tests.browser.conftest import Street
from tests.browser.hostile.looking import ALL_LAYERS, HERE, go, look_at, watched
from tests.browser.hostile.mischief import AGENT, Mischief
from tests.browser.hostile.texts import JS, TEXTS, packed
from tests.browser.hostile.watch import NOT_OF_AN_ARTICLE
from tests.browser.house import House


def test_each_text_is_a_title_on_a_card_and_a_name_below_it(mischief: Mischief, street: Street) -> None:
    reader, watch = watched(street)
    reader.look(HERE)
    published = {one["title"] for one in mischief.cards}

    while reader.cards.count() < len(TEXTS):
        reader.cards.last.scroll_into_view_if_needed()

    shown = set(reader.cards.locator(".title").all_text_contents())
    authors = set(reader.cards.locator(".author").all_text_contents())
    assert published <= shown
    assert {one["author"]["name"] for one in mischief.cards} <= authors
    assert f"<script>{JS}</script>" in shown
    watch.expect_harmless()


def test_each_text_stands_in_a_listing_as_it_was_typed(mischief: Mischief, street: Street) -> None:
    reader, watch = watched(street)
    reader.look(HERE)

    for listing in mischief.plain:
        go(reader.page, f"/annonces/{listing['id']}")
        text = reader.page.get_by_role("article").locator("p[dir=auto]").first
        expect(text).to_have_text(listing["text"], use_inner_text=False)
    watch.expect_harmless()


def test_each_text_is_the_words_of_a_mag_and_of_its_photos_and_comments(
    mischief: Mischief, street: Street
) -> None:
    reader, watch = watched(street)
    reader.look(HERE)
    photos = said = 0

    for mag in mischief.mags:
        go(reader.page, f"/annonces/{mag['id']}")
        expect(reader.page.get_by_role("heading", level=2).first).to_have_text(mag["title"])
        gallery = reader.page.get_by_role("list", name="Photos").locator("figcaption")
        expect(gallery).to_have_count(len(mag["photos"]))
        assert gallery.all_text_contents() == [photo["caption"] for photo in mag["photos"]]
        alts = reader.page.locator("figure img").evaluate_all("all => all.map(one => one.alt)")
        assert set(alts) >= {photo["alt"] for photo in mag["photos"]}
        under = [one["id"] for one in mischief.said if one["conversation"] == mag["thread"]]
        expect(reader.log.locator("p.text")).to_have_count(len(under))
        photos += len(mag["photos"])
        said += len(under)
        assert reader.page.evaluate(NOT_OF_AN_ARTICLE, sorted(TAGS)) == []
    reader.page.locator("figure button").first.click()
    expect(reader.page.locator("dialog[open] .caption")).to_have_text(
        mischief.mags[-1]["photos"][0]["caption"]
    )
    assert photos == len(packed(200))
    assert said == len(mischief.said)
    watch.expect_harmless()


def test_each_text_by_itself_is_an_article_of_nothing_but_what_an_article_may_have(
    mischief: Mischief, street: Street
) -> None:
    reader, watch = watched(street)
    reader.look(HERE)

    # As `Article` does, each in an element of its own, under the policy of the page.
    reader.page.evaluate(
        """all => {
          for (const html of all) {
            const article = document.createElement('div');
            article.className = 'article';
            const template = document.createElement('template');
            template.innerHTML = html;
            article.append(template.content.cloneNode(true));
            document.querySelector('main').append(article);
          }
        }""",
        mischief.articles,
    )

    expect(reader.page.locator("main > .article")).to_have_count(len(TEXTS))
    watch.expect_harmless()


@pytest.mark.parametrize("reader", ["a visitor", "a supporter", "the team"])
def test_each_text_is_the_words_of_a_project_and_of_who_supports_it(
    reader: str, mischief: Mischief, street: Street
) -> None:
    accounts = {"a visitor": None, "a supporter": mischief.members[3], "the team": mischief.members[2]}
    person, watch = watched(street, accounts[reader])
    person.look(HERE)

    for project in mischief.projects[: 6 if reader == "a visitor" else 1]:
        go(person.page, f"/annonces/{project['id']}")
        expect(person.page.get_by_role("heading", level=2).first).to_have_text(project["title"])
        words = JS if JS in project["text"] else "WWW"
        expect(person.page.get_by_role("article").first).to_contain_text(words)
    watch.expect_harmless()
    go(person.page, f"/annonces/{mischief.projects[0]['id']}")
    told = person.page.get_by_role("list", name="Nouvelles").locator("p.text")
    expect(told).to_have_count(len(mischief.sheets))
    expect(person.page.get_by_role("list", name="Merci à").locator("bdi")).to_have_count(50)
    if reader == "a supporter":
        expect(person.page.locator("p").get_by_text(mischief.sheets[0][:60]).first).to_be_attached()
    if reader == "the team":
        person.page.locator("article details summary").first.click()
        pledges = person.page.get_by_role("list", name="Promesses et smiles").locator("p.words")
        expect(pledges).to_have_count(len(packed(300)))
    watch.expect_harmless()


def test_who_supported_a_project_reads_why_it_was_cancelled(mischief: Mischief, street: Street) -> None:
    person, watch = watched(street, mischief.members[3])
    person.look(HERE, f"/annonces/{mischief.cancelled['id']}")

    expect(person.page.get_by_text(f"<img src=x onerror={JS}> \u202eAdieu")).to_be_visible()
    watch.expect_harmless()


def test_far_projects_are_called_by_them(street: Street) -> None:
    person, watch = watched(street)
    look_at(person, "project", HERE.away(east_m=60_000))
    far = person.page.get_by_role("list", name="Plus loin encore").get_by_role("listitem")

    expect(far.first).to_be_visible()
    watch.expect_harmless()
    far.first.get_by_role("button").click()
    expect(person.cards.first).to_be_visible()
    watch.expect_harmless()


def test_the_map_in_another_sites_page_shows_them_as_titles(mischief: Mischief, street: Street) -> None:
    reader, watch = watched(street)
    cell = home_cell(Point(HERE.lon, HERE.lat))
    reader.page.goto(f"{mischief.house.address}/embed?cell={cell}&locale=fr")
    titles = reader.page.get_by_role("region", name="Annonces, de la plus proche").locator(".title")

    expect(titles.first).to_be_visible()
    written = {one["title"] for one in (*mischief.cards, *mischief.mags, *mischief.projects, *mischief.plain)}
    shown = set(titles.all_text_contents()) & written
    assert len(shown) > 30
    watch.expect_harmless()


def test_what_arrives_while_one_looks_is_told_as_text(mischief: Mischief, street: Street) -> None:
    reader, watch = watched(street)
    reader.look(HERE, f"/annonces/{mischief.lessons['id']}")
    told = reader.page.locator("[aria-live=polite]").first
    title = f"{AGENT} {new_id()}"[:80]

    reader.note_when_seen(title)
    mischief.house.publish(mischief.ana, title, HERE)

    reader.page.evaluate("window.seenAt")
    expect(told).to_contain_text(AGENT)
    watch.expect_harmless()


def test_pins_on_the_map_are_called_by_them(
    mischief: Mischief, mapped_street_of: Callable[[House], Street]
) -> None:
    reader, watch = watched(mapped_street_of(mischief.house))
    look_at(reader, ALL_LAYERS, zoom=18)
    pins = reader.pins.get_by_role("button")

    expect(pins.first).to_be_visible()
    names = pins.evaluate_all("all => all.map(one => one.ariaLabel ?? one.textContent)")
    assert any(JS in name for name in names)
    pins.first.focus()
    pins.first.press("Enter")
    watch.expect_harmless()
