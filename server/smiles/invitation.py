"""One's own invitation: a link that names who sent it, and the same link to be read by a camera."""

import io
import secrets

import segno
from sqlmodel import col, func, or_, select

from server.database import Session
from server.members.finding import oneself
from server.members.models import MemberRow
from server.settings import Settings
from server.site import Site
from server.smiles import referral
from server.smiles.schemas import Invitation

DRAWING = "/api/me/invitation.svg"
# 72 random bits, 12 characters: nobody finds one by trying, and it fits a small drawing.
_CODE_BYTES = 9
# What a reader takes for the edge of the drawing, in its modules (ISO/IEC 18004, 9.1).
_QUIET_MODULES = 4


async def invitation(site: Site, member: str) -> Invitation:
    """Return the invitation of `member`, made when first asked for, and what it has brought."""
    settings = site.settings
    link = await link_of(site, member)
    async with site.database.read() as session:
        brought = await _brought(session, member)
        rewarded = await referral.rewarded(session, member)
    return Invitation(
        link=link,
        qr=DRAWING,
        smiles=settings.referral_smiles,
        brought=brought,
        rewarded=rewarded,
        most=settings.referral_most,
    )


async def link_of(site: Site, member: str) -> str:
    """Return the link by which `member` invites; it is made once and stays.

    Raises `Unauthenticated` if they have left meanwhile.
    """
    async with site.database.read() as session:
        code = (await session.get_one(MemberRow, member)).invitation
    if code is None:
        async with site.database.write() as session:
            row = await oneself(session, member)
            row.invitation = row.invitation or secrets.token_urlsafe(_CODE_BYTES)
            code = row.invitation
    return _link(site.settings, code)


def drawn(link: str) -> bytes:
    """Return `link` as a QR code, an SVG in black on white: cameras read no other colours as surely."""
    drawing = io.BytesIO()
    code = segno.make(link, error="m", micro=False)
    code.save(
        drawing, kind="svg", border=_QUIET_MODULES, dark="#000", light="#fff", xmldecl=False, omitsize=True
    )
    return drawing.getvalue()


def _link(settings: Settings, code: str) -> str:
    return f"{settings.public_url.rstrip('/')}/rejoindre?invitation={code}"


async def _brought(session: Session, member: str) -> int:
    """Return how many came by the invitation and proved their address, also those who have left since."""
    came = or_(col(MemberRow.verified_at).is_not(None), col(MemberRow.left_at).is_not(None))
    count = select(func.count()).select_from(MemberRow).where(col(MemberRow.sponsor_id) == member, came)
    return (await session.exec(count)).one()
