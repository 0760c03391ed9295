"""Much to do, a little in each turn of the loop: meanwhile everybody else has theirs."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from time import monotonic
from typing import Final, Generic, TypeVar

T = TypeVar("T")

# A fifth of what one message may keep others waiting.
TURN_SECONDS: Final = 0.010


class InTurns(Generic[T]):
    """Does `act` for each thing that is added, at most `most` in a turn of the loop, the first at once."""

    def __init__(self, act: Callable[[T], None], most: int) -> None:
        self._act = act
        self._most = most
        self._left = most
        self._waiting: deque[T] = deque()

    def __bool__(self) -> bool:
        """Whether anything waits for a later turn."""
        return bool(self._waiting)

    def add(self, thing: T) -> None:
        """Do it now, or in a later turn if this one has had enough."""
        if not self._left:
            self._waiting.append(thing)
            return
        if self._left == self._most:
            asyncio.get_running_loop().call_soon(self._next_turn)
        self._left -= 1
        self._act(thing)

    def _next_turn(self) -> None:
        self._left = self._most
        while self._waiting and self._left:
            if self._left == self._most:
                asyncio.get_running_loop().call_soon(self._next_turn)
            self._left -= 1
            self._act(self._waiting.popleft())


class Pause:
    """Lets the others have a turn whenever ours has been long enough."""

    def __init__(self) -> None:
        self._until = monotonic() + TURN_SECONDS

    async def maybe(self) -> None:
        """Return at once, or after the others have had their turn."""
        if monotonic() >= self._until:
            await asyncio.sleep(0)
            self._until = monotonic() + TURN_SECONDS


async def each(things: Iterable[T], act: Callable[[T], Awaitable[None]], at_once: int) -> None:
    """Do `act` for each of `things`, `at_once` of them at a time.

    One that raises keeps none of its time from being done; what it raised is raised when they are.
    """
    left = iter(things)
    while some := list(islice(left, at_once)):
        results = await asyncio.gather(*map(act, some), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
