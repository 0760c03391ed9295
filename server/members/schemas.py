"""What comes in and goes out about members. No output here ever holds a home finer than its cell."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from realtime.people import MemberKind, Person
from realtime.shapes import Place
from realtime.words import Id, Line, Shape
from server.members.addresses import EmailText

Name = Annotated[Line, Field(min_length=2, max_length=40)]
Password = Annotated[SecretStr, Field(min_length=10, max_length=200)]
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
InvitationCode = Annotated[str, StringConstraints(max_length=64)]
Locale = Literal["fr", "en"]


class Join(Shape):
    """Become a member. Without a password one signs in by links sent by mail.

    `invitation` is the code in the link by which one came; one that nobody has is as good as none.
    """

    email: EmailText
    password: Password | None = None
    name: Name
    kind: MemberKind = MemberKind.INDIVIDUAL
    home: Place | None = None
    locale: Locale = "fr"
    invitation: InvitationCode | None = None


class SignIn(Shape):
    """Sign in by password."""

    email: EmailText
    password: Annotated[SecretStr, Field(max_length=200)]


class LinkRequest(Shape):
    """Ask for a sign-in link by mail. The answer never tells whether the address is known."""

    email: EmailText
    locale: Locale = "fr"


class LinkUse(Shape):
    """Use the token of a link that came by mail, to verify one's address or to sign in. It works once."""

    token: Token


class Me(Person):
    """The member who is signed in, as they alone see it. `home` is the published point of their cell."""

    email: str
    locale: Locale
    home: Place | None
    moderator: bool
    shows_presence: bool
    shows_reads: bool
    member_since: datetime


class Accepted(Shape):
    """It was heard. What follows comes by mail."""


class SessionState(Shape):
    """Who is signed in, if anybody."""

    member: Me | None


class MeChange(Shape):
    """Change what is given, leave the rest."""

    name: Name | None = None
    kind: MemberKind | None = None
    home: Place | None = None
    locale: Locale | None = None
    shows_presence: bool | None = None
    shows_reads: bool | None = None
    password: Password | None = None


class SessionLine(Shape):
    """One of the places where one is signed in."""

    id: Id
    device: str
    created_at: datetime
    seen_at: datetime
    current: bool


class SessionLines(Shape):
    """All the places where one is signed in, last seen first."""

    sessions: list[SessionLine]


class Profile(Person):
    """A member as everybody may see them."""

    member_since: datetime
