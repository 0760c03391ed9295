"""Listings over HTTP."""

from typing import Annotated

from pydantic import AfterValidator, Field

from realtime.shapes import Layer
from realtime.words import Shape
from server.bodies import GEOJSON
from server.http import Call, Routes
from server.listings import actions, lookup, views
from server.listings.schemas import (
    Around,
    ListingChange,
    ListingDraft,
    ListingView,
    MemberListings,
    OwnListings,
    PinCollection,
)

routes = Routes("listings")

_NUMBER = r"-?\d{1,3}(\.\d{1,15})?"


def _layers(text: str) -> str:
    for layer in text.split(","):
        Layer(layer)
    return text


class BoxQuery(Shape):
    """A box of the map as GeoJSON writes it (west,south,east,north), and layers by comma."""

    bbox: Annotated[str, Field(pattern=rf"^{_NUMBER}(,{_NUMBER}){{3}}$")]
    layers: Annotated[str, Field(max_length=40), AfterValidator(_layers)] = "request,offer"


@routes.post(
    "/api/listings",
    body=ListingDraft,
    answer=ListingView,
    status=201,
    access="member",
    idempotent=True,
    limit="20/hour",
)
async def publish(call: Call[ListingDraft]) -> ListingView:
    """Publish a request, an offer or a mag."""
    return await actions.publish(call.site, call.viewer, call.body)


@routes.post(
    "/api/listings/around",
    body=Around,
    answer=PinCollection,
    access="anyone",
    content=GEOJSON,
    limit="600/minute",
)
async def around(call: Call[Around]) -> bytes:
    """Return the pins around a point, nearest first."""
    return lookup.around(call.site, call.body)


@routes.get(
    "/api/listings",
    query=BoxQuery,
    answer=PinCollection,
    access="anyone",
    content=GEOJSON,
    limit="120/minute",
)
async def in_box(call: Call[None, BoxQuery]) -> bytes:
    """Return the pins in a box of the map."""
    west, south, east, north = (float(number) for number in call.query.bbox.split(","))
    layers = [Layer(layer) for layer in call.query.layers.split(",")]
    return lookup.in_box(call.site, (west, south, east, north), layers)


@routes.get("/api/listings/{id}", answer=ListingView, access="anyone")
async def view(call: Call) -> ListingView:
    """Return a listing as the one who asks sees it."""
    return await views.view(call.site, call.viewer, call.path["id"])


@routes.patch("/api/listings/{id}", body=ListingChange, answer=ListingView, access="member", limit="120/hour")
async def edit(call: Call[ListingChange]) -> ListingView:
    """Change what is given of one's listing."""
    return await actions.edit(call.site, call.viewer, call.path["id"], call.body)


@routes.delete("/api/listings/{id}", access="member", limit="120/hour")
async def delete(call: Call) -> None:
    """Take one's listing away."""
    await actions.delete(call.site, call.viewer, call.path["id"])


@routes.post("/api/listings/{id}/close", answer=ListingView, access="member", limit="120/hour")
async def close(call: Call) -> ListingView:
    """Say that it is done."""
    return await actions.close(call.site, call.viewer, call.path["id"])


@routes.post("/api/listings/{id}/reopen", answer=ListingView, access="member", limit="120/hour")
async def reopen(call: Call) -> ListingView:
    """Put a done listing back on the map."""
    return await actions.reopen(call.site, call.viewer, call.path["id"])


@routes.post("/api/listings/{id}/renew", answer=ListingView, access="member", limit="120/hour")
async def renew(call: Call) -> ListingView:
    """Let it stand from now as long as when it was new. An event has its own end."""
    return await actions.renew(call.site, call.viewer, call.path["id"])


@routes.get("/api/me/listings", answer=OwnListings, access="member")
async def own(call: Call) -> OwnListings:
    """Return all listings of the member who asks, newest first."""
    return await views.own(call.site, call.viewer)


@routes.get("/api/members/{id}/listings", answer=MemberListings, access="anyone", limit="600/minute")
async def of_member(call: Call) -> MemberListings:
    """Return what a member has on the map, newest first."""
    return await views.of_member(call.site, call.path["id"])
