"""How often one may: per member or address, and per action.

Counted in Redis where there is one, so that all processes count together; while it is away each process
counts by itself, since a limit that fails must neither let everything through nor shut everybody out.
"""

import ipaddress
import time
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from realtime.refusals import TooMany

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

log = structlog.get_logger(__name__)


class Limits:
    """Counters of what was done, in memory or in the Redis at `redis_url`; without `on`, nothing counts."""

    def __init__(self, redis_url: str | None, *, on: bool = True) -> None:
        self._on = on
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared: SlidingWindowCounterRateLimiter | None = None
        self._pool: ConnectionPool | None = None
        if redis_url is not None:
            self._pool = _pool(redis_url)
            storage = RedisStorage(
                f"async+{redis_url}",
                implementation="redispy",
                wrap_exceptions=True,
                key_prefix="1mile:limits",
                connection_pool=self._pool,  # type: ignore[arg-type]  # documented, if not typed
            )
            self._shared = SlidingWindowCounterRateLimiter(storage)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.aclose()

    async def hit(self, rule: str, *who: str) -> None:
        """Count one more of `who` (the action, then its doer) under `rule`, such as "20/hour".

        Raises `TooMany`, with the seconds after which it may work again, once the rule is exceeded.
        """
        if not self._on:
            return
        item = _parsed(rule)
        limiter = self._local
        if self._shared is not None:
            try:
                await self._count(self._shared, item, who)
                return
            except TooMany:
                raise
            except Exception as error:  # noqa: BLE001 - whatever Redis or its client has, we go on alone
                log.warning("limits_alone", error=type(error).__name__)
        await self._count(limiter, item, who)

    @staticmethod
    async def _count(
        limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, who: tuple[str, ...]
    ) -> None:
        if await limiter.hit(item, *who):
            return
        window = await limiter.get_window_stats(item, *who)
        # By the clock that the library counts with, be it wrong: this is a difference.
        raise TooMany("too_many", retry_after=max(1, round(window.reset_time - time.time())))


@lru_cache(maxsize=4096)
def network(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 that one IPv6 customer is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network(f"{address.split('%')[0]}/64", strict=False))


def _pool(redis_url: str) -> "ConnectionPool":
    """Return a pool of our own: what limits opens by itself, it never closes."""
    # Imported here: 0.3 s that a start without Redis need not take.
    from redis.asyncio import ConnectionPool

    return ConnectionPool.from_url(redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)


@lru_cache(maxsize=256)
def _parsed(rule: str) -> RateLimitItem:
    return parse(rule)
