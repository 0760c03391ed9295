"""Donations are promised, received and withdrawn between people; the site only keeps what they say of it."""

import asyncio

import pytest
import time_machine
from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.refusals import Conflict, Forbidden, Invalid, NotFound
from server.board.projects import PledgeStepRow
from server.ids import new_id
from server.listings.actions import edit
from server.listings.schemas import ListingChange
from server.mail import ShownMailRow
from server.moderation.actions import sanction_listing
from server.projects import pledges, shaping, views
from server.projects.finding import Promised
from server.projects.schemas import Pledge, TermsChange
from tests.server.board.town import Town
from tests.server.exchanges.pair import id_of
from tests.server.projects.garden import INSTRUCTIONS, Garden, in_days


async def letters(town: Town, to: str = "") -> list[tuple[str, str]]:
    """Return the letters that were sent, as subject and text."""
    await town.work()
    async with town.database.read() as session:
        rows = await session.exec(select(ShownMailRow).order_by(ShownMailRow.id))
        return [(row.subject, row.text) for row in rows if to in row.to]


async def test_a_promise_shows_at_once_on_the_pin_and_how_to_pay_it_only_to_who_promised(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    before = await garden.version()

    pledge = await garden.promise(bo, 20)

    assert (pledge.state, pledge.cents, pledge.instructions) == ("promised", 2000, INSTRUCTIONS)
    shown = await garden.progress()
    assert (shown.promised_cents, shown.received_cents, shown.supporters) == (2000, 0, 1)
    assert await garden.version() == before + 1
    assert (await garden.view(bo)).terms.instructions == INSTRUCTIONS
    assert (await garden.view(cy)).terms.instructions is None
    assert (await garden.view(garden.asso)).terms.instructions == INSTRUCTIONS


async def test_the_team_says_what_has_come_and_takes_it_back_if_it_was_a_mistake(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    pledge = await garden.promise(bo, 20)

    received = await garden.take(garden.asso, "receive", pledge)
    with pytest.raises(Conflict, match="not_in_this_state"):
        await garden.take(bo, "withdraw", received)
    promised = await garden.take(garden.asso, "unreceive", received)
    withdrawn = await garden.take(bo, "withdraw", promised)

    assert [one.state for one in (received, promised, withdrawn)] == ["received", "promised", "withdrawn"]
    assert withdrawn.instructions is None
    async with town.database.read() as session:
        steps = list(await session.exec(select(PledgeStepRow).order_by(col(PledgeStepRow.version))))
    assert [(one.step, one.by_id) for one in steps] == [
        ("promise", id_of(bo)),
        ("receive", id_of(garden.asso)),
        ("unreceive", id_of(garden.asso)),
        ("withdraw", id_of(bo)),
    ]
    assert (await garden.progress()).promised_cents == 0


async def test_what_had_not_come_after_all_to_a_cancelled_project_is_not_promised_again(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    received = await garden.take(garden.asso, "receive", await garden.promise(bo, 20))
    await garden.cancel()
    await town.work()

    after = await garden.take(garden.asso, "unreceive", received)

    assert after.state == "withdrawn"
    async with town.database.read() as session:
        steps = list(await session.exec(select(PledgeStepRow).order_by(col(PledgeStepRow.version))))
    assert [(one.step, one.by_id) for one in steps[-2:]] == [
        ("unreceive", id_of(garden.asso)),
        ("withdraw", None),
    ]
    assert (await garden.progress()).promised_cents == 0


async def test_only_the_team_says_that_money_has_come_and_only_who_promised_withdraws(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    pledge = await garden.promise(bo)

    with pytest.raises(Forbidden):
        await garden.take(bo, "receive", pledge)
    with pytest.raises(NotFound):
        await garden.take(cy, "withdraw", pledge)
    with pytest.raises(Forbidden):
        await garden.take(garden.asso, "withdraw", pledge)


async def test_a_pledge_sent_twice_is_one_and_its_id_stands_for_nothing_else(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    name = new_id()

    first = await garden.promise(bo, 20, id=name)
    again = await garden.promise(bo, 20, id=name)

    assert again == first
    for who, euros in ((bo, 21), (cy, 20)):
        with pytest.raises(Conflict, match="id_taken"):
            await garden.promise(who, euros, id=name)
    assert (await garden.progress()).promised_cents == 2000


async def test_nobody_promises_more_than_twenty_times_or_to_themselves(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")

    for _ in range(16):
        await garden.promise(bo, 1)

    # Not all 24: on a busy machine PostgreSQL would refuse the last to have their turn (STATEMENT_SECONDS).
    tries = await asyncio.gather(*(garden.promise(bo, 1) for _ in range(8)), return_exceptions=True)

    assert sum(not isinstance(one, Exception) for one in tries) == 4
    assert {type(one) for one in tries if isinstance(one, Exception)} == {Conflict}
    assert (await garden.progress()).promised_cents == 2000
    with pytest.raises(Conflict, match="own_project"):
        await garden.promise(garden.asso)


async def test_letters_tell_how_to_pay_remind_once_and_tell_the_team(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo", email="bo@example.org", locale="en")
    await garden.promise(bo, 20, cents=2050)

    first = await letters(town, "bo@example.org")
    with time_machine.travel(in_days(15)):
        second = await letters(town, "bo@example.org")
        third = await letters(town, "bo@example.org")

    assert [subject for subject, _ in second] == [
        "Your promise of €20.50 to “Un jardin partagé”",
        "Reminder: your promise of €20.50 to “Un jardin partagé”",
    ]
    assert first == second[:1]
    assert third == second
    assert all(INSTRUCTIONS in text and "never" in text for _, text in second)
    assert [subject for subject, _ in await letters(town) if "promet 20,50" in subject]


async def test_no_letter_reminds_of_what_has_come_or_was_withdrawn(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo", email="bo@example.org")
    await garden.take(garden.asso, "receive", await garden.promise(bo, 20))
    await garden.take(bo, "withdraw", await garden.promise(bo, 30))

    with time_machine.travel(in_days(15)):
        written = await letters(town, "bo@example.org")

    assert [subject for subject, _ in written if subject.startswith("Rappel")] == []


async def test_nobody_is_reminded_of_a_hidden_project_before_it_is_restored(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo", email="bo@example.org")
    mo = await town.member("Mo", moderator=True)
    await garden.promise(bo, 20)

    with time_machine.travel(in_days(8)):
        await sanction_listing(town.site, mo, "hide", garden.id, "Pas ici.")
    with time_machine.travel(in_days(15)):
        hidden = await letters(town, "bo@example.org")
        await sanction_listing(town.site, mo, "restore", garden.id, "C’était une erreur.")
    with time_machine.travel(in_days(29)):
        restored = await letters(town, "bo@example.org")

    assert [[one[:6] for one, _ in some].count("Rappel") for some in (hidden, restored)] == [0, 1]


async def test_what_is_wanted_may_change_but_not_vanish_once_somebody_supports_it(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    await garden.promise(bo)

    async def change(**wanted: object) -> None:
        terms = TermsChange(**wanted)
        draft = ListingChange(version=await garden.version(), project=terms)
        await edit(town.site, garden.asso, garden.id, draft)

    await change(target_cents=80_000, closes_at=in_days(60))
    with pytest.raises(Conflict, match="already_supported"):
        await change(target_cents=None)
    with pytest.raises(Invalid, match="closes_earlier"):
        await change(closes_at=in_days(59))
    await change(target_smiles=None)

    listing = await garden.listing()
    assert listing.progress is not None
    assert (listing.progress.target_cents, listing.progress.target_smiles) == (80_000, None)
    assert listing.expires_at == listing.progress.closes_at > in_days(59)


@pytest.mark.parametrize(
    ("days", "why"),
    [(-1, "closes_soon"), (0.9, "closes_soon"), (0.97, ""), (365.9, ""), (366.1, "closes_late")],
)
async def test_a_project_closes_a_day_to_a_year_ahead_however_long_its_form_was_open(
    town: Town, days: float, why: str
) -> None:
    if not why:
        garden = await Garden.lay_out(town, closes_at=in_days(days))
        assert (await garden.progress()).closes_at > in_days(days - 0.01)
        return
    with pytest.raises(Invalid, match=why):
        await Garden.lay_out(town, closes_at=in_days(days))


async def test_who_promises_and_withdraws_without_end_is_asked_to_come_back_tomorrow(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pledges, "MOST_PLEDGES", 3)
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    for _ in range(3):
        await garden.take(bo, "withdraw", await garden.promise(bo))

    with pytest.raises(Conflict, match="too_many_pledges"):
        await garden.promise(bo)
    await garden.promise(cy)
    with time_machine.travel(in_days(1.1)):
        again = await garden.promise(bo)

    assert again.state == "promised"


async def test_the_team_reads_first_with_which_something_is_still_to_happen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_SUPPORTS", 3)
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    first, second, third, fourth = [await garden.promise(bo, euros) for euros in (1, 2, 3, 4)]
    await garden.take(bo, "withdraw", third)
    await garden.take(garden.asso, "receive", fourth)

    found = await views.supports(town.site, garden.asso, garden.id)

    assert [one.id for one in found.pledges] == [second.id, first.id, fourth.id]
    assert [one.may for one in found.pledges] == [["receive"], ["receive"], ["unreceive"]]


async def test_while_a_long_list_of_supporters_is_made_others_are_served(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    for euros in (1, 2, 3):
        await garden.promise(bo, euros)
    made, served, at = shaping.pledge, 0, []

    async def be_served() -> None:
        nonlocal served
        while True:
            served += 1
            await asyncio.sleep(0)

    def shaped(viewer: Viewer, promised: Promised) -> Pledge:
        at.append(served)
        return made(viewer, promised)

    monkeypatch.setattr(views, "AT_ONCE", 1)
    monkeypatch.setattr("server.projects.views.supporting.pledge", shaped)
    others = asyncio.create_task(be_served())
    await views.supports(town.site, garden.asso, garden.id)
    others.cancel()

    assert len({*at}) == len(at) == 3
