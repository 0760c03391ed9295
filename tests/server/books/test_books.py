"""The ledger through the front door: one's own smiles, one's own lines, and the books for everybody."""

import httpx
from sqlmodel import col, update

from server.ids import new_id
from server.smiles import holds, ledger
from server.smiles.models import AccountRow
from tests.server.house import House, problem


async def id_of(client: httpx.AsyncClient) -> str:
    member: str = (await client.get("/api/session")).json()["member"]["id"]
    return member


async def has(house: House, client: httpx.AsyncClient, *, granted: int = 0, bought: int = 0) -> str:
    member = await id_of(client)
    async with house.site.database.write() as session:
        if granted:
            await ledger.give(session, "referral", member, granted, key=f"gift:{member}")
        if bought:
            await ledger.give(session, "purchase", member, bought, key=f"buy:{member}", purchase=new_id())
    return member


async def test_a_member_sees_their_smiles_and_how_one_comes_by_more(house: House) -> None:
    ana = await house.join("Ana")
    before = (await ana.get("/api/me/smiles")).json()
    await has(house, ana, granted=7, bought=5)

    wallet = (await ana.get("/api/me/smiles")).json()

    assert wallet["purse"]["balance"] == before["purse"]["balance"] + 12
    assert wallet["purse"]["bought"] == 5
    assert (wallet["grant"], wallet["buying"], wallet["most_per_purchase"]) == (10, False, 200)


async def test_nobody_s_smiles_are_shown_to_a_stranger(small_house: House) -> None:
    stranger = await small_house.visitor()

    for path in ("smiles", "smiles/statement", "smiles/statement.csv", "smiles/months"):
        assert problem(await stranger.get(f"/api/me/{path}")) == (401, "sign_in_first")


async def test_a_statement_is_of_who_asks_and_of_nobody_else(house: House) -> None:
    ana, bo = await house.join("Ana"), await house.join("Bo")
    await has(house, ana, granted=7)

    mine, theirs = [
        (await one.get("/api/me/smiles/statement?kind=received")).json()["lines"] for one in (ana, bo)
    ]

    assert mine[0]["amount"] == 7
    assert [line for line in theirs if line["reason"] == "referral"] == []


async def test_what_a_statement_is_asked_for_must_make_sense(small_house: House) -> None:
    ana = await small_house.join("Ana")

    for query in ("kind=stolen", "limit=0", "limit=201", "before=yesterday"):
        assert problem(await ana.get(f"/api/me/smiles/statement?{query}")) == (422, "invalid_fields")
    unknown = await ana.get(f"/api/me/smiles/statement?before={new_id()}")
    assert problem(unknown) == (404, "not_found")


async def test_the_sheet_is_a_file_that_spreadsheets_take_for_utf_8(small_house: House) -> None:
    ana = await small_house.join("Ana", locale="en")
    await has(small_house, ana, granted=7)

    answer = await ana.get("/api/me/smiles/statement.csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="smiles-20')
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"\xef\xbb\xbfDate (UTC);Reason;With;")


async def test_there_are_twelve_months_even_for_who_has_done_nothing(small_house: House) -> None:
    ana = await small_house.join("Ana")

    found = (await ana.get("/api/me/smiles/months")).json()["months"]

    assert len({month["month"] for month in found}) == 12


async def test_the_books_are_open_to_everybody_and_add_up(house: House) -> None:
    ana = await house.join("Ana")
    stranger = await house.visitor()
    before = (await stranger.get("/api/books")).json()
    member = await has(house, ana, granted=7, bought=5)
    async with house.site.database.write() as session:
        await holds.put_on_hold(session, new_id(), member, 3, key="hold", by=member)
        await ledger.take_back(session, member, 5, key="back", reason="chargeback", purchase=new_id())

    books = (await stranger.get("/api/books")).json()

    assert books["minted"]["referral"] - before["minted"]["referral"] == 7
    assert books["minted"]["purchase"] == 0
    assert books["held"] == 3
    assert sum(books["minted"].values()) + books["debts"] == (
        books["members"] + books["held"] + books["projects"] + books["community"]
    )
    assert books["transfers"] - before["transfers"] == 4
    assert books["balanced"]


async def test_books_of_which_somebody_has_turned_a_page_say_so(house: House) -> None:
    ana = await house.join("Ana")
    member = await has(house, ana, granted=7)
    async with house.site.database.write() as session:
        await session.exec(
            update(AccountRow)
            .where(col(AccountRow.owner_id) == member)
            .values(balance=AccountRow.balance * 2)
        )

    assert (await ana.get("/api/books")).json()["balanced"] is False
