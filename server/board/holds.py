"""The ids by which smiles are held: no exchange and no gift to a project shares one with another."""

from sqlalchemy import text, union_all
from sqlmodel import col, select

from realtime.refusals import Conflict
from server.board.exchanges import ExchangeRow
from server.board.projects import GiftRow
from server.database import Session


async def claim(session: Session, cause: str) -> None:
    """Keep the id of a new exchange or gift from all others until this transaction ends.

    It is the last lock but those of the ledger. Raises `Conflict` if there is an exchange or a gift of it.
    """
    if session.get_bind().dialect.name == "postgresql":
        # No row of either table could be locked: there is none yet. SQLite has one writer anyway.
        await session.exec(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), params={"id": cause}
        )  # type: ignore[call-overload]
    taken = union_all(
        select(ExchangeRow.id).where(col(ExchangeRow.id) == cause),
        select(GiftRow.id).where(col(GiftRow.id) == cause),
    )
    if (await session.exec(taken)).first() is not None:  # type: ignore[call-overload]
        raise Conflict("id_taken", field="id")
