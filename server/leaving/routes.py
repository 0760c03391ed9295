"""Leaving over HTTP."""

from server.http import Call, Routes
from server.leaving import actions
from server.leaving.schemas import Farewell, Leaving
from server.members import sessions

routes = Routes("leaving")


@routes.get("/api/me/leaving", answer=Farewell, access="member")
async def show_farewell(call: Call) -> Farewell:
    """Show what leaving asks for, and what one would leave to the community."""
    return await actions.farewell(call.site, call.member.id)


@routes.delete("/api/me", body=Leaving, access="member", limit="10/hour")
async def leave(call: Call[Leaving]) -> None:
    """Leave for good: exchanges are settled, smiles go to the community, what told of one is forgotten."""
    await actions.leave(call.site, call.member.id, call.body)
    call.headers["Set-Cookie"] = sessions.cookie(call.site.settings, None)
