"""The small map in another site's page: live, known to nobody, and the only page that may be framed."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import FrameLocator, Page, Request, expect

from geo.position import Point
from geo.privacy import home_cell
from tests.browser.axe import expect_no_violation
from tests.browser.conftest import PHONE, Street

FRAME = 'iframe[title="1Mile"]'


class ForeignPage(BaseHTTPRequestHandler):
    """A page with a frame in it, whatever is asked."""

    def __init__(self, framed: str, *args: object) -> None:
        self._framed = framed
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer with the page."""
        body = (
            "<!doctype html><title>La mairie</title><h1>La mairie</h1>"
            f'<iframe title="1Mile" src="{self._framed}" width="600" height="400" loading="lazy"></iframe>'
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def town_hall(framed: str) -> Iterator[str]:
    """Serve a page of another site (another host name) that frames `framed`; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(ForeignPage, framed))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def embed_address(street: Street, query: str = "") -> str:
    cell = home_cell(Point(street.here.lon, street.here.lat))
    return f"{street.house.address}/embed?cell={cell}&locale=fr{query}"


def listed(frame: FrameLocator, title: str) -> object:
    return frame.get_by_role("region", name="Annonces, de la plus proche").get_by_role("link", name=title)


def watch_cookies(page: Page, house: str) -> list[str]:
    """Note what is asked of the house with a cookie."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith(house) and "cookie" in request.all_headers():
            sent.append(request.url)

    page.on("requestfinished", note)
    return sent


def test_a_town_halls_page_shows_the_pins_and_those_that_come_meanwhile(mapped_street: Street) -> None:
    street = mapped_street
    ana = street.house.join("Ana")
    street.house.publish(ana, "Tondre la pelouse", street.here.away(north_m=200))
    # Ana herself looks at the page: signed in, and a stranger in the frame all the same.
    reader = street.comes(ana)
    with town_hall(embed_address(street)) as address:
        cookies = watch_cookies(reader.page, street.house.address)
        reader.page.goto(address)
        frame = reader.page.frame_locator(FRAME)

        expect(frame.get_by_role("button", name="Demande : Tondre la pelouse")).to_be_visible()
        street.house.publish(ana, "Soupe", street.here.away(east_m=500), kind="offer", category="food")
        expect(frame.get_by_role("button", name="Offre : Soupe")).to_be_visible()

        expect(frame.get_by_role("button", name="2 annonces")).to_be_visible()
        expect(
            frame.get_by_text("OpenStreetMap").or_(frame.get_by_label("Sources de la carte"))
        ).not_to_have_count(0)
        with reader.context.expect_page() as opened:
            frame.get_by_role("button", name="Offre : Soupe").click()
        expect(opened.value.get_by_role("heading", name="Soupe")).to_be_visible()
        assert cookies == []
        assert all(one["domain"] != "localhost" for one in reader.context.cookies())


def test_without_a_map_the_frame_is_a_list_that_the_keyboard_reaches(street: Street) -> None:
    ana = street.house.join("Ana")
    listing = street.house.publish(ana, "Tondre la pelouse", street.here.away(north_m=200))
    street.house.publish(ana, "Soupe", street.here.away(east_m=500), kind="offer", category="food")
    reader = street.comes(viewport=PHONE)
    with town_hall(embed_address(street, "&layers=request")) as address:
        reader.page.goto(address)
        frame = reader.page.frame_locator(FRAME)
        row = frame.get_by_role("link", name="Tondre la pelouse")

        expect(row).to_be_visible()
        assert row.get_attribute("href") == f"/annonces/{listing['id']}"
        for _ in range(4):
            reader.page.keyboard.press("Tab")
            if row.evaluate("row => row === document.activeElement"):
                break
        expect(row).to_be_focused()
        expect(frame.get_by_text("Soupe")).to_have_count(0)
        expect(frame.get_by_role("link", name="Voir sur")).to_have_attribute("target", "_blank")


def test_nobody_is_kept_out_of_the_small_map(mapped_street: Street) -> None:
    ana = mapped_street.house.join("Ana")
    mapped_street.house.publish(ana, "Tondre la pelouse", mapped_street.here)
    reader = mapped_street.comes()

    reader.page.goto(embed_address(mapped_street))
    expect(reader.page.get_by_role("button", name="Demande : Tondre la pelouse")).to_be_visible()
    expect_no_violation(reader.page)
    reader.page.get_by_role("button", name="1 annonce", exact=True).click()
    expect(reader.page.get_by_role("link", name="Tondre la pelouse")).to_be_visible()

    expect_no_violation(reader.page)


def test_the_small_map_says_how_many_its_list_leaves_out(street: Street) -> None:
    ana = street.house.join("Ana")
    for number in range(42):
        street.house.publish(ana, f"Tondre la pelouse {number}", street.here)
    reader = street.comes()

    reader.page.goto(embed_address(street))

    expect(reader.page.get_by_role("listitem")).to_have_count(40)
    expect(reader.page.get_by_text("Et 2 autres sur")).to_be_visible()


def test_the_small_map_knows_nobody_also_where_the_cookie_is_sent(street: Street) -> None:
    ana = street.house.join("Ana")
    street.house.publish(ana, "Tondre la pelouse", street.here)
    reader = street.comes(ana)

    reader.page.goto(embed_address(street))

    expect(reader.page.get_by_role("link", name="Tondre la pelouse")).to_be_visible()
    [welcome] = [frame for frame in map(json.loads, reader.frames) if frame["type"] == "welcome"]
    assert welcome["member"] is None


def test_no_other_page_can_be_framed(street: Street) -> None:
    reader = street.comes()
    for path in ("/", "/profil", "/annonces/nothing", "/status", "/api"):
        with (
            town_hall(f"{street.house.address}{path}") as address,
            reader.page.expect_console_message(lambda said: "frame-ancestors" in said.text),
        ):
            reader.page.goto(address)
    # Each refusal is an error to Chromium, and is what was expected.
    assert len(reader.errors) == 5
    reader.errors.clear()
