"""Smiles given to a project are held; they pass at its goal or by its owner's word, or they go back."""

import asyncio
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import col, select

from realtime.protocol import PurseChanged
from realtime.refusals import Conflict, Forbidden, NotFound
from realtime.topics import member_topic
from server.board.projects import GiftRow
from server.books import sheet, statement
from server.books.schemas import StatementQuery
from server.clock import now
from server.ids import new_id
from server.jobs import KINDS
from server.listings.actions import delete, edit
from server.listings.schemas import ListingChange
from server.mail import ShownMailRow
from server.projects import settling
from server.projects.schemas import TermsChange
from server.smiles.models import AccountRow
from tests.server.board.town import Town
from tests.server.books.paid import an_exchange
from tests.server.exchanges.pair import Pair, id_of
from tests.server.leaving.parting import leave
from tests.server.projects.garden import Garden, in_days


async def balances(garden: Garden) -> list[int]:
    async with garden.town.database.read() as session:
        found = select(AccountRow.balance).where(col(AccountRow.kind) == "project")
        return list(await session.exec(found))


async def test_a_gift_is_held_and_counts_at_once(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=20)
    bo = await garden.neighbour("Bo", 10)

    gift = await garden.give(bo, 4)

    assert (gift.state, gift.may) == ("held", ["withdraw"])
    purse = await garden.purse(bo)
    assert (purse.balance, purse.held) == (6, 4)
    shown = await garden.progress()
    assert (shown.given_smiles, shown.released, shown.supporters) == (4, False, 1)
    assert await garden.faults() == []


async def test_what_is_for_a_project_is_told_from_what_is_in_an_exchange(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=4)
    bo, cy = await garden.neighbour("Bo", 10), await garden.neighbour("Cy", 0)
    assert bo.member

    async def held() -> tuple[int, int]:
        told = (await town.events(PurseChanged, member_topic(id_of(bo))))[-1].purse
        assert told == await garden.purse(bo)
        return told.held, told.held_for_projects

    await an_exchange(town, cy, bo, 2)
    assert await held() == (2, 0)
    gift = await garden.give(bo, 1)
    assert await held() == (3, 1)
    await garden.take_back(bo, gift)
    assert await held() == (2, 0)
    await garden.give(bo, 4)
    assert await held() == (6, 4)
    await town.work()
    assert await held() == (2, 0)

    lines = (await statement.page(town.site, bo.member, StatementQuery())).lines
    assert [(line.reason, line.gift) for line in lines] == [
        ("release", True),
        ("hold", True),
        ("return", True),
        ("hold", True),
        ("hold", False),
        ("grant", False),
    ]
    table = (await sheet.sheet(town.site, bo.member, "all", "fr")).decode("utf-8-sig")
    assert [row.split(";")[1] for row in table.splitlines()[1:-1]] == [
        "Donnés à un projet",
        "Réservés pour un projet",
        "Rendus par un projet",
        "Réservés pour un projet",
        "Réservés pour un échange",
    ]
    assert garden.asso.member
    theirs = (await sheet.sheet(town.site, garden.asso.member, "all", "en")).decode("utf-8-sig")
    assert theirs.splitlines()[1].split(";")[1] == "Received for a project"


async def test_nobody_gives_what_they_do_not_have_nor_to_themselves_nor_where_nothing_is_wanted(
    town: Town,
) -> None:
    garden = await Garden.lay_out(town, target_smiles=20)
    tasks_only = await Garden.lay_out(town, target_smiles=None, target_cents=None)
    bo = await garden.neighbour("Bo", 3)

    for scene, who, why in (
        (garden, bo, "not_enough_smiles"),
        (garden, garden.asso, "own_project"),
        (tasks_only, bo, "smiles_not_wanted"),
    ):
        with pytest.raises(Conflict, match=why):
            await scene.give(who, 4)
    with pytest.raises(Conflict, match="euros_not_wanted"):
        await tasks_only.promise(bo)
    assert (await garden.progress()).given_smiles == 0
    assert (await garden.purse(bo)).balance == 3


async def test_what_is_held_can_be_taken_back_by_who_gave_it(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=20)
    bo, cy = await garden.neighbour("Bo", 3, bought=4), await garden.neighbour("Cy")
    gift = await garden.give(bo, 5)

    with pytest.raises(NotFound):
        await garden.take_back(cy, gift)
    with pytest.raises(Forbidden):
        await garden.take_back(garden.asso, gift)
    taken = await garden.take_back(bo, gift)

    assert (taken.state, taken.may) == ("returned", [])
    purse = await garden.purse(bo)
    assert (purse.balance, purse.bought, purse.held) == (7, 4, 0)
    assert (await garden.progress()).supporters == 0
    assert await garden.faults() == []


async def test_at_the_goal_all_passes_and_what_comes_later_passes_at_once(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=10)
    bo, cy, di = [await garden.neighbour(name, 3, bought=4) for name in ("Bo", "Cy", "Di")]
    first, second = await garden.give(bo, 6), await garden.give(cy, 5)

    with pytest.raises(Conflict, match="not_in_this_state"):
        await garden.take_back(bo, first)
    await town.work()
    third = await garden.give(di, 2)

    assert [(await garden.gift(one.id)).state for one in (first, second, third)] == ["given"] * 3
    assert third.state == "given"
    shown = await garden.progress()
    assert (shown.given_smiles, shown.released) == (13, True)
    owner = await garden.purse(garden.asso)
    # What was bought is earned by who is given it.
    assert (owner.balance, owner.bought) == (13, 0)
    assert {*await balances(garden)} == {0}
    assert (await garden.view()).held_smiles == 0
    assert await garden.faults() == []


async def test_lowering_the_goal_to_what_there_is_reaches_it(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=10)
    await garden.give(await garden.neighbour("Bo"), 6)

    draft = ListingChange(version=await garden.version(), project=TermsChange(target_smiles=6))
    shown = (await edit(town.site, garden.asso, garden.id, draft)).listing.progress
    await town.work()

    # At once, not when the smiles have passed.
    assert shown is not None
    assert shown.released
    assert (await garden.progress()).released
    assert (await garden.purse(garden.asso)).balance == 6


async def test_each_line_of_the_statements_names_the_project_and_the_other_one(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=5)
    bo = await garden.neighbour("Bo")
    await garden.give(bo, 5, public=False)
    await town.work()

    async def lines(who: object) -> list[tuple[str, int, int, str | None, str | None]]:
        assert who is not None
        page = await statement.page(town.site, who, StatementQuery())  # type: ignore[arg-type]
        return [
            (
                line.reason,
                line.amount,
                line.held,
                line.listing.id if line.listing else None,
                line.other.name if line.other else None,
            )
            for line in page.lines
        ]

    assert await lines(bo.member) == [
        ("release", 0, -5, garden.id, "Asso"),
        ("hold", -5, 5, garden.id, "Asso"),
        ("grant", 10, 0, None, None),
    ]
    assert await lines(garden.asso.member) == [("release", 5, 0, garden.id, "Bo")]


async def test_a_gift_sent_twice_is_one_and_its_id_stands_for_nothing_else(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo, cy = await garden.neighbour("Bo"), await garden.neighbour("Cy")
    name = new_id()

    tries = await asyncio.gather(*(garden.give(bo, 2, id=name) for _ in range(8)))

    assert {one.id for one in tries} == {name}
    assert (await garden.purse(bo)).balance == 8
    for who, smiles in ((bo, 3), (cy, 2)):
        with pytest.raises(Conflict, match="id_taken"):
            await garden.give(who, smiles, id=name)


async def test_an_exchange_and_a_gift_never_share_an_id_as_they_would_share_a_hold(town: Town) -> None:
    garden = await Garden.lay_out(town)
    pair = await Pair.meet(town)
    exchange = await pair.accepted()
    gift = await garden.give(pair.ana, 2)
    other = await pair.another_helper()

    with pytest.raises(Conflict, match="id_taken"):
        await garden.give(pair.ana, 2, id=exchange.id)
    with pytest.raises(Conflict, match="id_taken"):
        await other.propose(id=gift.id)


@pytest.mark.parametrize("other", ["gift", "exchange"])
async def test_of_a_gift_and_an_exchange_that_take_one_id_at_once_there_is_one(
    postgresql_town: Town, other: str
) -> None:
    town = postgresql_town
    garden, name = await Garden.lay_out(town), new_id()
    pair, giver = await Pair.meet(town), await garden.neighbour("Di")
    elsewhere = await pair.another_helper()
    written, go_on = asyncio.Event(), asyncio.Event()

    async def propose() -> None:
        async with town.database.write():
            await pair.propose(id=name)
            written.set()
            await go_on.wait()

    first = asyncio.create_task(propose())
    await written.wait()
    # Nobody sees yet what is proposed.
    second = asyncio.create_task(
        garden.give(giver, 2, id=name) if other == "gift" else elsewhere.propose(id=name)
    )
    await town.until_waiting(1)
    go_on.set()
    await first

    with pytest.raises(Conflict, match="id_taken"):
        await second
    assert (await garden.purse(giver)).held == 0


async def test_over_without_its_goal_the_owner_decides(town: Town) -> None:
    for release, owners in (("released", 5), ("returned", 0)):
        garden = await Garden.lay_out(town, target_smiles=20)
        bo = await garden.neighbour("Bo")
        gift = await garden.give(bo, 5)

        closed = await garden.close()
        await garden.decide(release)  # type: ignore[arg-type]
        await town.work()

        assert "decide" in closed.may
        assert closed.terms.decide_by is not None
        assert (await garden.purse(garden.asso)).balance == owners
        assert (await garden.purse(bo)).balance == 10 - owners
        assert (await garden.gift(gift.id)).state == ("given" if owners else "returned")
        assert (await garden.progress()).given_smiles == owners
        assert await garden.faults() == []
        with pytest.raises(Conflict, match="not_in_this_state"):
            await garden.decide("released")


async def test_at_the_closing_date_the_pin_leaves_and_without_a_word_all_goes_back(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=20, closes_at=in_days(3))
    bo = await garden.neighbour("Bo")
    await garden.give(bo, 5)

    with time_machine.travel(in_days(4)):
        with pytest.raises(Conflict, match="project_over"):
            await garden.give(bo, 1)
        await town.work()
        listing, waiting = await garden.listing(), await garden.view()
        written = await _subjects(town)
    with time_machine.travel(in_days(4 + 15)):
        await town.work()

    assert listing.progress is not None
    assert (listing.state, listing.progress.outcome) == ("done", "closed")
    assert waiting.held_smiles == 5
    assert [one for one in written if "que deviennent 5 smiles" in one]
    purse = await garden.purse(bo)
    assert (purse.balance, purse.held) == (10, 0)
    assert (await garden.view()).terms.release == "returned"
    assert await garden.faults() == []


async def test_a_closing_date_that_was_put_off_closes_nothing(town: Town) -> None:
    garden = await Garden.lay_out(town, closes_at=in_days(3))
    later = ListingChange(version=1, project=TermsChange(closes_at=in_days(10)))
    await edit(town.site, garden.asso, garden.id, later)

    with time_machine.travel(in_days(4)):
        await town.work()
        assert (await garden.progress()).outcome == "open"
    with time_machine.travel(in_days(11)):
        await town.work()
        assert (await garden.progress()).outcome == "closed"


async def test_what_is_over_changes_its_terms_no_more_though_the_clock_is_late(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=20, closes_at=in_days(3))
    bo = await garden.neighbour("Bo", 5)
    await garden.give(bo, 5)

    with time_machine.travel(in_days(4)):
        for terms in (TermsChange(target_smiles=5), TermsChange(closes_at=in_days(10))):
            with pytest.raises(Conflict, match="project_over"):
                await edit(town.site, garden.asso, garden.id, ListingChange(version=2, project=terms))
        await town.work()

    shown = await garden.progress()
    assert (shown.outcome, shown.released) == ("closed", False)


async def test_cancelled_every_smile_goes_back_and_nothing_is_expected_any_more(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=100)
    supporters = [await garden.neighbour(f"V{n}", 3, bought=4, email=f"v{n}@example.org") for n in range(5)]
    for who in supporters:
        await garden.give(who, 6)
        await garden.promise(who, 20)
    paid = await garden.promise(supporters[0], 50)
    await garden.take(garden.asso, "receive", paid)

    cancelled = await garden.cancel("Le terrain est vendu.")
    await town.work()

    assert {*cancelled.may} == {"update", "list"}
    for who in supporters:
        purse = await garden.purse(who)
        assert (purse.balance, purse.bought, purse.held) == (7, 4, 0)
    view = await garden.view(supporters[0])
    assert view.terms.farewell == (await garden.view()).terms.farewell == "Le terrain est vendu."
    assert (await garden.view(await garden.neighbour("Zoé"))).terms.farewell is None
    assert (view.listing.state, view.held_smiles) == ("expired", 0)
    shown = await garden.progress()
    assert (shown.outcome, shown.promised_cents, shown.received_cents) == ("cancelled", 5000, 5000)
    assert sorted(one.state for one in await garden.pledges()) == ["received"] + ["withdrawn"] * 5
    farewells = [one for one in await _subjects(town) if "est annulé" in one]
    assert len(farewells) == 5
    assert await garden.faults() == []


async def test_a_supported_project_is_cancelled_before_it_is_deleted(town: Town) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    await garden.give(bo, 2)

    with pytest.raises(Conflict, match="cancel_first"):
        await delete(town.site, garden.asso, garden.id)
    await garden.cancel()
    await town.work()
    await delete(town.site, garden.asso, garden.id)

    with pytest.raises(NotFound):
        await garden.view(bo)
    assert (await garden.purse(bo)).balance == 10


async def test_a_job_that_runs_twice_or_late_does_nothing_more(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=5)
    bo = await garden.neighbour("Bo")
    await garden.give(bo, 5)
    await town.work()
    before = await garden.version()

    for kind in ("project.settle", "project.decide"):
        await KINDS[kind].work(town.site, {"project": garden.id})
    due = {"project": garden.id, "closes_at": (now() - timedelta(days=1)).isoformat()}
    await KINDS["project.close"].work(town.site, due)

    assert await garden.version() == before
    await KINDS["project.recount"].work(town.site, {"project": garden.id})
    assert (await garden.progress()).given_smiles == 5
    assert (await garden.purse(garden.asso)).balance == 5


async def _subjects(town: Town) -> list[str]:
    return [one.subject for one in await _letters(town)]


async def _letters(town: Town, about: str = "") -> list[ShownMailRow]:
    await town.work()
    async with town.database.read() as session:
        return [one for one in await session.exec(select(ShownMailRow)) if about in one.subject]


@pytest.mark.parametrize("end", ["goal", "released", "returned", "late", "left"])
async def test_who_gave_is_written_to_once_what_became_of_their_smiles(town: Town, end: str) -> None:
    garden = await Garden.lay_out(town, target_smiles=8)
    bo, cy, di = [await garden.neighbour(name, email=f"{name}@example.org") for name in ("bo", "cy", "di")]
    await garden.give(bo, 3)
    await garden.give(bo, 2, public=False)
    await garden.take_back(di, await garden.give(di, 1))
    await (garden.give(cy, 3) if end == "goal" else garden.close())

    with time_machine.travel(in_days(20 if end == "late" else 0)):
        if end in {"released", "returned"}:
            await garden.decide(end)  # type: ignore[arg-type]
        elif end == "left":
            await leave(town, garden.asso)
        await town.work()
        again = {"project": garden.id, "member": id_of(bo), "smiles": 5, "release": end}
        await KINDS["project.settled"].work(town.site, again)
        told = await _letters(town, "vos smiles")

    bos = [one for one in told if one.to == "bo@example.org"]
    assert len(bos) == 1
    assert "passent" in bos[0].subject if end in {"goal", "released"} else "rendus" in bos[0].subject
    assert "(smiles : 5)" in bos[0].text.replace("\N{NO-BREAK SPACE}", " ")
    assert len(told) == (2 if end == "goal" else 1)


async def test_more_gifts_than_a_job_does_at_once_all_come_where_they_belong(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MOST_AT_ONCE", 2)
    garden = await Garden.lay_out(town, target_smiles=100)
    bo = await garden.neighbour("Bo")
    for _ in range(7):
        await garden.give(bo, 1)
    await garden.cancel()

    await town.work()

    assert (await garden.purse(bo)).balance == 10
    assert id_of(bo) not in {one.person.id for one in (await garden.view()).supporters}


async def test_a_job_that_died_once_all_was_settled_tells_of_it_the_next_time(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    garden = await Garden.lay_out(town, target_smiles=100)
    bo = await garden.neighbour("Bo")
    await garden.give(bo, 4)
    await garden.promise(bo, 20)
    await garden.cancel()

    with monkeypatch.context() as dying:
        dying.setattr(settling, "tell", None)
        await town.work()
    died = await garden.listing()
    with time_machine.travel(now() + timedelta(minutes=6)):
        await town.work()

    shown = await garden.listing()
    assert shown.progress is not None
    assert (shown.progress.given_smiles, shown.progress.promised_cents) == (0, 0)
    assert shown.version > died.version


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"state": "given"}, "held"),
        ({"state": "returned"}, "held"),
        ({"smiles": 3}, "held"),
        ({"member_id": "somebody"}, "giver's"),
    ],
)
async def test_the_proof_finds_a_gift_that_says_something_else_than_the_ledger(
    town: Town, wrong: dict[str, str | int], said: str
) -> None:
    garden = await Garden.lay_out(town)
    bo = await garden.neighbour("Bo")
    gift = await garden.give(bo, 4)
    if "member_id" in wrong:
        wrong = {"member_id": id_of(garden.asso)}

    async with town.database.write() as session:
        (await session.get_one(GiftRow, gift.id)).sqlmodel_update(wrong)

    found = await garden.faults()
    assert found
    assert all(one.startswith(f"L8 gift {gift.id}") for one in found)
    assert any(said in one for one in found)


async def test_the_proof_finds_a_gift_that_passed_and_says_it_is_held(town: Town) -> None:
    garden = await Garden.lay_out(town, target_smiles=4)
    gift = await garden.give(await garden.neighbour("Bo"), 4)
    await town.work()

    async with town.database.write() as session:
        (await session.get_one(GiftRow, gift.id)).state = "held"

    assert len([one for one in await garden.faults() if f"L8 gift {gift.id}" in one]) == 2
