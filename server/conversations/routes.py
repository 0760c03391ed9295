"""Conversations over HTTP: the same actions as over the socket."""

from typing import Annotated

from pydantic import Field

from realtime.shapes import Message
from realtime.words import Shape
from server.conversations import actions, queries
from server.conversations.openings import LATEST
from server.conversations.schemas import Inbox, MessageDraft, MessageEdit, MessagePage, ReadMark
from server.http import Call, Routes
from server.listings.schemas import DialogOpened

routes = Routes("conversations")


class PageQuery(Shape):
    """Which page of messages: before which seq (absent: the latest), how many."""

    before: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = LATEST


@routes.put("/api/listings/{id}/dialog", answer=DialogOpened, access="member", limit="60/hour")
async def open_dialog(call: Call) -> DialogOpened:
    """Open the private dialog with a listing's author: the same one however often it is asked for."""
    return await actions.open_dialog(call.site, call.viewer, call.path["id"])


@routes.get("/api/inbox", answer=Inbox, access="member")
async def inbox(call: Call) -> Inbox:
    """Return the conversations one takes part in, the last active first."""
    return await queries.inbox(call.site, call.viewer)


@routes.get("/api/conversations/{id}/messages", query=PageQuery, answer=MessagePage, access="anyone")
async def messages(call: Call[None, PageQuery]) -> MessagePage:
    """Return a page of messages, oldest first."""
    query = call.query
    return await queries.page(call.site, call.viewer, call.path["id"], query.before, query.limit)


@routes.post(
    "/api/conversations/{id}/messages", body=MessageDraft, answer=Message, status=201, access="member"
)
async def post(call: Call[MessageDraft]) -> Message:
    """Post a message. Its id makes it safe to send it again."""
    return await actions.post(call.site, call.viewer, call.path["id"], call.body)


@routes.post("/api/conversations/{id}/read", body=ReadMark, access="member")
async def read(call: Call[ReadMark]) -> None:
    """Say how far one has read."""
    await actions.read(call.site, call.viewer, call.path["id"], call.body.seq)


@routes.patch("/api/messages/{id}", body=MessageEdit, answer=Message, access="member", limit="120/hour")
async def edit(call: Call[MessageEdit]) -> Message:
    """Word one's own message anew."""
    return await actions.edit(call.site, call.viewer, call.path["id"], call.body.text)


@routes.delete("/api/messages/{id}", answer=Message, access="member", limit="120/hour")
async def delete(call: Call) -> Message:
    """Take one's own message back."""
    return await actions.delete(call.site, call.viewer, call.path["id"])
