"""What people write is text, whatever it looks like: in every field that there is, wherever it is shown."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest
from playwright.sync_api import Page, expect

from geo.position import Point
from geo.privacy import home_cell
from server import mail
from server.app import OPERATIONS
from server.articles.rendering import TAGS
from server.bodies import JSON
from server.edge.browser import PATHS
from server.ids import new_id
from server.listings.previews import BY_PATH
from server.mail import Letter
from server.settings import Settings
from tests.browser.conftest import Street
from tests.browser.fields import text_fields, with_text
from tests.browser.hostile import ELSEWHERE, JS, REFUSED, TEXTS, line, packed
from tests.browser.house import Account, House, Spot
from tests.browser.mischief import AGENT, EMAIL, KEY, Mischief
from tests.browser.neighbour import ZOOM, Neighbour
from tests.browser.watch import NOT_OF_AN_ARTICLE, Outline, Watch

HERE = Spot(-2.5, 47.5)
# A secret, a code that nobody gave out: they are compared with ours, and never shown.
COMPARED = {("POST /api/members", "invitation"), ("DELETE /api/me", "confirm")}


@pytest.fixture(scope="module")
def mischief(house_of_module: House) -> Mischief:
    """A house in which every text stands in every field."""
    house_of_module.start()
    return Mischief(house_of_module, HERE)


@pytest.fixture
def street(mischief: Mischief, street_of: Callable[[House], Street]) -> Street:
    """The street of that house."""
    return street_of(mischief.house)


def watched(street: Street, account: Account | None = None) -> tuple[Neighbour, Watch]:
    """Let somebody come who is watched."""
    person = street.comes(account)
    return person, Watch(person)


def go(page: Page, path: str) -> None:
    """Open another panel, as the browser's own buttons do: without loading the page again."""
    page.evaluate(
        "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')) }", path
    )


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


def test_every_field_that_takes_a_text_has_had_one(mischief: Mischief) -> None:
    assert text_fields() - {*mischief.asked} == set()


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


def test_each_text_is_a_note_a_word_of_thanks_and_the_last_word_of_a_dialog(
    mischief: Mischief, street: Street
) -> None:
    ana, watch = watched(street, mischief.ana)
    ana.visit(f"/messages/{mischief.dialog}")
    expect(ana.log.locator("q").first).to_be_visible()
    watch.expect_harmless()

    go(ana.page, "/messages")
    rows = ana.page.get_by_role("main").locator("a.row")
    expect(rows.first).to_be_visible()
    assert f"<script>{JS}</script>" in ana.page.get_by_role("main").inner_text()
    watch.expect_harmless()

    go(ana.page, f"/membres/{mischief.ana.id}")
    expect(ana.panel("Membre").locator("blockquote").first).to_be_visible()
    watch.expect_harmless()

    go(ana.page, "/smiles")
    expect(ana.statement.first).to_be_visible()
    watch.expect_harmless()


def test_each_text_is_read_by_moderators_and_is_their_reason(mischief: Mischief, street: Street) -> None:
    josiane, watch = watched(street, mischief.josiane)
    josiane.visit("/moderation")
    lines = josiane.page.get_by_role("article")
    expect(lines.first).to_be_visible()
    earlier = josiane.page.get_by_role("button", name="Voir plus ancien")
    while earlier.count():
        shown = lines.count()
        earlier.click()
        expect(lines).not_to_have_count(shown)
    assert lines.count() > len(TEXTS)
    watch.expect_harmless()

    go(josiane.page, "/moderation/journal")
    expect(josiane.page.locator("p.reason").first).to_be_visible()
    given = {unicodedata.normalize("NFC", reason) for reason in mischief.reasons}
    assert given <= set(josiane.page.locator("p.reason").all_text_contents())
    watch.expect_harmless()


def test_who_wrote_it_reads_it_among_their_own(mischief: Mischief, street: Street) -> None:
    author, watch = watched(street, mischief.members[0])
    author.visit("/mes-annonces")
    expect(author.page.get_by_text("Masquée par la modération")).to_be_visible()
    watch.expect_harmless()

    go(author.page, f"/annonces/{mischief.hidden['id']}")
    expect(author.page.get_by_role("heading", name="Sans intérêt", level=2)).to_be_visible()
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


def test_members_called_by_such_names_have_a_page_and_a_title(mischief: Mischief, street: Street) -> None:
    reader, watch = watched(street)
    reader.look(HERE)

    for member in mischief.members[::25]:
        name = mischief.cards[mischief.members.index(member)]["author"]["name"]
        go(reader.page, f"/membres/{member.id}")
        expect(reader.panel("Membre").get_by_role("heading", level=2)).to_have_text(name)
        assert reader.page.title().startswith(" ".join(name.split()))
    watch.expect_harmless()


def test_the_head_of_a_page_holds_them_and_no_tag_of_theirs(mischief: Mischief) -> None:
    with httpx.Client(base_url=mischief.house.address, timeout=60) as client:
        usual = set(Outline(client.get("/").text).tags)
        previewed = {
            ("meta", f"og:{name}", "content", "property") for name in ("description", "image", "image:alt")
        }
        usual |= {("meta", "content", "name")}
        paths = [f"/annonces/{one['id']}" for one in (*mischief.cards, *mischief.mags, *mischief.projects)]
        paths += [f"/membres/{one.id}" for one in mischief.members[::10]]
        pages = [client.get(path).raise_for_status().text for path in paths]

    foreign = [tag for page in pages for tag in Outline(page).tags if tag not in usual | previewed]
    assert foreign == []


def texts_of_feeds(client: httpx.Client, mischief: Mischief) -> Iterator[ElementTree.Element]:
    """Yield the entries of the feeds of mags' author, of a project and of who is called by a text."""
    members = [mischief.members[1].id, *(one.id for one in mischief.members[::40])]
    paths = [f"/feeds/members/{one}.atom?layers=request,offer,mag,project" for one in members]
    for path in (*paths, f"/feeds/projects/{mischief.projects[0]['id']}.atom"):
        yield from ElementTree.fromstring(client.get(path).raise_for_status().content)


def test_a_feed_hands_them_on_as_text_and_clean_articles(mischief: Mischief) -> None:
    with httpx.Client(base_url=mischief.house.address, timeout=60) as client:
        contents = [
            one
            for entry in texts_of_feeds(client, mischief)
            for one in entry.iter()
            if one.get("type") == "html"
        ]
        calendar = client.get(f"/feeds/members/{mischief.members[1].id}.ics").raise_for_status().text

    tags = [tag[0] for one in contents for tag in Outline(one.text or "").tags]
    assert contents
    assert [tag for tag in tags if tag not in {*TAGS, "img"}] == []
    lines = calendar.replace("\r\n ", "").split("\r\n")
    assert lines.count("BEGIN:VEVENT") == len(mischief.mags)
    assert {one.partition(":")[0].partition(";")[0] for one in lines} & {
        "ATTENDEE",
        "ATTACH",
        "Set-Cookie",
    } == set()


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


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_nobody_could_read_is_refused_in_every_field(text: str, mischief: Mischief) -> None:
    with httpx.Client(base_url=mischief.house.address, timeout=60) as client:
        for (name, field), asked in mischief.asked.items():
            if asked.body is None or name == "send" or (name, field) in COMPARED:
                continue
            headers = {"Origin": mischief.house.address, "Idempotency-Key": new_id()}
            if asked.by is not None:
                headers["Cookie"] = f"onemile={asked.by.token}"
            body = with_text(asked.body, field, text)

            answer = client.request(asked.method, asked.path, json=body, headers=headers)

            assert answer.status_code == 422, (name, field, answer.text)
            assert field.rpartition(".")[2] in answer.text, (name, field, answer.text)


def test_a_link_in_a_message_leads_only_to_the_web_and_tells_nothing_of_us(street: Street) -> None:
    ana = street.house.join("Ana")
    listing = street.house.publish(ana, "Un bon livre", street.here)
    street.house.say(ana, listing["thread"], "Voir https://exemple.fr/livre, ou javascript:alert(1)")
    visitor = street.visitor()
    visitor.open("Un bon livre")

    links = visitor.log.get_by_role("link")

    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://exemple.fr/livre")
    assert "noreferrer" in (links.get_attribute("rel") or "").split()


ALL_LAYERS = "request,offer,mag,project"


def look_at(person: Neighbour, layers: str, here: Spot = HERE, zoom: int = ZOOM) -> None:
    """Look from `here` at some layers."""
    person.visit(f"/?lon={here.lon}&lat={here.lat}&z={zoom}&layers={layers}")


def ids(mischief: Mischief) -> dict[str, str]:
    """What stands in the addresses of the pages."""
    return {"conversation": mischief.dialog, "exchange": mischief.dispute, "id": mischief.projects[0]["id"]}


@pytest.mark.parametrize("reader", ["a visitor", "who exchanges", "the team", "a moderator", "Mallory"])
def test_no_page_of_the_app_makes_more_of_them(reader: str, mischief: Mischief, street: Street) -> None:
    accounts = {
        "a visitor": None,
        "who exchanges": mischief.ana,
        "the team": mischief.members[2],
        "a moderator": mischief.josiane,
        "Mallory": mischief.mallory,
    }
    person, watch = watched(street, accounts[reader])
    look_at(person, ALL_LAYERS)

    listings = (mischief.cancelled, mischief.hidden, mischief.lessons, mischief.mags[0], mischief.projects[0])
    pages = [path.format(**ids(mischief)) for path in PATHS]
    pages += [f"/annonces/{one['id']}" for one in listings]
    pages += [f"/membres/{one.id}" for one in (mischief.ana, mischief.mallory, mischief.members[2])]
    assert {*BY_PATH} == {"/annonces/{id}", "/membres/{id}"}
    for path in pages:
        go(person.page, path)
        expect(person.page.locator("main .skeleton")).to_have_count(0)
        watch.expect_harmless()


def test_moderators_read_a_dispute_with_its_words_and_the_dialog_that_is_shared(
    mischief: Mischief, street: Street
) -> None:
    josiane, watch = watched(street, mischief.josiane)
    josiane.visit(f"/moderation/litiges/{mischief.dispute}")

    expect(josiane.page.get_by_text(mischief.notes[0][:60]).first).to_be_visible()
    expect(josiane.page.get_by_text(mischief.notes[-1][:40]).first).to_be_attached()
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


def test_a_browser_is_called_as_it_says_and_so_is_the_note_that_it_was_signed_out(
    mischief: Mischief, street: Street
) -> None:
    mallory, watch = watched(street, mischief.mallory)
    mallory.visit("/profil")
    expect(mallory.panel("Votre profil").get_by_text(EMAIL)).to_be_visible()
    mallory.page.get_by_role("button", name=AGENT).first.click()

    expect(mallory.page.get_by_role("status", name="Annonces de la page")).to_contain_text(
        AGENT.partition("/")[0]
    )
    watch.expect_harmless()


def test_an_address_search_may_find_anything(street: Street) -> None:
    reader, watch = watched(street)
    place = {"lon": HERE.lon, "lat": HERE.lat}
    found = [{"label": text, "context": text, "place": place} for text in TEXTS]
    reader.page.route("**/api/places", lambda route: route.fulfill(json={"places": found}))
    reader.look(HERE)

    reader.page.get_by_role("combobox", name="Rechercher une adresse").press_sequentially("rue")
    options = reader.page.get_by_role("option")
    expect(options).to_have_count(len(TEXTS))
    options.first.click()

    expect(options).to_have_count(0)
    watch.expect_harmless()


@pytest.mark.parametrize(
    "address",
    [
        "/?lon={0}&lat={0}&z={0}&layers={0}&scale={0}&lang={0}&locale={0}&next={0}#{0}",
        "/rejoindre?invitation={0}#{0}",
        "/smiles?achat={0}",
        "/connexion?next={1}&retour={1}&redirect={1}&path={1}",
        "/bienvenue?next={1}#{0}",
        "/projets/{id}/equipe?{0}#{0}",
        "/annonces/{0}?{0}",
        "/membres/{0}",
        "/messages/{0}",
        "/moderation/litiges/{0}",
        "/embed?cell={0}&layers={0}&scale={0}&locale={0}&theme={0}#{0}",
        "/embed?cell={1}&locale=fr%22%3E{0}",
        "//{1}/",
        "/%2F{1}/..",
        "/\\{1}/connexion/",
        "/connexion//{1}",
        "/{0}",
        "/api?{0}",
        "/status?{0}",
        "/dev/mail?{0}",
    ],
)
def test_an_address_is_no_script_and_leads_nowhere_else(
    address: str, mischief: Mischief, street: Street
) -> None:
    person, watch = watched(street)
    texts = (quote(f'"><img src=x onerror={JS}>', safe=""), ELSEWHERE)
    project = mischief.projects[0]["id"]

    person.page.goto(mischief.house.address + address.format(*texts, id=project), wait_until="networkidle")

    assert person.page.url.startswith(f"{mischief.house.address}/")
    watch.expect_harmless()


def test_a_link_that_signs_in_leads_back_to_our_own_page(mischief: Mischief, street: Street) -> None:
    person, watch = watched(street)
    person.visit(f"/connexion?next=//{ELSEWHERE}&retour=javascript:{JS}")

    person.sign_in(mischief.bo)

    expect(person.smiles).to_be_visible()
    assert person.page.url.startswith(f"{mischief.house.address}/?")
    watch.expect_harmless()


def test_letters_have_the_tags_of_any_letter(mischief: Mischief) -> None:
    def tags(words: str) -> list[tuple[str, ...]]:
        params: dict[str, str | int] = {"title": words, "other": words, "reason": words, "smiles": 2}
        letter = Letter("exchange_asked", EMAIL, words, "fr", params, f"{mischief.house.address}/annonces/1")
        page = mail.written(Settings(), letter)[0].get_body(("html",))
        assert page is not None
        return Outline(page.get_content()).tags

    usual = tags("Ana")

    assert [text for text in TEXTS if tags(line(text, 80)) != usual] == []


def test_what_is_no_page_is_read_as_none(mischief: Mischief) -> None:
    headers = {"Cookie": f"onemile={mischief.ana.token}"}
    cell = home_cell(Point(HERE.lon, HERE.lat))
    subjects = {
        "members": mischief.members[1].id,
        "listings": mischief.mags[0]["id"],
        "projects": mischief.projects[0]["id"],
    }
    with httpx.Client(base_url=mischief.house.address, timeout=60, headers=headers) as client:
        for one in OPERATIONS:
            if one.content == JSON or one.method != "GET":
                continue
            subject = subjects.get(one.path.split("/")[2], "")
            around = {"bbox": "-3,47,-2,48"} if one.path == "/api/listings" else None
            answer = client.get(one.path.format(id=subject, cell=cell), params=around)
            assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff"), (
                one.path
            )
            assert answer.headers["content-type"] == one.content
            assert "default-src" in answer.headers["content-security-policy"]


def test_a_file_is_called_by_a_title_and_its_head_has_nothing_else(mischief: Mischief) -> None:
    with httpx.Client(base_url=mischief.house.address, timeout=60) as client:
        heads = [client.get(f"/feeds/listings/{one['id']}.ics").headers for one in mischief.mags]

    for head in heads:
        assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.~%-]+", head["content-disposition"])
        assert "set-cookie" not in head


def test_no_cell_of_ones_statement_is_a_formula(mischief: Mischief) -> None:
    path = "/api/me/smiles/statement.csv"
    sheet = mischief.house.ask("GET", path, account=mischief.ana).content.decode("utf-8-sig")

    for delimiter in ";,\t":
        cells = [cell for row in csv.reader(io.StringIO(sheet), delimiter=delimiter) for cell in row]
        assert [cell for cell in cells if re.match(r"[=+@]|-\D", cell)] == []


def test_geojson_holds_the_titles_as_they_are(mischief: Mischief) -> None:
    path = f"/feeds/members/{mischief.members[2].id}.geojson?layers=project"
    answer = mischief.house.ask("GET", path)

    titles = {one["properties"]["title"] for one in answer.json()["features"]}

    assert {one["title"] for one in mischief.projects} <= titles
    assert KEY not in answer.headers.values()


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
