"""The tables of accounts. Of a home only the 300 m cell and the point it publishes are ever written."""

from datetime import datetime

from sqlalchemy import Float
from sqlmodel import Field

from realtime.people import MemberKind, Person
from server.tables import Row, moment

ID_LENGTH = 36


class MemberRow(Row, table=True):
    """An account. Without `verified_at` it can do nothing; without a password one signs in by mail."""

    __tablename__ = "member"

    id: str = Field(primary_key=True, max_length=ID_LENGTH)
    email: str = Field(max_length=254, unique=True)
    password_hash: str | None = Field(default=None, max_length=200)
    name: str = Field(max_length=40)
    kind: str = Field(max_length=16)
    locale: str = Field(max_length=8)
    home_cell: str | None = Field(default=None, max_length=16)
    home_lon: float | None = Field(default=None, sa_type=Float(53))
    home_lat: float | None = Field(default=None, sa_type=Float(53))
    moderator: bool = False
    shows_presence: bool = True
    shows_reads: bool = True
    verified_at: datetime | None = moment(default=None)
    # Who brought them, and the code by which they bring others, once they have asked for it.
    sponsor_id: str | None = Field(default=None, index=True, max_length=ID_LENGTH)
    invitation: str | None = Field(default=None, index=True, unique=True, max_length=16)
    left_at: datetime | None = moment(default=None)
    # The name of the photo by which everybody sees them.
    avatar: str | None = Field(default=None, max_length=32)
    created_at: datetime = moment()

    def person(self) -> Person:
        """Return the member as everybody may see them."""
        return Person(id=self.id, name=self.name, kind=MemberKind(self.kind), avatar=self.avatar)


class SessionRow(Row, table=True):
    """A place where a member is signed in. The token itself is only in the cookie; here is its hash."""

    __tablename__ = "session"

    id: str = Field(primary_key=True, max_length=ID_LENGTH)
    member_id: str = Field(foreign_key="member.id", index=True, max_length=ID_LENGTH)
    token_hash: str = Field(max_length=64, unique=True)
    device: str = Field(max_length=80)
    created_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment(index=True)


class MailTokenRow(Row, table=True):
    """A link that was sent by mail. It works once, and shows that the address is the member's."""

    __tablename__ = "mail_token"

    token_hash: str = Field(primary_key=True, max_length=64)
    member_id: str = Field(foreign_key="member.id", index=True, max_length=ID_LENGTH)
    created_at: datetime = moment()
    expires_at: datetime = moment(index=True)
