"""What a client has of a conversation, the map and its inbox, kept by the rules of the protocol.

The same rules as in `web/src/live`, in as few lines as they take. Each copy also notes what no correct server
sends, so that the checker need not trust what the rules would have mended.
"""

from dataclasses import dataclass, field

from realtime.protocol import Open, Opened, PinGone, PinPut, View, Watch
from realtime.shapes import Conversation, Message, Pin


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
    """What one watch shows. `wrongs` are frames that changed nothing or went back: none may come."""

    watch: Watch
    pins: dict[str, Pin] = field(default_factory=dict)
    wrongs: list[str] = field(default_factory=list)

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
        self.pins[pin.id] = pin

    def _gone(self, pin_id: str, wrong: str) -> None:
        if self.pins.pop(pin_id, None) is None:
            self.wrongs.append(wrong)


@dataclass
class InboxCopy:
    """One member's inbox, fetched and then kept by what is told."""

    conversations: dict[str, Conversation] = field(default_factory=dict)

    def take(self, conversation: Conversation) -> None:
        """Take a conversation's state unless a later one is known."""
        known = self.conversations.get(conversation.id)
        if known is None or conversation.version >= known.version:
            self.conversations[conversation.id] = conversation
