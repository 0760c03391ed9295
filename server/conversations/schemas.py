"""What comes in and goes out about conversations; the shapes themselves are the socket's."""

from realtime.shapes import Conversation, Message
from realtime.words import Id, MessageText, Seq, Shape


class MessageDraft(Shape):
    """A message to post; `id` is made by the client: sent twice, it exists once."""

    id: Id
    text: MessageText


class MessageEdit(Shape):
    """One's own message, worded anew."""

    text: MessageText


class ReadMark(Shape):
    """How far one has read."""

    seq: Seq


class MessagePage(Shape):
    """Messages in their order, oldest first; `earlier` says whether older ones exist."""

    messages: list[Message]
    earlier: bool


class Inbox(Shape):
    """All conversations one takes part in, the last active first, and the sum of what is unread."""

    conversations: list[Conversation]
    unread: int
