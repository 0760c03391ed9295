"""The rules of accounts: joining, proving an address, signing in, changing what others see.

Whether an address has an account is nobody's business: at each door a known and an unknown one get the same
answer for the same work, and the difference is told by mail, to the address itself.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import SecretStr
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from geo.position import Point
from geo.privacy import home_cell, published_point
from realtime.refusals import NotFound, Refusal, Unauthenticated
from realtime.shapes import Place
from realtime.signals import IdentityChanged
from server import mail
from server.clock import now
from server.database import Session
from server.ids import new_id
from server.members import sessions
from server.members.addresses import as_read
from server.members.finding import oneself
from server.members.models import MailTokenRow, MemberRow
from server.members.schemas import Join, LinkRequest, LinkUse, Me, MeChange, Profile, SignIn
from server.outbox import emit, enqueue
from server.settings import Settings
from server.site import Site

VERIFY_WITHIN: Final = timedelta(hours=24)
SIGN_IN_WITHIN: Final = timedelta(hours=1)
# To one address, whoever asks for them.
MOST_LINKS: Final = "5/hour"
_LIKE_A_LINK: Final = re.compile(r"[/@:]|\w\.\w")
_LIKE_A_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,16}")
# Told to whoever shows a member's name elsewhere: their pins, say.
PERSON_CHANGED: Final = "member.person_changed"
# Told to whoever welcomes them: somebody has become a member for good.
ADDRESS_PROVED: Final = "member.address_proved"


class LinkSpent(Refusal):
    """The link was used, is too old, or never was one."""

    status = 410


@dataclass(frozen=True, slots=True)
class Stranger:
    """An address of which nobody has shown yet whose it is."""

    email: str
    locale: str
    name: str = ""
    left_at: None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has just signed in, and the token for their cookie."""

    member: Me
    token: str


async def join(site: Site, draft: Join) -> None:
    """Make an account that waits for its address to be proved, and send the link that proves it.

    Somebody who is a member already gets a sign-in link instead. Who joined before and never proved the
    address is overwritten, and their old link with them. But which of the two reads the mail nobody knows: of
    two passwords while a link is on its way none counts, lest one of them opens the other's account.
    """
    await site.limits.hit(MOST_LINKS, "link", sessions.hashed(draft.email))
    # Always compared and hashed, known or not, so that the time tells nothing.
    password = draft.password or SecretStr(secrets.token_urlsafe())
    async with site.database.read() as session:
        before = await _by_email(session, draft.email)
    known_hash = before.password_hash if before else None
    same = await site.passwords.matches(known_hash, password)
    password_hash = await site.passwords.hash(password)
    async with site.database.write() as session:
        sponsor = await _sponsor(session, draft.invitation)
        member = await _joining(session, draft.email)
        if member.verified_at is not None:
            await _send_link(session, site.settings, member, "known")
            return
        disputed = await _awaits_proof(session, member) and not (same and member.password_hash == known_hash)
        member.password_hash = None if disputed or draft.password is None else password_hash
        member.name, member.kind, member.locale = draft.name, draft.kind, draft.locale
        member.sponsor_id = sponsor
        settle(site.settings, member, draft.home)
        await session.flush()
        await session.exec(delete(MailTokenRow).where(col(MailTokenRow.member_id) == member.id))
        await _send_link(session, site.settings, member, "verify")


async def sign_in(site: Site, given: SignIn, user_agent: str) -> SignedIn:
    """Sign in by password. Raises `Unauthenticated`, in the same time, whatever is wrong.

    Right, but with an address not yet proved, it sends the link again.
    """
    await site.limits.hit("10/15minutes", "sign_in", sessions.hashed(given.email))
    async with site.database.read() as session:
        member = await _by_email(session, given.email)
    right = await site.passwords.matches(member.password_hash if member else None, given.password)
    if member is None or not right:
        raise Unauthenticated("wrong_credentials")
    async with site.database.write() as session:
        if member.verified_at is not None:
            token = await sessions.start(session, member, user_agent)
            return SignedIn(me(member), token)
        await _send_link(session, site.settings, member, "verify")
    raise Unauthenticated("wrong_credentials")


async def request_link(site: Site, asked: LinkRequest) -> None:
    """Send a sign-in link; an address without an account is told so, by mail too.

    Of an account that was left unproved it forgets the password: somebody else may have chosen it.
    """
    await site.limits.hit(MOST_LINKS, "link", sessions.hashed(asked.email))
    async with site.database.write() as session:
        member = await _by_email(session, asked.email)
        if member is None:
            link = f"{site.settings.public_url.rstrip('/')}/rejoindre"
            await mail.write(session, Stranger(asked.email, asked.locale), "unknown", link=link)
        elif member.verified_at is not None:
            await _send_link(session, site.settings, member, "sign_in")
        else:
            if not await _awaits_proof(session, member):
                member.password_hash = None
            await _send_link(session, site.settings, member, "verify")


async def use_link(site: Site, given: LinkUse, user_agent: str) -> SignedIn:
    """Sign in by a link that came by mail, which proves the address. Raises `LinkSpent` the second time."""
    token_hash = sessions.hashed(given.token)
    async with site.database.write() as session:
        link = await session.get(MailTokenRow, token_hash)
        if link is None:
            raise LinkSpent("link_spent")
        # The member first, then their links, as in `join`: two who change them at once wait for each other.
        member = await session.get_one(MemberRow, link.member_id, with_for_update=True)
        spent = delete(MailTokenRow).where(col(MailTokenRow.token_hash) == token_hash)
        found = (await session.exec(spent.returning(col(MailTokenRow.expires_at)))).first()
        if found is None or found[0] <= now():
            raise LinkSpent("link_spent")
        if member.verified_at is None:
            member.verified_at = now()
            await enqueue(session, ADDRESS_PROVED, {"member": member.id}, key=f"{ADDRESS_PROVED}:{member.id}")
        token = await sessions.start(session, member, user_agent)
    return SignedIn(me(member), token)


async def sign_out(site: Site, member_id: str, session_id: str) -> None:
    """End the session that one is in."""
    async with site.database.write() as session:
        await sessions.end(session, member_id, only=session_id)


async def change(site: Site, member_id: str, current_session: str | None, wanted: MeChange) -> Me:
    """Change one's own account. A new password ends all other sessions; `home: null` forgets the home.

    Raises `Unauthenticated` if they have left meanwhile.
    """
    password_hash = await site.passwords.hash(wanted.password) if wanted.password is not None else None
    async with site.database.write() as session:
        member = await oneself(session, member_id)
        before = member.person(), member.shows_presence
        for name in ("name", "kind", "locale", "shows_presence", "shows_reads"):
            value = getattr(wanted, name)
            if value is not None:
                setattr(member, name, value)
        if "home" in wanted.model_fields_set:
            settle(site.settings, member, wanted.home)
        if password_hash is not None:
            member.password_hash = password_hash
            await sessions.end(session, member_id, keep=current_session)
        if (member.person(), member.shows_presence) != before:
            # Their open sockets know them as they were.
            emit(session, IdentityChanged(member=member_id))
        if member.person() != before[0]:
            await enqueue(session, PERSON_CHANGED, {"member": member_id})
    return me(member)


async def account(site: Site, member_id: str) -> Me:
    """Return the account of a member, as they alone see it."""
    async with site.database.read() as session:
        return me(await session.get_one(MemberRow, member_id))


async def profile(site: Site, member_id: str) -> Profile:
    """Return a member as everybody may see them. Raises `NotFound` for who never proved their address."""
    async with site.database.read() as session:
        member = await session.get(MemberRow, member_id)
    if member is None or member.verified_at is None:
        raise NotFound("not_found")
    return Profile(**member.person().model_dump(), member_since=member.created_at)


def settle(settings: Settings, member: MemberRow, home: Place | None) -> None:
    """Set where a member lives. What is kept is the cell and the point it publishes; `home` is forgotten."""
    if home is None:
        member.home_cell = member.home_lon = member.home_lat = None
        return
    cell = home_cell(Point(home.lon, home.lat))
    point = published_point(cell, settings.key("published point"), member.id)
    member.home_cell, member.home_lon, member.home_lat = str(cell), point.lon, point.lat


def me(member: MemberRow) -> Me:
    """Return the account as its member sees it."""
    home = None
    if member.home_lon is not None and member.home_lat is not None:
        home = Place(lon=member.home_lon, lat=member.home_lat)
    return Me(
        **member.person().model_dump(),
        email=as_read(member.email),
        locale="en" if member.locale == "en" else "fr",
        home=home,
        moderator=member.moderator,
        shows_presence=member.shows_presence,
        shows_reads=member.shows_reads,
        member_since=member.created_at,
    )


async def _by_email(session: Session, email: str) -> MemberRow | None:
    return (await session.exec(select(MemberRow).where(col(MemberRow.email) == email))).first()


async def _sponsor(session: Session, code: str | None) -> str | None:
    """Return whose invitation `code` is, if anybody's."""
    known = code if code is not None and _LIKE_A_CODE.fullmatch(code) else ""
    return (await session.exec(select(MemberRow.id).where(col(MemberRow.invitation) == known))).first()


async def _joining(session: Session, email: str) -> MemberRow:
    """Return the account of `email`, locked; an empty one if there was none, made by one of all who join."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    empty = MemberRow(id=new_id(), email=email, name="", kind="", locale="", created_at=now())
    insert = dialect.insert(MemberRow).values(empty.model_dump())
    await session.exec(insert.on_conflict_do_nothing(index_elements=["email"]))
    found = select(MemberRow).where(col(MemberRow.email) == email).with_for_update()
    return (await session.exec(found)).one()


async def _awaits_proof(session: Session, member: MemberRow) -> bool:
    """Return whether a link to `member` is on its way or in their mail."""
    living = select(MailTokenRow.member_id).where(
        col(MailTokenRow.member_id) == member.id, col(MailTokenRow.expires_at) > now()
    )
    return (await session.exec(living.limit(1))).first() is not None


async def _send_link(session: Session, settings: Settings, member: MemberRow, letter: str) -> None:
    seed = secrets.token_hex(16)
    within = VERIFY_WITHIN if letter == "verify" else SIGN_IN_WITHIN
    session.add(
        MailTokenRow(
            token_hash=sessions.hashed(mail.token_of(settings, seed)),
            member_id=member.id,
            created_at=now(),
            expires_at=now() + within,
        )
    )
    # Whoever joins writes the name into any mailbox they like: not as something to click on.
    to = Stranger(member.email, member.locale) if _LIKE_A_LINK.search(member.name) else member
    await mail.write(session, to, letter, seed=seed)
