"""Who supports a project takes part in its thread: what is told of it stands in their inbox at once."""

from server.board.models import ConversationRow, ParticipantRow
from server.database import Session
from server.inserting import insert_new
from server.projects.finding import Project


async def take_part(session: Session, project: Project, member: str) -> None:
    """Have `member` take part in the thread of a locked project from now on.

    What was said before does not wait for them. Nobody says anything meanwhile: whoever does keeps the
    listing as it is, which we hold.
    """
    thread = project.posted.row.thread_id
    talk = await session.get_one(ConversationRow, thread, populate_existing=True)
    await insert_new(
        session, ParticipantRow(conversation_id=thread, member_id=member, read_seq=talk.seq, unread=0)
    )
