"""`serve`: uvicorn with our own WebSocket class, in one process or several."""

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette

from realtime.protocol import MAX_FRAME_BYTES
from realtime.wire import WireProtocol, tune
from server.commands.failure import CommandFailed
from server.commands.starting import allow_files, bound, check_database, make_folder, settings_of
from server.edge.metrics import MULTIPROCESS
from server.edge.patience import PatientProtocol
from server.garbage import settled
from server.settings import Settings

# After this long, requests that are still running are cut off.
GRACE_SECONDS = 5
# So long a process may keep its supervisor waiting for a sign of life: one that is still being loaded on a
# busy machine is not dead. A dead one is noticed at once.
SIGN_SECONDS = 30
PING_SECONDS = 20.0
# A street that comes back at once. Who finds this queue full believes to be connected and tries again only
# after seconds, the last after a minute. The kernel takes at most `net.core.somaxconn`.
BACKLOG = 65_535


class Server(uvicorn.Server):
    """uvicorn's server, saying when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop; asked twice, die of it at once. uvicorn would always die of it: to stop is no failure."""
        if self.should_exit:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        self.should_exit = True


def run(*, host: str | None, port: int | None, processes: int | None) -> None:
    """Serve until stopped. Raises `CommandFailed` for settings that cannot be, or a port that is taken."""
    settings = settings_of(host=host, port=port, processes=processes)
    make_folder(settings)
    files = allow_files()
    asyncio.run(check_database(settings))
    with bound(settings.host, settings.port) as listening:
        address = f"http://{settings.host}:{listening.getsockname()[1]}"
        room = f"room for {files} files and connections"
        if settings.processes > 1:
            print(f"1Mile on {address} in {settings.processes} processes, each with {room}", flush=True)
            _serve_together(settings, listening)
            return
        from server import app, logs

        logs.configure(settings.log_format)
        serve(
            settings,
            app.create_app(settings),
            listening,
            lambda: print(f"1Mile on {address} with {room}", flush=True),
        )


def serve(settings: Settings, app: Starlette, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve `app` in this process. Raises `CommandFailed` if it could not start."""
    tune(listening)
    server = Server(uvicorn.Config(settled(app), **_options(settings)), ready)
    server.run(sockets=[listening])
    if not server.started:
        raise CommandFailed("it could not start: the log above says why")


def _serve_together(settings: Settings, listening: socket.socket) -> None:
    from server.commands.supervisor import Supervisor

    tune(listening)
    counters = tempfile.mkdtemp(prefix="onemile-metrics-")
    os.environ[MULTIPROCESS] = counters
    config = uvicorn.Config(
        "server.app:create_from_environment", factory=True, workers=settings.processes, **_options(settings)
    )
    supervisor = Supervisor(config, [listening], Path(counters))
    try:
        supervisor.run()
    finally:
        shutil.rmtree(counters, ignore_errors=True)
    if supervisor.failed:
        raise CommandFailed("it could not start: the log above says why")


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "http": PatientProtocol,
        "ws": WireProtocol,
        "ws_max_size": MAX_FRAME_BYTES,
        "ws_per_message_deflate": False,
        "ws_ping_interval": PING_SECONDS,
        "ws_ping_timeout": PING_SECONDS,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": True,
        "forwarded_allow_ips": settings.forwarded_allow_ips,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "timeout_worker_healthcheck": SIGN_SECONDS,
        "backlog": BACKLOG,
    }
