"""Where somebody has written, others are told what they are called once they have left, or how they are seen.

Once in each conversation, however much they wrote in it: one message is told anew, as if it had been edited.
So it is live to who has the conversation open and comes by the cursor to who was away, and a client calls the
author of all others as in the newest one. No line of the moderators' feed is told anew: its readers are told
the person.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import col, select, update

from realtime.protocol import MessageChanged
from realtime.signals import AuthorNews, Broadcast
from realtime.topics import conversation_topic
from server.board import inbox, shaping
from server.board.finding import find_message
from server.board.models import ConversationRow, ListingRow, MessageRow, ParticipantRow
from server.board.news import tell_message
from server.board.talking import next_change
from server.database import Session
from server.members.models import MemberRow
from server.outbox import emit

# Threads at a time: each is a row of what a statement brings.
AT_ONCE: Final = 200


async def tell_the_name(session: Session, member: MemberRow) -> None:
    """Tell the name and the avatar that `member` (locked) has by now wherever they have written."""
    await session.flush()
    await _tell_dialogs(session, member.id)
    mine = _conversations(member.id).where(
        col(ConversationRow.answerer_id).is_(None), col(ConversationRow.last_seq) > 0
    )
    threads = (await session.exec(mine)).all()
    for first in range(0, len(threads), AT_ONCE):
        await _tell_threads(session, member, threads[first : first + AT_ONCE])
    emit(session, AuthorNews(author=member.person()))


async def _tell_dialogs(session: Session, member: str) -> None:
    """Say the last words of each dialog anew, whoever said them: inboxes learn by them that one has left."""
    mine = _conversations(member).where(col(ConversationRow.answerer_id).is_not(None))
    last = mine.with_only_columns(col(MessageRow.id)).join(
        MessageRow,
        (col(MessageRow.conversation_id) == col(ConversationRow.id))
        & (col(MessageRow.seq) == col(ConversationRow.last_seq)),
    )
    for message in (await session.exec(last)).all():
        said = await find_message(session, message)
        said.row.change = await next_change(session, said.talk)
        await tell_message(session, said)


async def _tell_threads(session: Session, member: MemberRow, threads: Sequence[str]) -> None:
    """Say the last words of `member` in each of these threads anew; inboxes that show them learn it too."""
    await session.exec(_locking(threads))
    latest = (
        select(MessageRow.seq)
        .where(col(MessageRow.conversation_id) == col(ConversationRow.id), MessageRow.author_id == member.id)
        .order_by(col(MessageRow.seq).desc())
        .limit(1)
        .correlate(ConversationRow)
        .scalar_subquery()
    )
    said = (
        select(MessageRow)
        .join(ConversationRow, col(ConversationRow.id) == col(MessageRow.conversation_id))
        .where(col(ConversationRow.id).in_(threads), col(MessageRow.seq) == latest)
        .execution_options(populate_existing=True)
    )
    words = {row.conversation_id: row for row in await session.exec(said)}
    counted = (
        update(ConversationRow)
        .where(col(ConversationRow.id).in_(words))
        .values(seq=ConversationRow.seq + 1)
        .returning(col(ConversationRow.id), col(ConversationRow.seq), col(ConversationRow.last_seq))
        .execution_options(synchronize_session=False)
    )
    last_words = []
    for thread, change, last_seq in await session.exec(counted):
        row = words[thread]
        row.change = change
        event = MessageChanged(message=shaping.message(row, member))
        emit(session, Broadcast(topics=[conversation_topic(thread)], event=event))
        if row.seq == last_seq:
            last_words.append(thread)
    await session.flush()
    await _tell_inboxes(session, last_words)


async def _tell_inboxes(session: Session, threads: Sequence[str]) -> None:
    """Bring these threads up to date in the inboxes of all who take part."""
    these = col(ConversationRow.id).in_(threads)
    there = defaultdict(list)
    for place in await inbox.places(session, these):
        there[place.conversation].append(place)
    for entry in await inbox.entries(session, these):
        emit(session, *entry.news(there[entry.talk.id]))


def _conversations(member: str) -> Any:
    """Return the question for the conversations of `member`, in the order in which they are locked."""
    return (
        select(ConversationRow.id)
        .join(ParticipantRow, col(ParticipantRow.conversation_id) == col(ConversationRow.id))
        .where(col(ParticipantRow.member_id) == member)
        .order_by(col(ConversationRow.listing_id), col(ConversationRow.id))
    )


def _locking(threads: Sequence[str]) -> Any:
    """Return the statement that keeps others from hiding these threads and from writing in them."""
    return (
        select(ConversationRow.id)
        .join(ListingRow, col(ListingRow.id) == col(ConversationRow.listing_id))
        .where(col(ConversationRow.id).in_(threads))
        .order_by(col(ConversationRow.listing_id), col(ConversationRow.id))
        .suffix_with("FOR SHARE OF listing FOR NO KEY UPDATE OF conversation", dialect="postgresql")
    )
