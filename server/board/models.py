"""The tables of listings and of what is said under them.

They stand together because they lean on each other: a listing has a thread, a dialog has a listing, and
who may read a message follows from both.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Float, Index, UniqueConstraint, false, text
from sqlmodel import Field

from server.clock import now
from server.tables import Row, document, long_text, moment

ID_LENGTH = 36


class ListingRow(Row, table=True):
    """A listing. Its place is the published point: of the clicked one at most the 300 m cell is kept.

    `version` rises by one with each change, in the same UPDATE. A deleted listing keeps its row, since
    private dialogs go on under it.

    What its pin shows is all here: `photos` are `realtime.photos.Photo` in their order, and `progress` is
    what a project's own tables add up to (`realtime.projects.Progress`). `project_id`: it is its task.
    """

    __tablename__ = "listing"
    __table_args__: ClassVar[tuple[CheckConstraint | Index, ...]] = (
        CheckConstraint("smiles >= 0", name="smiles_positive"),
        CheckConstraint("version >= 1", name="version_counts"),
        CheckConstraint("lon >= -180 AND lon <= 180 AND lat >= -90 AND lat <= 90", name="on_earth"),
        Index("ix_listing_author_state", "author_id", "state"),
        Index("ix_listing_state_expires", "state", "expires_at"),
    )

    id: str = Field(primary_key=True, max_length=ID_LENGTH)
    author_id: str = Field(foreign_key="member.id", max_length=ID_LENGTH)
    thread_id: str = Field(unique=True, max_length=ID_LENGTH)
    kind: str = Field(max_length=16)
    title: str = Field(max_length=80)
    text: str = long_text()
    category: str = Field(max_length=16)
    smiles: int
    state: str = Field(max_length=16)
    lon: float = Field(sa_type=Float(53))
    lat: float = Field(sa_type=Float(53))
    precision: str = Field(max_length=16)
    cell: str = Field(max_length=16)
    created_at: datetime = moment(index=True)
    edited_at: datetime | None = moment(default=None)
    # Written by each UPDATE, whoever makes it; of one that has had none, None.
    changed_at: datetime | None = moment(default=None, sa_column_kwargs={"onupdate": now})
    expires_at: datetime = moment()
    hidden_at: datetime | None = moment(default=None)
    # What the moderator told the author; the audit keeps it for good.
    hidden_reason: str | None = long_text(default=None, nullable=True)
    photos: list[dict[str, Any]] | None = document(default=None, nullable=True)
    starts_at: datetime | None = moment(default=None)
    ends_at: datetime | None = moment(default=None)
    progress: dict[str, Any] | None = document(default=None, nullable=True)
    project_id: str | None = Field(default=None, index=True, max_length=ID_LENGTH)
    version: int = 1


class ConversationRow(Row, table=True):
    """A listing's thread, or its author's dialog with one answerer.

    `seq` counts the changes and `last_seq` is the seq of the latest message (0: none yet). Whoever changes
    a conversation holds the lock of this row, so that numbers are taken in the order of commits.
    """

    __tablename__ = "conversation"
    __table_args__: ClassVar[tuple[UniqueConstraint | Index, ...]] = (
        UniqueConstraint("listing_id", "answerer_id", name="uq_conversation_listing_id_answerer_id"),
        # To SQL two nulls differ: without this a listing could have two threads.
        Index(
            "uq_conversation_thread",
            "listing_id",
            unique=True,
            sqlite_where=text("answerer_id IS NULL"),
            postgresql_where=text("answerer_id IS NULL"),
        ),
    )

    id: str = Field(primary_key=True, max_length=ID_LENGTH)
    listing_id: str = Field(foreign_key="listing.id", max_length=ID_LENGTH)
    answerer_id: str | None = Field(default=None, foreign_key="member.id", max_length=ID_LENGTH)
    seq: int = Field(default=0, sa_type=BigInteger)
    last_seq: int = Field(default=0, sa_type=BigInteger)
    updated_at: datetime = moment()


class ParticipantRow(Row, table=True):
    """A member's place in a conversation: how far they have read, and how many messages wait for them."""

    __tablename__ = "participant"
    __table_args__: ClassVar[tuple[CheckConstraint, ...]] = (
        CheckConstraint("unread >= 0", name="unread_counts"),
    )

    conversation_id: str = Field(primary_key=True, foreign_key="conversation.id", max_length=ID_LENGTH)
    member_id: str = Field(primary_key=True, foreign_key="member.id", index=True, max_length=ID_LENGTH)
    read_seq: int = Field(default=0, sa_type=BigInteger)
    unread: int = 0


class MessageRow(Row, table=True):
    """A message. Its id comes from the client. Deleted, its text is gone for good; hidden, it is kept.

    With a `card` it is a step of an exchange; `by_clock`, nobody's own, which waits unread for everybody.
    An `update` is one of a project's.
    """

    __tablename__ = "message"
    __table_args__: ClassVar[tuple[UniqueConstraint | Index, ...]] = (
        UniqueConstraint("conversation_id", "seq", name="uq_message_conversation_id_seq"),
        Index("ix_message_conversation_id_change", "conversation_id", "change"),
    )

    id: str = Field(primary_key=True, max_length=ID_LENGTH)
    conversation_id: str = Field(foreign_key="conversation.id", max_length=ID_LENGTH)
    seq: int = Field(sa_type=BigInteger)
    change: int = Field(sa_type=BigInteger)
    author_id: str = Field(foreign_key="member.id", max_length=ID_LENGTH)
    text: str | None = long_text(default=None, nullable=True)
    created_at: datetime = moment(index=True)
    edited_at: datetime | None = moment(default=None)
    deleted_at: datetime | None = moment(default=None)
    hidden_at: datetime | None = moment(default=None)
    card: dict[str, Any] | None = document(default=None, nullable=True)
    by_clock: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    update: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
