"""Those behind a project: who may do what, how one joins them, and what they tell its supporters."""

import asyncio

import pytest
import time_machine
from sqlmodel import select

from realtime.protocol import Activity
from realtime.refusals import Conflict, Forbidden, Invalid, NotFound
from realtime.topics import member_topic
from server.conversations import queries
from server.ids import new_id
from server.listings.actions import edit
from server.listings.schemas import ListingChange
from server.mail import ShownMailRow
from server.moderation.actions import sanction_listing
from server.projects import team, updates, views
from server.projects.schemas import UpdateDraft
from tests.server.board.town import REUNION, Town
from tests.server.exchanges.pair import id_of
from tests.server.projects.garden import INSTRUCTIONS, Garden, in_days


async def test_who_has_the_code_joins_and_then_acts_as_one_of_the_team(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    pledge = await garden.promise(cy)

    joined = await garden.join(bo)
    received = await garden.take(bo, "receive", pledge)
    task = await garden.task(bo)
    change = ListingChange(version=await garden.version(), text="Mieux dit.")
    edited = await edit(town.site, bo, garden.id, change)

    assert [(one.person.name, one.role) for one in joined.team] == [("Asso", "owner"), ("Bo", "member")]
    assert {*joined.may} == {"edit", "support", "update", "task", "list"}
    assert (received.state, task.project) == ("received", garden.id)
    assert edited.listing.text == "Mieux dit."
    assert (await garden.join(bo)).team == joined.team


async def test_the_owner_is_told_who_joined(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")

    await garden.join(bo)
    await garden.join(bo)
    await town.work()

    async with town.database.read() as session:
        subjects = list(await session.exec(select(ShownMailRow.subject)))
    assert len([one for one in subjects if one.startswith("Bo est dans l’équipe")]) == 1


async def test_no_other_code_opens_the_team_nor_one_that_ended(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    with pytest.raises(Invalid, match="wrong_code"):
        await team.join(town.site, bo, garden.id, "a" * 22)
    code = (await team.link(town.site, garden.asso, garden.id)).code
    await team.join(town.site, bo, garden.id, code)

    await team.take_out(town.site, garden.asso, garden.id, id_of(bo))

    for who in (bo, cy):
        with pytest.raises(Invalid, match="wrong_code"):
            await team.join(town.site, who, garden.id, code)
    assert (await team.link(town.site, garden.asso, garden.id)).code != code
    assert "update" not in (await garden.view(bo)).may


async def test_only_the_owner_invites_takes_out_and_ends(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy, di = [await garden.neighbour(name) for name in ("Bo", "Cy", "Di")]
    await garden.join(bo)
    await garden.join(cy)

    for attempt in (
        team.link(town.site, bo, garden.id),
        team.take_out(town.site, bo, garden.id, id_of(cy)),
        team.take_out(town.site, di, garden.id, id_of(cy)),
        views.supports(town.site, di, garden.id),
        garden.task(di),
        garden.tell(di),
    ):
        with pytest.raises(Forbidden):
            await attempt
    with pytest.raises(Conflict, match="owner_stays"):
        await team.take_out(town.site, garden.asso, garden.id, id_of(garden.asso))
    await team.take_out(town.site, bo, garden.id, id_of(bo))

    assert [one.person.name for one in (await garden.view()).team] == ["Asso", "Cy"]


async def test_only_the_owner_says_where_it_is_and_where_donations_go(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    await garden.join(bo)
    version = await garden.version()

    for elsewhere in (
        {"project": {"instructions": "À moi."}},
        {"place": REUNION},
        {"precision": "exact", "place": REUNION},
        {"precision": "exact"},
    ):
        with pytest.raises(Forbidden, match="owners_alone"):
            await edit(town.site, bo, garden.id, ListingChange(version=version, **elsewhere))
    same = {"project": {"instructions": INSTRUCTIONS}, "precision": "approximate", "title": "Mieux dit"}
    edited = await edit(town.site, bo, garden.id, ListingChange(version=version, **same))

    assert edited.listing.title == "Mieux dit"
    assert (await garden.view()).terms.instructions == INSTRUCTIONS


async def test_a_team_has_room_for_fifty(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "MOST", 3)
    garden = await Garden.lay_out(town)
    crowd = [await garden.neighbour(f"V{n}") for n in range(5)]
    code = (await team.link(town.site, garden.asso, garden.id)).code

    tries = await asyncio.gather(
        *(team.join(town.site, who, garden.id, code) for who in crowd), return_exceptions=True
    )

    assert sum(not isinstance(one, Exception) for one in tries) == 2
    assert len((await garden.view()).team) == 3


async def test_an_update_stands_in_the_thread_and_in_the_inbox_of_all_who_support_it(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy, di = [await garden.neighbour(name) for name in ("Bo", "Cy", "Di")]
    await garden.promise(bo)
    await garden.give(cy, 1)

    told = await garden.tell(garden.asso)

    assert told.update
    assert (await garden.view(di)).updates == [told]
    for who, unread in ((bo, 1), (cy, 1), (di, 0)):
        assert (await queries.inbox(town.site, who)).unread == unread
        assert len(await town.events(Activity, member_topic(id_of(who)))) == unread


async def test_an_update_sent_twice_is_said_once(town: Town) -> None:
    garden = await Garden.lay_out(town)
    draft = UpdateDraft(id=new_id(), text="Merci !")

    first = await updates.post(town.site, garden.asso, garden.id, draft)
    again = await updates.post(town.site, garden.asso, garden.id, draft)

    assert again == first
    other = UpdateDraft(id=draft.id, text="Autre chose")
    with pytest.raises(Conflict, match="id_taken"):
        await updates.post(town.site, garden.asso, garden.id, other)


async def test_who_wants_no_name_is_counted_and_known_to_the_team_alone(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    await garden.promise(bo, 20)
    await garden.give(cy, 2, public=False)

    page, for_team = await garden.view(bo), await views.supports(town.site, garden.asso, garden.id)

    assert [(one.person.name, one.what) for one in page.supporters] == [("Bo", "pledge")]
    assert page.anonymous == 1
    assert id_of(cy) not in page.model_dump_json()
    assert [(one.by.name, one.cents) for one in for_team.pledges] == [("Bo", 2000)]
    assert [(one.by.name, one.smiles) for one in for_team.gifts] == [("Cy", 2)]


async def test_a_hidden_project_is_its_owners_and_what_was_given_can_still_go_back(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    mo = await town.member("Mo", moderator=True)
    await garden.join(cy)
    gift, pledge = await garden.give(bo, 2), await garden.promise(bo)

    await sanction_listing(town.site, mo, "hide", garden.id, "Pas ici.")

    for who in (bo, cy):
        with pytest.raises(NotFound):
            await garden.view(who)
    with pytest.raises(NotFound):
        await garden.give(bo, 1)
    assert (await garden.view(mo)).listing.hidden
    assert (await garden.take_back(bo, gift)).state == "returned"
    assert (await garden.take(bo, "withdraw", pledge)).state == "withdrawn"
    await garden.cancel()
    assert (await garden.progress()).outcome == "cancelled"


async def test_what_is_held_for_a_hidden_project_can_only_go_back(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, mo = await garden.neighbour("Bo", 5), await town.member("Mo", moderator=True)
    await garden.give(bo, 2)
    await garden.close()
    await sanction_listing(town.site, mo, "hide", garden.id, "Pas ici.")

    with pytest.raises(Conflict, match="hidden_meanwhile"):
        await garden.decide("released")
    await garden.decide("returned")
    await town.work()

    assert (await garden.purse(bo)).balance == 5
    assert (await garden.purse(garden.asso)).balance == 0


@pytest.mark.parametrize("closed", [False, True])
async def test_a_project_that_stays_hidden_ends_and_its_supporters_are_told(town: Town, closed: bool) -> None:
    garden = await Garden.lay_out(town, closes_at=in_days(100))
    bo, mo = await garden.neighbour("Bo", 5, email="bo@example.org"), await town.member("Mo", moderator=True)
    await garden.give(bo, 2)
    await garden.promise(bo)

    with time_machine.travel(in_days(1)):
        await sanction_listing(town.site, mo, "hide", garden.id, "À voir.")
        await sanction_listing(town.site, mo, "restore", garden.id, "C’est bon.")
    with time_machine.travel(in_days(10)):
        if closed:
            await garden.close()
        await sanction_listing(town.site, mo, "hide", garden.id, "Pas ici.")
    with time_machine.travel(in_days(23)):
        await town.work()
        before = await garden.purse(bo)
    with time_machine.travel(in_days(25)):
        await town.work()

    assert before.held == 2
    assert (await garden.purse(bo)).balance == 5
    assert (await garden.progress()).outcome == ("closed" if closed else "cancelled")
    assert [one.state for one in await garden.pledges()] == ["promised" if closed else "withdrawn"]
    async with town.database.read() as session:
        told = [one for one in await session.exec(select(ShownMailRow)) if one.to == "bo@example.org"]
    said = "vous sont rendus" if closed else "n’est plus en ligne"
    [letter] = [one for one in told if said in one.subject]
    # The title may be what it was hidden for.
    assert "Un jardin partagé" not in letter.subject + letter.text
    assert letter.link is not None
    assert letter.link.endswith("/smiles")
    assert await garden.faults() == []
