"""A few neighbours around one place and those who only look: the load of a fault, and its witnesses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random
from unittest.mock import patch

from realtime.protocol import Watch
from realtime.shapes import Layer, Place, Scale
from server.album import Album
from server.clock import now
from server.photos import sweeping
from server.photos.folder import FolderStore
from tests.faults.checker import Indexes, differences, violations
from tests.faults.copies import ConversationCopy, ExchangesCopy, InboxCopy, MapCopy, PanelCopy, PurseCopy
from tests.faults.history import Deed, Outcome, Page
from tests.faults.screen import Screen
from tests.faults.street import Street
from tests.faults.supporters import Supporter
from tests.faults.truth import REGION_DEG, Truth, read_truth
from tests.processes.street import grant, moves_in
from tests.server.board.town import Town
from tests.waiting import PATIENCE_SECONDS, until

# Who looks at five has the other layers off.
_LAYERS = {Scale.MILE: frozenset(Layer), Scale.NEAREST: frozenset({Layer.REQUEST, Layer.OFFER})}
_FIRST_PINS = 7
# What each has at first: enough for most exchanges, and too little for some.
_SMILES = 12
# More smiles than there are: the one project that lasts.
_FAR_OFF = 1_000
# What a guest does with projects before the fault strikes.
_GUESTS_DEEDS = 2
# Comparing everything with the database takes a while; nobody is told when it is time.
_LOOK_SECONDS = 0.2


class Crowd:
    """Three members with a thread and dialogs, and at each process somebody who looks at either scale.

    The dialogs are under an offer and under a task of a project.
    """

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
        self.members: list[Supporter] = []
        self._guests: list[Supporter] = []
        self.conversations: list[str] = []
        self._garden: dict[str, str] = {}

    async def settle(self) -> None:
        """Move in, publish the first listings and open every screen."""
        for name in ("Ana", "Bo", "Cy"):
            self.members.append(await self._moves_in(name))
        ana, bo, cy = self.members
        # An offer is open again when somebody has been helped.
        first = [await ana.publish(kind="offer")]
        first += [await ana.publish() for _ in range(_FIRST_PINS - 1)]
        assert all(deed.outcome is Outcome.ANSWERED for deed in first)
        listing = first[0].answers[0]["listing"]
        ana.keep(listing["id"])
        thread = listing["thread"]
        dialogs = [await self._dialog(ana, other, listing["id"]) for other in (bo, cy)]
        founded = await ana.found(target_smiles=_FAR_OFF, closes_at=now() + timedelta(days=1))
        self._garden = founded.answers[0]["listing"]
        self.history.lasting[self._garden["id"]] = self._garden["thread"]
        task = (await ana.publish(kind="request", project_id=self._garden["id"])).answers[0]["listing"]["id"]
        ana.keep(task)
        dialogs += [await self._dialog(ana, other, task) for other in (bo, cy)]
        self.conversations = [thread, *dialogs, self._garden["thread"]]
        for member in self.members:
            self._lives_on(member.screen.page, thread, [*member.partners])
        self._lives_on(self._screen("Ana's laptop", ana.id, ana.token).page, thread, dialogs)
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

    async def guest(self) -> Supporter:
        """Have one more member come by, who looks at the thread and has to do with projects."""
        dan = await self._moves_in("Dan")
        self._guests.append(dan)
        dan.screen.page.purse = PurseCopy()
        self._opens(dan.screen.page, self.conversations[:1])
        self._turn_on(dan.screen)
        await until(dan.screen.online.is_set, "Dan is online")
        for _ in range(_GUESTS_DEEDS):
            await dan.tend()
        return dan

    async def grant(self, member: Supporter, smiles: int) -> None:
        """Have a member be granted smiles, by a process that nothing is wrong with."""
        await grant(self._town, member.id, smiles)

    async def sees_off(self, guest: Supporter) -> None:
        """Have each second guest leave 1Mile and the others sign out, until an answer says it is done."""
        page = guest.screen.page
        if len(self._guests) % 2 == 0:
            await guest.leave()
            page.signed_out = True
        while not page.signed_out:
            web = self._dice.randrange(len(self._street.world.webs))
            answer = await self._street.ask(web, "DELETE", "/api/session", token=guest.token)
            page.signed_out = answer is not None and answer.is_success
            await asyncio.sleep(_LOOK_SECONDS)

    async def lose_lines(self) -> None:
        """Have everybody's line be lost."""
        for screen in self.screens:
            screen.drop()

    async def a_project_closes(self) -> None:
        """Have a project be published that closes at once."""
        await _surely(lambda: self.members[0].found(closes_at=now()))

    async def a_project_is_called_off(self) -> None:
        """Have a project be published, supported and cancelled: what was given and promised goes back."""
        owner, eve = self.members[0], await self._moves_in("Eve")
        self._guests.append(eve)
        project = (await _surely(lambda: owner.found(closes_at=now() + timedelta(days=1)))).subject
        await _surely(lambda: eve.give(project, 1))
        await _surely(lambda: eve.promise(project))
        while (view := await owner.looks_at(project)) is None or "cancel" in view["may"]:
            if view is not None:
                await owner.end("call_off", project, view["listing"]["version"])

    async def sweep(self) -> None:
        """Have files deleted that no photo has, as once a day, however young they are."""
        album = Album(self._town.site.album.developer, FolderStore(self._street.world.photos))
        with patch.object(sweeping, "UNUSED_FOR", timedelta(0)):
            await sweeping.sweep_files(replace(self._town.site, album=album), {})

    def wake(self) -> None:
        """Have the members do one thing after the other, from now on."""
        thread = self.conversations[0]
        self._resting.clear()
        self._lives = [
            asyncio.create_task(member.live([thread, *member.partners], self._resting))
            for member in self.members
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

    async def lost(self) -> list[str]:
        """Return what is lost, once all is as it is going to be.

        The database is read while nobody hears anything: the clock may do something at any time.
        """
        await self.sweep()
        while True:
            heard = self._heard()
            truth = await self.truth()
            if self._heard() == heard:
                return violations(self.history, truth)

    def _heard(self) -> int:
        return sum(page.frames for page in self.history.pages)

    async def truth(self) -> Truth:
        """Return what the database holds now."""
        members = [member.id for member in (*self.members, *self._guests)]
        return await read_truth(
            self.database, self.conversations, self.place, members, self._street.world.photos
        )

    async def indexes(self) -> Indexes:
        """Return the pins that each process looks up around here, by id with their versions."""
        west, east = self.place.lon - REGION_DEG, self.place.lon + REGION_DEG
        south, north = self.place.lat - REGION_DEG, self.place.lat + REGION_DEG
        layers = ",".join(Layer)
        path = f"/api/listings?bbox={west:.6f},{south:.6f},{east:.6f},{north:.6f}&layers={layers}"
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

    async def _moves_in(self, name: str) -> Supporter:
        lives = await moves_in(self._town, name)
        token = lives.token
        assert token is not None
        await grant(self._town, lives.id, _SMILES)
        screen = self._screen(name, lives.id, token)
        return Supporter(self._street, screen, token, self._own_dice(), self.place)

    async def _dialog(self, author: Supporter, answerer: Supporter, listing: str) -> str:
        """Open the dialog of two, who may exchange smiles there from now on."""
        _, opened = await answerer.ask("PUT", f"/api/listings/{listing}/dialog")
        dialog = str(opened["conversation"])
        self.history.dialogs[dialog] = frozenset({author.id, answerer.id})
        author.partners[dialog], answerer.partners[dialog] = answerer.id, author.id
        return dialog

    def _onlooker(self, name: str, scale: Scale, web: int, thread: str) -> None:
        page = self._screen(name, None, None, web).page
        page.map = MapCopy(Watch(at=self.place, scale=scale, layers=_LAYERS[scale]))
        self._opens(page, [thread])

    def _lives_on(self, page: Page, thread: str, dialogs: list[str]) -> None:
        """Have a member's page show all that is theirs."""
        page.inbox, page.purse, page.exchanges = InboxCopy(), PurseCopy(), ExchangesCopy(dialogs)
        self._opens(page, [thread, *dialogs])

    def _opens(self, page: Page, conversations: list[str]) -> None:
        """Have a page show `conversations`, and the project that lasts with its thread."""
        page.panel = PanelCopy(self._garden["id"], self._garden["thread"])
        all_of_it = [*conversations, page.panel.thread]
        page.conversations = {one: ConversationCopy(one) for one in all_of_it}


async def _surely(act: Callable[[], Awaitable[Deed]]) -> Deed:
    """Have somebody do something until they know that it is done."""
    while (deed := await act()).outcome is not Outcome.ANSWERED:
        pass
    return deed
