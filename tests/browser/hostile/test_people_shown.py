"""What browsers show of them to people in person: members, dialogs, moderators, whoever is signed in."""

import unicodedata

import pytest
from playwright.sync_api import expect

from server.edge.browser import PATHS
from server.listings.previews import BY_PATH
from tests.browser.conftest import Street
from tests.browser.hostile.looking import ALL_LAYERS, HERE, go, look_at, watched
from tests.browser.hostile.mischief import AGENT, EMAIL, Mischief
from tests.browser.hostile.texts import JS, TEXTS


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


def test_the_reason_for_hiding_an_avatar_is_text_to_its_owner_and_to_moderators(
    mischief: Mischief, street: Street
) -> None:
    member = mischief.mallory
    for account, path in ((member, "/profil"), (mischief.josiane, f"/membres/{member.id}")):
        person, watch = watched(street, account)
        person.visit(path)

        expect(person.page.get_by_role("main").get_by_text(mischief.notes[0][:60])).to_be_visible()
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
