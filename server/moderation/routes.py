"""Moderation over HTTP. Who is no moderator is turned away by the register, but from what is their own."""

from server.http import Call, Routes
from server.moderation import actions, avatars, feed
from server.moderation.schemas import Audit, AvatarSanction, FeedPage, FeedQuery, HiddenAvatar, Sanction

routes = Routes("moderation")


@routes.post("/api/moderation/feed", body=FeedQuery, answer=FeedPage, access="moderator", limit="120/minute")
async def read_feed(call: Call[FeedQuery]) -> FeedPage:
    """Return a page of new listings and public messages, newest first."""
    return await feed.page(call.site, call.viewer, call.body)


@routes.post("/api/moderation/listings/{id}/hide", body=Sanction, access="moderator")
async def hide_listing(call: Call[Sanction]) -> None:
    """Hide a listing with all that is said under it."""
    await actions.sanction_listing(call.site, call.viewer, "hide", call.path["id"], call.body.reason)


@routes.post("/api/moderation/listings/{id}/restore", body=Sanction, access="moderator")
async def restore_listing(call: Call[Sanction]) -> None:
    """Bring a hidden listing back with all that is said under it."""
    await actions.sanction_listing(call.site, call.viewer, "restore", call.path["id"], call.body.reason)


@routes.post("/api/moderation/messages/{id}/hide", body=Sanction, access="moderator")
async def hide_message(call: Call[Sanction]) -> None:
    """Hide a public message."""
    await actions.sanction_message(call.site, call.viewer, "hide", call.path["id"], call.body.reason)


@routes.post("/api/moderation/messages/{id}/restore", body=Sanction, access="moderator")
async def restore_message(call: Call[Sanction]) -> None:
    """Bring a hidden message back."""
    await actions.sanction_message(call.site, call.viewer, "restore", call.path["id"], call.body.reason)


@routes.post("/api/moderation/members/{id}/avatar/hide", body=AvatarSanction, access="moderator")
async def hide_avatar(call: Call[AvatarSanction]) -> None:
    """Hide a member's avatar."""
    await avatars.sanction_avatar(call.site, call.viewer, "hide", call.path["id"], call.body)


@routes.post("/api/moderation/members/{id}/avatar/restore", body=AvatarSanction, access="moderator")
async def restore_avatar(call: Call[AvatarSanction]) -> None:
    """Bring a member's hidden avatar back."""
    await avatars.sanction_avatar(call.site, call.viewer, "restore", call.path["id"], call.body)


@routes.get("/api/members/{id}/hidden-avatar", answer=HiddenAvatar, access="member")
async def show_hidden_avatar(call: Call) -> HiddenAvatar:
    """Tell a member, or moderators, which avatar of theirs is hidden and why."""
    return await avatars.hidden_avatar(call.site, call.viewer, call.path["id"])


@routes.get("/api/moderation/audit", answer=Audit, access="moderator")
async def audit(call: Call) -> Audit:
    """Return what moderators did, newest first."""
    return await actions.audit(call.site, call.viewer)
