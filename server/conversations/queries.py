"""What is read of conversations by REST: the inbox, and older messages."""

from sqlmodel import col

from realtime.backend import Viewer
from server.board.inbox import conversations
from server.board.models import ParticipantRow
from server.conversations.openings import LATEST, admit, latest
from server.conversations.schemas import Inbox, MessagePage
from server.site import Site


async def inbox(site: Site, viewer: Viewer) -> Inbox:
    """Return all conversations in which `viewer` takes part, the last active first."""
    if viewer.member is None:
        return Inbox(conversations=[], unread=0)
    async with site.database.read() as session:
        mine = await conversations(session, col(ParticipantRow.member_id) == viewer.member.id)
    return Inbox(conversations=mine, unread=sum(conversation.unread for conversation in mine))


async def page(
    site: Site, viewer: Viewer, conversation: str, before: int | None = None, limit: int = LATEST
) -> MessagePage:
    """Return up to `limit` messages before the seq `before` (None: the latest), oldest first."""
    await admit(site.database, viewer, conversation)
    async with site.database.read() as session:
        messages, earlier = await latest(session, conversation, before, limit)
    return MessagePage(messages=messages, earlier=earlier)
