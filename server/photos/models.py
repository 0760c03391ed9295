"""The table of photos: what was developed of a picture that somebody sent. The files lie in the store."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from server.tables import Row, document, long_text, moment

ID_LENGTH = 36


class PhotoRow(Row, table=True):
    """A photo. Its `id` comes from the client, its random `name` is that of its files.

    `sha256` is that of what was sent, so that the same picture sent again under its id is known. `used_at` is
    null as long as nobody shows it: on the listing of `listing_id` or, of kind "avatar", as its owner.

    An avatar that moderators have hidden is no longer its owner's, and stays: until they restore it, or its
    owner has another or none.
    """

    __tablename__ = "photo"
    __table_args__: ClassVar[tuple[CheckConstraint, ...]] = (
        CheckConstraint("width >= 1 AND height >= 1", name="has_pixels"),
    )

    id: str = Field(primary_key=True, max_length=ID_LENGTH)
    owner_id: str = Field(foreign_key="member.id", index=True, max_length=ID_LENGTH)
    kind: str = Field(max_length=8)
    name: str = Field(unique=True, max_length=32)
    sha256: str = Field(max_length=64)
    width: int
    height: int
    widths: list[int] = document()
    placeholder: str = long_text()
    bytes: int
    created_at: datetime = moment(index=True)
    used_at: datetime | None = moment(default=None)
    listing_id: str | None = Field(default=None, foreign_key="listing.id", index=True, max_length=ID_LENGTH)
    hidden_at: datetime | None = moment(default=None)
    # What the moderator told its owner; the audit keeps it for good.
    hidden_reason: str | None = long_text(default=None, nullable=True)
