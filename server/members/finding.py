"""Finding a member for what they are about to do themselves: they must still be one by then.

Who asks was let in a moment before. Waiting for a lock they may have left meanwhile, on another screen, and
nothing of theirs may come back.
"""

from realtime.refusals import Unauthenticated
from server.database import Session
from server.members.models import MemberRow


async def oneself(session: Session, member: str) -> MemberRow:
    """Return the member, locked: they change one thing at a time. Raises `Unauthenticated` if they have left.

    Others may go on referring to them meanwhile.
    """
    row = await session.get_one(MemberRow, member, with_for_update={"key_share": True})
    return still_here(row)


def still_here(row: MemberRow) -> MemberRow:
    """Return the member of a locked row. Raises `Unauthenticated` if they have left."""
    if row.left_at is not None:
        raise Unauthenticated("sign_in_first")
    return row
