"""Projects over HTTP. Each step may be sent again under its key: it happens once."""

from realtime.shapes import Message
from server.http import Call, Routes
from server.projects import ending, far, gifts, hidden, pledges, settling, team, updates, views
from server.projects.schemas import (
    Cancellation,
    FarProjects,
    FarQuery,
    Gift,
    GiftDraft,
    HiddenProjects,
    Pledge,
    PledgeDraft,
    ProjectView,
    Support,
    SupportStep,
    TeamLink,
    UpdateDraft,
)

routes = Routes("projects")

MOST_SUPPORTS = "60/hour"
MOST_STEPS = "240/hour"
MOST_TRIES = "20/hour"
# To import it registers its job.
WAITING = (settling,)

_STEP = {"body": SupportStep, "access": "member", "idempotent": True, "limit": MOST_STEPS}
_PLEDGE_STEP = _STEP | {"answer": Pledge}
_PROJECT_STEP = _STEP | {"answer": ProjectView}


@routes.get("/api/projects/{id}", answer=ProjectView, access="anyone")
async def view(call: Call) -> ProjectView:
    """Return a project as the one who asks sees it."""
    return await views.view(call.site, call.viewer, call.path["id"])


@routes.get("/api/me/hidden-projects", answer=HiddenProjects, access="member")
async def list_hidden(call: Call) -> HiddenProjects:
    """Return what one has promised and given to projects that moderators have hidden, to be taken back."""
    return await hidden.hidden_projects(call.site, call.viewer)


@routes.post("/api/projects/far", body=FarQuery, answer=FarProjects, access="anyone", limit="120/minute")
async def list_far(call: Call[FarQuery]) -> bytes:
    """Return the regional and wider projects beyond the mile, nearest first."""
    return far.projects(call.site, call.body)


@routes.post(
    "/api/projects/{id}/pledges",
    body=PledgeDraft,
    answer=Pledge,
    status=201,
    access="member",
    idempotent=True,
    limit=MOST_SUPPORTS,
)
async def promise(call: Call[PledgeDraft]) -> Pledge:
    """Promise a project a donation. The money passes between people, never through this site."""
    return await pledges.promise(call.site, call.viewer, call.path["id"], call.body)


@routes.get("/api/projects/{id}/pledges", answer=Support, access="member")
async def list_supports(call: Call) -> Support:
    """Return all pledges and gifts, for those behind the project."""
    return await views.supports(call.site, call.viewer, call.path["id"])


@routes.post("/api/pledges/{id}/withdraw", **_PLEDGE_STEP)
async def withdraw_pledge(call: Call[SupportStep]) -> Pledge:
    """Withdraw what one promised and has not paid."""
    return await _take(call, "withdraw")


@routes.post("/api/pledges/{id}/receive", **_PLEDGE_STEP)
async def receive_pledge(call: Call[SupportStep]) -> Pledge:
    """Say, as one of the team, that a promised donation has come."""
    return await _take(call, "receive")


@routes.post("/api/pledges/{id}/unreceive", **_PLEDGE_STEP)
async def unreceive_pledge(call: Call[SupportStep]) -> Pledge:
    """Say, as one of the team, that it has not come after all."""
    return await _take(call, "unreceive")


@routes.post(
    "/api/projects/{id}/gifts",
    body=GiftDraft,
    answer=Gift,
    status=201,
    access="member",
    idempotent=True,
    limit=MOST_SUPPORTS,
)
async def give(call: Call[GiftDraft]) -> Gift:
    """Give smiles to a project: they are held until its goal is reached."""
    return await gifts.give(call.site, call.viewer, call.path["id"], call.body)


@routes.post("/api/gifts/{id}/withdraw", **_STEP, answer=Gift)
async def withdraw_gift(call: Call[SupportStep]) -> Gift:
    """Take back what one gave, while it is held."""
    return await gifts.withdraw(call.site, call.viewer, call.path["id"], call.body.version)


@routes.post(
    "/api/projects/{id}/updates",
    body=UpdateDraft,
    answer=Message,
    status=201,
    access="member",
    limit=MOST_SUPPORTS,
)
async def post_update(call: Call[UpdateDraft]) -> Message:
    """Tell the supporters something. Its id makes it safe to send it again."""
    return await updates.post(call.site, call.viewer, call.path["id"], call.body)


@routes.post("/api/projects/{id}/close", **_PROJECT_STEP)
async def close_project(call: Call[SupportStep]) -> ProjectView:
    """Close a project before its time."""
    return await ending.close(call.site, call.viewer, call.path["id"], call.body.version)


@routes.post("/api/projects/{id}/cancel", **(_PROJECT_STEP | {"body": Cancellation}))
async def cancel_project(call: Call[Cancellation]) -> ProjectView:
    """Cancel a project: what is held goes back."""
    said = call.body
    return await ending.cancel(call.site, call.viewer, call.path["id"], said.version, said.words)


@routes.post("/api/projects/{id}/release", **_PROJECT_STEP)
async def release_smiles(call: Call[SupportStep]) -> ProjectView:
    """Have the smiles of a project that is over pass to its owner."""
    return await ending.decide(call.site, call.viewer, call.path["id"], "released", call.body.version)


@routes.post("/api/projects/{id}/return", **_PROJECT_STEP)
async def return_smiles(call: Call[SupportStep]) -> ProjectView:
    """Have the smiles of a project that is over go back."""
    return await ending.decide(call.site, call.viewer, call.path["id"], "returned", call.body.version)


@routes.post("/api/projects/{id}/team/link", answer=TeamLink, access="member", limit=MOST_STEPS)
async def invite_to_team(call: Call) -> TeamLink:
    """Return the code by which others join the team."""
    return await team.link(call.site, call.viewer, call.path["id"])


@routes.post("/api/projects/{id}/team", body=TeamLink, answer=ProjectView, access="member", limit=MOST_TRIES)
async def join_team(call: Call[TeamLink]) -> ProjectView:
    """Join the team by its code."""
    return await team.join(call.site, call.viewer, call.path["id"], call.body.code)


@routes.delete("/api/projects/{id}/team/{member}", access="member", limit=MOST_STEPS)
async def leave_team(call: Call) -> None:
    """Take somebody out of the team, or leave it."""
    await team.take_out(call.site, call.viewer, call.path["id"], call.path["member"])


async def _take(call: Call[SupportStep], act: pledges.Act) -> Pledge:
    return await pledges.take(call.site, call.viewer, call.path["id"], act, call.body.version)
