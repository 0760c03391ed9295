"""After a backup was restored, what was counted since then is another past.

A browser remembers how far it has a conversation (a `change`), and in which version it has a listing. A
restored database counts on from a lower number, so that what is new would look like what is known, and be
passed over in silence. So all numbers leap: whoever comes back has missed more than is sent to catch up, and
is answered by `reset`; versions are beyond any that can have been.
"""

from typing import Final

from sqlalchemy import delete, update
from sqlmodel import col

from server.board.models import ConversationRow, ListingRow
from server.database import Database
from server.members.models import SessionRow
from server.outbox import SignalRow

# More changes than a conversation can ever have; 2²¹ such leaps stay within what JavaScript counts exactly.
LEAP: Final = 2**32
# More changes than a listing can have between a backup and its loss; a column of 32 bits has room for 2,000.
VERSION_LEAP: Final = 1_000_000


async def leap(database: Database) -> None:
    """Have all that is counted leap.

    Sessions end, since some were ended after the backup; signals go, since nobody waits for them any more.
    """
    async with database.write() as session:
        await session.exec(update(ConversationRow).values(seq=col(ConversationRow.seq) + LEAP))
        # To whoever reads them they have not changed.
        leapt = {"version": col(ListingRow.version) + VERSION_LEAP, "changed_at": col(ListingRow.changed_at)}
        await session.exec(update(ListingRow).values(**leapt))
        await session.exec(delete(SessionRow))
        await session.exec(delete(SignalRow))
