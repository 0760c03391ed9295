"""Photos over HTTP: how they are sent. How they are shown stands in `server.photos.serving`."""

from realtime.photos import Photo
from server.http import Call, Routes
from server.photos import actions
from server.photos.schemas import AvatarChoice, PhotoQuery

routes = Routes("photos")


@routes.put(
    "/api/photos/{id}",
    query=PhotoQuery,
    answer=Photo,
    status=201,
    access="member",
    limit="120/hour",
    raw=("image/jpeg", "image/png", "image/webp"),
)
async def send_photo(call: Call[None, PhotoQuery]) -> Photo:
    """Send a photo, as it is, in the body: the same under the same id again is the same photo."""
    return await actions.keep(call.site, call.member.id, call.path["id"], call.query.kind, call.request)


@routes.delete("/api/photos/{id}", access="member", limit="300/hour")
async def throw_photo_away(call: Call) -> None:
    """Delete one's own photo that is used nowhere."""
    await actions.throw_away(call.site, call.member.id, call.path["id"])


@routes.put("/api/me/avatar", body=AvatarChoice, access="member", limit="60/hour")
async def show_avatar(call: Call[AvatarChoice]) -> None:
    """Be seen by a photo that was sent with `kind=avatar`."""
    await actions.be_seen_by(call.site, call.member.id, call.body.photo)


@routes.delete("/api/me/avatar", access="member", limit="60/hour")
async def hide_avatar(call: Call) -> None:
    """Be seen by no photo."""
    await actions.be_seen_by(call.site, call.member.id, None)
