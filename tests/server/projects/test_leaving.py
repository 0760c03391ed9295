"""Who leaves takes nothing back from a project but what was not the project's yet."""

import asyncio

import pytest
import time_machine
from sqlmodel import col, select

from realtime.refusals import Invalid
from server.listings.actions import delete
from server.mail import ShownMailRow
from server.members.models import MemberRow
from server.projects import team
from server.projects.finding import find_project
from server.smiles.models import AccountRow
from tests.server.board.town import Town
from tests.server.exchanges.pair import id_of
from tests.server.leaving.parting import leave, leaving_held_up
from tests.server.projects.garden import Garden, in_days


async def community(town: Town) -> int:
    async with town.database.read() as session:
        found = select(AccountRow.balance).where(col(AccountRow.kind) == "community")
        return sum(await session.exec(found))


async def test_a_supporter_who_leaves_is_expected_to_pay_nothing_and_leaves_their_smiles(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=10)
    bo, cy = await garden.neighbour("Bo", 4, bought=3), await garden.neighbour("Cy", 5)
    await garden.give(bo, 6)
    await garden.give(cy, 3)
    await garden.promise(bo, 20)
    paid = await garden.promise(bo, 30)
    await garden.take(garden.asso, "receive", paid)
    await garden.join(bo)

    await leave(town, bo)

    shown = await garden.progress()
    assert (shown.given_smiles, shown.promised_cents, shown.received_cents) == (3, 3000, 3000)
    assert await community(town) == 7
    page = await garden.view()
    assert "Bo" not in page.model_dump_json()
    assert [one.person.name for one in page.team] == ["Asso"]
    assert await garden.faults() == []


async def test_what_had_not_come_after_all_is_promised_by_nobody_who_has_left(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    received = await garden.take(garden.asso, "receive", await garden.promise(bo, 20))
    await leave(town, bo)

    after = await garden.take(garden.asso, "unreceive", received)

    assert (after.state, after.may) == ("withdrawn", [])
    shown = await garden.progress()
    assert (shown.promised_cents, shown.received_cents, shown.supporters) == (0, 0, 0)


@pytest.mark.parametrize("first", ["leaves", "is told of"])
async def test_what_has_not_come_after_all_while_its_supporter_leaves_is_not_promised_still(
    postgresql_town: Town, first: str
) -> None:
    town, garden = postgresql_town, await Garden.lay_out(postgresql_town)
    bo = await garden.neighbour("Bo")
    received = await garden.take(garden.asso, "receive", await garden.promise(bo, 20))

    if first == "leaves":
        async with leaving_held_up(town, bo) as leaving:
            telling = asyncio.create_task(garden.take(garden.asso, "unreceive", received))
            await town.until_waiting(2)
    else:
        async with town.database.write() as session:
            await find_project(session, garden.id, lock=True)
            telling = asyncio.create_task(garden.take(garden.asso, "unreceive", received))
            await town.until_waiting(1)
            leaving = asyncio.create_task(leave(town, bo))
            await town.until_waiting(2)
    await asyncio.gather(leaving, telling)

    assert [one.state for one in await garden.pledges()] == ["withdrawn"]
    assert (await garden.progress()).promised_cents == 0


async def test_who_leaves_takes_nothing_back_once_the_goal_is_reached(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=6)
    bo, cy = await garden.neighbour("Bo", 5), await garden.neighbour("Cy", 5)
    await garden.give(bo, 4)
    await garden.give(cy, 2)

    # Before the job that has them pass.
    await leave(town, bo)
    await town.work()

    assert (await garden.purse(garden.asso)).balance == 6
    assert (await garden.progress()).given_smiles == 6
    assert await community(town) == 1
    assert await garden.faults() == []


async def test_who_was_in_a_team_and_left_1mile_does_not_come_back_by_its_code(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, again = await garden.neighbour("Bo"), await garden.neighbour("Bo encore")
    code = (await team.link(town.site, garden.asso, garden.id)).code
    await team.join(town.site, bo, garden.id, code)

    await leave(town, bo)

    with pytest.raises(Invalid, match="wrong_code"):
        await team.join(town.site, again, garden.id, code)


async def test_a_project_ends_with_its_owner_and_everything_held_goes_back(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=10)
    bo, cy = await garden.neighbour("Bo", 5), await garden.neighbour("Cy", 5)
    await garden.give(bo, 4)
    await garden.promise(bo, 20)
    await garden.join(cy)

    await leave(town, garden.asso)
    await town.work()

    purse = await garden.purse(bo)
    assert (purse.balance, purse.held) == (5, 0)
    assert [one.state for one in await garden.pledges()] == ["withdrawn"]
    assert await garden.faults() == []


async def test_smiles_on_their_way_to_an_owner_who_has_left_go_back(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=4)
    bo = await garden.neighbour("Bo", 5)
    await garden.give(bo, 4)

    await leave(town, garden.asso)
    await town.work()

    assert (await garden.purse(bo)).balance == 5
    async with town.database.read() as session:
        subjects = list(await session.exec(select(ShownMailRow.subject)))
    assert not [one for one in subjects if "vos smiles passent" in one]
    assert len([one for one in subjects if "a été retiré" in one]) == 1
    assert await garden.faults() == []


async def test_smiles_that_are_about_to_pass_while_the_owner_leaves_go_back(postgresql_town: Town) -> None:
    garden = await Garden.lay_out(postgresql_town, target_smiles=4)
    bo = await garden.neighbour("Bo", 5)
    await garden.give(bo, 4)

    async with leaving_held_up(postgresql_town, garden.asso) as leaving:
        settling = asyncio.create_task(postgresql_town.work())
        await postgresql_town.until_waiting(2)
    await asyncio.gather(leaving, settling)
    await postgresql_town.work()

    assert [(await garden.purse(who)).balance for who in (bo, garden.asso)] == [5, 0]
    assert await garden.faults() == []


async def test_smiles_of_a_project_that_is_over_go_back_when_its_owner_leaves(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=10)
    bo = await garden.neighbour("Bo", 5)
    await garden.give(bo, 4)
    await garden.close()

    await leave(town, garden.asso)
    await town.work()

    assert (await garden.purse(bo)).balance == 5
    assert await garden.faults() == []


@pytest.mark.parametrize("how", ["leaves", "deletes it"])
async def test_what_was_promised_to_a_project_that_had_closed_is_not_expected_once_it_is_gone(
    town: Town, how: str
) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    await garden.promise(bo, 20)
    await garden.take(garden.asso, "receive", await garden.promise(cy, 30))
    await garden.close()
    if how == "leaves":
        await leave(town, garden.asso)
    else:
        await delete(town.site, garden.asso, garden.id)
    await town.work()

    # When who promised would be reminded.
    with time_machine.travel(in_days(20)):
        await town.work()

    assert {one.state for one in await garden.pledges()} == {"withdrawn", "received"}
    async with town.database.read() as session:
        letters = [(one.to, one.subject) for one in await session.exec(select(ShownMailRow))]
        bos = (await session.get_one(MemberRow, id_of(bo))).email
    assert [to for to, subject in letters if "a été retiré" in subject] == [bos]
    assert not [subject for _, subject in letters if "Rappel" in subject]


async def test_who_gave_to_a_project_that_had_closed_is_told_that_its_owner_took_nothing(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo", 5)
    await garden.give(bo, 4)
    await garden.close()
    await garden.decide("released")

    # Before the job that has them pass.
    await leave(town, garden.asso)
    await town.work()

    assert (await garden.purse(bo)).balance == 5
    async with town.database.read() as session:
        subjects = list(await session.exec(select(ShownMailRow.subject)))
    assert len([one for one in subjects if "a été retiré" in one]) == 1


async def test_supporters_and_the_owner_who_leave_while_others_give_lose_nothing_of_others(
    town: Town,
) -> None:
    garden = await Garden.lay_out(town, target_smiles=12)
    people = [await garden.neighbour(f"V{n}", 5) for n in range(8)]
    for who in people[:4]:
        await garden.give(who, 2)

    await asyncio.gather(
        *(leave(town, who) for who in people[:3]),
        *(garden.give(who, 3) for who in people),
        leave(town, garden.asso),
        return_exceptions=True,
    )
    await town.work()

    assert await garden.faults() == []
    purses = [await garden.purse(who) for who in people]
    raised = (await garden.purse(garden.asso)).balance
    assert sum(one.held for one in purses) == 0
    assert sum(one.balance for one in purses) + raised + await community(town) == 40
