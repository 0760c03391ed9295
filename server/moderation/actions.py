"""Hiding and restoring: on every screen at once, with a line in the audit and a letter to the author."""

from typing import Literal, TypeAlias, cast

from sqlmodel import col, select

from realtime.backend import Viewer
from realtime.refusals import Forbidden, Unauthenticated
from realtime.shapes import Layer
from server import mail
from server.board.finding import find_listing, find_message, require
from server.board.news import close_to_strangers, open_again, tell_listing, tell_message
from server.board.shaping import address_of
from server.board.talking import count_unread, next_change
from server.clock import now
from server.database import Session
from server.ids import new_id
from server.members.models import MemberRow
from server.moderation.models import AuditRow
from server.moderation.schemas import Audit, AuditLine, Deed, Subject
from server.policy.matrix import may
from server.policy.site import NEIGHBOURHOOD
from server.projects.ending import watch_hidden
from server.site import Site

Action: TypeAlias = Literal["hide", "restore"]
MOST_LINES = 200


async def sanction_listing(site: Site, viewer: Viewer, action: Action, listing: str, reason: str) -> None:
    """Hide a listing with all that is said under it, or restore it. Done already, nothing happens."""
    async with site.database.write() as session:
        posted = await find_listing(session, listing, lock=True)
        require(viewer, "moderate", posted)
        row = posted.row
        if (row.hidden_at is not None) == (action == "hide"):
            return
        row.hidden_at, row.hidden_reason = (now(), reason) if action == "hide" else (None, None)
        row.version += 1
        note(session, viewer, action, ("listing", row.id), reason)
        await session.flush()
        if action == "hide":
            await close_to_strangers(session, posted)
            if row.kind == Layer.PROJECT:
                await watch_hidden(session, site.settings, posted)
        else:
            await open_again(session, posted)
        await tell_listing(session, posted)
        link = address_of(site.settings, row)
        letter = f"listing_{action}"
        await mail.write(session, posted.author, letter, link=link, title=row.title, reason=reason)


async def sanction_message(site: Site, viewer: Viewer, action: Action, message: str, reason: str) -> None:
    """Hide a public message, or restore it. Done already, nothing happens."""
    async with site.database.write() as session:
        said = await find_message(session, message)
        require(viewer, "moderate", said)
        row = said.row
        if (row.hidden_at is not None) == (action == "hide"):
            return
        change = await next_change(session, said.talk)
        row.hidden_at, row.change = now() if action == "hide" else None, change
        note(session, viewer, action, ("message", row.id), reason)
        await count_unread(session, row.conversation_id)
        await tell_message(session, said)
        under = said.talk.posted.row
        link = address_of(site.settings, under)
        letter = f"message_{action}"
        await mail.write(session, said.author, letter, link=link, title=under.title, reason=reason)


async def audit(site: Site, viewer: Viewer) -> Audit:
    """Return the latest lines, newest first. Raises `Forbidden` for who is no moderator."""
    if not may(viewer, "moderate", NEIGHBOURHOOD):
        raise Forbidden("moderators_only")
    latest = (
        select(AuditRow, MemberRow)
        .join(MemberRow, col(MemberRow.id) == col(AuditRow.moderator_id))
        .order_by(col(AuditRow.at).desc(), col(AuditRow.id).desc())
        .limit(MOST_LINES)
    )
    async with site.database.read() as session:
        rows = await session.exec(latest)
        lines = [_line(row, moderator) for row, moderator in rows]
    return Audit(lines=lines)


def note(session: Session, viewer: Viewer, action: Deed, subject: tuple[Subject, str], reason: str) -> None:
    """Leave a line in the audit: what `viewer` did to what, and why."""
    if viewer.member is None:
        raise Unauthenticated("sign_in_first")
    kind, subject_id = subject
    row = AuditRow(
        id=new_id(),
        at=now(),
        moderator_id=viewer.member.id,
        action=action,
        subject=kind,
        subject_id=subject_id,
        reason=reason,
    )
    session.add(row)


def _line(row: AuditRow, moderator: MemberRow) -> AuditLine:
    return AuditLine(
        id=row.id,
        at=row.at,
        moderator=moderator.person(),
        action=cast("Deed", row.action),
        subject=cast("Subject", row.subject),
        subject_id=row.subject_id,
        reason=row.reason,
    )
