"""The composition root: the one place where the parts of a 1Mile are made and put together."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute, WebSocketRoute

from realtime.bus import Bus, MemoryBus
from realtime.endpoint import Endpoint
from realtime.live import Live
from realtime.pins import LiveIndex
from realtime.protocol import ANONYMOUS_LIVE_PATH, LIVE_PATH
from server import VERSION, one_clock
from server.about import routes as about
from server.about.checkup import Checkup
from server.about.config import site_config
from server.about.figures import Figures
from server.articles import routes as articles
from server.board.late import as_of_now
from server.books import routes as books
from server.clock import now
from server.conversations import routes as conversations
from server.database import Database
from server.edge import faults, mailbox
from server.edge.browser import BrowserApp
from server.edge.compression import Compression
from server.edge.cross_site import CrossSiteCheck
from server.edge.embed import AnonymousSocket, EmbedPage
from server.edge.headers import SecurityHeaders
from server.edge.metrics import Metrics
from server.edge.record import Recorder
from server.edge.router import DirectRouter
from server.exchanges import routes as exchanges
from server.feeds import routes as feeds
from server.garbage import settled
from server.http import Operation, served
from server.jobs import Worker
from server.leaving import routes as leaving
from server.limits import Limits
from server.listings import lookup, previews
from server.listings import routes as listings
from server.live import SiteBackend
from server.members import routes as members
from server.members.sessions import identify
from server.moderation import routes as moderation
from server.outbox import Outbox
from server.passwords import Passwords
from server.payments import dev_page
from server.payments import routes as payments
from server.payments.choice import cashier
from server.photos import routes as photos
from server.photos import serving, sweeping
from server.photos.choice import album
from server.places import routes as places
from server.places.choice import chosen
from server.projects import routes as projects
from server.settings import Settings
from server.site import Site
from server.smiles import grants, referral
from server.smiles import routes as smiles

OPERATIONS: tuple[Operation, ...] = tuple(
    operation
    for domain in (
        members,
        listings,
        photos,
        articles,
        conversations,
        exchanges,
        projects,
        smiles,
        payments,
        books,
        leaving,
        moderation,
        places,
        feeds,
        about,
    )
    for operation in domain.routes.operations
)
# Who only waits for jobs is called by nobody: to be here registers them.
WAITING = (grants, referral, sweeping)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a process consists of."""

    site: Site
    live: Live
    outbox: Outbox
    worker: Worker


def create_app(settings: Settings, *, share_clock: bool = True) -> Starlette:
    """Return the ASGI application of `settings`; its parts live from its start to its end.

    It goes by its database's clock; not with `share_clock` off, for tests that travel in time.
    """
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(settings, share_clock=share_clock) as parts:
            app.state.site, app.state.live, app.state.parts = parts.site, parts.live, parts
            checkup = app.state.checkup = Checkup(parts.site, parts.live)
            figures = app.state.figures = Figures(metrics, parts.site, parts.live, checkup)
            await figures.sample()
            async with in_background(checkup.run()), in_background(figures.run()):
                yield

    app = Starlette(
        middleware=[
            Middleware(Recorder, metrics=metrics),
            Middleware(SecurityHeaders, settings=settings),
            Middleware(CrossSiteCheck, settings=settings),
            Middleware(Compression),
        ],
        exception_handlers=faults.HANDLERS,
    )
    app.router = DirectRouter(_routes(settings), lifespan=lifespan)
    app.state.settings, app.state.metrics, app.state.operations = settings, metrics, OPERATIONS
    return app


def create_from_environment() -> Starlette:
    """Return the application of the environment's settings: what each of several processes starts with."""
    from server import logs

    settings = Settings()
    logs.configure(settings.log_format)
    return settled(create_app(settings))


def assemble(settings: Settings) -> Parts:
    """Make the parts, stopped, and tell them of each other."""
    bus = _bus(settings)
    site = Site(
        settings=settings,
        database=Database(settings.database_url),
        limits=Limits(settings.redis_url, on=settings.limits),
        passwords=Passwords(settings.argon2_time_cost, settings.argon2_memory_kib),
        geocoder=chosen(settings),
        identify=identify,
        bus=bus,
        index=LiveIndex(),
        cashier=cashier(settings),
        album=album(settings),
    )
    live = Live(SiteBackend(site), bus, index=site.index, now=now)
    worker = Worker(site)
    return Parts(site, live, Outbox(site.database, live, worker.wake, as_of_now), worker)


@asynccontextmanager
async def running(settings: Settings, *, share_clock: bool = True) -> AsyncIterator[Parts]:
    """Run the parts of a web process until the block ends; see `create_app`."""
    parts = assemble(settings)
    async with AsyncExitStack() as ending:
        ending.push_async_callback(parts.site.database.aclose)
        ending.callback(parts.site.passwords.close)
        ending.push_async_callback(parts.site.limits.aclose)
        ending.push_async_callback(parts.site.geocoder.aclose)
        ending.push_async_callback(parts.site.cashier.aclose)
        ending.push_async_callback(parts.site.album.aclose)
        if share_clock:
            await one_clock.agree(parts.site.database)
            await ending.enter_async_context(in_background(one_clock.follow(parts.site.database)))
        await parts.live.start()
        ending.push_async_callback(parts.live.aclose)
        await ending.enter_async_context(in_background(parts.outbox.run()))
        if settings.embedded_jobs:
            await ending.enter_async_context(parts.worker.working())
        yield parts
        await parts.outbox.settle()


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """Run the parts of a worker, which has no sockets: jobs, and the sweep of what was left behind."""
    parts = assemble(settings)
    bus = parts.site.bus
    async with AsyncExitStack() as ending:
        ending.push_async_callback(parts.site.database.aclose)
        ending.callback(parts.site.passwords.close)
        ending.push_async_callback(parts.site.limits.aclose)
        ending.push_async_callback(parts.site.album.aclose)
        await one_clock.agree(parts.site.database)
        await ending.enter_async_context(in_background(one_clock.follow(parts.site.database)))
        if settings.redis_url is not None:
            await bus.start(lambda _: None, lambda: None, lambda: None)
            ending.push_async_callback(bus.aclose)
        # Without Redis nobody would hear it: the bus says so, and the web process's sweep finds the signals.
        await ending.enter_async_context(in_background(parts.outbox.run()))
        await ending.enter_async_context(parts.worker.working())
        yield
        await parts.outbox.settle()


@asynccontextmanager
async def in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have `work` go on beside the block, and end with it."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _bus(settings: Settings) -> Bus:
    if settings.redis_url is None:
        return MemoryBus()
    # Imported here: 0.3 s that a start without Redis need not take.
    from realtime.redis_bus import CHANNEL, RedisBus

    # Towns that share a Redis share its channels, whatever the database number: each names its own.
    return RedisBus(settings.redis_url, channel=f"{CHANNEL}:{settings.key('bus').hex()[:16]}")


def _routes(settings: Settings) -> list[BaseRoute]:
    config = site_config(settings).model_dump_json().encode()
    door = LiveDoor(settings)
    return [
        *served(OPERATIONS),
        WebSocketRoute(LIVE_PATH, door),
        WebSocketRoute(ANONYMOUS_LIVE_PATH, AnonymousSocket(door)),
        *about.pages(),
        *serving.pages(),
        *mailbox.routes(settings),
        *dev_page.routes(settings),
        *EmbedPage(settings, config).routes(),
        *BrowserApp(settings, config, _first_cards, previews.BY_PATH).routes(),
    ]


class LiveDoor:
    """The socket's endpoint, which needs the live side that only a started application has."""

    def __init__(self, settings: Settings) -> None:
        self._origins = settings.allowed_origins
        self._endpoint: Endpoint | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket."""
        live: Live = scope["app"].state.live
        if self._endpoint is None:
            self._endpoint = Endpoint(live, origins=self._origins, version=VERSION, now=now)
        await self._endpoint(scope, receive, send)


def _first_cards(request: Request) -> bytes:
    return lookup.first_cards(request.app.state.site)
