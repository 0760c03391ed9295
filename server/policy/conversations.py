"""Who may do what in a conversation, and with its messages."""

from dataclasses import dataclass
from typing import Final

from realtime.backend import Viewer
from realtime.shapes import ListingState
from server.policy.listings import HELPING, ListingFacts, read_listing
from server.policy.rules import Rules, is_member, moderates


@dataclass(frozen=True, slots=True)
class ConversationFacts:
    """What the rules need to know of a conversation. `answerer` is null in a public thread."""

    listing: ListingFacts
    answerer: str | None


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What the rules need to know of a message: `gone` if deleted by its author, a `card` if it is a step."""

    conversation: ConversationFacts
    author: str
    hidden: bool
    gone: bool
    card: bool = False


def _read_conversation(viewer: Viewer, conversation: ConversationFacts) -> bool:
    listing = conversation.listing
    if conversation.answerer is None:
        return read_listing(viewer, listing)
    # Two people's own: moderators do not read dialogs.
    return is_member(viewer, listing.author) or (
        is_member(viewer, conversation.answerer) and not listing.hidden
    )


def _write(viewer: Viewer, conversation: ConversationFacts) -> bool:
    listing = conversation.listing
    if viewer.member is None or listing.hidden or not _read_conversation(viewer, conversation):
        return False
    return conversation.answerer is not None or listing.state is not ListingState.DELETED


def _propose(viewer: Viewer, conversation: ConversationFacts) -> bool:
    helping = conversation.answerer is not None and conversation.listing.kind in HELPING
    return helping and _write(viewer, conversation)


def _list_exchanges(viewer: Viewer, conversation: ConversationFacts) -> bool:
    """Both keep sight of what they agreed, also under a listing that is hidden meanwhile."""
    if conversation.answerer is None:
        return False
    return is_member(viewer, conversation.listing.author) or is_member(viewer, conversation.answerer)


def _own_message(viewer: Viewer, message: MessageFacts) -> bool:
    """One's words are one's own: to change while they stand where one may write. What was done stays done."""
    own = is_member(viewer, message.author) and not (message.gone or message.hidden or message.card)
    return own and _write(viewer, message.conversation)


def _moderate_message(viewer: Viewer, message: MessageFacts) -> bool:
    public = message.conversation.answerer is None
    return moderates(viewer) and public and not (message.gone or message.card)


def _read_message(viewer: Viewer, message: MessageFacts) -> bool:
    return _read_conversation(viewer, message.conversation)


RULES: Final[Rules] = {
    (ConversationFacts, "read"): _read_conversation,
    (ConversationFacts, "write"): _write,
    (ConversationFacts, "propose"): _propose,
    (ConversationFacts, "list"): _list_exchanges,
    (MessageFacts, "read"): _read_message,
    (MessageFacts, "edit"): _own_message,
    (MessageFacts, "delete"): _own_message,
    (MessageFacts, "moderate"): _moderate_message,
}
