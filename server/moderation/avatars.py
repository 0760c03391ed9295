"""Hiding a member's avatar and restoring it: on every screen at once, with an audit line and a letter.

Whoever is connected is told the photo's name, which suffices to show it no more. Whoever is not learns it
from what they ask for when they come back: lists and inboxes as they are by then, and what its owner has
written in conversations that a page still has, by one message in each that is told anew.

As with a hidden listing, the photo stays, shown to moderators and to whose it is, until it is restored. It
goes for good when they have another, or none, or leave.
"""

from typing import Any, Final

from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.protocol import AvatarChanged
from realtime.refusals import Forbidden, NotFound
from realtime.signals import Announced
from server import mail
from server.board.naming import tell_the_name
from server.clock import now
from server.database import Session
from server.jobs import job
from server.members.models import MemberRow
from server.moderation.actions import Action, note
from server.moderation.schemas import AvatarSanction, HiddenAvatar
from server.outbox import emit, enqueue
from server.photos.actions import tell_avatar
from server.photos.models import PhotoRow
from server.policy.avatars import AvatarFacts
from server.policy.matrix import may
from server.site import Site

TELL_WRITINGS: Final = "avatar.tell_writings"


async def sanction_avatar(
    site: Site, viewer: Viewer, action: Action, member: str, sanction: AvatarSanction
) -> None:
    """Hide an avatar, or restore it. Done already, nothing happens.

    Raises `Forbidden` for who is no moderator, `NotFound` if it is not, or no longer, that member's.
    """
    if not may(viewer, "moderate", AvatarFacts(member, hidden=action == "restore")):
        raise Forbidden("moderators_only")
    hide = action == "hide"
    async with site.database.write() as session:
        owner, photo = await _locked(session, member, sanction.avatar)
        if (photo.hidden_at is not None) == hide:
            return
        photo.hidden_at, photo.hidden_reason = (now(), sanction.reason) if hide else (None, None)
        owner.avatar = None if hide else photo.name
        note(session, viewer, action, ("avatar", owner.id), sanction.reason)
        emit(session, Announced(event=AvatarChanged(avatar=photo.name, hidden=hide)))
        await tell_avatar(session, owner)
        await enqueue(session, TELL_WRITINGS, {"member": owner.id})
        link = f"{site.settings.public_url.rstrip('/')}/profil"
        await mail.write(session, owner, f"avatar_{action}", link=link, reason=sanction.reason)


@job(TELL_WRITINGS)
async def tell_writings(site: Site, payload: dict[str, Any]) -> None:
    """Tell wherever a member has written how they are seen by now."""
    async with site.database.write() as session:
        # Locked, so that of two who tell it the last one tells the last.
        member = await session.get_one(MemberRow, payload["member"], with_for_update={"key_share": True})
        await tell_the_name(session, member)


async def hidden_avatar(site: Site, viewer: Viewer, member: str) -> HiddenAvatar:
    """Return which avatar of a member is hidden.

    Raises `NotFound` for who is neither that member nor a moderator.
    """
    if not may(viewer, "read", AvatarFacts(member, hidden=True)):
        raise NotFound("not_found")
    hidden = select(PhotoRow).where(
        col(PhotoRow.owner_id) == member, col(PhotoRow.kind) == "avatar", col(PhotoRow.hidden_at).is_not(None)
    )
    async with site.database.read() as session:
        photo = (await session.exec(hidden)).one_or_none()
    if photo is None:
        return HiddenAvatar(avatar=None, reason=None)
    return HiddenAvatar(avatar=photo.name, reason=photo.hidden_reason)


async def _locked(session: Session, member: str, avatar: str) -> tuple[MemberRow, PhotoRow]:
    """Return a member and their avatar, locked in the order in which they themselves change it."""
    owner = await session.get(MemberRow, member, with_for_update={"key_share": True})
    theirs = select(PhotoRow).where(
        col(PhotoRow.name) == avatar,
        col(PhotoRow.owner_id) == member,
        col(PhotoRow.kind) == "avatar",
        col(PhotoRow.used_at).is_not(None),
    )
    photo = (await session.exec(theirs.with_for_update())).one_or_none()
    if owner is None or photo is None:
        raise NotFound("avatar_gone")
    return owner, photo
