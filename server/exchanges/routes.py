"""Exchanges over HTTP. Each step may be sent again under its key: it happens once."""

from realtime.exchanges import Act, Exchange
from server.exchanges import actions, disputes, hidden, views
from server.exchanges.schemas import (
    Amendment,
    Complaint,
    Disputes,
    DisputeView,
    ExchangeDraft,
    Exchanges,
    Settlement,
    Step,
    Trust,
)
from server.http import Call, Routes

routes = Routes("exchanges")

MOST_PROPOSALS = "60/hour"
MOST_STEPS = "240/hour"


@routes.post(
    "/api/conversations/{id}/exchanges",
    body=ExchangeDraft,
    answer=Exchange,
    status=201,
    access="member",
    idempotent=True,
    limit=MOST_PROPOSALS,
)
async def propose(call: Call[ExchangeDraft]) -> Exchange:
    """Propose an exchange to the other one of a private dialog."""
    return await actions.propose(call.site, call.viewer, call.path["id"], call.body)


@routes.get("/api/conversations/{id}/exchanges", answer=Exchanges, access="member")
async def exchanges(call: Call) -> Exchanges:
    """Return the exchanges of one's dialog, the newest first."""
    found = await actions.exchanges(call.site, call.viewer, call.path["id"])
    return Exchanges(exchanges=found)


@routes.get("/api/listings/{id}/exchanges", answer=Exchanges, access="member")
async def beneath(call: Call) -> Exchanges:
    """Return what was agreed under one's own listing and is not over: closing the listing does not end it."""
    return Exchanges(exchanges=await actions.beneath(call.site, call.viewer, call.path["id"]))


@routes.get("/api/me/hidden-exchanges", answer=Exchanges, access="member")
async def list_hidden(call: Call) -> Exchanges:
    """Return what one agreed under listings that moderators have hidden since, to be ended."""
    return Exchanges(exchanges=await hidden.hidden_exchanges(call.site, call.viewer))


@routes.patch(
    "/api/exchanges/{id}",
    body=Amendment,
    answer=Exchange,
    access="member",
    idempotent=True,
    limit=MOST_STEPS,
)
async def amend(call: Call[Amendment]) -> Exchange:
    """Propose it otherwise."""
    return await actions.amend(call.site, call.viewer, call.path["id"], call.body)


_STEP = {"body": Step, "answer": Exchange, "access": "member", "idempotent": True, "limit": MOST_STEPS}
_COMPLAINT = _STEP | {"body": Complaint}


@routes.post("/api/exchanges/{id}/accept", **_STEP)
async def accept(call: Call[Step]) -> Exchange:
    """Accept what was proposed: the smiles are held."""
    return await _take(call, "accept")


@routes.post("/api/exchanges/{id}/decline", **_STEP)
async def decline(call: Call[Step]) -> Exchange:
    """Decline what was proposed."""
    return await _take(call, "decline")


@routes.post("/api/exchanges/{id}/cancel", **_STEP)
async def cancel(call: Call[Step]) -> Exchange:
    """Withdraw one's proposal, call off what was agreed, or renounce the smiles: they go back."""
    return await _take(call, "cancel")


@routes.post("/api/exchanges/{id}/finish", **_STEP)
async def finish(call: Call[Step]) -> Exchange:
    """Say, as the helper, that it is done."""
    return await _take(call, "finish")


@routes.post("/api/exchanges/{id}/confirm", **_STEP)
async def confirm(call: Call[Step]) -> Exchange:
    """Confirm that one was helped, with a word of thanks that everybody may read: the smiles pass."""
    return await _take(call, "confirm")


@routes.post("/api/exchanges/{id}/report", **_STEP)
async def report(call: Call[Step]) -> Exchange:
    """Say that the helper did not come: of the helper as the beneficiary, or of oneself."""
    return await _take(call, "report")


@routes.post("/api/exchanges/{id}/object", **_COMPLAINT)
async def object_to(call: Call[Complaint]) -> Exchange:
    """Object, as the helper, to having missed it: a moderator decides."""
    return await _take(call, "object")


@routes.post("/api/exchanges/{id}/dispute", **_COMPLAINT)
async def dispute(call: Call[Complaint]) -> Exchange:
    """Have a moderator decide; the smiles stay held meanwhile."""
    return await _take(call, "dispute")


@routes.put("/api/exchanges/{id}/shared", answer=Exchange, access="member", limit=MOST_STEPS)
async def share(call: Call) -> Exchange:
    """Let moderators read the whole dialog of a disputed exchange."""
    return await actions.share(call.site, call.viewer, call.path["id"])


@routes.get("/api/members/{id}/trust", answer=Trust, access="anyone")
async def trust(call: Call) -> Trust:
    """Return what everybody may know of a member's exchanges."""
    return await views.trust(call.site, call.path["id"])


@routes.get("/api/moderation/disputes", answer=Disputes, access="moderator")
async def list_disputes(call: Call) -> Disputes:
    """Return the open disputes, the oldest first."""
    return await disputes.open_ones(call.site, call.viewer)


@routes.get("/api/moderation/disputes/{id}", answer=DisputeView, access="moderator")
async def look(call: Call) -> DisputeView:
    """Return a dispute with the cards of its exchange. That somebody looked is noted in the audit."""
    return await disputes.look(call.site, call.viewer, call.path["id"])


@routes.post(
    "/api/moderation/disputes/{id}/settle",
    body=Settlement,
    answer=DisputeView,
    access="moderator",
    idempotent=True,
)
async def settle(call: Call[Settlement]) -> DisputeView:
    """Settle a dispute: so many smiles pass to the helper, the rest goes back."""
    return await disputes.settle(call.site, call.viewer, call.path["id"], call.body)


async def _take(call: Call[Step] | Call[Complaint], act: Act) -> Exchange:
    said = call.body
    return await actions.take(call.site, call.viewer, call.path["id"], act, said.version, said.words)
