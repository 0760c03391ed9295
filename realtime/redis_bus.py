"""The bus between several processes, over Redis pub/sub.

Redis forgets what nobody was there to hear, and a subscription has been seen to return nothing for ever
after a network partition. So each process listens for its own heartbeat: one missing number is a loss,
three missing beats are a dead line, which is torn down and built again. Either is told by `on_gap`; that
the line is down, by `on_loss`.
"""

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Sequence
from time import monotonic
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from realtime.bus import OnGap, OnLoss, Receive, new_process_name
from realtime.signals import AnySignal, Heartbeat

CHANNEL = "onemile:signals"
BEAT_SECONDS = 2.0
MISSED_BEATS = 3
# A start waits this long for Redis, and then goes on without: reading and writing need no bus.
START_SECONDS = 3.0
# What is not sent within a beat or so is better swept from the outbox than kept in memory.
MOST_QUEUED = 10_000
SEND_SECONDS = 5.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0

Queued: TypeAlias = tuple[bytes, asyncio.Future[bool]]

_BATCH: TypeAdapter[list[AnySignal]] = TypeAdapter(list[AnySignal])
_log = logging.getLogger("onemile.bus")


class BusLost(Exception):
    """Nothing comes through any more, though the connection pretends to be open."""


class RedisBus:
    """Signals over one Redis channel, encoded once, sent in one pipeline per turn of the loop."""

    def __init__(
        self,
        url: str,
        *,
        channel: str = CHANNEL,
        beat_seconds: float = BEAT_SECONDS,
        start_seconds: float = START_SECONDS,
    ) -> None:
        """Make a bus that connects when started. `channel` keeps several towns on one Redis apart."""
        self.process = new_process_name()
        self._url = url
        self._channel = channel
        self._beat_seconds = beat_seconds
        self._start_seconds = start_seconds
        self._queue: deque[Queued] = deque()
        self._wake = asyncio.Event()
        self._heard = asyncio.Event()
        self._beats_sent = 0
        self._beats_heard = 0
        self._heard_at = 0.0
        self._beat_at = 0.0
        self._round_trip = 0.0
        # When the first beat was sent that has not come back; None: all have.
        self._unheard_since: float | None = monotonic()
        self._missed = False
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Whether our own heartbeat comes back."""
        return self._heard.is_set()

    @property
    def lag_seconds(self) -> float:
        """How long our last heartbeat took to come back; or how long we have been waiting for one."""
        if self._unheard_since is None:
            return self._round_trip
        return max(self._round_trip, monotonic() - self._unheard_since)

    async def start(self, receive: Receive, on_gap: OnGap, on_loss: OnLoss) -> None:
        """Connect and begin to call `receive`; without Redis, go on trying in the background."""
        self._receive, self._on_gap, self._on_loss = receive, on_gap, on_loss
        self._supervisor = asyncio.create_task(self._supervise(), name="bus")
        try:
            async with asyncio.timeout(self._start_seconds):
                await self._heard.wait()
        except TimeoutError:
            self._missed = True
            _log.warning("Redis does not answer: going on without live updates between processes")

    def publish(self, signals: Sequence[AnySignal]) -> asyncio.Future[bool]:
        """Queue `signals` as one message; refuse at once while the line is down."""
        sent: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if not self.healthy or len(self._queue) >= MOST_QUEUED:
            sent.set_result(False)
        else:
            self._enqueue(signals, sent)
        return sent

    async def aclose(self) -> None:
        """Send what is queued, if Redis takes it within a second, and stop."""
        if self._supervisor is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await asyncio.gather(*(sent for _, sent in self._queue))
        # Again if need be: a library may swallow a cancellation, and a process must be able to end.
        while not self._supervisor.done():
            self._supervisor.cancel()
            await asyncio.wait({self._supervisor}, timeout=1.0)
        self._supervisor = None

    def _enqueue(self, signals: Sequence[AnySignal], sent: "asyncio.Future[bool]") -> None:
        self._queue.append((_BATCH.dump_json(list(signals)), sent))
        self._wake.set()

    async def _supervise(self) -> None:
        """Keep a line to Redis, building it anew after each loss."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._line()
            except* (RedisError, OSError, BusLost, TimeoutError) as lost:
                _log.warning("The bus is down: %s", "; ".join(str(one) for one in lost.exceptions))
            finally:
                was_healthy = self.healthy
                self._hang_up()
            pause = _FIRST_PAUSE_SECONDS if was_healthy else min(2 * pause, _LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(random.uniform(0.5, 1.0) * pause)  # noqa: S311 - spreads reconnects

    def _hang_up(self) -> None:
        was_healthy = self.healthy
        self._missed = self._missed or was_healthy
        self._heard.clear()
        waiting, self._queue = self._queue, deque()
        for _, sent in waiting:
            _tell(sent, went_out=False)
        if was_healthy:
            self._on_loss()

    async def _line(self) -> None:
        """Listen, speak and beat over one pair of connections until something fails."""
        # No retries inside the client: it would subscribe again in silence, and the gap would go unseen.
        # No socket_timeout: redis-py sends under it by asyncio.wait_for, which on Python 3.11 swallows a
        # cancellation that comes together with the result; a line so cancelled would never end.
        client: Redis = Redis.from_url(
            self._url,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,
            socket_connect_timeout=SEND_SECONDS,
        )
        async with client, client.pubsub() as ear:
            async with asyncio.timeout(SEND_SECONDS):
                await ear.subscribe(self._channel)
            self._heard_at = asyncio.get_running_loop().time()
            self._beats_heard = self._beats_sent
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen(ear))
                group.create_task(self._speak(client))
                group.create_task(self._beat())

    async def _listen(self, ear: PubSub) -> None:
        patience = MISSED_BEATS * self._beat_seconds
        loop = asyncio.get_running_loop()
        while True:
            message: dict[str, Any] | None = await ear.get_message(timeout=self._beat_seconds)
            if message is not None and message["type"] == "message":
                self._take(message["data"])
            if loop.time() - self._heard_at > patience:
                raise BusLost(f"no heartbeat for {patience:g} s")

    def _take(self, encoded: bytes) -> None:
        try:
            signals = _BATCH.validate_json(encoded)
        except ValidationError as unknown:
            # A newer version of 1Mile may be running beside this one during a deployment.
            _log.warning("A message on the bus was not understood: %s", unknown.errors(include_input=False))
            return
        for signal in signals:
            if isinstance(signal, Heartbeat) and signal.process == self.process:
                self._hear(signal.count)
        self._receive(signals)

    def _hear(self, count: int) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        self._missed = self._missed or count > self._beats_heard + 1
        self._beats_heard = max(self._beats_heard, count)
        if count == self._beats_sent:
            self._round_trip, self._unheard_since = monotonic() - self._beat_at, None
        self._heard.set()
        if self._missed:
            self._missed = False
            self._on_gap()

    async def _speak(self, client: "Redis") -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._queue = self._queue, deque()
            try:
                async with asyncio.timeout(SEND_SECONDS), client.pipeline(transaction=False) as pipeline:
                    for encoded, _ in batch:
                        pipeline.publish(self._channel, encoded)
                    await pipeline.execute()
            except BaseException:
                self._queue.extendleft(reversed(batch))
                raise
            for _, sent in batch:
                _tell(sent, went_out=True)

    async def _beat(self) -> None:
        while True:
            self._beats_sent += 1
            self._beat_at = monotonic()
            self._unheard_since = self._unheard_since or self._beat_at
            beat = Heartbeat(process=self.process, count=self._beats_sent)
            self._enqueue([beat], asyncio.get_running_loop().create_future())
            await asyncio.sleep(self._beat_seconds)


def _tell(sent: "asyncio.Future[bool]", *, went_out: bool) -> None:
    if not sent.done():
        sent.set_result(went_out)
