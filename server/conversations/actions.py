"""What is done in a conversation: open a dialog, post, edit, delete, read. Each verb is one transaction."""

from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.protocol import ReadSeen
from realtime.refusals import Conflict, Unauthenticated
from realtime.shapes import Message
from realtime.signals import Broadcast
from realtime.topics import conversation_topic
from server.board import shaping
from server.board.finding import Said, Talk, author_of, find_listing, find_message, find_talk, require
from server.board.models import ConversationRow, MessageRow, ParticipantRow
from server.board.news import tell_activity, tell_message
from server.board.talking import count_one_more, count_unread, next_change
from server.clock import now
from server.conversations.schemas import MessageDraft
from server.database import Session
from server.ids import new_id
from server.listings.schemas import DialogOpened
from server.outbox import emit
from server.policy import may
from server.site import Site

# Faster than anybody talks, slower than a script floods a street. Over the socket and by REST together.
MOST_MESSAGES: Final = "60/minute"


async def open_dialog(site: Site, viewer: Viewer, listing: str) -> DialogOpened:
    """Return the private dialog of `viewer` with the listing's author, made if there is none yet.

    Raises `Conflict` for one's own listing, and for a new dialog under one that is no longer open.
    """
    async with site.database.write() as session:
        posted = await find_listing(session, listing, "change")
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

    Raises `Conflict` if the id is that of another message.
    """
    await site.limits.hit(MOST_MESSAGES, "conversations.post", _member(viewer))
    async with site.database.write() as session:
        talk = await find_talk(session, conversation, "change")
        require(viewer, "write", talk)
        author = await author_of(session, _member(viewer))
        known = await session.get(MessageRow, draft.id)
        if known is not None:
            if not _same(known, conversation, author.id, draft.text):
                raise Conflict("id_taken", field="id")
            return shaping.message(known, author)
        row = await _say(session, talk, author.id, draft)
        return await tell_message(session, Said(row, author, talk))


async def edit(site: Site, viewer: Viewer, message: str, text: str) -> Message:
    """Word one's own message anew."""
    async with site.database.write() as session:
        said = await find_message(session, message)
        require(viewer, "edit", said)
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
        change = await next_change(session, said.talk)
        said.row.text, said.row.deleted_at, said.row.change = None, now(), change
        await count_unread(session, said.talk.row.id)
        return await tell_message(session, said)


async def read(site: Site, viewer: Viewer, conversation: str, seq: int) -> None:
    """Note that one has read up to `seq`, never backwards and never further than what there is."""
    async with site.database.write() as session:
        talk = await find_talk(session, conversation, "change")
        require(viewer, "read", talk)
        member = _member(viewer)
        place = await session.get(ParticipantRow, (conversation, member))
        upto = min(seq, talk.row.seq)
        if place is None or upto <= place.read_seq:
            # Who only looks on in a thread has nothing to keep count of.
            return
        place.read_seq = upto
        await count_unread(session, conversation, member)
        await tell_activity(session, conversation, member)
        if talk.row.answerer_id is not None and (await author_of(session, member)).shows_reads:
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


async def _say(session: Session, talk: Talk, author: str, draft: MessageDraft) -> MessageRow:
    """Write the message, count it for everybody else, and have its author take part from now on."""
    seq = await next_change(session, talk)
    row = MessageRow(
        id=draft.id,
        conversation_id=talk.row.id,
        seq=seq,
        change=seq,
        author_id=author,
        text=draft.text,
        created_at=now(),
    )
    talk.row.last_seq, talk.row.updated_at = seq, row.created_at
    if await session.get(ParticipantRow, (talk.row.id, author)) is None:
        session.add(ParticipantRow(conversation_id=talk.row.id, member_id=author, read_seq=seq))
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Taken at this very moment, in another conversation.
        raise Conflict("id_taken", field="id") from None
    await count_one_more(session, row)
    return row


def _same(row: MessageRow, conversation: str, author: str, text: str) -> bool:
    """Say whether `row` is what posting this made. Once changed, its first text is unknown: then it is."""
    if (row.conversation_id, row.author_id) != (conversation, author):
        return False
    return row.edited_at is not None or row.deleted_at is not None or row.text == text
