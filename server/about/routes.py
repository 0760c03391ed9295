"""The service about itself, over HTTP."""

import asyncio
from datetime import timedelta

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from server.about.config import site_config
from server.about.openapi import document
from server.about.schemas import ApiDescription, Health, SiteConfig
from server.clock import now
from server.edge.pages import page
from server.http import Call, Routes
from server.problems import DATABASE_DOWN, locale_of
from server.site import Site

ANSWER_SECONDS = 2.0

routes = Routes("about")


@routes.get("/api/config", answer=SiteConfig, access="public")
async def show_config(call: Call) -> SiteConfig:
    """Tell what a client needs to know before anything else."""
    return site_config(call.site.settings)


@routes.get("/api/openapi.json", answer=ApiDescription, access="public")
async def describe(call: Call) -> ApiDescription:
    """Describe this interface (OpenAPI 3.1)."""
    return ApiDescription(**document(call.request.app.state.operations, call.site.settings))


@routes.get("/health/live", answer=Health, access="public")
async def live(call: Call) -> Health:  # noqa: ARG001 - to answer is all it takes
    """Tell that the process answers."""
    return Health(status="ok", parts={})


@routes.get("/health/ready", answer=Health, access="public")
async def ready(call: Call) -> Health | Response:
    """Tell whether requests can be served: 503 if not."""
    health = await how_is(call.site)
    if health.status == "failing":
        return Response(health.model_dump_json(), 503, {"Cache-Control": "no-store"}, "application/json")
    return health


@routes.get("/health", answer=Health, access="public")
async def health(call: Call) -> Health:
    """Tell how each part of the service is."""
    return await how_is(call.site)


async def how_is(site: Site) -> Health:
    """Return how the parts are. Without the bus we still read and write: live updates pause (`degraded`)."""
    database = await _database_answers(site)
    parts = {
        "database": "ok" if database else "failing",
        "bus": "ok" if site.bus.healthy else "failing",
        "index": f"{len(site.index)} pins",
    }
    if not database:
        return Health(status="failing", parts=parts)
    return Health(status="ok" if site.bus.healthy else "degraded", parts=parts)


async def _database_answers(site: Site) -> bool:
    try:
        async with asyncio.timeout(ANSWER_SECONDS), site.database.read() as session:
            await session.scalar(text("SELECT 1"))
    except (*DATABASE_DOWN, TimeoutError):
        return False
    return True


def pages() -> list[BaseRoute]:
    """Return the routes that answer with something else than JSON."""
    return [
        Route("/api", show_reference),
        Route("/metrics", show_metrics),
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
