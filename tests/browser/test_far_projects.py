"""Projects beyond the mile: listed by reach and distance, each in one place."""

import re

from playwright.sync_api import expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import Street
from tests.browser.garden import (
    publish,
)


def test_far_projects_are_listed_by_reach_and_the_avatar_goes_there_and_back(street: Street) -> None:
    owner = street.house.join("Odile")
    near = street.here.away(north_m=20_000)
    street.house.publish(owner, "Tondre la pelouse", street.here)
    publish(street, owner, "Une forêt comestible", at=near, reach="regional")
    publish(street, owner, "Un lavoir du village", at=near, reach="local")
    bo = street.visitor()
    expect(bo.page.get_by_role("heading", name="Plus loin")).to_have_count(0)

    bo.page.get_by_role("button", name=re.compile("^Projets")).click()
    region = bo.page.get_by_role("list", name="Dans la région")
    expect(region.get_by_role("link", name="Une forêt comestible")).to_contain_text("20 km")
    expect(bo.page.get_by_text("Un lavoir du village")).to_have_count(0)
    expect_no_violation(bo.page)
    bo.page.get_by_role("button", name="Y emmener mon avatar : « Une forêt comestible »").click()

    expect(bo.card("Une forêt comestible")).to_be_visible()
    expect(bo.card("Un lavoir du village")).to_be_visible()
    expect(region.get_by_text("Une forêt comestible")).to_have_count(0)
    bo.page.get_by_role("button", name="Revenir où j’étais").click()
    expect(region.get_by_role("link", name="Une forêt comestible")).to_contain_text("20 km")
    assert not any(f"{near.lat:.4f}" in url for url in bo.requests)


def test_where_nobody_is_near_a_far_project_stands_in_one_place(street: Street) -> None:
    owner = street.house.join("Odile")
    publish(street, owner, "Un moulin à vent", at=street.here.away(north_m=20_000), reach="regional")
    street.house.publish(owner, "Tondre la pelouse", street.here.away(north_m=6_000))
    bo = street.visitor()

    bo.page.get_by_role("button", name=re.compile("^Projets")).click()

    expect(bo.page.get_by_role("list", name="Dans la région")).to_contain_text("Un moulin à vent")
    nearest = bo.page.get_by_role("list", name="Les plus proches")
    expect(nearest).to_contain_text("Tondre la pelouse")
    expect(bo.page.get_by_role("link", name="Un moulin à vent")).to_have_count(1)


def test_far_projects_are_one_step_away_however_much_is_near(street: Street) -> None:
    owner = street.house.join("Odile")
    for number in range(45):
        street.house.publish(owner, f"Tondre la pelouse {number}", street.here)
    publish(street, owner, "Un verger pour le canton", at=street.here.away(north_m=20_000), reach="regional")
    bo = street.visitor()
    bo.page.get_by_role("button", name=re.compile("^Projets")).click()

    bo.page.get_by_role("button", name=re.compile(r"^\d+ projets? plus loin$")).click()

    expect(bo.page.get_by_role("heading", name="Plus loin", exact=True)).to_be_focused()
    expect(bo.page.get_by_role("link", name="Un verger pour le canton")).to_be_in_viewport()
