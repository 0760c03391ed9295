"""A moderator sees what is new and takes away what hurts, from every screen at once."""

from playwright.sync_api import Locator, expect

from tests.browser.axe import expect_no_violation
from tests.browser.conftest import Street
from tests.browser.house import Account, eventually
from tests.browser.neighbour import Neighbour
from tests.browser.people import moderator_of
from tests.browser.pictures import keep


def sanction(moderator: Neighbour, words: str, act: str, reason: str) -> None:
    """Hide or restore the line of the feed that has these words."""
    line = moderator.page.get_by_role("article").filter(has_text=words).first
    line.get_by_role("button", name=act).click()
    question = moderator.page.get_by_role("dialog")
    question.get_by_role("textbox", name="Raison").fill(reason)
    question.get_by_role("button", name=act, exact=True).click()
    expect(question).to_have_count(0)


def test_a_hidden_listing_and_its_text_leave_every_screen_and_come_back_when_restored(street: Street) -> None:
    josiane = moderator_of(street)
    looks, reads = street.visitor(), street.visitor()
    ana = street.house.join("Ana")
    street.house.publish(ana, "Gagnez vite", street.here, text="Envoyez dix euros à ce compte.")
    expect(josiane.page.get_by_role("article").filter(has_text="Gagnez vite")).to_be_visible()
    reads.open("Gagnez vite")
    expect(reads.page.get_by_text("Envoyez dix euros")).to_be_visible()

    sanction(josiane, "Gagnez vite", "Masquer", "Demande d’argent ou arnaque")

    expect(looks.card("Gagnez vite")).to_have_count(0)
    expect(reads.page.get_by_text("Envoyez dix euros")).to_have_count(0)
    line = josiane.page.get_by_role("article").filter(has_text="Gagnez vite")
    expect(line.get_by_text("Masqué", exact=True)).to_be_visible()
    author = street.comes(ana)
    author.visit("/mes-annonces")
    expect(author.page.get_by_text("Masquée par la modération")).to_be_visible()

    sanction(josiane, "Gagnez vite", "Rétablir", "Masqué par erreur")

    expect(looks.card("Gagnez vite")).to_be_visible()
    josiane.page.get_by_role("tab", name="Journal").click()
    journal = josiane.page.get_by_role("listitem").filter(has_text="Josiane")
    expect(journal.filter(has_text="a masqué une annonce")).to_contain_text("Demande d’argent ou arnaque")
    expect(journal.filter(has_text="a rétabli une annonce")).to_contain_text("Masqué par erreur")


def test_a_hidden_message_is_replaced_on_every_screen(street: Street) -> None:
    josiane = moderator_of(street)
    ana, bo = street.house.join("Ana"), street.house.join("Bo")
    listing = street.house.publish(ana, "Fête des voisins", street.here)
    reads = street.visitor()
    reads.open("Fête des voisins")
    street.house.say(bo, listing["thread"], "Des mots qui blessent.")
    expect(reads.bubble("Des mots qui blessent.")).to_be_visible()

    sanction(josiane, "Des mots qui blessent.", "Masquer", "Propos blessants ou agressifs")

    expect(reads.log).to_contain_text("Message masqué par la modération")
    expect(reads.page.get_by_text("Des mots qui blessent.")).to_have_count(0)


def face(person: Neighbour) -> Locator:
    """Return the photo of Zoé Martin wherever a page shows it."""
    return person.page.locator("main .face[data-initials=ZM] img")


def show_avatar(street: Street, owner: Account) -> None:
    photo = keep(street.house, owner, kind="avatar")
    street.house.ask("PUT", "/api/me/avatar", {"photo": photo}, account=owner)


def sanction_avatar(moderator: Neighbour, act: str, reason: str) -> None:
    """Remove or restore, with one of the usual reasons, the photo of the member whose page is open."""
    moderator.page.get_by_role("button", name=f"{act} la photo de profil").click()
    question = moderator.page.get_by_role("dialog")
    question.get_by_role("button", name=reason).click()
    question.get_by_role("button", name=act, exact=True).click()
    expect(question).to_have_count(0)


def test_an_avatar_leaves_every_open_screen_and_its_owner_reads_why(street: Street) -> None:
    josiane = moderator_of(street)
    zoe = street.house.join("Zoé Martin")
    show_avatar(street, zoe)
    street.house.publish(zoe, "Arroser des plantes", street.here)
    others = street.house.publish(street.house.join("Bo"), "Fête des voisins", street.here)
    street.house.say(zoe, others["thread"], "J’apporte un gâteau.")
    looks, reads, owner = street.visitor(), street.visitor(), street.comes(zoe)
    looks.open("Arroser des plantes")
    # What she wrote under somebody else's listing is not told anew.
    reads.open("Fête des voisins")
    owner.visit("/profil")
    for person in (looks, reads):
        expect(face(person)).to_have_count(1)
    expect(owner.page.get_by_role("button", name="La retirer")).to_be_visible()

    line = josiane.page.get_by_role("article").filter(has_text="J’apporte un gâteau.")
    line.get_by_role("link", name="Zoé Martin").click()
    sanction_avatar(josiane, "Retirer", "Photo indécente")

    for person in (looks, reads, owner, josiane):
        expect(face(person)).to_have_count(0)
    removed = josiane.page.get_by_role("group", name="Photo de profil, vue par la modération")
    expect(removed).to_be_focused()
    expect(removed).to_contain_text("Photo de profil retirée")
    expect(owner.page.get_by_text("La modération a retiré votre photo")).to_be_visible()
    expect(owner.page.get_by_text("La raison donnée : Photo indécente")).to_be_visible()
    expect(owner.page.get_by_role("button", name="Choisir une photo")).to_be_visible()
    # The newest letter may be the one before it for a while.
    assert eventually(lambda: street.house.link_for(zoe.email).endswith("/profil"))


def avatar_goes_while_away(street: Street, reads: Neighbour, whose: Account, by: Account) -> None:
    """Have a moderator hide somebody's avatar while a page has no line."""
    reads.context.set_offline(True)
    expect(reads.page.get_by_text("Connexion perdue").first).to_be_visible()
    avatar = street.house.ask("GET", f"/api/members/{whose.id}").json()["avatar"]
    sanction = {"avatar": avatar, "reason": "Photo indécente"}
    street.house.ask("POST", f"/api/moderation/members/{whose.id}/avatar/hide", sanction, account=by)
    reads.context.set_offline(False)


def test_who_was_away_sees_no_avatar_that_was_removed_meanwhile(street: Street) -> None:
    zoe, josiane = street.house.join("Zoé Martin"), street.house.join("Josiane")
    street.house.appoint(josiane)
    show_avatar(street, zoe)
    others = street.house.publish(street.house.join("Bo"), "Fête des voisins", street.here)
    street.house.say(zoe, others["thread"], "J’apporte un gâteau.")
    reads = street.visitor()
    reads.open("Fête des voisins")
    expect(face(reads)).to_have_count(1)

    avatar_goes_while_away(street, reads, zoe, josiane)

    expect(face(reads)).to_have_count(0)
    expect(reads.bubble("J’apporte un gâteau.")).to_be_visible()


def test_who_was_away_sees_no_avatar_that_was_removed_meanwhile_in_what_was_fetched_once(
    street: Street,
) -> None:
    zoe, bo, josiane = [street.house.join(name) for name in ("Zoé Martin", "Bo", "Josiane")]
    street.house.appoint(josiane)
    show_avatar(street, zoe)
    listing = street.house.publish(zoe, "Arroser des plantes", street.here)
    street.house.exchange(listing, zoe, bo, words="Merci pour les plantes !")
    reads = street.visitor()
    reads.look(street.here, f"/membres/{bo.id}")
    expect(reads.page.get_by_text("Merci pour les plantes !")).to_be_visible()
    expect(face(reads)).to_have_count(1)

    avatar_goes_while_away(street, reads, zoe, josiane)

    expect(face(reads)).to_have_count(0)
    expect(reads.page.get_by_text("Merci pour les plantes !")).to_be_visible()


def test_a_removed_avatar_is_found_by_the_audit_looked_at_and_restored(street: Street) -> None:
    zoe = street.house.join("Zoé Martin")
    show_avatar(street, zoe)
    street.house.publish(zoe, "Arroser des plantes", street.here)
    josiane, reads, owner = moderator_of(street), street.visitor(), street.comes(zoe)
    reads.open("Arroser des plantes")
    owner.visit("/profil")
    josiane.visit(f"/membres/{zoe.id}")
    sanction_avatar(josiane, "Retirer", "Photo de quelqu’un d’autre")
    expect(face(reads)).to_have_count(0)
    josiane.visit("/moderation/journal")
    noted = josiane.page.get_by_role("listitem").filter(has_text="a retiré une photo de profil").first
    expect(noted).to_contain_text("Photo de quelqu’un d’autre")
    noted.get_by_role("link", name="Voir le membre").click()

    removed = josiane.page.get_by_role("group", name="Photo de profil, vue par la modération")
    expect(removed).to_contain_text("Photo de quelqu’un d’autre")
    expect(removed.get_by_role("img")).to_have_count(0)
    removed.get_by_role("button", name="Voir la photo").click()
    expect(removed.get_by_role("img", name="La photo de profil retirée")).to_have_js_property(
        "complete", True
    )
    assert removed.get_by_role("img").evaluate("one => one.naturalWidth") == 160
    sanction_avatar(josiane, "Rétablir", "Masqué par erreur")

    for person in (reads, owner, josiane):
        expect(face(person).first).to_be_visible()
    expect(removed).to_be_focused()
    expect(removed.get_by_role("button")).to_have_text("Retirer la photo de profil")
    expect(owner.page.get_by_role("button", name="La retirer")).to_be_visible()


def test_nobody_is_kept_out_of_taking_an_avatar_away(street: Street) -> None:
    zoe = street.house.join("Zoé Martin")
    show_avatar(street, zoe)
    josiane, owner = moderator_of(street), street.comes(zoe)
    josiane.visit(f"/membres/{zoe.id}")
    owner.visit("/profil")
    act = josiane.page.get_by_role("button", name="Retirer la photo de profil")
    expect(act).to_be_visible()
    expect_no_violation(josiane.page)
    act.click()
    expect(josiane.page.get_by_role("dialog")).to_be_visible()
    expect_no_violation(josiane.page)
    josiane.page.keyboard.press("Escape")

    sanction_avatar(josiane, "Retirer", "Photo indécente")

    josiane.page.get_by_role("button", name="Voir la photo").click()
    expect(josiane.page.get_by_role("img", name="La photo de profil retirée")).to_be_visible()
    expect_no_violation(josiane.page)
    expect(owner.page.get_by_text("La modération a retiré votre photo")).to_be_visible()
    expect_no_violation(owner.page)


def test_nobody_else_can_take_an_avatar_away(street: Street) -> None:
    zoe = street.house.join("Zoé Martin")
    show_avatar(street, zoe)

    for account in (None, zoe, street.house.join("Bo")):
        person = street.comes(account)
        person.look(street.here, f"/membres/{zoe.id}")
        expect(face(person)).to_have_count(1)
        expect(person.page.get_by_role("button", name="Retirer la photo de profil")).to_have_count(0)


def test_the_feed_is_for_moderators_only(street: Street) -> None:
    bo = street.comes(street.house.join("Bo"))

    bo.visit("/moderation")

    expect(bo.page.get_by_text("Réservé à la modération")).to_be_visible()
    assert not any('"type":"feed"' in frame for frame in bo.frames)
