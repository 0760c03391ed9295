"""Who may be sending at once: so many places, and who has to give one up when somebody waits for it.

While there is room, anybody may be as slow as the server waits for at all. Once there is none, whoever comes
takes the place of a member who lets us wait, or of one who has more places than they.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from starlette.types import Message

from realtime.refusals import Conflict, Unavailable

# What one member may send at once, and all together, from slow phones too.
MOST_OF_A_MEMBER: Final = 6
MOST_COMING: Final = 64
# What a member brings, over however many photos, whose place nobody takes for their slowness. A phone with
# one bar sends some 30 KiB a second.
BYTES_A_SECOND: Final = 24 * 1024
# So long the line may be silent before: a tunnel, a lift.
SILENT_SECONDS: Final = 20.0


class Place:
    """One upload's place, from its first byte until the block that holds it ends."""

    def __init__(self, arrivals: "Arrivals", member: str, network: str) -> None:
        self.member, self.network = member, network
        # Only while it comes in may it be given to another: what is whole is ours to develop.
        self.is_coming = False
        self._arrivals = arrivals
        self._is_lost = False
        self._waiting: asyncio.Timeout | None = None

    async def next(self, receive: Callable[[], Awaitable[Message]]) -> Message:
        """Return what is received next. Raises `Unavailable` if the place has been given to another."""
        if self._is_lost:
            raise busy()
        self.is_coming = True
        try:
            async with asyncio.timeout(None) as self._waiting:
                message = await receive()
        except TimeoutError:
            if not self._is_lost:
                raise
        finally:
            self._waiting = None
        if self._is_lost:
            raise busy()
        self.is_coming = message.get("more_body", False)
        self._arrivals.came(self.member, len(message.get("body", b"")))
        return message

    def lose(self) -> None:
        """End the upload, now if it is waited for."""
        self._is_lost, self.is_coming = True, False
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())


class Arrivals:
    """The uploads that are on their way to one process. `clock` gives seconds; it is for tests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._places: list[Place] = []
        # Until when what each member has sent lasts, at the rate that is expected of them.
        self._paid_until: dict[str, float] = {}

    @contextmanager
    def place(self, member: str, network: str) -> Iterator[Place]:
        """Hold a place for an upload of `member`, who comes from `network`.

        Raises `Conflict` if they are sending too many at once, `Unavailable` if all together are and nobody
        has to give way.
        """
        if sum(one.member == member for one in self._places) >= MOST_OF_A_MEMBER:
            raise Conflict("too_many_at_once", max=MOST_OF_A_MEMBER)
        if len(self._places) >= MOST_COMING:
            self._make_room(member, network)
        place = Place(self, member, network)
        self._places.append(place)
        self._paid_until.setdefault(member, self._clock() + SILENT_SECONDS)
        try:
            yield place
        finally:
            self._let_go(place)

    def came(self, member: str, length: int) -> None:
        """Note that `member` has sent so many bytes more."""
        if member in self._paid_until:
            paid = self._paid_until[member] + length / BYTES_A_SECOND
            # Who was quick may not be slow for it later.
            self._paid_until[member] = min(paid, self._clock() + SILENT_SECONDS)

    def _make_room(self, member: str, network: str) -> None:
        place = self._slowest() or self._one_of_many(member, network)
        if place is None:
            raise busy()
        self._let_go(place)
        place.lose()

    def _slowest(self) -> Place | None:
        """Return a place of whoever has let us wait the longest, if anybody does."""
        at = self._clock()
        late = [one for one in self._places if one.is_coming and self._paid_until[one.member] < at]
        return min(late, key=lambda one: self._paid_until[one.member], default=None)

    def _one_of_many(self, member: str, network: str) -> Place | None:
        """Return a place that `member` should have rather than who has it.

        That is one of whoever has two more; or one more, if two more come from their network.
        """
        of_members = Counter(one.member for one in self._places)
        of_networks = Counter(one.network for one in self._places)

        def more(one: Place) -> tuple[int, int]:
            return of_members[one.member] - of_members[member], of_networks[one.network] - of_networks[
                network
            ]

        def has_more(one: Place) -> bool:
            by_member, by_network = more(one)
            return by_member >= 2 or (by_member == 1 and by_network >= 2)

        return max((one for one in self._places if one.is_coming and has_more(one)), key=more, default=None)

    def _let_go(self, place: Place) -> None:
        if place in self._places:
            self._places.remove(place)
        if all(one.member != place.member for one in self._places):
            self._paid_until.pop(place.member, None)


def busy() -> Unavailable:
    """Return the refusal of an upload for which there is no room now."""
    return Unavailable("photo_busy", retry_after=30)
