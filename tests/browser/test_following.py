"""«Suivre»: the addresses by which a mile, a member and a project are followed in other programs."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import Street
from tests.browser.garden import publish


def addresses(page: Page) -> list[str]:
    """Return the addresses that the open dialog shows."""
    fields = page.get_by_role("dialog").get_by_role("textbox")
    expect(fields.first).to_be_visible()
    shown = [field.input_value() for field in fields.all()]
    return [one for one in shown if one.startswith("http")]


def follow(page: Page) -> None:
    """Ask how to follow what the panel shows, which lies over the list."""
    buttons = page.get_by_role("button", name="Suivre")
    expect(buttons).to_have_count(2)
    buttons.last.click()


def test_a_mile_is_followed_by_addresses_that_do_not_tell_where_the_avatar_stands(street: Street) -> None:
    ana = street.house.join("Ana")
    street.house.publish(ana, "Tondre la pelouse", street.here)
    reader = street.visitor()

    reader.page.get_by_role("button", name="Suivre").click()

    found = addresses(reader.page)
    assert [re.sub(r"\d+-\d+", "CELL", one.removeprefix(street.house.address)) for one in found] == [
        "/feeds/mile/CELL.atom?layers=request,offer",
        "/feeds/mile/CELL.ics",
        "/feeds/mile/CELL.geojson?layers=request,offer",
    ]
    assert "Tondre la pelouse" in httpx.get(found[0]).text
    assert [httpx.get(one).status_code for one in found] == [200, 200, 200]
    frame = reader.page.get_by_role("dialog").get_by_label("Petite carte pour votre site")
    expect(frame).to_have_value(re.compile(r'<iframe\s+title="[^"]+"\s+src="[^"]+/embed\?cell=\d+-\d+'))
    expect_no_violation(reader.page)


def test_a_member_is_followed_from_their_page(street: Street) -> None:
    ana = street.house.join("Ana")
    street.house.publish(ana, "Tondre la pelouse", street.here)
    reader = street.comes()
    reader.page.goto(f"{street.house.address}/membres/{ana.id}")

    follow(reader.page)

    found = addresses(reader.page)
    assert {one.rpartition(".")[0] for one in found} == {f"{street.house.address}/feeds/members/{ana.id}"}
    assert "Tondre la pelouse" in httpx.get(found[0]).text


def test_a_project_is_followed_from_its_page(street: Street) -> None:
    project = publish(street, street.house.join("Ana"), "Un four à pain")
    reader = street.comes()
    reader.page.goto(f"{street.house.address}/annonces/{project['id']}")

    follow(reader.page)
    expect(reader.page.get_by_role("dialog", name="Suivre « Un four à pain »")).to_be_visible()

    found = addresses(reader.page)
    assert {one.rpartition(".")[0] for one in found} == {
        f"{street.house.address}/feeds/projects/{project['id']}"
    }
    assert [httpx.get(one).status_code for one in found] == [200, 200, 200]
