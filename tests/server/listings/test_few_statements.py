"""What an author does costs few statements, and nothing is read twice to answer them."""

import httpx
import pytest

from realtime.backend import Viewer
from server.conversations import actions as conversations
from server.ids import new_id
from server.listings import actions, views
from server.listings.schemas import ListingChange, ListingView
from tests.server.board.town import Town
from tests.server.house import a_request, open_house

# The author, the listing, how many they have, the thread, its first place, two jobs at once, the news.
PUBLISHING = 7
# The listing, its change, who takes part below it (nobody yet), the news.
CHANGING = 4
# The conversations too, if there are any: all that the inboxes and the answer hold.
CHANGING_UNDER_TALK = 5
# The session and the key before, the key's answer after.
AROUND_A_REQUEST = 3


@pytest.fixture
async def ana(town: Town) -> Viewer:
    """An author."""
    return await town.member("Ana")


async def test_publishing_takes_seven_statements(town: Town, ana: Viewer) -> None:
    with town.counting() as statements:
        await town.publish(ana)

    assert len(statements) == PUBLISHING


async def test_a_request_to_publish_adds_the_session_and_its_key(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url) as house:
        client = await house.join()
        town = Town(house.site.database)
        with town.counting() as statements:
            answer = await publish(client)

    assert answer.status_code == 201
    assert len(statements) == PUBLISHING + AROUND_A_REQUEST


async def test_a_change_of_a_listing_takes_four_statements_and_one_more_if_something_is_said(
    town: Town, ana: Viewer
) -> None:
    quiet = (await town.publish(ana)).listing
    busy = await talked_about(town, ana)

    with town.counting() as alone:
        await actions.edit(town.site, ana, quiet.id, ListingChange(version=1, title="Autre titre"))
        await actions.close(town.site, ana, quiet.id)
    with town.counting() as under_talk:
        await actions.close(town.site, ana, busy)

    assert len(alone) == 2 * CHANGING
    assert len(under_talk) == CHANGING_UNDER_TALK


async def test_what_an_author_is_answered_is_what_they_would_see_afresh(town: Town, ana: Viewer) -> None:
    published = await town.publish(ana)
    seen_after_publishing = await views.view(town.site, ana, published.listing.id)
    busy = await talked_about(town, ana)

    edited = await actions.edit(town.site, ana, busy, ListingChange(version=1, title="Autre titre"))
    seen_after_editing = await views.view(town.site, ana, busy)

    assert published == seen_after_publishing
    assert edited == seen_after_editing
    assert (len(edited.dialogs), edited.thread_unread) == (2, 1)
    assert [one.unread for one in edited.dialogs] == [0, 1]


async def talked_about(town: Town, author: Viewer) -> str:
    """Return a listing with a word in its thread, two dialogs and one in which nobody has said anything."""
    listing: ListingView = await town.publish(author)
    bo, cyd, dora = [await town.member(name) for name in ("Bo", "Cyd", "Dora")]
    await town.post(bo, listing.listing.thread)
    await town.post(bo, await town.dialog(bo, listing.listing.id))
    answered = await town.dialog(cyd, listing.listing.id)
    await town.post(cyd, answered)
    await town.post(author, answered)
    message = await town.post(cyd, answered)
    await conversations.read(town.site, author, answered, message.seq)
    await town.dialog(dora, listing.listing.id)
    return listing.listing.id


async def publish(client: httpx.AsyncClient) -> httpx.Response:
    """Publish by REST."""
    return await client.post("/api/listings", json=a_request(), headers={"Idempotency-Key": new_id()})
