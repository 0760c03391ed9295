"""What the server makes of them without a browser: it refuses some, and hands the others on as text."""

import csv
import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import httpx
import pytest

from geo.position import Point
from geo.privacy import home_cell
from server import mail
from server.app import OPERATIONS
from server.articles.rendering import TAGS
from server.bodies import JSON
from server.ids import new_id
from server.mail import Letter
from server.settings import Settings
from tests.browser.hostile.fields import text_fields, with_text
from tests.browser.hostile.looking import HERE
from tests.browser.hostile.mischief import EMAIL, KEY, Mischief
from tests.browser.hostile.texts import REFUSED, TEXTS, line
from tests.browser.hostile.watch import Outline

# A secret, a code that nobody gave out: they are compared with ours, and never shown.
COMPARED = {("POST /api/members", "invitation"), ("DELETE /api/me", "confirm")}


def test_every_field_that_takes_a_text_has_had_one(mischief: Mischief) -> None:
    assert text_fields() - {*mischief.asked} == set()


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
