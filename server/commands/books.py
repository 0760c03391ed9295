"""`ledger`: prove the whole of it from its entries, and correct a mistake by a transfer of the opposite."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from pydantic import TypeAdapter, ValidationError

from realtime.exchanges import Note
from server.books import proof
from server.books import totals as books
from server.commands.failure import CommandFailed
from server.commands.starting import check_database, settings_of
from server.database import Database
from server.smiles.corrections import CannotCorrect, correct

Work: TypeAlias = Callable[[Database], Awaitable[None]]

_WORDS: Final[TypeAdapter[str]] = TypeAdapter(Note)
_FEWEST_WORDS: Final = 3


def check() -> None:
    """Print each fault of the ledger, or where all smiles are. Raises `CommandFailed` if there is one."""
    _with_database(_check)


def put_right(transfer: str, why: str) -> None:
    """Book the opposite of `transfer`. Raises `CommandFailed`."""
    try:
        words = _WORDS.validate_python(why)
    except ValidationError:
        words = ""
    if len(words) < _FEWEST_WORDS:
        raise CommandFailed("--why is told to those whom it concerns: expected 3 to 500 characters")

    async def work(database: Database) -> None:
        try:
            async with database.write() as session:
                await correct(session, transfer, words)
        except CannotCorrect as refused:
            raise CommandFailed(str(refused)) from None
        print(f"transfer {transfer} is corrected by its opposite")

    _with_database(work)


async def _check(database: Database) -> None:
    async with database.snapshot() as session:
        found = 0
        async for fault in proof.prove(session):
            found += 1
            print(fault, flush=True)
        looked_at, sums = await proof.totals(session), await books.read(session)
    if found:
        raise CommandFailed(f"the ledger has {found} faults")
    print(
        f"the ledger is right: {looked_at.accounts} accounts, {looked_at.transfers} transfers,"
        f" {looked_at.entries} entries"
    )
    minted = ", ".join(f"{reason} {smiles}" for reason, smiles in sums.minted)
    print(f"minted: {minted}; owed: {sums.debts}")
    print(
        f"with members: {sums.members}; held: {sums.held}; with projects: {sums.projects};"
        f" with the community: {sums.community}"
    )


def _with_database(work: Work) -> None:
    async def carry_out() -> None:
        settings = settings_of()
        await check_database(settings)
        database = Database(settings.database_url)
        try:
            await work(database)
        finally:
            await database.aclose()

    asyncio.run(carry_out())
