"""What a client has of a conversation, the map and its inbox, kept by the rules of the protocol.

The same rules as in `web/src/live`, in as few lines as they take. Each copy also notes what no correct server
sends, so that the checker need not trust what the rules would have mended.
"""

from dataclasses import dataclass, field

from realtime.exchanges import Exchange, Purse
from realtime.protocol import Open, Opened, PinGone, PinPut, View, Watch
from realtime.shapes import Conversation, Listing, Message, Pin


@dataclass
class Answer:
    """An answer to `open`, with the cursor that was named when asking."""

    asked: int | None
    opened: Opened


@dataclass
class ConversationCopy:
    """One conversation as one reader has it. `heard` is all that came, in the order it came."""

    conversation: str
    cursor: int = -1
    earlier: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    heard: list[Answer | Message] = field(default_factory=list)
    refused: str | None = None
    _ahead: set[int] = field(default_factory=set)
    _since_asked: list[Message] = field(default_factory=list)
    _asked: dict[int, int | None] = field(default_factory=dict)

    def ask(self, ref: int) -> Open:
        """Return the command that enters the conversation or comes back to it."""
        cursor = None if self.cursor < 0 else self.cursor
        self._since_asked = []
        self._asked[ref] = cursor
        return Open(ref=ref, conversation=self.conversation, cursor=cursor)

    def opened(self, opened: Opened) -> None:
        """Take the answer; what came live since the question may be newer than it."""
        assert opened.ref is not None
        self.refused = None
        self.heard.append(Answer(self._asked.pop(opened.ref), opened))
        if opened.reset:
            self.messages, self._ahead, self.cursor = {}, set(), -1
        for message in opened.messages:
            self._keep(message)
        self.cursor = opened.cursor if opened.reset else max(self.cursor, opened.cursor)
        self.earlier = opened.earlier if opened.reset else self.earlier
        for message in self._since_asked:
            self._count(message)
        self._since_asked = []

    def take(self, message: Message) -> None:
        """Take a change that was told."""
        self.heard.append(message)
        self._since_asked.append(message)
        if self.cursor >= 0:
            self._count(message)

    @property
    def misses(self) -> bool:
        """Whether a change has come without the one before it."""
        while self.cursor + 1 in self._ahead:
            self.cursor += 1
        self._ahead = {change for change in self._ahead if change > self.cursor}
        return bool(self._ahead)

    def _count(self, message: Message) -> None:
        if message.change > self.cursor:
            self._keep(message)
            self._ahead.add(message.change)

    def _keep(self, message: Message) -> None:
        known = self.messages.get(message.id)
        if known is None or message.change >= known.change:
            self.messages[message.id] = message


@dataclass
class MapCopy:
    """What one watch shows.

    `wrongs` are frames that changed nothing or went back, versions told in two ways, and pins of a layer that
    is off: none may come.
    """

    watch: Watch
    pins: dict[str, Pin] = field(default_factory=dict)
    wrongs: list[str] = field(default_factory=list)
    _told: dict[tuple[str, int], Pin] = field(default_factory=dict)

    def apply(self, event: View | PinPut | PinGone) -> None:
        """Apply an event, in the order they come."""
        match event:
            case View():
                if event.reset:
                    self.pins = {}
                for pin_id in event.left:
                    self._gone(pin_id, f"left {pin_id}, which was not there")
                for pin in event.entered:
                    self._put(pin)
            case PinPut(pin=pin):
                self._put(pin)
            case PinGone(id=pin_id):
                self._gone(pin_id, f"gone {pin_id}, which was not there")

    def _put(self, pin: Pin) -> None:
        known = self.pins.get(pin.id)
        if known is not None and known.version >= pin.version:
            self.wrongs.append(f"{pin.title}: version {pin.version} after {known.version}")
        before = self._told.setdefault((pin.id, pin.version), pin)
        if before != pin:
            self.wrongs.append(f"{pin.title} was told as {before}, then as {pin}")
        if pin.kind not in self.watch.layers:
            self.wrongs.append(f"{pin.title} is of a layer that is off: {pin.kind}")
        self.pins[pin.id] = pin

    def _gone(self, pin_id: str, wrong: str) -> None:
        if self.pins.pop(pin_id, None) is None:
            self.wrongs.append(wrong)


@dataclass
class PanelCopy:
    """A listing that is open above its thread, fetched and then kept by what is told.

    `wrongs` are versions that were told in two ways.
    """

    listing: str
    thread: str
    shown: Listing | None = None
    wrongs: list[str] = field(default_factory=list)
    _told: dict[int, Listing] = field(default_factory=dict)

    def lacks(self, thread: str, version: int) -> bool:
        """Say whether it is to be fetched, once its thread has told its version."""
        return thread == self.thread and (self.shown is None or self.shown.version < version)

    def take(self, listing: Listing) -> None:
        """Take how it stands unless a later version is known."""
        before = self._told.setdefault(listing.version, listing)
        if before != listing:
            self.wrongs.append(f"{listing.title} was told as {before}, then as {listing}")
        if self.shown is None or listing.version >= self.shown.version:
            self.shown = listing


@dataclass
class InboxCopy:
    """One member's inbox, fetched and then kept by what is told."""

    conversations: dict[str, Conversation] = field(default_factory=dict)

    def take(self, conversation: Conversation) -> None:
        """Take a conversation's state unless a later one is known."""
        known = self.conversations.get(conversation.id)
        if known is None or conversation.version >= known.version:
            self.conversations[conversation.id] = conversation


@dataclass
class ExchangesCopy:
    """The exchanges of one's `dialogs` by id, fetched and then kept by the cards that come.

    `wrongs` are versions that were told in two ways.
    """

    dialogs: list[str]
    exchanges: dict[str, Exchange] = field(default_factory=dict)
    wrongs: list[str] = field(default_factory=list)
    _told: dict[tuple[str, int], Exchange] = field(default_factory=dict)

    def take(self, exchange: Exchange) -> None:
        """Take how an exchange stands unless a later version is known."""
        before = self._told.setdefault((exchange.id, exchange.version), exchange)
        if before != exchange:
            self.wrongs.append(f"exchange {exchange.id} was told as {before}, then as {exchange}")
        known = self.exchanges.get(exchange.id)
        if known is None or exchange.version >= known.version:
            self.exchanges[exchange.id] = exchange


@dataclass
class PurseCopy:
    """One member's smiles, fetched and then kept by what is told. `wrongs` were told in two ways."""

    purse: Purse | None = None
    wrongs: list[str] = field(default_factory=list)
    _told: dict[int, Purse] = field(default_factory=dict)

    def take(self, purse: Purse) -> None:
        """Take a purse unless a later version is known."""
        before = self._told.setdefault(purse.version, purse)
        if before != purse:
            self.wrongs.append(f"a purse was told as {before}, then as {purse}")
        if self.purse is None or purse.version >= self.purse.version:
            self.purse = purse
