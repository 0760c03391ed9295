"""The service about itself, over HTTP."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from server.about import status
from server.about.checkup import Checkup
from server.about.config import site_config
from server.about.openapi import document
from server.about.schemas import ApiDescription, Health, Liveness, SiteConfig
from server.bodies import JSON
from server.clock import now
from server.edge.pages import page
from server.http import Call, Routes
from server.problems import locale_of
from server.site import Site

routes = Routes("about")


@routes.get("/api/config", answer=SiteConfig, access="public")
async def show_config(call: Call) -> SiteConfig:
    """Tell what a client needs to know before anything else."""
    return site_config(call.site.settings)


@routes.get("/api/openapi.json", answer=ApiDescription, access="public")
async def describe(call: Call) -> ApiDescription:
    """Describe this interface (OpenAPI 3.1)."""
    return ApiDescription(**document(call.request.app.state.operations, call.site.settings))


@routes.get("/health/live", answer=Liveness, access="public")
async def live(call: Call) -> Liveness:  # noqa: ARG001 - to answer is all it takes
    """Tell that the process answers."""
    return Liveness(status="ok")


@routes.get("/health/ready", answer=Health, access="public")
async def ready(call: Call) -> Health | Response:
    """Tell whether requests can be served: 503 if not."""
    found = await how_is(call)
    if found.status == "failing":
        return Response(found.model_dump_json(), 503, {"Cache-Control": "no-store"}, JSON)
    return found


@routes.get("/health", answer=Health, access="public")
async def health(call: Call) -> Health:
    """Tell how each part of the service is."""
    return await how_is(call)


async def how_is(call: Call) -> Health:
    """Return how the parts are."""
    checkup: Checkup = call.request.app.state.checkup
    found = await checkup.look()
    parts = {name: part.state for name, part in found.parts.items()}
    return Health(status=found.status, parts=parts, lag_seconds=found.lag_seconds)


def pages() -> list[BaseRoute]:
    """Return the routes that answer with something else than JSON."""
    return [
        Route("/api", show_reference),
        Route("/metrics", show_metrics),
        Route("/status", status.show),
        Route("/.well-known/security.txt", show_security),
    ]


async def show_reference(request: Request) -> Response:
    """Show the interface to people."""
    site: Site = request.app.state.site
    api = document(request.app.state.operations, site.settings)
    return page(site.settings, "api.html", locale_of(request), api=api)


async def show_metrics(request: Request) -> Response:
    """Show the counters to Prometheus."""
    return PlainTextResponse(request.app.state.metrics.page(), media_type="text/plain; version=0.0.4")


async def show_security(request: Request) -> Response:
    """Say where to report a weakness (RFC 9116)."""
    settings = request.app.state.site.settings
    expires = (now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [
        f"Contact: {settings.security_contact}",
        f"Expires: {expires}",
        "Preferred-Languages: fr, en",
        f"Canonical: {settings.public_url.rstrip('/')}/.well-known/security.txt",
    ]
    return PlainTextResponse("\n".join(lines) + "\n")
