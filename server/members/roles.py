"""Who moderates: given and taken on the command line, by whoever runs the service."""

from sqlmodel import col, select

from realtime.signals import IdentityChanged
from server.database import Database
from server.members.addresses import one_spelling
from server.members.models import MemberRow
from server.outbox import leave_behind


async def set_moderator(database: Database, email: str, *, moderator: bool) -> bool:
    """Give the role or take it; return whether there is such a member. Their sockets begin anew."""
    try:
        address = one_spelling(email.strip().lower())
    except ValueError:
        return False
    async with database.write() as session:
        found = select(MemberRow).where(col(MemberRow.email) == address)
        member = (await session.exec(found)).first()
        if member is None:
            return False
        if member.moderator != moderator:
            member.moderator = moderator
            leave_behind(session, IdentityChanged(member=member.id))
        return True


async def moderators(database: Database) -> list[str]:
    """Return the addresses of the moderators, in their order."""
    async with database.read() as session:
        found = select(MemberRow.email).where(col(MemberRow.moderator)).order_by(MemberRow.email)
        return list(await session.exec(found))
