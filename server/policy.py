"""Who may see and do what: the one place that says so, asked by REST, sockets, fan-out and feed alike.

A rule looks at the viewer and at a few facts about the thing, never at the database, so that the whole
matrix can be read here and tested in a second. What no rule allows is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from realtime.backend import Viewer
from realtime.shapes import ListingState

Verb: TypeAlias = Literal[
    "publish", "read", "edit", "close", "reopen", "renew", "delete", "answer", "write", "moderate"
]

ALIVE = frozenset({ListingState.OPEN, ListingState.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The site as a whole: where one publishes and where moderators look."""


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """What the rules need to know of a listing. `answerers` are the members with a dialog under it."""

    author: str
    state: ListingState
    hidden: bool
    answerers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ConversationFacts:
    """What the rules need to know of a conversation. `answerer` is null in a public thread."""

    listing: ListingFacts
    answerer: str | None


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What the rules need to know of a message. `gone`: deleted by its author."""

    conversation: ConversationFacts
    author: str
    hidden: bool
    gone: bool


Thing: TypeAlias = Neighbourhood | ListingFacts | ConversationFacts | MessageFacts

NEIGHBOURHOOD = Neighbourhood()


def may(viewer: Viewer, verb: Verb, thing: Thing) -> bool:
    """Say whether `viewer` may do `verb` to `thing` now.

    A member here is one whose address is verified: nobody else signs in.
    """
    rule = _RULES.get((type(thing), verb))
    return rule is not None and rule(viewer, thing)


def _is(viewer: Viewer, member: str | None) -> bool:
    return viewer.member is not None and viewer.member.id == member


def _publish(viewer: Viewer, _: Neighbourhood) -> bool:
    return viewer.member is not None


def _moderate_site(viewer: Viewer, _: Neighbourhood) -> bool:
    return _moderates(viewer)


def _moderates(viewer: Viewer) -> bool:
    return viewer.moderator and viewer.member is not None


def _read_listing(viewer: Viewer, listing: ListingFacts) -> bool:
    if _is(viewer, listing.author) or _moderates(viewer):
        return True
    if listing.hidden:
        return False
    if listing.state is ListingState.DELETED:
        # Their private dialogs go on under it: they must know what they are talking about.
        return viewer.member is not None and viewer.member.id in listing.answerers
    return True


def _own(states: frozenset[ListingState]) -> Callable[[Viewer, ListingFacts], bool]:
    """Return the rule that lets the author act on a listing in one of `states`, unless it is hidden."""
    return lambda viewer, listing: (
        _is(viewer, listing.author) and not listing.hidden and listing.state in states
    )


def _delete_listing(viewer: Viewer, listing: ListingFacts) -> bool:
    return _is(viewer, listing.author) and listing.state is not ListingState.DELETED


def _answer(viewer: Viewer, listing: ListingFacts) -> bool:
    """Opening a private dialog: for every member but the author, while there is something to answer."""
    stranger = viewer.member is not None and not _is(viewer, listing.author)
    return stranger and not listing.hidden and listing.state in ALIVE


def _moderate_listing(viewer: Viewer, listing: ListingFacts) -> bool:
    return _moderates(viewer) and listing.state is not ListingState.DELETED


def _read_conversation(viewer: Viewer, conversation: ConversationFacts) -> bool:
    listing = conversation.listing
    if conversation.answerer is None:
        return _read_listing(viewer, listing)
    # Two people's own: moderators do not read dialogs.
    return _is(viewer, listing.author) or (_is(viewer, conversation.answerer) and not listing.hidden)


def _write(viewer: Viewer, conversation: ConversationFacts) -> bool:
    listing = conversation.listing
    if viewer.member is None or listing.hidden or not _read_conversation(viewer, conversation):
        return False
    return conversation.answerer is not None or listing.state is not ListingState.DELETED


def _own_message(viewer: Viewer, message: MessageFacts) -> bool:
    """One's words are one's own: to change while they stand where one may write."""
    own = _is(viewer, message.author) and not message.gone and not message.hidden
    return own and _write(viewer, message.conversation)


def _moderate_message(viewer: Viewer, message: MessageFacts) -> bool:
    public = message.conversation.answerer is None
    return _moderates(viewer) and public and not message.gone


def _read_message(viewer: Viewer, message: MessageFacts) -> bool:
    return _read_conversation(viewer, message.conversation)


_RULES: dict[tuple[type[Thing], Verb], Callable[[Viewer, Any], bool]] = {
    (Neighbourhood, "publish"): _publish,
    (Neighbourhood, "moderate"): _moderate_site,
    (ListingFacts, "read"): _read_listing,
    (ListingFacts, "edit"): _own(ALIVE),
    (ListingFacts, "close"): _own(ALIVE),
    (ListingFacts, "reopen"): _own(frozenset({ListingState.DONE})),
    (ListingFacts, "renew"): _own(ALIVE | {ListingState.EXPIRED}),
    (ListingFacts, "delete"): _delete_listing,
    (ListingFacts, "answer"): _answer,
    (ListingFacts, "moderate"): _moderate_listing,
    (ConversationFacts, "read"): _read_conversation,
    (ConversationFacts, "write"): _write,
    (MessageFacts, "read"): _read_message,
    (MessageFacts, "edit"): _own_message,
    (MessageFacts, "delete"): _own_message,
    (MessageFacts, "moderate"): _moderate_message,
}
