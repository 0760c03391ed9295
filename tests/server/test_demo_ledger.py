"""The demo's members have their smiles from the first moment, and the demo can still be laid anew."""

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import DatabaseError
from sqlmodel import col, func, select

from realtime.projects import Progress
from realtime.shapes import Layer
from server.board.models import ListingRow
from server.books.proof import faults
from server.database import Database
from server.demo import seeding
from server.demo.projects import projects, supports
from server.demo.town import town
from server.listings.categories import CATEGORIES
from server.projects.finding import find_project
from server.projects.progress import recount
from server.settings import Settings
from server.smiles.models import AccountRow, EntryRow
from tests.server.typesetting import UNTIDY_PUNCTUATION

CENTRE = (7.3389, 47.7466)


async def test_the_demo_is_laid_anew_though_its_ledger_is_only_ever_added_to(sqlite_town_url: str) -> None:
    database, settings = Database(sqlite_town_url), Settings()
    await seeding.seed(database, settings, CENTRE, "no password")
    print_before = await seeding.print_of(database)

    await seeding.clear(database)
    empty = await seeding.is_empty(database)
    await seeding.seed(database, settings, CENTRE, "no password")

    # What is held for projects is still theirs.
    in_hands = select(func.sum(AccountRow.balance)).where(col(AccountRow.owner_id).is_not(None))
    async with database.read() as session:
        granted = int((await session.exec(in_hands)).one() or 0)
    assert (empty, granted) == (True, settings.smiles_grant * len(town().members))
    assert await seeding.print_of(database) == print_before
    with pytest.raises(DatabaseError, match="only ever added"):
        async with database.write() as session:
            await session.exec(delete(EntryRow))
    await database.aclose()


async def test_the_demos_projects_are_counted_and_their_gifts_are_in_the_ledger(sqlite_town_url: str) -> None:
    database = Database(sqlite_town_url)
    await seeding.seed(database, Settings(), CENTRE, "no password")

    async with database.write() as session:
        found = (await session.exec(select(ListingRow).where(col(ListingRow.kind) == "project"))).all()
        shown = [Progress.model_validate(row.progress) for row in found]
        for row in found:
            assert not await recount(session, await find_project(session, row.id))
        assert await faults(session) == []

    assert sorted(one.reach for one in shown) == ["local", "regional", "wide"]
    assert all(one.supporters and one.promised_cents for one in shown)
    assert sum(one.tasks for one in shown) > sum(one.tasks_done for one in shown) > 0
    await database.aclose()


def test_the_words_of_the_demos_projects_are_as_tidy_as_those_of_the_town() -> None:
    keys = {one.key for one in town().members}

    for one in projects():
        assert keys >= {one.author, *one.team, *(support.by for support in supports(one))}
        words = [one.title, one.text, one.instructions, *(said.text for said in one.thread)]
        assert [text for text in words if UNTIDY_PUNCTUATION.search(text)] == []
        assert one.category in CATEGORIES[Layer.PROJECT]
