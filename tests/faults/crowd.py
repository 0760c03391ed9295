"""A few neighbours around one place and those who only look: the load of a fault, and its witnesses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from realtime.protocol import Watch
from realtime.shapes import Layer, Place, Scale
from tests.faults.checker import Indexes, differences
from tests.faults.copies import ConversationCopy, InboxCopy, MapCopy
from tests.faults.history import Outcome, Page
from tests.faults.neighbours import Neighbour
from tests.faults.screen import Screen
from tests.faults.street import Street
from tests.faults.truth import REGION_DEG, Truth, read_truth
from tests.processes.street import moves_in
from tests.server.board.town import Town
from tests.waiting import PATIENCE_SECONDS, until

_LAYERS = frozenset({Layer.REQUEST, Layer.OFFER})
_FIRST_PINS = 7
# Comparing everything with the database takes a while; nobody is told when it is time.
_LOOK_SECONDS = 0.2


class Crowd:
    """Three members with a thread and a dialog, and at each process somebody who looks at either scale."""

    def __init__(self, street: Street, town: Town, place: Place, dice: Random) -> None:
        self.history = street.history
        self.place = place
        self.database = town.database
        self._street = street
        self._town = town
        self._dice = dice
        self._resting = asyncio.Event()
        self._lives: list[asyncio.Task[None]] = []
        self.screens: list[Screen] = []
        self._on: list[asyncio.Task[None]] = []
        self.members: list[Neighbour] = []
        self.conversations: list[str] = []

    async def settle(self) -> None:
        """Move in, publish the first listings and open every screen."""
        for name in ("Ana", "Bo", "Cy"):
            lives = await moves_in(self._town, name)
            token = lives.token
            assert token is not None
            screen = self._screen(name, lives.id, token)
            screen.page.inbox = InboxCopy()
            self.members.append(Neighbour(self._street, screen, token, self._own_dice(), self.place))
        ana, bo, cy = self.members
        first = [await ana.publish() for _ in range(_FIRST_PINS)]
        assert all(deed.outcome is Outcome.ANSWERED for deed in first)
        listing = first[0].answers[0]["listing"]
        ana.keep(listing["id"])
        _, opened = await bo.ask("PUT", f"/api/listings/{listing['id']}/dialog")
        thread, dialog = listing["thread"], opened["conversation"]
        self.conversations = [thread, dialog]
        self.history.dialogs[dialog] = frozenset({ana.id, bo.id})
        for member, open_ones in ((ana, [thread, dialog]), (bo, [thread, dialog]), (cy, [thread])):
            _opens(member.screen.page, open_ones)
        self._second_screen("Ana's laptop", ana, [thread, dialog])
        for web in range(len(self._street.world.webs)):
            self._onlooker(f"mile at {web}", Scale.MILE, web, thread)
            self._onlooker(f"nearest at {web}", Scale.NEAREST, web, thread)

    @asynccontextmanager
    async def living(self, *, busy: bool = True) -> AsyncIterator[None]:
        """Have everybody live in the block: screens are open and, if `busy`, members do things."""
        try:
            for screen in self.screens:
                self._turn_on(screen)
            for screen in self.screens:
                await until(screen.online.is_set, f"{screen.page.name} is online")
            if busy:
                self.wake()
            yield
        finally:
            for task in (*self._on, *self._lives):
                task.cancel()
            await asyncio.gather(*self._on, *self._lives, return_exceptions=True)

    async def guest(self) -> Screen:
        """Have one more member come by, who only looks at the thread."""
        lives = await moves_in(self._town, "Dan")
        screen = self._screen("Dan", lives.id, lives.token)
        _opens(screen.page, self.conversations[:1])
        self._turn_on(screen)
        await until(screen.online.is_set, "Dan is online")
        return screen

    async def sign_out(self, guest: Screen) -> None:
        """Sign a guest out, at whichever process, until an answer says that it is done."""
        while not guest.page.signed_out:
            web = self._dice.randrange(len(self._street.world.webs))
            answer = await self._street.ask(web, "DELETE", "/api/session", token=guest.token)
            guest.page.signed_out = answer is not None and answer.is_success
            await asyncio.sleep(_LOOK_SECONDS)

    def wake(self) -> None:
        """Have the members do one thing after the other, from now on."""
        thread, dialog = self.conversations
        talks = ([thread, dialog], [thread, dialog], [thread])
        self._resting.clear()
        self._lives = [
            asyncio.create_task(member.live(talk, self._resting))
            for member, talk in zip(self.members, talks, strict=True)
        ]

    async def more_attempts(self, count: int) -> None:
        """Wait until so many more requests have ended, however."""
        enough = len(self.history.attempts) + count
        await until(lambda: len(self.history.attempts) >= enough, f"{count} more attempts")

    async def rest(self) -> None:
        """Have everybody finish what they are doing."""
        self._resting.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*self._lives)

    async def whole(self, seconds: float = PATIENCE_SECONDS) -> list[str]:
        """Wait until every copy is as the database; return what still differs after `seconds`."""
        loop = asyncio.get_running_loop()
        until_then = loop.time() + seconds
        while True:
            differing = differences(self.history, await self.truth(), await self.indexes())
            if not differing or loop.time() > until_then:
                return differing
            await asyncio.sleep(_LOOK_SECONDS)

    async def truth(self) -> Truth:
        """Return what the database holds now."""
        return await read_truth(self.database, self.conversations, self.place)

    async def indexes(self) -> Indexes:
        """Return the pins that each process looks up around here, by id with their versions."""
        west, east = self.place.lon - REGION_DEG, self.place.lon + REGION_DEG
        south, north = self.place.lat - REGION_DEG, self.place.lat + REGION_DEG
        path = f"/api/listings?bbox={west:.6f},{south:.6f},{east:.6f},{north:.6f}&layers=request,offer"
        found: Indexes = []
        for web in range(len(self._street.world.webs)):
            answer = await self._street.ask(web, "GET", path)
            features = answer.json()["features"] if answer is not None and answer.is_success else None
            found.append(
                None if features is None else {one["id"]: one["properties"]["version"] for one in features}
            )
        return found

    def _turn_on(self, screen: Screen) -> None:
        self._on.append(asyncio.create_task(screen.run()))

    def _own_dice(self) -> Random:
        return Random(self._dice.random())

    def _screen(self, name: str, member: str | None, token: str | None, at: int | None = None) -> Screen:
        screen = Screen(self._street, Page(name, member), token, self._own_dice(), at)
        self.screens.append(screen)
        return screen

    def _second_screen(self, name: str, of: Neighbour, conversations: list[str]) -> None:
        page = self._screen(name, of.id, of.token).page
        page.inbox = InboxCopy()
        _opens(page, conversations)

    def _onlooker(self, name: str, scale: Scale, web: int, thread: str) -> None:
        page = self._screen(name, None, None, web).page
        page.map = MapCopy(Watch(at=self.place, scale=scale, layers=_LAYERS))
        _opens(page, [thread])


def _opens(page: Page, conversations: list[str]) -> None:
    page.conversations = {one: ConversationCopy(one) for one in conversations}
