"""The live side of one process, put together: what comes over the bus is done, sockets come and go.

The database is the truth and the bus may lose. After a loss everything that may be stale is asked for again:
the index from the database (and the watches are told the difference), who is where, who may read what,
and the clients are asked to come back to their conversations.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from realtime import inboxes
from realtime.backend import Backend
from realtime.bus import Bus
from realtime.commands import Commands
from realtime.connection import Connection
from realtime.counts import Counts
from realtime.feeds import Feeds
from realtime.frames import event_frame
from realtime.hub import Hub
from realtime.pins import LiveIndex, placed
from realtime.presence import SILENT_SECONDS, Presence
from realtime.protocol import CloseCode, Event, MessageChanged, Paused, Resync
from realtime.rooms import QUESTIONS_AT_ONCE, Rooms
from realtime.signals import (
    Announced,
    AnySignal,
    AuthorNews,
    Broadcast,
    FeedNews,
    Heartbeat,
    IdentityChanged,
    InboxNews,
    PinMoved,
    PresenceAsked,
    PresenceTold,
    RightsChanged,
)
from realtime.sockets import Sockets
from realtime.topics import Topic
from realtime.turns import InTurns, Pause, each
from realtime.watches import Watches

# Of those who are not signed in: a class that looks around, many phones behind one address of their network.
SOCKETS_PER_ADDRESS = 256
# All come back at about 500 a second.
_RESYNC_MS = 500
_RESYNC_MS_PER_SOCKET = 2
# 20 to 30 µs each, when a thousand die in one turn.
_LEAVING_PER_TURN = 200
_RETRY_SECONDS = 1.0
# What is done at home while the bus is down: what anybody may see, and what takes something away. All else
# is for some, of whom another process may have taken it without our hearing.
_DONE_ALONE = (PinMoved, RightsChanged, IdentityChanged, Announced)

_log = logging.getLogger("onemile.live")


class Live:
    """Everything between the bus, the rules and the sockets of this process."""

    def __init__(
        self,
        backend: Backend,
        bus: Bus,
        *,
        index: LiveIndex | None = None,
        sockets_per_address: int = SOCKETS_PER_ADDRESS,
        silent_seconds: float = SILENT_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make it stopped. `index` is the one that others look pins up in; none: one of its own.

        A process of which nothing is heard for `silent_seconds` is taken for dead. `now` is the clock that
        those go by who write.
        """
        self.backend = backend
        self.bus = bus
        self.counts = Counts()
        self.index = LiveIndex() if index is None else index
        self.sockets = Sockets(self.counts, sockets_per_address)
        self.hub = Hub(self.counts)
        self.watches = Watches(self.index, self.counts)
        self.feeds = Feeds()
        self.presence = Presence(
            bus.process,
            self.publish,
            self.hub,
            silent_seconds=silent_seconds,
            # Of a crowd that leaves together nobody need be told who left first.
            wait=lambda: bool(self._leaving),
        )
        self.rooms = Rooms(backend, self.hub, self.presence)
        self.commands = Commands(
            backend, self.watches, self.rooms, self.feeds, publish=self.publish, counts=self.counts
        )
        self._leaving: InTurns[Connection] = InTurns(self._forget, _LEAVING_PER_TURN)
        self._repair: asyncio.Task[None] | None = None
        self._repair_again = False
        # When index, rights and identities were last known to be in line with the database; None: never yet.
        self._in_line_at: float | None = None
        # Whether they have been so at least once with a bus that carries.
        self._settled = False
        self._made_at = monotonic()
        self._now = now
        self._acts: dict[type[Any], Callable[[Any], object]] = {
            PinMoved: self._move_pin,
            Broadcast: self._broadcast,
            Announced: lambda announced: self._tell_all(announced.event),
            FeedNews: lambda news: self.feeds.show(news.item),
            AuthorNews: lambda news: self.feeds.call_anew(news.author),
            InboxNews: lambda news: inboxes.bring(news, self.hub),
            RightsChanged: lambda changed: self.rooms.ask_again(Topic(changed.topic), changed.event),
            IdentityChanged: self.sockets.change_identity,
            PresenceTold: self.presence.told,
            PresenceAsked: lambda _: self.presence.asked(),
            Heartbeat: self._beat,
        }

    async def start(self) -> None:
        """Listen to the bus, then load the index: nothing falls between the two."""
        await self.bus.start(self.receive, self.on_gap, self.on_loss)
        self.publish([PresenceAsked(process=self.bus.process)])
        begun = monotonic()
        self.index.load([placed(pin) async for pin in self.backend.pins()])
        self._in_line_at, self._settled = begun, self.bus.healthy

    @property
    def repairing(self) -> bool:
        """Whether what a loss on the bus may have left stale is being compared with the database."""
        return self._repair is not None and not self._repair.done()

    @property
    def ready(self) -> bool:
        """Whether what is looked up here may be believed: false while a start is still at it.

        A loss later on does not count: what was true until then is better than nothing.
        """
        return self._in_line_at is not None and (self._settled or not self.repairing)

    @property
    def behind_seconds(self) -> float:
        """How far index, rights and identities may be behind what all processes have told."""
        if self._in_line_at is None:
            return monotonic() - self._made_at
        if self.bus.healthy and not self.repairing:
            return self.bus.lag_seconds
        return monotonic() - self._in_line_at

    async def aclose(self) -> None:
        """Ask all clients to come back (to another process, or later), and stop."""
        pause = Pause()
        for connection in list(self.sockets.all):
            connection.close(CloseCode.RESTART)
            await pause.maybe()
        if self._repair is not None:
            self._repair.cancel()
            await asyncio.gather(self._repair, return_exceptions=True)
        await self.rooms.aclose()
        await self.bus.aclose()

    def publish(self, signals: Sequence[AnySignal]) -> "asyncio.Future[bool]":
        """Send `signals` to every process; the future tells whether they went out.

        While the bus is down nobody else hears them, but our own map goes on, and who may no longer is let
        out here. They come again by the sweep, which changes nothing then.
        """
        self.counts.signals_out += len(signals)
        if not self.bus.healthy:
            alone = [signal for signal in signals if isinstance(signal, _DONE_ALONE)]
            asyncio.get_running_loop().call_soon(self.receive, alone)
        return self.bus.publish(signals)

    def receive(self, signals: Sequence[AnySignal]) -> None:
        """Do what `signals` say, one after the other. Never waits, never raises."""
        self.counts.signals_in += len(signals)
        for signal in signals:
            try:
                self._acts[type(signal)](signal)
            except Exception:  # noqa: BLE001 - the edge: the signals behind this one must arrive
                _log.exception("A signal of type %s could not be carried out", signal.type)

    def leave(self, connection: Connection) -> None:
        """Forget a socket that is gone, at once or, if very many are, in a later turn of the loop."""
        connection.closed = True
        self._leaving.add(connection)

    def _forget(self, connection: Connection) -> None:
        self.watches.leave(connection)
        self.feeds.leave(connection)
        self.rooms.leave_all(connection)
        self.hub.leave(connection)
        self.sockets.leave(connection)

    def on_gap(self) -> None:
        """Repair what a loss on the bus may have left stale, and ask all clients to resume."""
        self.counts.gaps += 1
        self.presence.start_anew()
        self.sockets.doubt_arrivals()
        within_ms = _RESYNC_MS + _RESYNC_MS_PER_SOCKET * len(self.sockets.all)
        self._tell_all(Resync(within_ms=within_ms))
        if self._repair is None or self._repair.done():
            self._repair = asyncio.create_task(self._repair_all(), name="repair after a gap")
        else:
            self._repair_again = True

    def on_loss(self) -> None:
        """Tell all clients that they hear of others late, until `on_gap`."""
        self._tell_all(Paused())

    def _tell_all(self, event: Event) -> None:
        made = event_frame(event)
        for connection in self.sockets.all:
            connection.write(made)

    async def _repair_all(self) -> None:
        """Compare identities, rights and index with the database, until no further gap came meanwhile."""
        while True:
            self._repair_again = False
            begun = monotonic()
            for step in (self._check_identities, self._check_rights, self.reload):
                await _insist(step)
            if not self._repair_again:
                self._in_line_at, self._settled = begun, True
                return

    async def reload(self) -> None:
        """Bring the index in line with the database, telling the watches what differs.

        What the reading does not hold is gone, unless news of it came meanwhile. Late news are none: a
        sweep publishes what is old just when a gap is being repaired.
        """
        known = {one.id: one.version for one in self.index}
        pause = Pause()
        async for pin in self.backend.pins():
            # Nearly all are as they were: no news is made of those.
            if known.pop(pin.id, None) != pin.version:
                self.watches.apply(PinMoved(id=pin.id, version=pin.version, pin=pin))
            await pause.maybe()
        for pin_id, version in known.items():
            one = self.index.get(pin_id)
            if one is not None and one.version == version:
                self.watches.apply(PinMoved(id=pin_id, version=version, pin=None))
            await pause.maybe()

    async def _check_identities(self) -> None:
        members = [one for one in self.sockets.all if one.viewer.member is not None]
        await each(members, self._check_identity, QUESTIONS_AT_ONCE)

    async def _check_identity(self, connection: Connection) -> None:
        was = connection.viewer
        if connection.closed:
            return
        viewer = await self.backend.identify(connection.headers, was.address)
        if (viewer.member, viewer.moderator) != (was.member, was.moderator):
            connection.close(CloseCode.IDENTITY)

    async def _check_rights(self) -> None:
        pause = Pause()
        for topic in self.hub.topics():
            # Held back from now on, until the rules have answered.
            self.rooms.ask_again(topic, None)
            if self.rooms.asking >= QUESTIONS_AT_ONCE:
                await self.rooms.answered()
            await pause.maybe()
        await self.rooms.answered()

    def _beat(self, beat: Heartbeat) -> None:
        self.presence.heard(beat.process)
        if beat.process == self.bus.process and self._in_line_at is not None and not self.repairing:
            self._in_line_at = monotonic()

    def _move_pin(self, moved: PinMoved) -> None:
        self.watches.apply(moved)
        if moved.pin is not None and moved.version == 1:
            self._note_event(moved.pin.created_at)

    def _broadcast(self, signal: Broadcast) -> None:
        event = signal.event
        self.hub.deliver(map(Topic, signal.topics), event, signal.except_members)
        if isinstance(event, MessageChanged) and event.message.change == event.message.seq:
            self._note_event(event.message.created_at)

    def _note_event(self, written_at: datetime) -> None:
        """Note how long what is new took to come here."""
        self.counts.events.note((self._now() - written_at).total_seconds())


async def _insist(step: Callable[[], Awaitable[None]]) -> None:
    """Carry out `step`, again and again until it succeeds: the database may be away together with the bus."""
    while True:
        try:
            await step()
        except Exception:  # noqa: BLE001 - the edge: nothing else would repair it
            _log.exception("A repair after a gap failed, and is tried again")
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return
