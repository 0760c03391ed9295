"""A moderator sees what is new and takes away what hurts, from every screen at once."""

from playwright.sync_api import expect

from tests.browser.conftest import Street
from tests.browser.neighbour import Neighbour


def moderator_of(street: Street) -> Neighbour:
    """Let a moderator come and open the feed."""
    account = street.house.join("Josiane")
    street.house.appoint(account)
    josiane = street.comes(account)
    josiane.visit("/moderation")
    expect(josiane.page.get_by_role("tab", name="Fil en direct")).to_be_visible()
    return josiane


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


def test_the_feed_is_for_moderators_only(street: Street) -> None:
    bo = street.comes(street.house.join("Bo"))

    bo.visit("/moderation")

    expect(bo.page.get_by_text("Réservé à la modération")).to_be_visible()
    assert not any('"type":"feed"' in frame for frame in bo.frames)
