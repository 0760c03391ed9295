"""The world of the faults: real processes, each with a net between it and its servers that a test can break.

    crowd → web processes → proxies → Redis, PostgreSQL

What a test itself asks of the database goes past the proxies.
"""

import shutil
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

from sqlalchemy import make_url

from tests.faults.crash_points import CRASH_POINTS
from tests.faults.proxy import Proxy
from tests.processes.street import WebProcess
from tests.servers import PostgresServer, RedisServer

SABOTAGED = ("tests.faults.sabotage",)
# So soon the clock does what people leave undone: it races with them.
HASTE_DAYS = {"ANSWER": 2.5 / 86_400, "RELEASE": 2.0 / 86_400, "LAPSE": 4.0 / 86_400}
HASTE_HOURS = {"OBJECTION": 1.5 / 3_600}


class Web(WebProcess):
    """One web process of the world."""

    def __init__(self, database_url: str, photos: Path, redis: RedisServer | None = None) -> None:
        port = make_url(database_url).port
        self.to_database = Proxy(port) if port else None
        self.to_redis = Proxy(redis.port) if redis else None
        super().__init__(
            _through(self.to_database, database_url),
            _through(self.to_redis, redis.url) if redis else None,
            SABOTAGED,
        )
        self._settings["SABOTAGE_FOLDER"] = str(self.folder)
        self._settings["ONEMILE_PHOTO_DIR"] = str(photos)
        self._settings["ONEMILE_PROJECT_DECIDE_DAYS"] = f"{HASTE_DAYS['ANSWER']:f}"
        self._settings |= {f"ONEMILE_EXCHANGE_{name}_DAYS": f"{days:f}" for name, days in HASTE_DAYS.items()}
        self._settings |= {
            f"ONEMILE_EXCHANGE_{name}_HOURS": f"{hours:f}" for name, hours in HASTE_HOURS.items()
        }

    def sabotage(self, *names: str) -> None:
        """Have it start with these faults from now on (`tests.faults.sabotage`); none: as it should be."""
        self._settings["SABOTAGE"] = ",".join(names)

    @property
    def proxies(self) -> list[Proxy]:
        """The ways to its servers."""
        return [proxy for proxy in (self.to_redis, self.to_database) if proxy]

    def arm(self, point: str) -> None:
        """Have it die the next time it comes by this crash point."""
        assert point in CRASH_POINTS
        (self.folder / point).touch()

    def set_clock_back(self) -> None:
        """Set its clock back by an hour, while it runs."""
        self.send(signal.SIGUSR2)

    def make_whole(self) -> None:
        """Let everything through, and have it come by every crash point alive."""
        for proxy in self.proxies:
            proxy.pass_on()
        self.disarm()

    def disarm(self) -> None:
        """Have it come by every crash point alive."""
        for point in CRASH_POINTS:
            (self.folder / point).unlink(missing_ok=True)

    def close(self) -> None:
        """Stop it for good, with the ways to its servers."""
        super().close()
        for proxy in self.proxies:
            proxy.close()


class World:
    """Web processes with their servers. `database_url` leads straight to the database.

    Without `redis` and `postgres` it is the embedded one: one process with SQLite.
    """

    def __init__(
        self,
        database_url: str,
        redis: RedisServer | None = None,
        postgres: PostgresServer | None = None,
        processes: int = 1,
    ) -> None:
        self.database_url = database_url
        self.redis = redis
        self.postgres = postgres
        self.photos = Path(tempfile.mkdtemp(prefix="onemile-photos-"))
        self.webs = [Web(database_url, self.photos, redis) for _ in range(processes)]

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def start(self) -> None:
        """Make the world as it should be: what was broken is mended, what does not run is started."""
        for server in (self.redis, self.postgres):
            if server is not None:
                server.start()
        for web in self.webs:
            web.make_whole()
        with ThreadPoolExecutor() as together:
            for _ in together.map(lambda web: web.start(), self.webs):
                pass

    def restart_with(self, *names: str) -> None:
        """Restart every process with these faults in it (`tests.faults.sabotage`); none: as it should be."""
        for web in self.webs:
            web.kill()
            web.sabotage(*names)
        self.start()

    def close(self) -> None:
        """End the web processes; the servers belong to who made them."""
        for web in self.webs:
            web.close()
        shutil.rmtree(self.photos, ignore_errors=True)


def _through(proxy: Proxy | None, url: str) -> str:
    # Not by SQLAlchemy's printing of a URL, which hides the password.
    return url if proxy is None else url.replace(f":{proxy.target}/", f":{proxy.port}/")
