"""What is done in a conversation: open a dialog, post, edit, delete, read. Each verb is one transaction."""

from typing import Final

from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.protocol import ReadSeen
from realtime.refusals import Conflict, Unauthenticated
from realtime.shapes import Message
from realtime.signals import Broadcast
from realtime.topics import conversation_topic
from server.board import shaping
from server.board.finding import Said, find_listing, find_message, find_turn, require
from server.board.models import ConversationRow, MessageRow, ParticipantRow
from server.board.news import tell_message, tell_places
from server.board.saying import TakenMeanwhileError, Words, say
from server.board.talking import count_unread, mark_read, next_change
from server.clock import now
from server.conversations.schemas import MessageDraft
from server.database import Session, come_through
from server.ids import new_id
from server.listings.schemas import DialogOpened
from server.members.finding import oneself, still_here
from server.outbox import emit
from server.policy.matrix import may
from server.site import Site

# Faster than anybody talks, slower than a script floods a street. Over the socket and by REST together.
MOST_MESSAGES: Final = "60/minute"


async def open_dialog(site: Site, viewer: Viewer, listing: str) -> DialogOpened:
    """Return the private dialog of `viewer` with the listing's author, made if there is none yet.

    Raises `Conflict` for one's own listing, and for a new dialog under one that is no longer open.
    """
    async with site.database.write() as session:
        if viewer.member is not None:
            await oneself(session, viewer.member.id)
        posted = await find_listing(session, listing, lock=True)
        require(viewer, "read", posted)
        member = _member(viewer)
        if member == posted.row.author_id:
            raise Conflict("own_listing")
        known = select(ConversationRow.id).where(
            col(ConversationRow.listing_id) == listing, col(ConversationRow.answerer_id) == member
        )
        dialog = (await session.exec(known)).one_or_none()
        if dialog is None:
            if not may(viewer, "answer", posted.facts):
                raise Conflict("listing_closed")
            dialog = await _begin(session, listing, member, posted.row.author_id)
        return DialogOpened(conversation=dialog, other=posted.author.person())


async def post(site: Site, viewer: Viewer, conversation: str, draft: MessageDraft) -> Message:
    """Say something, once, however often it is sent under the same id.

    Raises `Conflict` if the id is that of another message, `Unauthenticated` for who has left meanwhile.
    """
    await site.limits.hit(MOST_MESSAGES, "conversations.post", _member(viewer))
    try:
        return await come_through(lambda: _post(site, viewer, conversation, draft))
    except TakenMeanwhileError:
        # Whatever was stored under this id while we waited for our turn is there to be seen now.
        return await come_through(lambda: _post(site, viewer, conversation, draft))


async def edit(site: Site, viewer: Viewer, message: str, text: str) -> Message:
    """Word one's own message anew."""
    async with site.database.write() as session:
        said = await find_message(session, message)
        require(viewer, "edit", said)
        still_here(said.author)
        if said.row.text == text:
            return shaping.message(said.row, said.author)
        change = await next_change(session, said.talk)
        said.row.text, said.row.edited_at, said.row.change = text, now(), change
        return await tell_message(session, said)


async def delete(site: Site, viewer: Viewer, message: str) -> Message:
    """Take one's own message back: its place stays, its text is gone for good."""
    async with site.database.write() as session:
        said = await find_message(session, message)
        require(viewer, "read", said)
        if said.row.deleted_at is not None and said.row.author_id == _member(viewer):
            return shaping.message(said.row, said.author)
        require(viewer, "delete", said)
        still_here(said.author)
        change = await next_change(session, said.talk)
        said.row.text, said.row.deleted_at, said.row.change = None, now(), change
        await count_unread(session, said.talk.row.id)
        return await tell_message(session, said)


async def read(site: Site, viewer: Viewer, conversation: str, seq: int) -> None:
    """Note that one has read up to `seq`, never backwards and never further than what there is."""
    member = _member(viewer)
    async with site.database.write() as session:
        talk, me, place, _ = await find_turn(session, conversation, member)
        require(viewer, "read", talk)
        upto = min(seq, talk.row.seq)
        if place is None or upto <= place.read_seq:
            # Who only looks on in a thread has nothing to keep count of.
            return
        marked = await mark_read(session, talk, me, upto)
        if marked is None:
            return
        await tell_places(session, talk, [marked])
        if talk.row.answerer_id is not None and me.shows_reads:
            event = ReadSeen(conversation=conversation, member=member, seq=upto)
            topics = [conversation_topic(conversation)]
            emit(session, Broadcast(topics=topics, event=event, except_members=(member,)))


def _member(viewer: Viewer) -> str:
    if viewer.member is None:
        raise Unauthenticated("sign_in_first")
    return viewer.member.id


async def _begin(session: Session, listing: str, answerer: str, author: str) -> str:
    row = ConversationRow(id=new_id(), listing_id=listing, answerer_id=answerer, updated_at=now())
    session.add(row)
    await session.flush()
    session.add_all(ParticipantRow(conversation_id=row.id, member_id=member) for member in (answerer, author))
    await session.flush()
    return row.id


async def _post(site: Site, viewer: Viewer, conversation: str, draft: MessageDraft) -> Message:
    async with site.database.write() as session:
        turn = await find_turn(session, conversation, _member(viewer), draft.id)
        require(viewer, "write", turn.talk)
        if turn.known is not None:
            if not _same(turn.known, conversation, turn.member.id, draft.text):
                raise Conflict("id_taken", field="id")
            return shaping.message(turn.known, turn.member)
        if turn.place is None:
            # Who leaves looks once for where they take part: this is before it, or after all of it.
            await oneself(session, turn.member.id)
        words = Words(draft.id, text=draft.text)
        row, there = await say(session, turn.talk, turn.member.id, words, newcomer=turn.place is None)
        return await tell_message(session, Said(row, turn.member, turn.talk), there)


def _same(row: MessageRow, conversation: str, author: str, text: str) -> bool:
    """Say whether `row` is what posting this made. Once changed, its first text is unknown: then it is."""
    if (row.conversation_id, row.author_id) != (conversation, author):
        return False
    return row.edited_at is not None or row.deleted_at is not None or row.text == text
