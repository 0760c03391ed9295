"""Following a member, and a project: what they tell everybody."""

from datetime import timedelta

import httpx
import time_machine

from server.board.models import MessageRow
from server.board.projects import ProjectRow
from server.clock import now
from server.ids import new_id
from tests.server.feeds.following import change, entries, events, publish, titles_on_the_map
from tests.server.house import ORIGIN, PASSWORD, House, problem


async def test_a_member_is_followed_by_what_they_publish(house: House) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")
    await publish(house, ana, title="Tondre la pelouse")
    event = await publish(house, ana, title="Fête", kind="offer")
    await publish(house, bo, title="Soupe")
    hidden = await publish(house, ana, title="Caché")
    await change(house, hidden, hidden_at=now())
    starts = now().replace(microsecond=0) + timedelta(days=2)
    await change(house, event, kind="mag", category="event", starts_at=starts)
    member = (await ana.get("/api/session")).json()["member"]["id"]
    feed = f"/feeds/members/{member}"
    stranger = await house.visitor()

    assert titles_on_the_map(await stranger.get(f"{feed}.geojson")) == ["Fête", "Tondre la pelouse"]
    assert titles_on_the_map(await stranger.get(f"{feed}.geojson?layers=mag")) == ["Fête"]
    assert entries(await stranger.get(f"{feed}.atom"))[0].link == f"{ORIGIN}/annonces/{event}"
    assert [one.start for one in events(await stranger.get(f"{feed}.ics"))] == [starts]


async def test_nobody_is_followed_who_is_not_there_or_has_left(small_house: House) -> None:
    ana = await small_house.join("Ana")
    member = (await ana.get("/api/session")).json()["member"]["id"]
    stranger = await small_house.visitor()
    assert (await stranger.get(f"/feeds/members/{member}.atom")).status_code == 200

    left = await ana.request("DELETE", "/api/me", json={"password": PASSWORD})

    assert left.status_code == 204, left.text
    for gone in (member, new_id(), "ana"):
        for form in ("geojson", "atom", "ics"):
            assert problem(await stranger.get(f"/feeds/members/{gone}.{form}")) == (404, "not_found")


async def test_a_project_is_followed_by_its_updates_its_tasks_and_its_last_day(house: House) -> None:
    ana = await house.join("Ana")
    project = await publish(house, ana, title="Un jardin pour tous")
    task = await publish(house, ana, title="Bêcher")
    closes = now().replace(microsecond=0) + timedelta(days=30)
    await change(house, project, kind="project", category="environment")
    await change(house, task, project_id=project)
    thread = (await ana.get(f"/api/listings/{project}")).json()["listing"]["thread"]
    told = [await say(ana, thread, text) for text in ("Premier coup de bêche.", "Caché", "Merci !")]
    await say(ana, thread, "Un simple message")
    async with house.site.database.write() as session:
        session.add(ProjectRow(listing_id=project, reach="local", closes_at=closes))
        for message in told:
            (await session.get_one(MessageRow, message)).update = True
        (await session.get_one(MessageRow, told[1])).hidden_at = now()
    feed, stranger = f"/feeds/projects/{project}", await house.visitor()

    news = entries(await stranger.get(f"{feed}.atom"))
    [last_day] = events(await stranger.get(f"{feed}.ics?locale=en"))

    assert [one.title for one in news] == ["Merci !", "Premier coup de bêche."]
    assert {one.link for one in news} == {f"{ORIGIN}/annonces/{project}"}
    assert sorted(titles_on_the_map(await stranger.get(f"{feed}.geojson"))) == [
        "Bêcher",
        "Un jardin pour tous",
    ]
    assert last_day.start == closes
    assert str(last_day["summary"]) == "Last day to support: Un jardin pour tous"
    assert str(last_day["status"]) == "CONFIRMED"


async def test_a_calendar_says_when_a_project_was_cancelled(small_house: House) -> None:
    ana = await small_house.join("Ana")
    project = await publish(small_house, ana, title="Un jardin pour tous")
    await change(small_house, project, kind="project", category="environment")
    async with small_house.site.database.write() as session:
        closes = now() + timedelta(days=30)
        session.add(ProjectRow(listing_id=project, reach="local", closes_at=closes))
    stranger = await small_house.visitor()
    [before] = events(await stranger.get(f"/feeds/projects/{project}.ics"))

    with time_machine.travel(now() + timedelta(days=1)):
        began = now().replace(microsecond=0)
        async with small_house.site.database.write() as session:
            (await session.get_one(ProjectRow, project)).outcome = "cancelled"
        await change(small_house, project, state="done")
        [after] = events(await stranger.get(f"/feeds/projects/{project}.ics"))
        assert began <= after.LAST_MODIFIED <= now()

    assert str(after["status"]) == "CANCELLED"
    assert after["sequence"] > before["sequence"]


async def test_what_is_no_project_or_is_hidden_is_followed_by_nobody(small_house: House) -> None:
    ana = await small_house.join("Ana")
    request, hidden = [await publish(small_house, ana) for _ in range(2)]
    async with small_house.site.database.write() as session:
        session.add(ProjectRow(listing_id=hidden, reach="local", closes_at=now() + timedelta(days=9)))
    await change(small_house, hidden, kind="project", hidden_at=now())
    stranger = await small_house.visitor()

    for one in (request, hidden, new_id()):
        for form in ("geojson", "atom", "ics"):
            assert problem(await stranger.get(f"/feeds/projects/{one}.{form}")) == (404, "not_found")


async def say(author: httpx.AsyncClient, thread: str, text: str) -> str:
    message = {"id": new_id(), "text": text}
    answer = await author.post(f"/api/conversations/{thread}/messages", json=message)
    assert answer.status_code in {200, 201}, answer.text
    return str(message["id"])
