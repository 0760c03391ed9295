"""Who is signed in: sessions as rows, so that one can see and end them.

The cookie holds 256 random bits, the row their hash: whoever reads the database cannot sign in with it.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy import bindparam, delete
from sqlmodel import col, select
from sqlmodel.sql.expression import Select
from starlette.requests import cookie_parser

from realtime.backend import Viewer
from realtime.people import MemberKind, Person
from realtime.refusals import NotFound
from realtime.signals import IdentityChanged
from server import catalogue
from server.clock import now
from server.database import Session
from server.ids import new_id
from server.jobs import job
from server.members.models import MailTokenRow, MemberRow, SessionRow
from server.members.schemas import SessionLine
from server.outbox import emit
from server.problems import DATABASE_DOWN
from server.settings import Settings
from server.site import Site
from server.tables import Moment

log = structlog.get_logger(__name__)

IDLE: Final = timedelta(days=60)
LONGEST: Final = timedelta(days=365)
# Not at every request: a row that is written each time is a lock that everybody waits for.
SEEN_EVERY: Final = timedelta(hours=1)
_LONGEST_DEVICE = 80


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name. With https the prefix binds it to this very host (RFC 6265bis, 4.1.3.2)."""
    return "__Host-onemile" if settings.is_https else "onemile"


def cookie(settings: Settings, token: str | None) -> str:
    """Return the Set-Cookie header that signs in with `token`, or out without one."""
    age = int(LONGEST.total_seconds()) if token else 0
    secure = "; Secure" if settings.is_https else ""
    value = token or ""
    return f"{cookie_name(settings)}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def hashed(token: str) -> str:
    """Return what is stored of a token. It is random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


async def identify(site: Site, headers: Mapping[str, str], address: str) -> Viewer:
    """Return who sent these headers (names in lower case): the member of the session, or nobody."""
    locale = catalogue.negotiate(headers.get("accept-language", ""))
    cookies = headers.get("cookie")
    token = cookie_parser(cookies).get(cookie_name(site.settings)) if cookies else None
    found = await site.database.ask(_signed_in, hashed(token)) if token else None
    if found is None:
        return Viewer(address=address, locale=locale)
    if now() - found.seen_at > SEEN_EVERY:
        await _seen(site, found.session)
    return Viewer(
        address=address,
        locale=found.locale,
        member=Person(id=found.member, name=found.name, kind=MemberKind(found.kind), avatar=found.avatar),
        session=found.session,
        moderator=found.moderator,
        shows_presence=found.shows_presence,
    )


async def start(session: Session, member: MemberRow, user_agent: str) -> str:
    """Sign `member` in; return the new token, for the cookie."""
    token = secrets.token_urlsafe(32)
    session.add(
        SessionRow(
            id=new_id(),
            member_id=member.id,
            token_hash=hashed(token),
            device=device(user_agent),
            created_at=now(),
            seen_at=now(),
            expires_at=now() + IDLE,
        )
    )
    return token


async def end(session: Session, member_id: str, *, only: str | None = None, keep: str | None = None) -> int:
    """End the sessions of a member (the one `only`, or all but `keep`), sockets too; return how many."""
    chosen = select(SessionRow.id).where(col(SessionRow.member_id) == member_id)
    if only is not None:
        chosen = chosen.where(col(SessionRow.id) == only)
    if keep is not None:
        chosen = chosen.where(col(SessionRow.id) != keep)
    ended = list(await session.exec(chosen))
    await session.exec(delete(SessionRow).where(col(SessionRow.id).in_(ended)))
    emit(session, *(IdentityChanged(member=member_id, session=one) for one in ended))
    return len(ended)


async def lines(site: Site, member_id: str, current: str | None) -> list[SessionLine]:
    """Return where a member is signed in, last seen first."""
    mine = select(SessionRow).where(
        col(SessionRow.member_id) == member_id, col(SessionRow.expires_at) > now()
    )
    async with site.database.read() as session:
        rows = (await session.exec(mine.order_by(col(SessionRow.seen_at).desc()))).all()
    return [
        SessionLine(
            id=row.id,
            device=row.device,
            created_at=row.created_at,
            seen_at=row.seen_at,
            current=row.id == current,
        )
        for row in rows
    ]


async def revoke(site: Site, member_id: str, session_id: str) -> None:
    """End one of a member's own sessions. Raises `NotFound` if it is not theirs."""
    async with site.database.write() as session:
        if not await end(session, member_id, only=session_id):
            raise NotFound("not_found")


def device(user_agent: str) -> str:
    """Return the few words of a User-Agent by which one recognises one's own browser."""
    system = next(
        (name for mark, name in _SYSTEMS if mark in user_agent),
        user_agent.partition("/")[0] if user_agent else "?",
    )
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    return (f"{browser}, {system}" if browser else system)[:_LONGEST_DEVICE]


# The order matters: Edge says that it is Chrome, and everybody that they are Safari.
_BROWSERS = (
    ("Firefox", "Firefox"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


class SignedIn(NamedTuple):
    """What a session says of who has it."""

    token_hash: str
    session: str
    seen_at: datetime
    member: str
    name: str
    kind: str
    avatar: str | None
    locale: str
    moderator: bool
    shows_presence: bool


async def _signed_in(session: Session, hashes: Sequence[str]) -> dict[str, SignedIn]:
    """Return who is signed in by the tokens of these hashes."""
    found = await session.exec(_signed_in_by(), params={"hashes": [*hashes], "now": now()})
    return {row[0]: SignedIn._make(row) for row in found}


@cache
def _signed_in_by() -> Select[Any]:
    """Return the statement, made once and of columns: it is asked at every request."""
    wanted: Select[Any] = (
        select(  # type: ignore[call-overload]
            SessionRow.token_hash,
            SessionRow.id,
            SessionRow.seen_at,
            MemberRow.id,
            MemberRow.name,
            MemberRow.kind,
            MemberRow.avatar,
            MemberRow.locale,
            MemberRow.moderator,
            MemberRow.shows_presence,
        )
        .join(MemberRow, col(MemberRow.id) == col(SessionRow.member_id))
        .where(
            col(SessionRow.token_hash).in_(bindparam("hashes", expanding=True)),
            col(SessionRow.expires_at) > bindparam("now", type_=Moment),
            col(MemberRow.verified_at).is_not(None),
        )
    )
    return wanted


async def _seen(site: Site, session_id: str) -> None:
    """Note that a session is in use. Who only reads must not be refused because nobody can write."""
    try:
        async with site.database.write() as session:
            current = await session.get(SessionRow, session_id)
            if current is not None:
                current.seen_at = now()
                current.expires_at = min(now() + IDLE, current.created_at + LONGEST)
    except DATABASE_DOWN as error:
        log.warning("session_not_noted", error=type(error).__name__)


@job("sessions.prune", every=timedelta(hours=6))
async def prune(site: Site, _: dict[str, object]) -> None:
    """Forget sessions and links whose time is over."""
    async with site.database.write() as session:
        await session.exec(delete(SessionRow).where(col(SessionRow.expires_at) < now()))
        await session.exec(delete(MailTokenRow).where(col(MailTokenRow.expires_at) < now()))
