"""Leaving: all or nothing, nothing that tells who it was, and no more news for who is gone."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.protocol import Activity, MessageChanged, PurseChanged
from realtime.shapes import Message
from realtime.signals import AuthorNews, IdentityChanged
from realtime.topics import conversation_topic, member_topic
from server.board import naming
from server.board.inbox import conversations
from server.board.models import ListingRow, MessageRow, ParticipantRow
from server.ids import new_id
from server.leaving import actions
from server.leaving.schemas import Leaving
from server.members import roles, sessions
from server.members.models import MailTokenRow, MemberRow, SessionRow
from server.schema import METADATA
from server.smiles import holds, ledger, purses
from server.smiles.accounts import community
from server.smiles.models import AccountRow
from tests.server.board.town import Town
from tests.server.house import PASSWORD, House, a_newcomer, a_request, problem

HOME = {"lon": 7.341719171917191, "lat": 47.743731373137313}


async def leave(client: httpx.AsyncClient, **given: Any) -> httpx.Response:
    return await client.request("DELETE", "/api/me", json=given)


async def id_of(client: httpx.AsyncClient) -> str:
    member: str = (await client.get("/api/session")).json()["member"]["id"]
    return member


async def publish(client: httpx.AsyncClient, **draft: Any) -> str:
    listing = a_request(**draft)
    answer = await client.post("/api/listings", json=listing, headers={"Idempotency-Key": new_id()})
    assert answer.status_code == 201, answer.text
    return str(listing["id"])


async def row_of(house: House, member: str) -> MemberRow:
    async with house.site.database.read() as session:
        return await session.get_one(MemberRow, member)


async def test_who_leaves_by_their_password_is_signed_out_everywhere(house: House) -> None:
    ana = await house.join("Ana")
    member = await id_of(ana)
    phone = await house.visitor()
    await phone.post("/api/session", json={"email": "ana@example.org", "password": PASSWORD})

    answer = await leave(ana, password=PASSWORD)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await phone.get("/api/session")).json() == {"member": None}
    assert problem(await phone.get(f"/api/members/{member}")) == (404, "not_found")
    async with house.site.database.read() as session:
        assert (await session.exec(select(SessionRow))).all() == []


@pytest.mark.parametrize("given", [{}, {"password": "not the password"}, {"confirm": "Ana"}])
async def test_who_has_a_password_leaves_by_nothing_else(house: House, given: dict[str, str]) -> None:
    ana = await house.join("Ana")

    answer = await leave(ana, **given)

    assert problem(answer) == (422, "wrong_password")
    assert answer.json()["field"] == "password"
    assert await id_of(ana)


async def test_who_has_no_password_types_their_name(house: House) -> None:
    ana = await house.join("Ana", password=None)
    asked = (await ana.get("/api/me/leaving")).json()["asks"]

    wrong = [await leave(ana, **given) for given in ({}, {"confirm": "ana"}, {"password": PASSWORD})]
    right = await leave(ana, confirm=" Ana ")

    assert asked == "name"
    assert [problem(answer) for answer in wrong] == [(422, "not_your_name")] * 3
    assert right.status_code == 204


async def test_what_leaving_asks_and_takes_is_said_before(house: House) -> None:
    ana = await house.join("Ana")
    await house.work()

    answer = (await ana.get("/api/me/leaving")).json()

    assert (answer["asks"], answer["purse"]["balance"]) == ("password", 10)


async def test_nobody_who_is_not_signed_in_leaves(house: House) -> None:
    assert problem(await leave(await house.visitor(), password=PASSWORD)) == (401, "sign_in_first")


async def test_the_smiles_of_who_leaves_are_the_communitys(house: House) -> None:
    ana = await house.join("Ana")
    await house.work()

    await leave(ana, password=PASSWORD)

    async with house.site.database.read() as session:
        left = await session.get_one(AccountRow, community("earned").id)
        purse = await purses.purse(session, (await session.exec(select(MemberRow.id))).one())
    assert (left.balance, purse.balance, purse.held) == (10, 0, 0)


async def test_who_comes_again_is_somebody_new_and_given_no_second_grant(house: House) -> None:
    first = await id_of(ana := await house.join("Ana"))
    await house.work()
    await leave(ana, password=PASSWORD)

    again = await house.join("Ana")
    await house.work()

    assert await id_of(again) != first
    assert (await again.get("/api/me/smiles")).json()["purse"]["balance"] == 0


async def test_what_was_said_to_others_stays_under_another_name(house: House) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")
    listing = await publish(bo)
    thread = (await bo.get(f"/api/listings/{listing}")).json()["listing"]["thread"]
    await ana.post(f"/api/conversations/{thread}/messages", json={"id": new_id(), "text": "Je viens !"})

    await leave(ana, password=PASSWORD)

    messages = (await bo.get(f"/api/conversations/{thread}/messages")).json()["messages"]
    assert [(one["text"], one["author"]["name"]) for one in messages] == [("Je viens !", "Ancien membre")]


async def test_the_listings_of_who_leaves_are_gone_and_so_is_where_they_were(house: House) -> None:
    ana, bo = await house.join("Ana", home=HOME), await house.join("Bo", home=None)
    member = await id_of(ana)
    listing, old = await publish(ana, place=HOME), await publish(ana, place=HOME)
    opened = await bo.put(f"/api/listings/{listing}/dialog")
    await ana.delete(f"/api/listings/{old}")
    before = await row_of(house, member)
    async with house.site.database.read() as session:
        cells = set(await session.exec(select(ListingRow.cell)))

    await leave(ana, password=PASSWORD)

    assert cells == {before.home_cell}
    async with house.site.database.read() as session:
        rows = (await session.exec(select(ListingRow))).all()
    assert {row.state for row in rows} == {"deleted"}
    assert {(row.lon, row.lat) for row in rows} == {house.settings.centre}
    assert problem(await (await house.visitor()).get(f"/api/listings/{listing}")) == (404, "not_found")
    # A dialog goes on under it.
    assert opened.status_code == 200
    seen = (await bo.get(f"/api/listings/{listing}")).json()["listing"]
    assert (seen["author"]["name"], seen["state"]) == ("Ancien membre", "deleted")
    assert [seen["lon"], seen["lat"]] == [*house.settings.centre]


async def test_nothing_is_left_of_who_it_was(house: House) -> None:
    ana = await house.join("Ana Nymous", email="traceable@example.org", home=HOME, kind="association")
    await roles.set_moderator(house.site.database, "traceable@example.org", moderator=True)
    await ana.get("/api/me/invitation")
    await ana.post("/api/session/link", json={"email": "traceable@example.org"})
    await house.work()
    member = await id_of(ana)

    await leave(ana, password=PASSWORD)

    row = await row_of(house, member)
    assert (row.name, row.kind, row.moderator, row.email) == ("Ancien membre", "individual", False, member)
    assert {row.password_hash, row.home_cell, row.home_lon, row.home_lat, row.invitation} == {None}
    assert row.verified_at is None
    assert row.left_at is not None
    async with house.site.database.read() as session:
        assert (await session.exec(select(MailTokenRow))).all() == []


async def test_an_english_speaker_who_leaves_is_named_in_english(house: House) -> None:
    ana = await house.join("Ana", locale="en")
    member = await id_of(ana)

    await leave(ana, password=PASSWORD)

    assert (await row_of(house, member)).name == "Former member"


async def test_nobody_signs_in_or_joins_as_who_has_left(house: House) -> None:
    ana = await house.join("Ana")
    member = await id_of(ana)
    await leave(ana, password=PASSWORD)
    stranger = await house.visitor()
    email = {"email": "ana@example.org"}

    tried = [
        await stranger.post("/api/session", json={**email, "password": PASSWORD}),
        await stranger.post("/api/session", json={"email": member, "password": PASSWORD}),
        await stranger.post("/api/members", json=a_newcomer("Ana", email=member)),
    ]
    await stranger.post("/api/session/link", json=email)

    assert [problem(answer)[0] for answer in tried] == [401, 422, 422]
    assert (await house.mails())[-1].link == "http://localhost:8000/rejoindre"


async def test_leaving_twice_at_once_is_leaving_once(house: House) -> None:
    ana = await house.join("Ana")
    await house.work()

    answers = await asyncio.gather(*(leave(ana, password=PASSWORD) for _ in range(5)))

    # Who comes last is no longer signed in.
    assert 204 in {answer.status_code for answer in answers}
    assert {answer.status_code for answer in answers} <= {204, 401}
    async with house.site.database.read() as session:
        assert (await session.get_one(AccountRow, community("earned").id)).balance == 10


async def a_settled_member(town: Town) -> tuple[Viewer, str]:
    """Let somebody live here without a password, with smiles and a listing."""
    ana = await town.member("Ana")
    assert ana.member is not None
    async with town.database.write() as session:
        await ledger.give(session, "grant", ana.member.id, 10, key="test:grant")
    return ana, (await town.publish(ana)).listing.id


async def test_cut_off_in_the_middle_nobody_has_left(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, listing = await a_settled_member(town)
    assert ana.member is not None
    told = len(await town.told())

    def cut_off(*_: object) -> None:
        raise RuntimeError("the process is gone")

    monkeypatch.setattr(actions, "_forget", cut_off)
    with pytest.raises(RuntimeError):
        await actions.leave(town.site, ana.member.id, Leaving(confirm="Ana"))

    async with town.database.read() as session:
        member = await session.get_one(MemberRow, ana.member.id)
        state = (await session.get_one(ListingRow, listing)).state
        purse = await purses.purse(session, ana.member.id)
    assert (member.left_at, state, purse.balance, len(await town.told())) == (None, "open", 10, told)


async def test_their_screens_are_told_to_go_before_anything_else_is_told(town: Town) -> None:
    ana, _ = await a_settled_member(town)
    assert ana.member is not None
    async with town.database.write() as session:
        row = await session.get_one(MemberRow, ana.member.id)
        await sessions.start(session, row, "Firefox")
    before = len(await town.told())

    await actions.leave(town.site, ana.member.id, Leaving(confirm="Ana"))

    told = (await town.told())[before:]
    assert isinstance(told[0], IdentityChanged)
    assert told[0].member == ana.member.id
    assert [event.purse.balance for event in await town.events(PurseChanged)][-1] == 0


async def test_what_is_owed_stays_booked(town: Town) -> None:
    ana = await town.member("Ana")
    assert ana.member is not None
    async with town.database.write() as session:
        await ledger.give(session, "purchase", ana.member.id, 10, key="p", purchase="p")
        await holds.put_on_hold(session, new_id(), ana.member.id, 4, key="h", by=None)
        await ledger.take_back(session, ana.member.id, 10, key="c", reason="chargeback", purchase="p")

    await actions.leave(town.site, ana.member.id, Leaving(confirm="Ana"))

    async with town.database.read() as session:
        purse = await purses.purse(session, ana.member.id)
    assert (purse.balance, purse.debt) == (0, 4)


async def test_their_words_in_private_dialogs_stay_too(town: Town) -> None:
    ana, listing = await a_settled_member(town)
    bo = await town.member("Bo")
    assert ana.member is not None
    dialog = await town.dialog(bo, listing)
    await town.post(ana, dialog, "À samedi.")

    await actions.leave(town.site, ana.member.id, Leaving(confirm="Ana"))

    async with town.database.read() as session:
        kept = await session.exec(select(MessageRow.text).where(col(MessageRow.conversation_id) == dialog))
        assert kept.all() == ["À samedi."]


async def test_whoever_they_talked_with_sees_the_other_name_at_once(town: Town) -> None:
    ana, listing = await a_settled_member(town)
    bo = await town.member("Bo")
    assert ana.member is not None
    assert bo.member is not None
    under_anas = await town.dialog(bo, listing)
    under_bos = await town.dialog(ana, (await town.publish(bo)).listing.id)
    await town.post(bo, under_anas, "Je viens samedi ?")
    await town.post(ana, under_bos, "Je peux aider.")
    async with town.database.read() as session:
        before = await conversations(session, col(ParticipantRow.member_id) == bo.member.id)
    assert [one.left for one in before] == [False, False]

    await actions.leave(town.site, ana.member.id, Leaving(confirm="Ana"))

    told = await town.events(Activity, member_topic(bo.member.id))
    newest = {
        one.conversation.id: one.conversation for one in sorted(told, key=lambda e: e.conversation.version)
    }
    async with town.database.read() as session:
        fresh = await conversations(session, col(ParticipantRow.member_id) == bo.member.id)
    assert {one.id: one for one in fresh} == newest
    assert set(newest) == {under_anas, under_bos}
    assert [one.other.name for one in fresh if one.other] == ["Ancien membre"] * 2
    assert [one.left for one in fresh] == [True, True]


async def test_who_reads_what_they_wrote_in_public_learns_the_other_name_by_one_message_a_thread(
    town: Town,
) -> None:
    ana, bo, cy = [await town.member(name) for name in ("Ana", "Bo", "Cy")]
    assert ana.member is not None
    assert bo.member is not None
    threads = [(await town.publish(bo)).listing.thread for _ in range(3)]
    for thread in threads[:2]:
        for text in ("Une échelle ?", "La mienne est libre.", "Samedi ?"):
            await town.post(ana, thread, text)
    await town.post(cy, threads[0], "Moi aussi.")
    await town.post(cy, threads[2], "Sans elle.")
    before = {one: await town.backend.opening(cy, one, None) for one in threads}

    await actions.leave(town.site, ana.member.id, Leaving(confirm="Ana"))

    for thread in threads:
        told = await town.events(MessageChanged, conversation_topic(thread))
        live = [one.message for one in told if one.message.change > before[thread].cursor]
        resumed = await town.backend.opening(cy, thread, before[thread].cursor)
        assert (resumed.reset, resumed.messages) == (False, live)
        assert [one.text for one in live] == ([] if thread == threads[2] else ["Samedi ?"])
        # A client that calls each author as in the newest change has what it would fetch.
        fresh = await town.backend.opening(cy, thread, None)
        assert as_shown([*before[thread].messages, *live]) == as_shown(fresh.messages)
        assert "Ana" not in {one.author.name for one in fresh.messages}
    told_bo = [one.conversation for one in await town.events(Activity, member_topic(bo.member.id))]
    newest = max((one for one in told_bo if one.id == threads[1]), key=lambda one: one.version)
    assert newest.last is not None
    assert newest.last.author.name == "Ancien membre"


async def test_what_they_wrote_in_many_threads_is_told_in_a_few_statements_and_one_event_each(
    town: Town,
) -> None:
    bo = await town.member("Bo")
    noted = []
    for count in (2, 20):
        ana = await town.member("Ana")
        assert ana.member is not None
        threads = [(await town.publish(bo)).listing.thread for _ in range(count)]
        for thread in threads:
            for _ in range(5):
                await town.post(ana, thread)
        with town.counting() as statements:
            await actions.leave(town.site, ana.member.id, Leaving(confirm="Ana"))
        told = await town.events(MessageChanged, *(conversation_topic(one) for one in threads))
        assert len([one for one in told if one.message.author.name == "Ancien membre"]) == count
        noted.append(len(statements))

    assert noted[0] == noted[1]


async def test_moderators_are_told_the_other_name_once_for_all_lines(town: Town) -> None:
    ana, bo = await town.member("Ana"), await town.member("Bo")
    assert ana.member
    for _ in range(2):
        await town.post(ana, (await town.publish(bo)).listing.thread)

    await actions.leave(town.site, ana.member.id, Leaving(confirm="Ana"))

    *_, last = await town.told()
    assert last == AuthorNews(author=ana.member.model_copy(update={"name": "Ancien membre"}))
    assert len(await town.signals(AuthorNews)) == 1


async def test_a_leaver_with_more_threads_than_are_told_at_a_time_is_renamed_in_all(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naming, "AT_ONCE", 2)
    ana, bo = await town.member("Ana"), await town.member("Bo")
    assert ana.member is not None
    threads = [(await town.publish(bo)).listing.thread for _ in range(5)]
    for thread in threads:
        await town.post(ana, thread)

    await actions.leave(town.site, ana.member.id, Leaving(confirm="Ana"))

    for thread in threads:
        *_, last = await town.events(MessageChanged, conversation_topic(thread))
        assert last.message.author.name == "Ancien membre"


def as_shown(messages: list[Message]) -> list[tuple[str, str | None, str]]:
    """Return messages in their order, each with its text and what its author is called by the newest."""
    newest = sorted(messages, key=lambda one: one.change)
    names = {one.author.id: one.author.name for one in newest}
    latest = {one.id: one for one in newest}
    shown = sorted(latest.values(), key=lambda one: one.seq)
    return [(one.id, one.text, names[one.author.id]) for one in shown]


async def test_no_row_holds_their_address_or_their_name_any_more(house: House) -> None:
    ana = await house.join("Zyxomma", email="zyxomma@example.org", home=HOME)
    await publish(ana, place=HOME)
    await house.work()

    await leave(ana, password=PASSWORD)
    await house.work()

    async with house.site.database.read() as session:
        # The mailbox of development stands for that of the member.
        tables = [table for table in METADATA.sorted_tables if table.name != "shown_mail"]
        connection = await session.connection()
        rows = [row for table in tables for row in (await connection.execute(table.select())).all()]
    assert [row for row in rows if "zyxomma" in repr(row).lower()] == []
