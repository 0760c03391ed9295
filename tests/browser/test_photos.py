"""Photos: on their way over bad lines, in their order, and before other people's eyes."""

import re
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Route, expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import Street
from tests.browser.house import Account, eventually
from tests.browser.neighbour import Neighbour
from tests.browser.pictures import FREE, SLOW, add, keep, line_of, photo, picture, row

ON_ITS_WAY = re.compile(r"^[1-9]\d?$")


A_FAKE: FilePayload = {
    "name": "logo.jpg",
    "mimeType": "image/jpeg",
    "buffer": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
}


def begin(person: Neighbour, title: str) -> None:
    """Write a request, all but its photos."""
    person.page.get_by_role("link", name="Publier", exact=True).click()
    person.write_listing(title)


def expect_sent(person: Neighbour, count: int) -> None:
    expect(person.page.locator("li.sent")).to_have_count(count)


def gallery(person: Neighbour) -> Locator:
    return person.page.get_by_role("list", name="Photos", exact=True)


def publish_with_photos(street: Street, author: Account, title: str, *alts: str) -> dict[str, Any]:
    photos = [
        {"id": keep(street.house, author, seed=seed), "alt": alt, "caption": f"Légende {seed}"}
        for seed, alt in enumerate(alts)
    ]
    return street.house.publish(author, title, street.here, photos=photos)


def test_three_photos_are_seen_on_their_way_put_in_order_and_seen_by_others(street: Street) -> None:
    ana, bo = street.neighbour("Ana"), street.visitor()
    begin(ana, "Cueillir des pommes")
    line = line_of(ana)
    line.send("Network.emulateNetworkConditions", SLOW)

    add(ana, photo("pommier", seed=1), photo("panier", seed=2), photo("tarte", seed=3))
    # Two at a time; the third waits.
    expect(ana.page.get_by_role("progressbar")).to_have_count(2)
    expect(ana.page.get_by_role("progressbar").first).to_have_attribute("aria-valuenow", ON_ITS_WAY)
    expect(row(ana, 3, 3)).to_contain_text("En attente")
    line.send("Network.emulateNetworkConditions", FREE)
    expect_sent(ana, 3)
    for position, alt in enumerate(("Un pommier", "Un panier", "Une tarte"), start=1):
        row(ana, position, 3).get_by_label("On voit").fill(alt)
    before = ana.page.get_by_role("button", name="Déplacer la photo 3 avant")
    before.focus()
    # Said to who does not see it, and gone after a while.
    ana.note_when_seen("Photo déplacée")
    before.press("Enter")
    expect(ana.page.get_by_role("button", name="Déplacer la photo 2 avant")).to_be_focused()
    assert ana.page.evaluate("seenAt") > 0
    ana.page.keyboard.press("Enter")
    expect(row(ana, 1, 3).get_by_label("On voit")).to_have_value("Une tarte")
    expect(ana.page.get_by_role("button", name="Déplacer la photo 1 après")).to_be_focused()
    ana.press_publish()

    bo.open("Cueillir des pommes")
    seen = gallery(bo).locator("img")
    expect(seen).to_have_count(3)
    alts = [seen.nth(at).get_attribute("alt") for at in range(3)]
    assert alts == ["Une tarte", "Un pommier", "Un panier"]
    expect(bo.page.locator("img[src*='/photos/']").first).to_have_js_property("complete", True)


def test_a_form_waits_for_its_photos_and_says_how_far_they_are(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin(ana, "Déplacer une armoire")
    line = line_of(ana)
    line.send("Network.emulateNetworkConditions", SLOW)
    add(ana, photo("armoire", width=800, height=800))

    ana.press_publish()

    expect(ana.page.get_by_text("Les photos d’abord, le reste suit tout seul.")).to_be_visible()
    waiting = ana.page.get_by_role("progressbar", name="Envoi des photos")
    expect(waiting).to_have_attribute("aria-valuenow", ON_ITS_WAY)
    line.send("Network.emulateNetworkConditions", FREE)
    expect(ana.page.get_by_role("heading", name="Déplacer une armoire", level=2)).to_be_visible()
    expect(gallery(ana).locator("img")).to_have_count(1)


def test_a_photo_is_stopped_and_sent_after_all(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin(ana, "Réparer un vélo")
    line = line_of(ana)
    line.send("Network.emulateNetworkConditions", SLOW)
    add(ana, photo("velo"))
    ana.page.get_by_role("button", name="Arrêter", exact=True).click()
    expect(row(ana, 1, 1)).to_contain_text("Envoi arrêté")
    ana.press_publish()
    expect(ana.page.get_by_text("Une photo n’est pas envoyée").first).to_be_visible()
    resume = ana.page.get_by_role("button", name="Reprendre l’envoi")
    expect(resume).to_be_focused()

    line.send("Network.emulateNetworkConditions", FREE)
    resume.click()

    expect_sent(ana, 1)


def test_a_lost_line_takes_nothing_and_photos_go_on_when_it_is_back(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin(ana, "Garder un chat")
    ana.context.set_offline(True)
    add(ana, photo("chat"))
    expect(row(ana, 1, 1)).to_contain_text("Connexion perdue")
    row(ana, 1, 1).get_by_label("On voit").fill("Un chat gris")

    ana.context.set_offline(False)

    expect_sent(ana, 1)
    expect(row(ana, 1, 1).get_by_label("On voit")).to_have_value("Un chat gris")
    expect(ana.page.get_by_label("Titre")).to_have_value("Garder un chat")


def test_a_file_that_only_looks_like_a_photo_says_why_and_the_rest_is_kept(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin(ana, "Peindre une enseigne")

    add(ana, A_FAKE, photo("enseigne"))

    refused = row(ana, 1, 2)
    expect(refused).to_contain_text("logo.jpg")
    expect(refused).to_contain_text("JPEG, PNG ou WebP")
    expect_sent(ana, 1)
    ana.press_publish()
    expect(refused.get_by_role("button", name="Choisir de nouveau")).to_be_focused()
    ana.page.get_by_role("button", name="Retirer la photo 1").click()
    ana.press_publish()
    expect(ana.page.get_by_role("heading", name="Peindre une enseigne", level=2)).to_be_visible()
    expect(gallery(ana).locator("img")).to_have_count(1)


def test_a_photo_that_was_taken_out_can_be_put_back(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin(ana, "Trier des livres")
    add(ana, photo("livres", seed=1), photo("caisse", seed=2))
    expect_sent(ana, 2)
    row(ana, 1, 2).get_by_label("Légende").fill("Trois cents livres")

    ana.page.get_by_role("button", name="Retirer la photo 1").click()
    expect(ana.page.get_by_role("button", name="Retirer la photo 1")).to_be_focused()
    expect_sent(ana, 1)
    ana.page.get_by_role("button", name="Remettre").click()

    expect(row(ana, 1, 2).get_by_label("Légende")).to_have_value("Trois cents livres")


def test_photos_are_pasted_and_carried_to_their_place(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin(ana, "Donner des plantes")
    ana.page.evaluate(
        """async ([one, two]) => {
          const data = new DataTransfer();
          for (const [name, bytes] of [['un.jpg', one], ['deux.jpg', two]])
            data.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/jpeg' }));
          window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, cancelable: true }));
        }""",
        [list(picture(160, 120, seed=seed)) for seed in (1, 2)],
    )
    expect_sent(ana, 2)
    row(ana, 1, 2).get_by_label("On voit").fill("Une fougère")
    grip = row(ana, 1, 2).locator(".grip")
    grip.scroll_into_view_if_needed()
    grip.hover()

    ana.page.mouse.down()
    box = row(ana, 2, 2).bounding_box()
    assert box is not None
    ana.page.mouse.move(box["x"] + 20, box["y"] + box["height"] * 0.75, steps=6)
    ana.page.mouse.up()

    expect(row(ana, 2, 2).get_by_label("On voit")).to_have_value("Une fougère")


def test_sent_photos_survive_a_reload_and_what_was_not_sent_says_so(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin(ana, "Tailler une haie")
    add(ana, photo("haie"))
    expect_sent(ana, 1)
    ana.context.set_offline(True)
    add(ana, photo("taille-haie", seed=2))
    row(ana, 2, 2).get_by_label("On voit").fill("Un taille-haie")
    expect(row(ana, 2, 2)).to_contain_text("Connexion perdue")
    ana.context.set_offline(False)
    # Its answer never comes.
    ana.page.route("**/api/photos/*", lambda _: None)

    ana.page.reload()

    expect_sent(ana, 1)
    expect(row(ana, 1, 2).locator("img")).to_be_visible()
    expect(row(ana, 2, 2)).to_contain_text("choisissez-la de nouveau")
    expect(row(ana, 2, 2).get_by_label("On voit")).to_have_value("Un taille-haie")


def test_a_visitor_chooses_photos_and_they_go_once_they_have_signed_in(street: Street) -> None:
    account = street.house.join("Bo")
    bo = street.visitor()
    begin(bo, "Monter une étagère")
    add(bo, photo("etagere"))
    expect(row(bo, 1, 1)).to_contain_text("Partira après votre connexion")

    bo.press_publish()
    bo.sign_in(account)

    expect(bo.page.get_by_role("heading", name="Monter une étagère", level=2)).to_be_visible()
    expect(gallery(bo).locator("img")).to_have_count(1)


def test_photos_of_a_published_listing_are_changed_before_the_eyes_of_who_reads_it(street: Street) -> None:
    ana, bo = street.neighbour("Ana"), street.visitor()
    assert ana.account
    publish_with_photos(street, ana.account, "Vendre des tomates", "Une tomate", "Un cageot")
    bo.open("Vendre des tomates")
    expect(gallery(bo).locator("img")).to_have_count(2)
    ana.open("Vendre des tomates")
    ana.page.get_by_role("button", name="Modifier", exact=True).click()

    ana.page.get_by_role("button", name="Retirer la photo 1").click()
    row(ana, 1, 1).get_by_label("On voit").fill("Un cageot plein")
    ana.page.get_by_role("button", name="Enregistrer").click()

    expect(gallery(bo).locator("img")).to_have_count(1)
    expect(gallery(bo).locator("img")).to_have_attribute("alt", "Un cageot plein")


def test_photos_open_large_and_are_leafed_through_by_keys(street: Street) -> None:
    publish_with_photos(street, street.house.join("Ana"), "Prêter des tables", "Une table", "Deux", "Trois")
    bo = street.visitor()
    bo.open("Prêter des tables")
    opener = bo.page.get_by_role("button", name="Agrandir la photo 1 sur 3")
    opener.click()
    large = bo.page.get_by_role("dialog", name="Photos")
    expect(large).to_contain_text("Photo 1 sur 3")

    bo.page.keyboard.press("ArrowRight")
    expect(large).to_contain_text("Photo 2 sur 3")
    expect(large.get_by_text("Légende 1")).to_be_visible()
    large.get_by_role("button", name="Photo suivante").click()
    expect(large).to_contain_text("Photo 3 sur 3")
    bo.page.keyboard.press("Escape")

    expect(large).to_have_count(0)
    expect(opener).to_be_focused()
    expect(bo.page.get_by_role("heading", name="Prêter des tables", level=2)).to_be_visible()


def test_nothing_moves_when_photos_come(street: Street) -> None:
    publish_with_photos(street, street.house.join("Ana"), "Ouvrir un jardin", "Un jardin", "Une serre")
    bo = street.comes()
    held: list[Route] = []
    free: list[bool] = []
    bo.page.route("**/photos/*", lambda one: one.continue_() if free else held.append(one))
    bo.look(street.here)
    places = "() => [...document.querySelectorAll('main a, main p, main button')].map(one => { \
const { x, y, width, height } = one.getBoundingClientRect(); return [x, y, width, height]; })"
    bo.open("Ouvrir un jardin")
    expect(gallery(bo).locator("img")).to_have_count(2)
    # The conversation below is asked for by itself.
    expect(bo.page.get_by_text("Personne n’a encore écrit ici.")).to_be_visible()
    bo.page.evaluate("document.fonts.ready")
    before = bo.page.evaluate(places)

    free.append(True)
    for route in held:
        route.continue_()
    expect(gallery(bo).locator("picture.here")).to_have_count(2)

    assert bo.page.evaluate(places) == before


def test_a_photo_is_shown_when_it_can_be_drawn_and_its_colours_until_then(street: Street) -> None:
    publish_with_photos(street, street.house.join("Ana"), "Ouvrir un jardin", "Un jardin")
    bo = street.comes()
    # It has come, and the browser is not done with it.
    bo.page.add_init_script(
        """window.waiting = [];
        HTMLImageElement.prototype.decode = () => new Promise(done => waiting.push(done));"""
    )
    bo.look(street.here)
    bo.open("Ouvrir un jardin")
    picture = gallery(bo).locator("picture")
    eventually(lambda: bo.page.evaluate("waiting.length > 0"))

    expect(picture.locator("img")).to_have_css("opacity", "0")
    colours = "one => getComputedStyle(one, '::before').visibility"
    assert picture.evaluate(colours) == "visible"
    bo.page.evaluate("waiting.forEach(done => done())")

    expect(picture.locator("img")).to_have_css("opacity", "1")
    assert picture.evaluate(colours) == "hidden"


def test_an_avatar_is_there_at_once_and_live_at_others(street: Street) -> None:
    ana = street.neighbour("Ana Bertin")
    assert ana.account
    street.house.publish(ana.account, "Arroser des plantes", street.here)
    bo = street.visitor()
    bo.open("Arroser des plantes")
    face = bo.page.locator("main .face[data-initials=AB]")
    expect(face).to_be_visible()
    expect(face.locator("img")).to_have_count(0)
    ana.visit("/profil")

    with ana.page.expect_file_chooser() as chooser:
        ana.page.get_by_role("button", name="Choisir une photo").click()
    chooser.value.set_files([photo("ana")])
    expect(ana.page.get_by_text("Votre photo est visible.")).to_be_visible()
    expect_no_violation(ana.page)

    expect(face.locator("img")).to_have_attribute("src", re.compile(r"^/photos/[\w-]{22}-64\.webp$"))
    ana.page.get_by_role("button", name="La retirer").click()
    expect(face.locator("img")).to_have_count(0)


def test_on_a_slow_line_a_large_photo_is_made_smaller_before_it_is_sent(street: Street) -> None:
    ana = street.neighbour("Ana")
    begin(ana, "Repeindre un mur")
    line = line_of(ana)
    line.send("Network.emulateNetworkConditions", {**SLOW, "latency": 400, "uploadThroughput": 90_000})
    large: FilePayload = {
        "name": "mur.png",
        "mimeType": "image/png",
        "buffer": picture(800, 600, "PNG"),
    }
    assert len(large["buffer"]) > 1_000_000

    with ana.page.expect_request("**/api/photos/*") as sent:
        add(ana, large)

    assert sent.value.headers["content-type"] == "image/jpeg"


@pytest.fixture
def album(street: Street) -> tuple[Neighbour, str]:
    """Ana, who has an avatar, and the address of her listing with three photos."""
    ana = street.neighbour("Ana")
    assert ana.account
    avatar = keep(street.house, ana.account, kind="avatar")
    street.house.ask("PUT", "/api/me/avatar", {"photo": avatar}, account=ana.account)
    listing = publish_with_photos(street, ana.account, "Une kermesse", "Un manège", "Une foule", "La nuit")
    return ana, f"/annonces/{listing['id']}"


def test_nobody_is_kept_out_of_a_form_with_photos(album: tuple[Neighbour, str]) -> None:
    ana, _ = album
    begin(ana, "Danser")
    add(ana, A_FAKE, photo("bal"))
    expect_sent(ana, 1)
    expect(row(ana, 1, 2)).to_contain_text("logo.jpg")
    ana.context.set_offline(True)
    add(ana, photo("valse", seed=2))
    expect(row(ana, 3, 3)).to_contain_text("Connexion perdue")

    expect_no_violation(ana.page)


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_nobody_is_kept_out_of_photos(large: bool, album: tuple[Neighbour, str]) -> None:
    ana, address = album
    ana.visit(address)
    expect(gallery(ana).locator("picture.here").first).to_be_visible()
    if large:
        ana.page.get_by_role("button", name="Agrandir la photo 2 sur 3").click()
        expect(ana.page.get_by_role("dialog", name="Photos")).to_contain_text("Photo 2 sur 3")

    expect_no_violation(ana.page)


def test_nobody_is_kept_out_of_an_avatar(album: tuple[Neighbour, str]) -> None:
    ana, _ = album
    ana.visit("/profil")
    expect(ana.page.get_by_role("button", name="Changer de photo")).to_be_visible()

    expect_no_violation(ana.page)
