"""What is read of the steps that led somewhere."""

from sqlmodel import col, select

from realtime.exchanges import ExchangeState
from server.board.exchanges import ExchangeRow, StepRow
from server.database import Session


async def disputed(session: Session, row: ExchangeRow) -> StepRow:
    """Return the step by which an exchange came to be disputed: one does at most once."""
    found = select(StepRow).where(
        col(StepRow.exchange_id) == row.id, col(StepRow.state) == ExchangeState.DISPUTED
    )
    return (await session.exec(found)).one()
