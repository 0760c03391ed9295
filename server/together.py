"""Questions that come at the same time, asked as one.

A street that comes back after a tunnel asks a thousand times the same kind of thing in one second. Who asks
while others are being answered waits for the next round, and all of a round are one reading of the database.
Alone, nobody waits: the first question goes out at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")
Asked: TypeAlias = dict[Q, list[asyncio.Future[A | None]]]

# Small enough that working through the answers keeps nobody else waiting.
MOST: Final = 64
# Should one round hang, another goes on.
ROUNDS_AT_ONCE: Final = 2


class Together(Generic[Q, A]):
    """One kind of question. `answer` is given those of a round, each once, and returns what it found."""

    def __init__(self, answer: Callable[[Sequence[Q]], Awaitable[Mapping[Q, A]]]) -> None:
        self._answer = answer
        self._waiting: Asked[Q, A] = {}
        self._rounds: set[asyncio.Task[None]] = set()
        self._about_to_begin = False

    async def ask(self, question: Q) -> A | None:
        """Return the answer as of a moment after this call began; None if nothing was found.

        What `answer` raises is raised to everybody in the round.
        """
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[A | None] = loop.create_future()
        self._waiting.setdefault(question, []).append(answered)
        if not self._about_to_begin:
            # Not at once: whoever asks in the same turn of the loop comes along.
            self._about_to_begin = True
            loop.call_soon(self._begin)
        try:
            return await answered
        except Exception as error:  # noqa: BLE001 - whatever the reading raised
            # All raise the same one: without this it would grow by a trace for each of them.
            raise error.with_traceback(None) from error.__cause__

    def _begin(self) -> None:
        self._about_to_begin = False
        while self._waiting and len(self._rounds) < ROUNDS_AT_ONCE:
            asked: Asked[Q, A] = {one: self._waiting.pop(one) for one in [*self._waiting][:MOST]}
            # A task of its own: whoever gives up waiting must not take the answer from the others.
            task = asyncio.create_task(self._round(asked), name="ask together")
            self._rounds.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._rounds.discard(task)
        self._begin()

    async def _round(self, asked: Asked[Q, A]) -> None:
        try:
            found = await self._answer([*asked])
        except Exception as error:  # noqa: BLE001 - it is those who asked that must hear of it
            for _, answered in _waited_for(asked):
                answered.set_exception(error)
        except asyncio.CancelledError:
            for _, answered in _waited_for(asked):
                answered.cancel()
            raise
        else:
            for question, answered in _waited_for(asked):
                answered.set_result(found.get(question))


def _waited_for(asked: Asked[Q, A]) -> Iterator[tuple[Q, asyncio.Future[A | None]]]:
    """Yield whoever has not given up."""
    for question, futures in asked.items():
        for answered in futures:
            if not answered.done():
                yield question, answered
