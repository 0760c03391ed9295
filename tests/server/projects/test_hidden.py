"""What supporters still see of a project that moderators have hidden: what is theirs, and nothing else."""

from datetime import timedelta

import pytest
import time_machine

from realtime.backend import Viewer
from realtime.protocol import ListingRestored
from realtime.refusals import NotFound
from realtime.topics import member_topic
from server.books import statement
from server.books.schemas import StatementQuery
from server.clock import now
from server.moderation.actions import sanction_listing
from server.projects import pledges
from server.projects.hidden import hidden_projects
from server.projects.schemas import HiddenProject, PledgeDraft
from tests.server.board.town import Town
from tests.server.exchanges.pair import id_of
from tests.server.projects.garden import INSTRUCTIONS, Garden, in_days

LATE = timedelta(minutes=1)


async def hide(garden: Garden) -> None:
    """Have a moderator hide the project."""
    mo = await garden.town.member("Mo", moderator=True)
    await sanction_listing(garden.town.site, mo, "hide", garden.id, "Pas ici.")


async def seen(garden: Garden, who: Viewer) -> list[HiddenProject]:
    """Return what `who` sees of hidden projects."""
    return (await hidden_projects(garden.town.site, who)).projects


async def test_a_supporter_of_a_hidden_project_sees_what_they_gave_and_takes_it_back(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    pledge, gift = await garden.promise(bo), await garden.give(bo, 3)

    await hide(garden)
    [found] = await seen(garden, bo)

    assert (found.id, found.owner.name) == (garden.id, "Asso")
    assert [(one.cents, one.may) for one in found.mine.pledges] == [(2000, ["withdraw"])]
    assert [(one.smiles, one.may) for one in found.mine.gifts] == [(3, ["withdraw"])]
    await garden.take(bo, "withdraw", found.mine.pledges[0])
    [left] = await seen(garden, bo)
    assert [one.state for one in left.mine.pledges] == ["withdrawn"]
    await garden.take_back(bo, found.mine.gifts[0])
    assert await seen(garden, bo) == []
    assert (pledge.id, gift.id) == (found.mine.pledges[0].id, found.mine.gifts[0].id)
    assert (await garden.purse(bo)).balance == 10


async def test_nothing_that_is_written_in_a_hidden_project_is_shown_to_who_supports_it(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    draft = PledgeDraft(id="01890000-0000-7000-8000-000000000001", cents=2000)
    await pledges.promise(town.site, bo, garden.id, draft)
    await garden.tell(garden.asso, "Les bacs sont là !")

    await hide(garden)
    [found] = await seen(garden, bo)
    # Who sends a promise again gets the same answer as then, but for where the money was to go.
    again = await pledges.promise(town.site, bo, garden.id, draft)

    for text in ("Un jardin partagé", "Des bacs, de la terre", "Les bacs sont là", INSTRUCTIONS):
        assert text not in found.model_dump_json()
        assert text not in again.model_dump_json()


async def test_those_behind_a_hidden_project_still_read_how_it_is_paid(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    await garden.promise(bo)
    await garden.join(cy)
    await garden.promise(cy)

    await hide(garden)
    [found] = await seen(garden, cy)

    assert [one.instructions for one in found.mine.pledges] == [INSTRUCTIONS]


async def test_who_supports_a_restored_project_is_told_though_nothing_was_said_in_its_thread(
    town: Town,
) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    mo = await town.member("Mo", moderator=True)
    await garden.give(bo, 2)
    await sanction_listing(town.site, mo, "hide", garden.id, "Pas ici.")
    assert await town.events(ListingRestored) == []

    await sanction_listing(town.site, mo, "restore", garden.id, "C’était une erreur.")

    restored = ListingRestored(id=garden.id)
    assert await town.events(ListingRestored) == [restored]
    assert await town.events(ListingRestored, member_topic(id_of(bo))) == [restored]
    for who in (cy, garden.asso, mo):
        assert await town.events(ListingRestored, member_topic(id_of(who))) == []


async def test_only_who_has_something_open_in_it_sees_anything_of_a_hidden_project(town: Town) -> None:
    garden = await Garden.lay_out(town)
    names = ("Bo", "Cy", "Di", "Ed")
    withdrew, received, nothing, took_back = [await garden.neighbour(name) for name in names]
    await garden.take(withdrew, "withdraw", await garden.promise(withdrew))
    await garden.take(garden.asso, "receive", await garden.promise(received))
    await garden.take_back(took_back, await garden.give(took_back, 2))
    shown = await garden.neighbour("Flo")
    await garden.promise(shown)

    before = await seen(garden, shown)
    await hide(garden)

    assert before == []
    for who in (withdrew, received, nothing, took_back, garden.asso):
        assert await seen(garden, who) == []
        if who is not garden.asso:
            with pytest.raises(NotFound):
                await garden.view(who)
    assert len(await seen(garden, shown)) == 1


async def test_the_last_hidden_project_comes_first_and_others_stay_out(town: Town) -> None:
    first, second = await Garden.lay_out(town), await Garden.lay_out(town)
    third = await Garden.lay_out(town)
    bo = await first.neighbour("Bo")
    for garden in (first, second, third):
        await garden.give(bo, 1)

    await hide(second)
    with time_machine.travel(now() + LATE):
        await hide(first)

    assert [one.id for one in await seen(first, bo)] == [first.id, second.id]


async def test_it_says_until_when_what_one_gave_waits_and_the_clock_keeps_to_it(town: Town) -> None:
    garden = await Garden.lay_out(town, closes_at=in_days(100))
    bo = await garden.neighbour("Bo")
    await garden.promise(bo)
    await garden.give(bo, 2)

    await hide(garden)
    [found] = await seen(garden, bo)

    assert found.promises_until is not None
    assert found.promises_until == found.smiles_until
    with time_machine.travel(found.promises_until - LATE):
        await town.work()
        assert len(await seen(garden, bo)) == 1
    with time_machine.travel(found.promises_until + LATE):
        await town.work()
        await town.work()
        assert await seen(garden, bo) == []


async def test_of_a_project_that_was_over_before_smiles_come_back_when_its_owner_had_to_decide(
    town: Town,
) -> None:
    garden = await Garden.lay_out(town, closes_at=in_days(100))
    bo = await garden.neighbour("Bo")
    await garden.promise(bo)
    await garden.give(bo, 2)
    closed = await garden.close()

    with time_machine.travel(in_days(3)):
        await hide(garden)
        [found] = await seen(garden, bo)

    # What was promised to a project that closed stands until one withdraws it.
    assert (found.promises_until, found.smiles_until) == (None, closed.terms.decide_by)
    with time_machine.travel((found.smiles_until or now()) + LATE):
        await town.work()
        await town.work()
        [left] = await seen(garden, bo)
    assert [one.state for one in left.mine.gifts] == ["returned"]
    assert left.smiles_until is None
    assert left.mine.pledges[0].may == ["withdraw"]


async def test_a_line_of_the_statement_leads_to_what_is_held_for_a_hidden_project(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    gift = await garden.give(bo, 3)

    async def led() -> list[str | None]:
        assert bo.member is not None
        page = await statement.page(town.site, bo.member, StatementQuery())
        assert [one.listing for one in page.lines if one.hidden_project] == [None] * shown
        return [one.hidden_project for one in page.lines]

    shown = 0
    assert await led() == [None, None]
    await hide(garden)
    shown = 1
    assert await led() == [garden.id, None]
    await garden.take_back(bo, gift)
    shown = 0
    assert await led() == [None, None, None]
