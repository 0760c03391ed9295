"""Whoever comes for the first time sees the neighbourhood: no wall, no question, no need of a map."""

import base64
from typing import NamedTuple

from playwright.sync_api import Page, expect

from tests.browser.conftest import Street
from tests.browser.neighbour import PIXEL_M

MILE_M = 1609.344


class Colours(NamedTuple):
    """What a part of the screen shows: how many colours, and the most frequent one as red, green, blue."""

    different: int
    most: tuple[int, int, int]


def colours(page: Page, x: float, y: float, side: int) -> Colours:
    """Return what a square of the screen shows whose middle is `x`, `y`."""
    shot = page.screenshot(
        clip={"x": x - side / 2, "y": y - side / 2, "width": side, "height": side}, animations="disabled"
    )
    found = page.evaluate(
        """async png => {
          const bytes = Uint8Array.from(atob(png), one => one.charCodeAt(0));
          const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
          const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
          canvas.drawImage(image, 0, 0);
          const { data } = canvas.getImageData(0, 0, image.width, image.height);
          const counts = new Map();
          for (let at = 0; at < data.length; at += 4) {
            const colour = data.slice(at, at + 3).join();
            counts.set(colour, (counts.get(colour) ?? 0) + 1);
          }
          const most = [...counts].sort((a, b) => b[1] - a[1])[0][0].split(',').map(Number);
          return [counts.size, most];
        }""",
        base64.b64encode(shot).decode(),
    )
    red, green, blue = found[1]
    return Colours(found[0], (red, green, blue))


def test_a_first_visit_shows_list_and_map_at_once_and_asks_nothing(mapped_street: Street) -> None:
    ana = mapped_street.house.join("Ana")
    mapped_street.house.publish(ana, "Tondre la pelouse", mapped_street.here.away(east_m=350))

    visitor = mapped_street.visitor()

    expect(visitor.card("Tondre la pelouse")).to_contain_text("à 350 m")
    expect(visitor.pin("Demande : Tondre la pelouse, à 350 m, 2 smiles")).to_be_visible()
    expect(visitor.page.get_by_text("Déplacez votre avatar sur la carte")).to_be_visible()
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    assert visitor.page.evaluate(
        "navigator.permissions.query({ name: 'geolocation' }).then(asked => asked.state)"
    ) in {"prompt", "denied"}
    assert visitor.context.cookies() == []


def test_the_map_draws_the_mile_around_the_avatar(mapped_street: Street) -> None:
    visitor = mapped_street.visitor()
    expect(visitor.avatar).to_be_visible()
    box = visitor.avatar.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    # North-east by half a mile: inside; by a mile and a half: outside.
    near, far = (fraction * MILE_M / PIXEL_M * 0.7071 for fraction in (0.5, 1.5))

    inside = colours(visitor.page, x + near, y - near, 12)
    outside = colours(visitor.page, x + far, y - far, 12)

    assert colours(visitor.page, x, y, 400).different > 10  # not blank
    assert inside.most != outside.most
    assert sum(inside.most) > sum(outside.most)  # what is too far is dimmed


def test_without_webgl_the_list_says_all(street: Street) -> None:
    ana = street.house.join("Ana")
    street.house.publish(ana, "Tondre la pelouse", street.here.away(north_m=1200), smiles=5)

    visitor = street.visitor()

    card = visitor.card("Tondre la pelouse")
    expect(card).to_contain_text("Demande")
    expect(card).to_contain_text("à 1,2 km")
    expect(card).to_contain_text("Ana")
    expect(card).to_contain_text("5")
    expect(visitor.page.get_by_text("La carte ne peut pas s’afficher sur cet appareil.")).to_be_visible()
    visitor.open("Tondre la pelouse")
    expect(visitor.composer).to_be_focused()
