"""How processes hear of each other's changes: one contract, and the bus of a single process.

A bus may lose, double and reorder; the database is the truth. What it owes is to say so: `publish` tells
whether the signals went out (if not, their outbox rows stay for the sweep), `on_loss` is called when the
line goes down, and `on_gap` when it is back or something else may have been missed.
"""

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from realtime.signals import AnySignal

Receive: TypeAlias = Callable[[list[AnySignal]], None]
OnGap: TypeAlias = Callable[[], None]
OnLoss: TypeAlias = Callable[[], None]


def new_process_name() -> str:
    """Return a name for this run of this process, unlike any other's."""
    return uuid.uuid4().hex


class Bus(Protocol):
    """Carries signals to every process, the sender's own included.

    `process` names this process on the bus. `healthy` says whether signals now come and go.
    """

    process: str

    @property
    def healthy(self) -> bool:
        """Whether signals now come and go."""
        ...

    @property
    def lag_seconds(self) -> float:
        """How long a signal of our own takes to come back to us, or has not come back for."""
        ...

    async def start(self, receive: Receive, on_gap: OnGap, on_loss: OnLoss) -> None:
        """Begin to call `receive` with what comes, in the loop of the caller.

        Returns once signals come, or after a few seconds if they do not: then `on_gap` will tell when.
        None of the three may wait or raise.
        """
        ...

    def publish(self, signals: Sequence[AnySignal]) -> "asyncio.Future[bool]":
        """Send `signals` together, in order. Never waits; the future tells whether they went out."""
        ...

    async def aclose(self) -> None:
        """Send what is still queued, if that is quick, and stop."""
        ...


class MemoryBus:
    """The bus of a town that runs in one process: what is published arrives in the loop's next turn."""

    def __init__(self) -> None:
        self.process = new_process_name()
        self._receive: Receive | None = None
        self._queue: deque[tuple[list[AnySignal], asyncio.Future[bool]]] = deque()

    @property
    def healthy(self) -> bool:
        """Whether it has been started and not closed: nothing else can happen to it."""
        return self._receive is not None

    @property
    def lag_seconds(self) -> float:
        """Nothing: what is published arrives in the loop's next turn."""
        return 0.0

    async def start(self, receive: Receive, on_gap: OnGap, on_loss: OnLoss) -> None:  # noqa: ARG002 - never
        """Begin to call `receive`."""
        self._receive = receive

    def publish(self, signals: Sequence[AnySignal]) -> asyncio.Future[bool]:
        """Queue `signals` for the loop's next turn: never inside the caller's own step."""
        loop = asyncio.get_running_loop()
        sent = loop.create_future()
        if not self._queue:
            loop.call_soon(self._deliver)
        self._queue.append((list(signals), sent))
        return sent

    async def aclose(self) -> None:
        """Deliver what is queued, and stop."""
        self._deliver()
        self._receive = None

    def _deliver(self) -> None:
        # What a receiver publishes in answer belongs to the next turn.
        waiting, self._queue = self._queue, deque()
        for signals, sent in waiting:
            if self._receive is not None and signals:
                self._receive(signals)
            if not sent.done():
                sent.set_result(self._receive is not None)
