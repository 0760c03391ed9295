"""A statement says what happened to a purse: each transfer once, in its order, with the balance after it."""

import asyncio
import csv
import io

import pytest
import time_machine

from realtime.backend import Viewer
from realtime.refusals import NotFound
from server.board.models import ListingRow
from server.books import months, sheet, statement
from server.books.schemas import LineKind, Statement, StatementQuery
from server.clock import now
from server.ids import new_id
from server.smiles import holds, ledger, purses
from tests.server.board.town import Town
from tests.server.books.paid import a_member, an_exchange, ends, person


async def read(town: Town, viewer: Viewer, kind: LineKind = "all", **query: object) -> Statement:
    return await statement.page(
        town.site, person(viewer), StatementQuery.model_validate({"kind": kind, **query})
    )


async def rows(town: Town, viewer: Viewer, kind: LineKind = "all", locale: str = "fr") -> list[list[str]]:
    body = await sheet.sheet(town.site, person(viewer), kind, locale)
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))


async def test_both_see_what_was_held_and_what_passed_each_with_the_other(town: Town) -> None:
    ana, bo = await a_member(town, "Ana", 10), await a_member(town, "Bo", 10)
    listing = (await town.publish(ana)).listing
    exchange = await an_exchange(town, bo, ana, 6, listing=listing.id)
    await ends(town, exchange, 4, "settled")

    mine, theirs = (await read(town, ana)).lines, (await read(town, bo)).lines

    assert [(line.reason, line.amount, line.held, line.balance) for line in mine] == [
        ("return", 2, -2, 6),
        ("release", 0, -4, 4),
        ("hold", -6, 6, 4),
        ("grant", 10, 0, 10),
    ]
    assert [(line.reason, line.amount, line.held, line.balance) for line in theirs] == [
        ("release", 4, 0, 14),
        ("grant", 10, 0, 10),
    ]
    assert [line.other for line in mine] == [person(bo)] * 3 + [None]
    assert theirs[0].other == person(ana)
    assert {line.listing.title for line in mine[:3] if line.listing} == {listing.title}


@pytest.mark.parametrize(
    ("kind", "reasons"),
    [
        # Held first, then received, then given.
        ("all", ["grant", "release", "release", "hold", "refund", "purchase", "grant"]),
        ("received", ["grant", "release", "grant"]),
        ("given", ["release"]),
        ("held", ["release", "hold"]),
        ("bought", ["refund", "purchase"]),
    ],
)
async def test_a_filter_leaves_lines_out_and_no_balance_changes(
    town: Town, kind: LineKind, reasons: list[str]
) -> None:
    ana, bo, purchase = await a_member(town, "Ana", 10), await a_member(town, "Bo", 10), new_id()
    async with town.database.write() as session:
        await ledger.give(session, "purchase", person(ana).id, 5, key="bought", purchase=purchase)
        await ledger.take_back(session, person(ana).id, 2, key="back", reason="refund", purchase=purchase)
    gives, gets = await an_exchange(town, bo, ana, 3), await an_exchange(town, ana, bo, 4)
    await ends(town, gets, 4)
    await ends(town, gives, 3)
    async with town.database.write() as session:
        await ledger.give(session, "grant", person(ana).id, 1, key="one more")
    balances = {line.id: line.balance for line in (await read(town, ana)).lines}

    found = (await read(town, ana, kind)).lines

    assert [line.reason for line in found] == reasons
    assert {line.id: line.balance for line in found}.items() <= balances.items()


async def test_pages_follow_each_other_without_a_gap(town: Town) -> None:
    ana = await a_member(town, "Ana", 10)
    for n in range(6):
        async with town.database.write() as session:
            await ledger.give(session, "grant", person(ana).id, n + 1, key=f"more {n}")
    whole = (await read(town, ana)).lines

    first = await read(town, ana, limit=4)
    second = await read(town, ana, limit=4, before=first.lines[-1].id)

    assert first.lines + second.lines == whole
    assert (first.earlier, second.earlier) == (True, False)


async def test_what_comes_in_between_two_pages_moves_no_line(town: Town) -> None:
    ana = await a_member(town, "Ana", 10)
    async with town.database.write() as session:
        await ledger.give(session, "grant", person(ana).id, 2, key="second")
    first = await read(town, ana, limit=1)
    async with town.database.write() as session:
        await ledger.give(session, "grant", person(ana).id, 3, key="third")

    second = await read(town, ana, limit=1, before=first.lines[-1].id)

    assert [line.amount for line in first.lines + second.lines] == [2, 10]
    assert not second.earlier


async def test_a_page_before_a_line_that_there_is_not_is_refused(town: Town) -> None:
    ana = await a_member(town, "Ana", 10)

    with pytest.raises(NotFound):
        await read(town, ana, before=new_id())


async def test_each_balance_is_the_one_before_and_what_was_added_however_many_write_at_once(
    town: Town,
) -> None:
    ana, bo = await a_member(town, "Ana", 500), await a_member(town, "Bo", 500)

    async def gifts(n: int) -> None:
        for m in range(5):
            async with town.database.write() as session:
                await ledger.give(session, "grant", person(ana).id, n * 5 + m + 1, key=f"{n} {m}")
            async with town.database.write() as session:
                exchange = new_id()
                await holds.put_on_hold(session, exchange, person(ana).id, n + 1, key=exchange, by=None)
                ids = person(ana).id, person(bo).id
                await holds.release(session, exchange, *ids, n, key=exchange, by=None)

    await asyncio.gather(*(gifts(n) for n in range(8)))

    for who in (ana, bo):
        lines = (await read(town, who, limit=200)).lines
        assert len(lines) >= 35
        balance = 0
        for line in reversed(lines):
            balance += line.amount
            assert line.balance == balance >= 0
        async with town.database.read() as session:
            assert balance == (await purses.purse(session, person(who).id)).balance


async def test_a_debt_and_its_payment_stand_in_the_statement(town: Town) -> None:
    ana, bo = await a_member(town, "Ana"), await a_member(town, "Bo")
    async with town.database.write() as session:
        await ledger.give(session, "purchase", person(ana).id, 5, key="bought", purchase=new_id())
    await ends(town, await an_exchange(town, bo, ana, 5), 5)
    async with town.database.write() as session:
        await ledger.take_back(session, person(ana).id, 5, key="back", reason="chargeback", purchase=new_id())
        await ledger.give(session, "grant", person(ana).id, 8, key="a gift")

    lines = (await read(town, ana)).lines

    assert [(line.reason, line.amount, line.debt, line.balance) for line in lines[:3]] == [
        ("debt", -5, -5, 3),
        ("grant", 8, 0, 8),
        ("chargeback", 0, 5, 0),
    ]
    assert [line.reason for line in (await read(town, ana, "given")).lines] == ["release"]


async def test_a_listing_that_was_hidden_is_not_named_to_who_may_no_longer_read_it(town: Town) -> None:
    ana, bo = await a_member(town, "Ana", 10), await a_member(town, "Bo")
    listing = (await town.publish(ana)).listing.id
    await ends(town, await an_exchange(town, bo, ana, 6, listing=listing), 6)
    async with town.database.write() as session:
        (await session.get_one(ListingRow, listing)).hidden_at = now()

    mine, theirs = (await read(town, ana)).lines, (await read(town, bo)).lines

    assert mine[0].listing is not None
    assert theirs[0].listing is None


async def test_months_hold_what_was_given_and_received_and_not_what_was_bought(town: Town) -> None:
    with time_machine.travel("2025-11-30 23:00:00+00:00"):
        ana, bo = await a_member(town, "Ana", 100), await a_member(town, "Bo", 10)
    with time_machine.travel("2026-01-15 12:00:00+00:00"):
        await ends(town, await an_exchange(town, bo, ana, 6), 4, "settled")
    with time_machine.travel("2026-02-01 00:00:00+00:00"):
        await ends(town, await an_exchange(town, ana, bo, 7), 7)
        async with town.database.write() as session:
            await ledger.give(session, "purchase", person(ana).id, 50, key="bought", purchase=new_id())

    with time_machine.travel("2026-11-25 12:00:00+00:00"):
        found = (await months.months(town.site, person(ana))).months

    assert [month.month for month in found][::11] == ["2025-12", "2026-11"]
    assert len(found) == 12
    assert {
        month.month: (month.received, month.given) for month in found if month.received + month.given
    } == {
        "2026-01": (0, 4),
        "2026-02": (7, 0),
    }


async def test_the_sheet_has_every_line_under_a_head_in_the_reader_s_language(town: Town) -> None:
    ana, bo = await a_member(town, "Ana", 10), await a_member(town, "Bo")
    await ends(town, await an_exchange(town, bo, ana, 6), 6)

    french, english = await rows(town, ana), await rows(town, ana, locale="en")
    theirs = await rows(town, bo)

    assert french[0] == [
        *("Date (UTC)", "Motif", "Avec", "Annonce", "Smiles", "Réservés", "Dus", "Solde après", "Précision"),
    ]
    assert [row[1] for row in french[1:]] == [
        "Donnés en remerciement",
        "Réservés pour un échange",
        "Cadeau de bienvenue",
    ]
    assert [row[1] for row in english] == [
        "Reason",
        "Given in thanks",
        "Held for an exchange",
        "Welcome gift",
    ]
    assert french[2][2:] == ["Bo", "Tondre la pelouse", "-6", "6", "0", "4", ""]
    assert theirs[1][1:] == ["Reçus en remerciement", "Ana", "Tondre la pelouse", "6", "0", "0", "6", ""]


async def test_the_sheet_of_a_filter_has_only_its_lines(town: Town) -> None:
    ana, bo = await a_member(town, "Ana", 10), await a_member(town, "Bo")
    await ends(town, await an_exchange(town, bo, ana, 6), 6)

    assert [row[1] for row in (await rows(town, ana, "given"))[1:]] == ["Donnés en remerciement"]


@pytest.mark.parametrize(
    "title", ["=1+1", "+33 6 12", "-2 kg", "@SUM(A1)", "＝1+1", '=HYPERLINK("http://x")']
)
async def test_no_title_and_no_name_is_a_formula_in_the_sheet(town: Town, title: str) -> None:
    ana, bo = await a_member(town, "Ana", 10), await town.member(title)
    listing = (await town.publish(ana, title=title)).listing.id
    await an_exchange(town, bo, ana, 6, listing=listing)

    cells = (await rows(town, ana))[1]

    assert cells[2:4] == [f"'{title}", f"'{title}"]


@pytest.mark.parametrize("sign", list("=+-@＝"))
@pytest.mark.parametrize("before", ["Oui,", "Oui, ", 'Oui,"', 'Oui,"" ', "\"'=1,"])
async def test_no_title_is_a_formula_for_a_program_that_cuts_cells_by_commas(
    sign: str, before: str, town: Town
) -> None:
    ana, bo = await a_member(town, "Ana", 10), await a_member(town, "Bo")
    listing = (await town.publish(ana, title=f"{before}{sign}cmd|' /C calc'!A0")).listing.id
    await an_exchange(town, bo, ana, 6, listing=listing)

    body = (await sheet.sheet(town.site, person(ana), "all", "en")).decode("utf-8-sig")

    for delimiter in ",;\t":
        cells = [cell for row in csv.reader(io.StringIO(body), delimiter=delimiter) for cell in row]
        assert [cell for cell in cells if cell.lstrip(' "').startswith(f"{sign}cmd")] == []
