"""Accounts and sessions over HTTP."""

from server.http import Call, Routes
from server.members import actions, sessions
from server.members.actions import SignedIn
from server.members.schemas import (
    Accepted,
    Join,
    LinkRequest,
    LinkUse,
    Me,
    MeChange,
    Profile,
    SessionLines,
    SessionState,
    SignIn,
)

routes = Routes("members")


@routes.post("/api/members", body=Join, answer=Accepted, status=202, access="anyone", limit="10/hour")
async def join(call: Call[Join]) -> Accepted:
    """Become a member: a mail comes with the link that proves the address.

    The answer is the same for an address that has an account already; the mail then says so.
    """
    await actions.join(call.site, call.body)
    return Accepted()


@routes.get("/api/session", answer=SessionState, access="anyone")
async def show_session(call: Call) -> SessionState:
    """Tell who is signed in, if anybody."""
    if call.viewer.member is None:
        return SessionState(member=None)
    return SessionState(member=await actions.account(call.site, call.viewer.member.id))


@routes.post("/api/session", body=SignIn, answer=SessionState, access="anyone", limit="30/15minutes")
async def sign_in(call: Call[SignIn]) -> SessionState:
    """Sign in by password."""
    return _signed_in(call, await actions.sign_in(call.site, call.body, _user_agent(call)))


@routes.delete("/api/session", access="anyone")
async def sign_out(call: Call) -> None:
    """Sign out, here only; this page's socket is closed too."""
    if call.viewer.member is not None and call.viewer.session is not None:
        await actions.sign_out(call.site, call.viewer.member.id, call.viewer.session)
    call.headers["Set-Cookie"] = sessions.cookie(call.site.settings, None)


@routes.post(
    "/api/session/link", body=LinkRequest, answer=Accepted, status=202, access="anyone", limit="10/hour"
)
async def request_link(call: Call[LinkRequest]) -> Accepted:
    """Ask for a sign-in link by mail. The answer never tells whether the address is known."""
    await actions.request_link(call.site, call.body)
    return Accepted()


@routes.post(
    "/api/session/link/use", body=LinkUse, answer=SessionState, access="anyone", limit="30/15minutes"
)
async def use_link(call: Call[LinkUse]) -> SessionState:
    """Use the token of a link that came by mail: it proves the address and signs in, once."""
    return _signed_in(call, await actions.use_link(call.site, call.body, _user_agent(call)))


@routes.get("/api/me/sessions", answer=SessionLines, access="member")
async def list_sessions(call: Call) -> SessionLines:
    """List where one is signed in."""
    lines = await sessions.lines(call.site, call.member.id, call.viewer.session)
    return SessionLines(sessions=lines)


@routes.delete("/api/me/sessions/{id}", access="member")
async def revoke_session(call: Call) -> None:
    """End one of one's own sessions, its sockets too."""
    await sessions.revoke(call.site, call.member.id, call.path["id"])


@routes.patch("/api/me", body=MeChange, answer=Me, access="member", limit="60/hour")
async def change_me(call: Call[MeChange]) -> Me:
    """Change one's own account: what is given changes, the rest stays; `home: null` forgets the home."""
    return await actions.change(call.site, call.member.id, call.viewer.session, call.body)


@routes.get("/api/members/{id}", answer=Profile, access="anyone")
async def show_member(call: Call) -> Profile:
    """Show a member as everybody may see them."""
    return await actions.profile(call.site, call.path["id"])


def _signed_in(call: Call[SignIn] | Call[LinkUse], done: SignedIn) -> SessionState:
    call.headers["Set-Cookie"] = sessions.cookie(call.site.settings, done.token)
    return SessionState(member=done.member)


def _user_agent(call: Call[SignIn] | Call[LinkUse]) -> str:
    return call.request.headers.get("user-agent", "")
