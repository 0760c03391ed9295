"""News of a project: said in its thread by those behind it, and so in the inbox of all who support it."""

from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.refusals import Conflict
from realtime.shapes import Message
from server.board import shaping
from server.board.finding import Said, find_listing, find_turn
from server.board.models import MessageRow
from server.board.news import tell_message
from server.board.saying import TakenMeanwhileError, Words, say
from server.database import Session
from server.members.models import MemberRow
from server.projects.finding import member_of, project_of, require
from server.projects.schemas import UpdateDraft
from server.site import Site

MOST_SHOWN = 50


async def post(site: Site, viewer: Viewer, project: str, draft: UpdateDraft) -> Message:
    """Tell the supporters of a project something, once, however often it is sent under the same id.

    Raises `Conflict` if the id is that of another message.
    """
    try:
        return await _post(site, viewer, project, draft)
    except TakenMeanwhileError:
        return await _post(site, viewer, project, draft)


async def latest(session: Session, thread: str) -> list[Message]:
    """Return the latest updates of a project that can still be read, the newest first."""
    found = (
        select(MessageRow, MemberRow)
        .join(MemberRow, col(MemberRow.id) == col(MessageRow.author_id))
        .where(
            col(MessageRow.conversation_id) == thread,
            col(MessageRow.update),
            col(MessageRow.deleted_at).is_(None),
            col(MessageRow.hidden_at).is_(None),
        )
        .order_by(col(MessageRow.seq).desc())
        .limit(MOST_SHOWN)
    )
    return [shaping.message(*row) for row in await session.exec(found)]


async def _post(site: Site, viewer: Viewer, project: str, draft: UpdateDraft) -> Message:
    async with site.database.write() as session:
        found = await project_of(session, await find_listing(session, project))
        require(viewer, "read", found)
        turn = await find_turn(session, found.posted.row.thread_id, member_of(viewer), draft.id)
        # Who is behind it is asked once nobody changes the listing any more.
        require(viewer, "update", await project_of(session, await find_listing(session, project)))
        if turn.known is not None:
            if not _same(turn.known, found.posted.row.thread_id, turn.member.id, draft.text):
                raise Conflict("id_taken", field="id")
            return shaping.message(turn.known, turn.member)
        words = Words(draft.id, text=draft.text, update=True)
        row, there = await say(session, turn.talk, turn.member.id, words, newcomer=turn.place is None)
        return await tell_message(session, Said(row, turn.member, turn.talk), there)


def _same(row: MessageRow, thread: str, author: str, text: str) -> bool:
    if (row.conversation_id, row.author_id, row.update) != (thread, author, True):
        return False
    return row.edited_at is not None or row.deleted_at is not None or row.text == text
