"""Following a mile: what a stranger sees there, as a map, as news and as a calendar."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine

from geo.position import Point
from geo.privacy import HomeCell, home_cell
from server.board.finding import find_listing
from server.clock import now
from server.feeds import reading
from server.ids import new_id
from tests.server.feeds.following import CELL, MILE, change, entries, events, publish, titles_on_the_map
from tests.server.house import ORIGIN, REUNION, House, open_counting_house, problem
from tests.waiting import until

FAR = {"lon": 7.2, "lat": 47.6}


async def test_a_mile_is_followed_by_the_cell_in_its_middle(house: House) -> None:
    ana = await house.join("Ana")
    await publish(house, ana, title="Tondre la pelouse")
    await publish(house, ana, title="Soupe", kind="offer", category="food")
    await publish(house, ana, title="Trop loin", place=FAR)
    stranger = await house.visitor()

    on_the_map = titles_on_the_map(await stranger.get(f"{MILE}.geojson"))
    news = entries(await stranger.get(f"{MILE}.atom"))

    assert sorted(on_the_map) == ["Soupe", "Tondre la pelouse"]
    assert [one.title for one in news] == [
        "Offre\N{NO-BREAK SPACE}: Soupe",
        "Demande\N{NO-BREAK SPACE}: Tondre la pelouse",
    ]


async def test_news_say_who_when_where_what_about_and_lead_to_the_listing(house: House) -> None:
    ana = await house.join("Ana")
    listing = await publish(house, ana, title="Soupe", text="Pour deux.\n\nÀ midi.", kind="offer")
    view = (await ana.get(f"/api/listings/{listing}")).json()["listing"]

    [news] = entries(await (await house.visitor()).get(f"{MILE}.atom"))

    assert news.id == f"urn:uuid:{listing}"
    assert news.link == f"{ORIGIN}/annonces/{listing}"
    assert news.author_detail == {"name": "Ana", "href": f"{ORIGIN}/membres/{view['author']['id']}"}
    assert news.published[:16] == news.updated[:16] == view["created_at"][:16]
    assert [(tag.term, tag.label) for tag in news.tags] == [("garden", "Jardin")]
    assert news.summary == "Pour deux. À midi."
    assert news.where["type"] == "Point"
    assert news.where["coordinates"] == pytest.approx((view["lon"], view["lat"]), abs=1e-6)


async def test_whose_id_claims_to_be_of_the_future_is_not_the_newest_for_that(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_NEWS", 2)
    ana = await house.join("Ana")
    for number in range(3):
        await publish(house, ana, id=f"ffffffff-ffff-7fff-bfff-00000000000{number}", title="Toujours là")
    for title in ('Du "created_at":"9999', "Soupe"):
        await publish(house, ana, title=title)

    news = entries(await (await house.visitor()).get(f"{MILE}.atom"))

    assert [one.title.partition("\N{NO-BREAK SPACE}: ")[2] for one in news] == [
        "Soupe",
        'Du "created_at":"9999',
    ]


async def test_only_the_layers_that_are_asked_for_are_told_of(small_house: House) -> None:
    ana = await small_house.join("Ana")
    for kind in ("request", "offer"):
        await publish(small_house, ana, title=f"Une {kind}", kind=kind)
    stranger = await small_house.visitor()

    chosen = await stranger.get(f"{MILE}.geojson?layers=offer,mag")

    assert titles_on_the_map(chosen) == ["Une offer"]
    assert problem(await stranger.get(f"{MILE}.geojson?layers=offer,house")) == (422, "invalid_fields")
    assert problem(await stranger.get(f"{MILE}.atom?layers=")) == (422, "invalid_fields")
    assert problem(await stranger.get(f"{MILE}.ics?colour=red")) == (422, "invalid_fields")
    assert problem(await stranger.get(f"{MILE}.atom?locale=de")) == (422, "invalid_fields")


async def test_a_feed_speaks_french_or_english_as_its_address_says_whoever_asks(small_house: House) -> None:
    await publish(small_house, await small_house.join("Ana"), title="Soupe", kind="offer")
    german = await small_house.visitor(**{"Accept-Language": "de, en;q=0.8"})

    french, english = [entries(await german.get(f"{MILE}.atom{query}")) for query in ("", "?locale=en")]

    assert [french[0].title, english[0].title] == ["Offre\N{NO-BREAK SPACE}: Soupe", "Offer: Soupe"]
    assert french[0].id == english[0].id


@pytest.mark.parametrize("name", ["0-0-0", "zz", "99999999-1", "50012-99999999", "007-1", "１-２", "%2e%2e"])
async def test_a_cell_that_is_none_is_not_found(small_house: House, name: str) -> None:
    stranger = await small_house.visitor()

    for form in ("geojson", "atom", "ics"):
        assert problem(await stranger.get(f"/feeds/mile/{name}.{form}")) == (404, "not_found")


async def test_what_is_hidden_done_or_expired_is_in_no_feed(house: House) -> None:
    ana = await house.join("Ana")
    await publish(house, ana, title="Reste")
    hidden, done, expired = [await publish(house, ana, title=f"Part {i}") for i in range(3)]
    await change(house, hidden, hidden_at=now())
    await ana.post(f"/api/listings/{done}/close")
    # As it is between its end and the job that takes the pin away.
    async with house.site.database.write() as session:
        (await find_listing(session, expired)).row.expires_at = now() - timedelta(seconds=1)
    stranger = await house.visitor()

    news = entries(await stranger.get(f"{MILE}.atom"))

    assert [one.title for one in news] == ["Demande\N{NO-BREAK SPACE}: Reste"]
    assert not {"Part 0", "Part 1"} & {*titles_on_the_map(await stranger.get(f"{MILE}.geojson"))}


async def test_the_calendar_has_what_has_a_date_and_the_soonest_first(house: House) -> None:
    ana = await house.join("Ana")
    starts = now().replace(microsecond=0) + timedelta(days=3)
    later, sooner = [await publish(house, ana, title=title) for title in ("Plus tard", "Fête")]
    await publish(house, ana, title="Sans date")
    await change(house, later, kind="mag", category="event", starts_at=starts + timedelta(days=9))
    ends = starts + timedelta(hours=3)
    await change(house, sooner, kind="mag", category="event", starts_at=starts, ends_at=ends)
    stranger = await house.visitor()

    found = {str(one["summary"]): one for one in events(await stranger.get(f"{MILE}.ics"))}
    saved = await stranger.get(f"/feeds/listings/{sooner}.ics")
    alone = events(saved)

    assert {*found} == {"Fête", "Plus tard"}
    assert found["Fête"].start == starts
    assert found["Fête"].end == ends
    assert str(found["Fête"]["url"]) == f"{ORIGIN}/annonces/{sooner}"
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''F%C3%AAte.ics"
    assert found["Fête"]["uid"] == alone[0]["uid"] == sooner
    assert problem(await stranger.get(f"/feeds/listings/{await publish(house, ana)}.ics"))[0] == 404


async def event(house: House, author: httpx.AsyncClient, title: str, **draft: Any) -> str:
    """Publish an event in three days."""
    starts = (now() + timedelta(days=3)).isoformat()
    wanted = {"kind": "mag", "category": "event", "smiles": 0, "starts_at": starts}
    return await publish(house, author, title=title, **{**wanted, **draft})


async def test_an_event_that_is_called_off_is_cancelled_in_the_calendars_that_have_it(house: House) -> None:
    ana = await house.join("Ana")
    kept, closed, deleted = [
        await event(house, ana, title, text="Ce qu’on y fait.") for title in ("Bal", "Loto", "Brocante")
    ]
    await event(house, ana, "Trop loin", place=FAR)
    hidden, over = await event(house, ana, "Caché"), await event(house, ana, "Fini")
    author = (await ana.get(f"/api/listings/{kept}")).json()["listing"]["author"]["id"]
    calendars = f"{MILE}.ics", f"/feeds/members/{author}.ics"
    stranger = await house.visitor()
    before = {str(one["uid"]): one["sequence"] for one in events(await stranger.get(calendars[0]))}

    await ana.post(f"/api/listings/{closed}/close", headers={"Idempotency-Key": new_id()})
    await ana.delete(f"/api/listings/{deleted}")
    await change(house, hidden, state="done", hidden_at=now())
    await change(house, over, state="done", expires_at=now() - timedelta(seconds=1))

    for calendar in calendars:
        found = {str(one["uid"]): one for one in events(await stranger.get(calendar))}
        told = {uid: (str(one["summary"]), str(one["status"])) for uid, one in found.items()}

        assert (
            told.items()
            >= {
                kept: ("Bal", "CONFIRMED"),
                closed: ("Loto", "CANCELLED"),
                deleted: ("Évènement annulé", "CANCELLED"),
            }.items()
        )
        assert not {hidden, over} & {*told}
        assert found[closed]["sequence"] > before[closed]
        assert found[deleted]["sequence"] > before[deleted]
        assert b"Brocante" not in (await stranger.get(calendar)).content
        assert not {"geo", "location", "categories"} & {*map(str.lower, found[deleted])}
        assert str(found[kept]["description"]) == f"Ce qu’on y fait.\n\n{found[kept]['url']}"


async def test_a_calendar_says_when_an_event_was_called_off_and_when_it_is_on_again(house: House) -> None:
    ana = await house.join("Ana")
    bal, loto = await event(house, ana, "Bal"), await event(house, ana, "Loto")
    stranger, index = await house.visitor(), house.site.index

    async def changed() -> dict[str, tuple[datetime, int]]:
        found = events(await stranger.get(f"{MILE}.ics"))
        assert [one.DTSTAMP for one in found] == [one.LAST_MODIFIED for one in found]
        return {str(one["uid"]): (one.LAST_MODIFIED, one["sequence"]) for one in found}

    before = await changed()
    with time_machine.travel(now() + timedelta(hours=1)):
        began = now().replace(microsecond=0)
        await ana.post(f"/api/listings/{bal}/close")
        await ana.delete(f"/api/listings/{loto}")
        await until(lambda: index.get(bal) is None and index.get(loto) is None, "they are off the map")
        called_off = await changed()
        assert all(began <= called_off[one][0] <= now() for one in (bal, loto))
    with time_machine.travel(now() + timedelta(hours=2)):
        began = now().replace(microsecond=0)
        await ana.post(f"/api/listings/{bal}/reopen")
        await until(lambda: index.get(bal) is not None, "it is on the map again")
        on_again = await changed()
        assert began <= on_again[bal][0] <= now()

    assert on_again[loto] == called_off[loto]
    assert all(called_off[one][1] > before[one][1] for one in (bal, loto))
    assert on_again[bal][1] > called_off[bal][1]


async def test_only_an_event_whose_place_is_exact_says_it_where_calendars_make_a_map_of_it(
    small_house: House,
) -> None:
    ana = await small_house.join("Ana", home=FAR)
    exact = await event(small_house, ana, "Bal", precision="exact")
    about = await event(small_house, ana, "Apéritif")

    found = {str(one["uid"]): one for one in events(await (await small_house.visitor()).get(f"{MILE}.ics"))}

    assert str(found[exact]["location"]) == "{lat:.6f}, {lon:.6f}".format(**REUNION)
    assert "location" not in found[about]


async def test_a_mile_with_nothing_in_it_is_followed_all_the_same(small_house: House) -> None:
    nowhere = f"/feeds/mile/{home_cell(Point(-30.0, -50.0))}"
    stranger = await small_house.visitor()

    assert titles_on_the_map(await stranger.get(f"{nowhere}.geojson")) == []
    assert entries(await stranger.get(f"{nowhere}.atom")) == []
    assert events(await stranger.get(f"{nowhere}.ics")) == []


@pytest.mark.parametrize("form", ["geojson", "atom", "ics"])
async def test_a_feed_that_is_the_same_is_not_sent_again(small_house: House, form: str) -> None:
    ana = await small_house.join("Ana")
    await publish(small_house, ana)
    stranger = await small_house.visitor()
    first = await stranger.get(f"{MILE}.{form}")
    known = {"If-None-Match": first.headers["etag"]}

    again = await stranger.get(f"{MILE}.{form}", headers=known)
    listing = await publish(small_house, ana, title="Nouveau")
    await change(small_house, listing, kind="mag", starts_at=now() + timedelta(days=1))
    changed = await stranger.get(f"{MILE}.{form}", headers=known)

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("form", ["geojson", "atom", "ics"])
async def test_any_page_may_read_a_feed_and_anybody_may_keep_it_for_five_minutes(
    small_house: House, form: str
) -> None:
    elsewhere = await small_house.visitor(Origin="https://elsewhere.example")

    answer = await elsewhere.get(f"{MILE}.{form}")
    again = await elsewhere.get(f"{MILE}.{form}", headers={"If-None-Match": answer.headers["etag"]})
    head = await elsewhere.head(f"{MILE}.{form}")

    for one in (answer, again, head):
        assert one.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in one.headers
        assert one.headers["cache-control"] == "public, max-age=300"
        assert "set-cookie" not in one.headers
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert head.content == b""


async def test_a_feed_is_the_same_for_its_author_and_for_a_stranger(small_house: House) -> None:
    ana = await small_house.join("Ana")
    hidden = await publish(small_house, ana, title="Caché")
    await publish(small_house, ana, title="Visible")
    await change(small_house, hidden, hidden_at=now())

    for form in ("geojson", "atom", "ics"):
        own, others = [
            (await one.get(f"{MILE}.{form}")).content for one in (ana, await small_house.visitor())
        ]
        assert own == others


async def test_who_asks_for_feeds_without_end_is_asked_to_wait(sqlite_town_url: str) -> None:
    async with open_counting_house(sqlite_town_url) as house:
        stranger = await house.visitor()

        answers = [await stranger.get(f"{MILE}.geojson") for _ in range(121)]

    assert [answer.status_code for answer in answers] == [200] * 120 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_the_middle_of_a_cell_is_in_it() -> None:
    cell = HomeCell.parse(CELL)

    assert home_cell(cell.middle) == cell
