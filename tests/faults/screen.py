"""A page at a browser: one socket at a time, which comes back whatever happens, and the copies it keeps.

It does what `web/src/live` does: says again what it wants at each welcome and each `resync`, asks again
when a change stays missing, and fetches its inbox anew.
"""

import asyncio
import itertools
from collections.abc import Coroutine
from random import Random
from typing import Any

from pydantic import BaseModel, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from realtime.exchanges import Exchange, Purse
from realtime.protocol import (
    EVENTS,
    LIVE_PATH,
    Activity,
    AnyEvent,
    Command,
    ListingChanged,
    MessageChanged,
    Opened,
    PinGone,
    PinPut,
    PurseChanged,
    Refused,
    Resync,
    Send,
    Sent,
    View,
    Welcome,
)
from realtime.shapes import Message
from server.conversations.schemas import Inbox
from server.listings.schemas import ListingView
from tests.faults.copies import ConversationCopy, PanelCopy
from tests.faults.history import Attempt, Page, now
from tests.faults.street import ANSWER_SECONDS, Street

# As in the browser: so long an overtaken change may take before it counts as missing.
GAP_SECONDS = 0.4
_AWAY = 1006
# What a refusal amounts to in HTTP, as far as it matters here: try again later, or never.
_FOR_LATER = {"fault", "database_down", "too_many"}


class _Exchanges(BaseModel):
    exchanges: list[Exchange]


class _Wallet(BaseModel):
    purse: Purse


class Screen:
    """One page. `at` is the process that it always comes to; None: to whichever the dice say."""

    def __init__(
        self, street: Street, page: Page, token: str | None, dice: Random, at: int | None = None
    ) -> None:
        self.page = page
        self.online = asyncio.Event()
        # Cleared, it stays away.
        self.may_come = asyncio.Event()
        self.may_come.set()
        self._street = street
        self.token = token
        self._dice = dice
        self._fixed = at
        self._at = 0
        self._socket: ClientConnection | None = None
        self._refs = itertools.count(1)
        self._questions: dict[int, asyncio.Future[AnyEvent | None]] = {}
        self._asides: set[asyncio.Task[None]] = set()
        # Conversations in which a change is missing that may still come by itself.
        self._waiting: set[str] = set()
        street.history.pages.append(page)

    async def run(self) -> None:
        """Be open until cancelled."""
        try:
            while await self.may_come.wait():
                self._at = self._dice.randrange(len(self._street.world.webs))
                if self._fixed is not None:
                    self._at = self._fixed
                self.page.ends.append(await self._one_socket())
                await asyncio.sleep(self._dice.uniform(0.05, 0.3))
        finally:
            for aside in self._asides:
                aside.cancel()

    def drop(self) -> None:
        """Lose the line, as in a tunnel."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def send(self, conversation: str, message_id: str, text: str) -> tuple[int | None, dict[str, Any]]:
        """Post by the socket; return what came as HTTP would say it: a status (None: nothing) and a body."""
        began, web, ref = now(), self._at, next(self._refs)
        answer = await self._request(ref, Send(ref=ref, conversation=conversation, id=message_id, text=text))
        status: int | None = None
        body: dict[str, Any] = {}
        match answer:
            case Sent(message=message):
                status, body = 201, message.model_dump(mode="json")
            case Refused(code=code):
                status, body = (503 if code in _FOR_LATER else 409), {"code": code}
        if answer is not None:
            # A line that was lost says nothing of the process at its end: it is we who drop it, mostly.
            self._street.history.attempts.append(Attempt(web, "socket", True, began, now(), status))
        return status, body

    async def _one_socket(self) -> int:
        """Be connected once; return the code with which it ended."""
        web = self._street.world.webs[self._at]
        headers = {"Origin": web.address}
        if self.token is not None:
            headers["Cookie"] = f"onemile={self.token}"
        try:
            async with connect(
                f"ws://127.0.0.1:{web.port}{LIVE_PATH}",
                additional_headers=headers,
                compression=None,
                proxy=None,
                open_timeout=ANSWER_SECONDS,
                close_timeout=0.2,
                ping_interval=None,
            ) as socket:
                self._socket = socket
                while True:
                    self._hear(await socket.recv())
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else _AWAY
        except (OSError, TimeoutError, WebSocketException):
            return _AWAY
        finally:
            self._socket = None
            self.online.clear()
            for question in self._questions.values():
                question.set_result(None)
            self._questions.clear()

    def _hear(self, frame: str | bytes) -> None:
        self.page.frames += 1
        try:
            event = EVENTS.validate_json(frame)
        except ValidationError as wrong:
            self.page.unreadable.append(f"{frame!r:.200}: {wrong.error_count()} errors")
            return
        self._take(event)
        ref = getattr(event, "ref", None)
        if ref in self._questions:
            self._questions.pop(ref).set_result(event)

    def _take(self, event: AnyEvent) -> None:
        page = self.page
        match event:
            case Welcome(member=member):
                page.who = member.id if member else None
                self.online.set()
                self._aside(self._say_again())
            case Resync(within_ms=within_ms):
                self._aside(self._say_again(self._dice.uniform(0, within_ms / 1000)))
            case View() | PinPut() | PinGone():
                assert page.map is not None
                page.map.apply(event)
            case Opened(conversation=conversation):
                page.heard_of.add(conversation)
                page.conversations[conversation].opened(event)
                if page.panel is not None and page.panel.lacks(conversation, event.listing_version):
                    self._aside(self._fetch_panel(page.panel))
                for message in event.messages:
                    self._take_card(message)
            case MessageChanged(message=message):
                page.heard_of.add(message.conversation)
                copy = page.conversations[message.conversation]
                copy.take(message)
                self._take_card(message)
                if copy.misses and copy.conversation not in self._waiting:
                    self._waiting.add(copy.conversation)
                    self._aside(self._ask_for_missing(copy))
            case ListingChanged(listing=listing):
                if page.panel is not None and page.panel.listing == listing.id:
                    page.panel.take(listing)
            case Activity(conversation=changed):
                page.heard_of.add(changed.id)
                if page.inbox is not None:
                    page.inbox.take(changed)
            case PurseChanged(purse=purse):
                if page.purse is None:
                    page.foreign_purses += 1
                else:
                    page.purse.take(purse)

    def _take_card(self, message: Message) -> None:
        if message.card is not None and self.page.exchanges is not None:
            self.page.exchanges.take(message.card.exchange)

    async def _say_again(self, after_seconds: float = 0) -> None:
        await asyncio.sleep(after_seconds)
        if self.page.map is not None:
            await self._tell(self.page.map.watch)
        for copy in self.page.conversations.values():
            await self._open(copy)
        await self._fetch_mine()

    async def _fetch_mine(self) -> None:
        """Fetch what is only told as it changes: the inbox, the exchanges of one's dialogs, the purse."""
        page = self.page
        if page.inbox is not None:
            for conversation in Inbox.model_validate_json(await self._fetch("/api/inbox")).conversations:
                page.inbox.take(conversation)
        if page.exchanges is not None:
            for dialog in page.exchanges.dialogs:
                for exchange in _Exchanges.model_validate_json(
                    await self._fetch(f"/api/conversations/{dialog}/exchanges")
                ).exchanges:
                    page.exchanges.take(exchange)
        if page.inbox is not None and page.purse is not None:
            page.purse.take(_Wallet.model_validate_json(await self._fetch("/api/me/smiles")).purse)

    async def _fetch_panel(self, panel: PanelCopy) -> None:
        view = ListingView.model_validate_json(await self._fetch(f"/api/listings/{panel.listing}"))
        panel.take(view.listing)

    async def _open(self, copy: ConversationCopy) -> None:
        command = copy.ask(next(self._refs))
        assert command.ref is not None
        answer = await self._request(command.ref, command)
        if isinstance(answer, Refused):
            copy.refused = answer.code

    async def _ask_for_missing(self, copy: ConversationCopy) -> None:
        await asyncio.sleep(GAP_SECONDS)
        self._waiting.discard(copy.conversation)
        if copy.misses:
            await self._open(copy)

    async def _fetch(self, path: str) -> bytes:
        """Ask until an answer comes; meanwhile what is told is kept."""
        while True:
            answer = await self._street.ask(self._at, "GET", path, token=self.token)
            if answer is not None and answer.status_code == 200:
                return answer.content
            await asyncio.sleep(self._dice.uniform(0.2, 0.5))

    async def _request(self, ref: int, command: Command) -> AnyEvent | None:
        """Ask, and return the answer; None if the line was lost before, or is given up for being silent."""
        answer: asyncio.Future[AnyEvent | None] = asyncio.get_running_loop().create_future()
        self._questions[ref] = answer
        if not await self._tell(command):
            self._questions.pop(ref, None)
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            self._questions.pop(ref, None)
            self.drop()
            return None

    async def _tell(self, command: Command) -> bool:
        if self._socket is None or not self.online.is_set():
            return False
        try:
            await self._socket.send(command.model_dump_json(exclude_none=True))
        except ConnectionClosed:
            return False
        return True

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Have `work` done beside what is heard: it waits for answers itself."""
        task = asyncio.create_task(work)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)
