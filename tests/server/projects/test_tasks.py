"""A task is a request of a project: answered and done like any other, and counted by its project."""

from typing import Any

import pytest

from realtime.protocol import ListingChanged
from realtime.refusals import Conflict, Forbidden, Invalid, NotFound
from realtime.shapes import ListingState
from server.board.finding import find_listing
from server.ids import new_id
from server.listings import actions, views
from server.moderation.actions import sanction_listing
from server.projects import team
from tests.server.board.town import Town, a_request
from tests.server.exchanges.pair import Pair, id_of
from tests.server.projects.garden import Garden, a_project


async def counted(garden: Garden) -> tuple[int, int, int]:
    await garden.town.work()
    shown = await garden.progress()
    return shown.tasks, shown.tasks_done, shown.supporters


async def helped(garden: Garden, task: str, helper: str, thanks: str | None = None) -> None:
    """Have somebody help with a task, and be thanked for it."""
    bo = await garden.neighbour(helper)
    dialog = await garden.town.dialog(bo, task)
    pair = Pair(garden.town, garden.asso, bo, task, dialog)
    done = await pair.done(smiles=0)
    await pair.take(garden.asso, "confirm", done, thanks)


async def test_each_turn_of_a_task_shows_on_its_project(town: Town) -> None:
    garden = await Garden.lay_out(town)
    found = [await counted(garden)]

    first, second = await garden.task(), await garden.task()
    found.append(await counted(garden))
    await helped(garden, first.id, "Bo", "Merci !")
    found.append(await counted(garden))
    await actions.close(town.site, garden.asso, second.id)
    found.append(await counted(garden))
    await actions.reopen(town.site, garden.asso, second.id)
    found.append(await counted(garden))
    await actions.delete(town.site, garden.asso, second.id)
    found.append(await counted(garden))

    assert found == [(0, 0, 0), (2, 0, 0), (2, 1, 1), (2, 2, 1), (2, 1, 1), (1, 1, 1)]
    assert [one.id for one in (await garden.view()).tasks] == [first.id]


async def test_a_task_that_is_under_way_is_news_of_its_project(town: Town) -> None:
    garden = await Garden.lay_out(town)
    task = await garden.task()
    bo = await garden.neighbour("Bo")
    pair = Pair(town, garden.asso, bo, task.id, await town.dialog(bo, task.id))
    await town.work()
    known = await garden.version()

    agreed = await pair.accepted(smiles=0)
    await town.work()
    under_way = await garden.version()
    await pair.take(garden.asso, "cancel", agreed)
    await town.work()

    assert known < under_way < await garden.version()
    told = await town.events(ListingChanged, f"listing:{garden.id}")
    assert under_way in [one.listing.version for one in told]


@pytest.mark.parametrize("meanwhile", ["it was closed", "another is at it"])
async def test_who_helped_supports_the_project_though_the_task_does_not_turn_by_it(
    town: Town, meanwhile: str
) -> None:
    garden = await Garden.lay_out(town)
    task = await garden.task()
    bo = await garden.neighbour("Bo")
    pair = Pair(town, garden.asso, bo, task.id, await town.dialog(bo, task.id))
    done = await pair.done(smiles=0)
    if meanwhile == "it was closed":
        await actions.close(town.site, garden.asso, task.id)
    else:
        await (await pair.another_helper()).accepted(smiles=0)
    before = await counted(garden)

    await pair.take(garden.asso, "confirm", done)

    assert (before[2], (await counted(garden))[2]) == (0, 1)


async def test_what_an_outsider_asks_for_is_no_task_unless_somebody_is_at_it(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    await garden.join(bo)
    asked, ended, begun = [await garden.task(bo) for _ in range(3)]
    own = await garden.task()
    async with town.database.write() as session:
        (await find_listing(session, ended.id)).row.state = ListingState.EXPIRED
    await Pair(town, bo, cy, begun.id, await town.dialog(cy, begun.id)).accepted(smiles=0)

    await team.take_out(town.site, garden.asso, garden.id, id_of(bo))
    shown = [one.id for one in (await garden.view()).tasks]
    at_once, later = (await garden.progress()).tasks, (await counted(garden))[0]

    assert sorted(shown) == sorted([begun.id, own.id])
    assert at_once == later == 2
    after = (await views.view(town.site, cy, asked.id)).listing
    assert (after.project, after.state, after.author.name) == (None, "open", "Bo")
    told = [one.listing for one in await town.events(ListingChanged) if one.listing.id == asked.id]
    assert (told[-1].project, told[-1].version) == (None, after.version)


@pytest.mark.parametrize("again", ["nobody is at it", "it was not done"])
async def test_what_an_outsider_asks_for_again_is_no_task_any_more(town: Town, again: str) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    await garden.join(bo)
    task = await garden.task(bo)
    pair = Pair(town, bo, cy, task.id, await town.dialog(cy, task.id))
    if again == "nobody is at it":
        agreed = await pair.accepted(smiles=0)
    else:
        await actions.close(town.site, bo, task.id)
    await team.take_out(town.site, garden.asso, garden.id, id_of(bo))
    before = (await counted(garden))[0]

    if again == "nobody is at it":
        await pair.take(cy, "cancel", agreed)
    else:
        await actions.reopen(town.site, bo, task.id)

    assert (before, (await counted(garden))[0]) == (1, 0)
    after = await pair.above()
    assert (after.project, after.state, after.author.name) == (None, "open", "Bo")
    assert (await garden.view()).tasks == []


async def test_nobody_is_told_again_of_a_deleted_project_whose_tasks_go_on(town: Town) -> None:
    garden = await Garden.lay_out(town)
    task = await garden.task()
    await actions.delete(town.site, garden.asso, garden.id)
    await town.work()
    told = await town.events(ListingChanged, f"listing:{garden.id}")

    await actions.close(town.site, garden.asso, task.id)
    await town.work()

    assert await town.events(ListingChanged, f"listing:{garden.id}") == told


async def test_who_helped_is_named_if_they_were_thanked_in_words(town: Town) -> None:
    garden = await Garden.lay_out(town)
    await helped(garden, (await garden.task()).id, "Bo", "Merci !")
    await helped(garden, (await garden.task()).id, "Cy")
    await town.work()

    page = await garden.view()

    assert [(one.person.name, one.what) for one in page.supporters] == [("Bo", "task")]
    assert page.anonymous == 1


@pytest.mark.parametrize("gone", ["hidden", "deleted"])
async def test_thanks_that_nobody_can_read_any_more_name_nobody(town: Town, gone: str) -> None:
    garden = await Garden.lay_out(town)
    task = await garden.task()
    await helped(garden, task.id, "Bo", "Merci !")
    if gone == "hidden":
        mo = await town.member("Mo", moderator=True)
        await sanction_listing(town.site, mo, "hide", task.id, "Pas ici.")
    else:
        await actions.delete(town.site, garden.asso, task.id)
    await town.work()

    page = await garden.view()

    assert (page.supporters, page.anonymous) == ([], 1)


async def test_only_the_team_adds_tasks_and_only_while_it_is_open(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")

    with pytest.raises(Forbidden):
        await garden.task(bo)
    with pytest.raises(NotFound):
        await garden.task(project_id=new_id())
    await garden.close()
    with pytest.raises(Conflict, match="project_over"):
        await garden.task()


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (a_project(project=None) | {"project": None}, "terms_needed"),
        (a_project() | {"kind": "offer", "category": "garden"}, "terms_elsewhere"),
        ({"kind": "offer", "project_id": new_id()}, "task_elsewhere"),
        (a_project(project={"instructions": ""}), "instructions_needed"),
        (a_project(smiles=3), "smiles_elsewhere"),
        (a_project(category="garden"), "category_elsewhere"),
    ],
)
async def test_what_is_no_project_has_no_terms_and_a_project_has(
    town: Town, wanted: dict[str, Any], why: str
) -> None:
    ana = await town.member("Ana")

    with pytest.raises(Invalid, match=why):
        await town.publish(ana, **wanted)


async def test_a_project_has_steps_of_its_own_and_none_of_a_requests(town: Town) -> None:
    garden = await Garden.lay_out(town)

    with pytest.raises(Conflict, match="not_in_this_state"):
        await actions.close(town.site, garden.asso, garden.id)
    with pytest.raises(Conflict, match="not_in_this_state"):
        await actions.renew(town.site, garden.asso, garden.id)
    await garden.close()
    with pytest.raises(Conflict, match="not_in_this_state"):
        await actions.reopen(town.site, garden.asso, garden.id)


async def test_a_project_published_twice_is_one(town: Town) -> None:
    ana = await town.member("Ana")
    draft = a_request(**a_project())

    first = await actions.publish(town.site, ana, draft)
    again = await actions.publish(town.site, ana, draft)

    assert again.listing == first.listing
    assert draft.project is not None
    other = draft.model_copy(update={"project": draft.project.model_copy(update={"target_cents": 100})})
    with pytest.raises(Conflict, match="id_taken"):
        await actions.publish(town.site, ana, other)
