"""`onemile ledger`: who runs a town can prove its ledger, and correct a mistake by its opposite."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

import pytest
from sqlmodel import col, select, update

from realtime.backend import Viewer
from server.__main__ import main
from server.books import proof, statement
from server.books.schemas import StatementLine, StatementQuery
from server.ids import new_id
from server.smiles import ledger
from server.smiles.models import AccountRow, TransferRow
from tests.server.board.town import Town, town_at
from tests.server.books.paid import a_member, an_exchange, ends, person

T = TypeVar("T")
Said: TypeAlias = tuple[int, str, str]
Onemile: TypeAlias = Callable[..., Said]


@pytest.fixture
def onemile(town_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Onemile:
    """Carry out a command on the town's database; return its exit code, what it said and what went wrong."""
    monkeypatch.setenv("ONEMILE_DATABASE_URL", town_url)

    def carry_out(*arguments: str) -> Said:
        try:
            code = main(arguments)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        return code, *capsys.readouterr()

    return carry_out


def in_town(url: str, act: Callable[[Town], Awaitable[T]]) -> T:
    async def carry_out() -> T:
        async with town_at(url) as town:
            return await act(town)

    return asyncio.run(carry_out())


async def lines(town: Town, who: Viewer) -> list[StatementLine]:
    return (await statement.page(town.site, person(who), StatementQuery())).lines


async def transfer(town: Town, reason: str) -> str:
    async with town.database.read() as session:
        return (await session.exec(select(TransferRow.id).where(col(TransferRow.reason) == reason))).one()


async def faults(town: Town) -> list[str]:
    async with town.database.snapshot() as session:
        return await proof.faults(session)


def test_a_ledger_that_is_right_says_where_all_smiles_are(town_url: str, onemile: Onemile) -> None:
    async def live(town: Town) -> None:
        ana, bo = await a_member(town, "Ana", 10), await a_member(town, "Bo", 5)
        await an_exchange(town, bo, ana, 4)

    in_town(town_url, live)

    code, said, _ = onemile("ledger", "check")

    assert code == 0
    assert said.splitlines() == [
        "the ledger is right: 8 accounts, 3 transfers, 6 entries",
        "minted: grant 15, referral 0, purchase 0; owed: 0",
        "with members: 11; held: 4; with projects: 0; with the community: 0",
    ]


def test_each_fault_is_printed_and_the_exit_is_a_failure(town_url: str, onemile: Onemile) -> None:
    async def forge(town: Town) -> None:
        ana = person(await a_member(town, "Ana", 10)).id
        async with town.database.write() as session:
            more = update(AccountRow).where(col(AccountRow.id) == f"member:{ana}:earned")
            await session.exec(more.values(balance=1000))

    in_town(town_url, forge)

    code, said, wrong = onemile("ledger", "check")

    assert code == 1
    assert [line[:2] for line in said.splitlines()] == ["L1", "L2"]
    assert "its balance is 1000, its entries sum to 10" in said
    assert "the ledger has 2 faults" in wrong


def test_a_gift_is_corrected_by_its_opposite_and_the_member_reads_why(
    town_url: str, onemile: Onemile
) -> None:
    async def live(town: Town) -> tuple[Viewer, str]:
        return await a_member(town, "Ana", 10), await transfer(town, "grant")

    ana, grant = in_town(town_url, live)

    code, said, _ = onemile("ledger", "correct", grant, "--why", "Compte en double")

    first, *rest = in_town(town_url, lambda town: lines(town, ana))
    assert (code, said) == (0, f"transfer {grant} is corrected by its opposite\n")
    assert (first.reason, first.amount, first.balance, first.words) == (
        "correct",
        -10,
        0,
        "Compte en double",
    )
    assert [line.id for line in rest] == [grant]
    assert in_town(town_url, faults) == []


def test_what_had_passed_in_an_exchange_goes_back_to_the_beneficiary(town_url: str, onemile: Onemile) -> None:
    async def live(town: Town) -> tuple[Viewer, Viewer, str]:
        ana, bo = await a_member(town, "Ana", 4), await a_member(town, "Bo")
        async with town.database.write() as session:
            await ledger.give(session, "grant", person(ana).id, 2, key="more")
        await ends(town, await an_exchange(town, bo, ana, 6), 6)
        return ana, bo, await transfer(town, "release")

    ana, bo, release = in_town(town_url, live)

    code, _, _ = onemile("ledger", "correct", release, "--why", "Erreur de la modération")

    mine = in_town(town_url, lambda town: lines(town, ana))[0]
    theirs = in_town(town_url, lambda town: lines(town, bo))[0]
    assert code == 0
    assert (mine.amount, mine.balance, mine.other) == (6, 6, person(bo))
    assert (theirs.amount, theirs.balance, theirs.other) == (-6, 0, person(ana))
    assert in_town(town_url, faults) == []


def test_a_correction_is_corrected_like_any_other_mistake(town_url: str, onemile: Onemile) -> None:
    async def live(town: Town) -> tuple[Viewer, str]:
        return await a_member(town, "Ana", 10), await transfer(town, "grant")

    ana, grant = in_town(town_url, live)
    onemile("ledger", "correct", grant, "--why", "Compte en double")
    correction = in_town(town_url, lambda town: transfer(town, "correct"))

    code, _, _ = onemile("ledger", "correct", correction, "--why", "Ce n’était pas un double")

    assert code == 0
    assert in_town(town_url, lambda town: lines(town, ana))[0].balance == 10


def test_what_cannot_be_corrected_is_refused_in_words(town_url: str, onemile: Onemile) -> None:
    async def live(town: Town) -> tuple[str, str, str]:
        ana, bo = await a_member(town, "Ana", 10), await a_member(town, "Bo")
        await ends(town, await an_exchange(town, bo, ana, 6), 6)
        hold, grant, release = [await transfer(town, reason) for reason in ("hold", "grant", "release")]
        return hold, grant, release

    hold, grant, release = in_town(town_url, live)
    unknown = new_id()

    assert onemile("ledger", "correct", unknown, "--why", "Pourquoi")[2].endswith(
        f"there is no transfer {unknown}\n"
    )
    assert "is not corrected here" in onemile("ledger", "correct", hold, "--why", "Pourquoi")[2]
    assert "6 of these smiles have been spent" in onemile("ledger", "correct", grant, "--why", "Erreur")[2]
    assert onemile("ledger", "correct", release, "--why", "Erreur")[0] == 0
    assert "was corrected before" in onemile("ledger", "correct", release, "--why", "Encore")[2]
    assert "expected 3 to 500 characters" in onemile("ledger", "correct", grant, "--why", " ")[2]
    assert in_town(town_url, faults) == []
