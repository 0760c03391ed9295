"""Who may see and do what: the one place that says so, asked by REST, sockets, fan-out and feed alike.

A rule looks at the viewer and at a few facts about the thing, never at the database, so that the whole
matrix can be read here and tested in a second. What no rule allows is refused.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from realtime.backend import Viewer
from realtime.shapes import Layer, ListingState

Verb: TypeAlias = Literal[
    "publish",
    "read",
    "edit",
    "close",
    "reopen",
    "renew",
    "delete",
    "answer",
    "write",
    "moderate",
    # Exchanges: what the two of a dialog agree and do.
    "propose",
    "list",
    "amend",
    "accept",
    "decline",
    "cancel",
    "finish",
    "confirm",
    "report",
    "object",
    "dispute",
    "share",
    "settle",
    # Projects: what supporters and those behind one do.
    "support",
    "withdraw",
    "receive",
    "unreceive",
    "update",
    "task",
    "decide",
    "invite",
    "join",
]

ALIVE = frozenset({ListingState.OPEN, ListingState.IN_PROGRESS})
# Listings under which somebody helps somebody: under the others there is nothing to agree on.
HELPING = frozenset({Layer.REQUEST, Layer.OFFER})


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The site as a whole: where one publishes and where moderators look."""


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """What the rules need to know of a listing. `answerers` are the members with a dialog under it.

    An `event` ends when it is `over`. What kind of listing it is matters to nobody who only reads it. `team`
    is who is behind a project, its author among them; of any other listing there is none. `supported`:
    something was promised or given to it that is not settled yet.
    """

    author: str
    state: ListingState
    hidden: bool
    answerers: frozenset[str] = frozenset()
    kind: Layer = Layer.REQUEST
    event: bool = False
    over: bool = False
    team: frozenset[str] = frozenset()
    supported: bool = False


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


@dataclass(frozen=True, slots=True)
class ExchangeFacts:
    """What the rules need to know of an exchange.

    `acts` are by party what the table of its life lets them do now (`server.exchanges.states`). `disputed`:
    it waits for a moderator; `was_disputed`: it does, or did.
    """

    acts: Mapping[str, Collection[str]]
    disputed: bool
    was_disputed: bool

    def of(self, member: str) -> Collection[str]:
        """Return what `member` may do now: nothing if they are neither of the two."""
        return self.acts.get(member, ())


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What the rules need to know of a project.

    `open`: it is still to be supported. `waiting`: it is over, and its owner has yet to say what becomes of
    the smiles that are held for it.
    """

    listing: ListingFacts
    open: bool
    waiting: bool


@dataclass(frozen=True, slots=True)
class SupportFacts:
    """What the rules need to know of a pledge or a gift: whose it is, and in which state.

    `free`: what is promised or held may still be taken back by who gave it.
    """

    project: ProjectFacts
    by: str
    state: str
    free: bool = True


Thing: TypeAlias = (
    Neighbourhood
    | ListingFacts
    | ConversationFacts
    | MessageFacts
    | ExchangeFacts
    | ProjectFacts
    | SupportFacts
)

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


def _renew(viewer: Viewer, listing: ListingFacts) -> bool:
    return not listing.event and _own(ALIVE | {ListingState.EXPIRED})(viewer, listing)


def _reopen(viewer: Viewer, listing: ListingFacts) -> bool:
    return not listing.over and _own(frozenset({ListingState.DONE}))(viewer, listing)


def _ordinary(rule: Callable[[Viewer, ListingFacts], bool]) -> Callable[[Viewer, ListingFacts], bool]:
    """Return the rule for all listings but projects, whose life has its own steps."""
    return lambda viewer, listing: listing.kind is not Layer.PROJECT and rule(viewer, listing)


def _edit_listing(viewer: Viewer, listing: ListingFacts) -> bool:
    """A project is worded by all who are behind it, anything else by its author."""
    mine = _is(viewer, listing.author) or _in_team(viewer, listing)
    return mine and not listing.hidden and listing.state in ALIVE


def _delete_listing(viewer: Viewer, listing: ListingFacts) -> bool:
    settled = listing.state is not ListingState.DELETED and not listing.supported
    return _is(viewer, listing.author) and settled


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


def _propose(viewer: Viewer, conversation: ConversationFacts) -> bool:
    helping = conversation.answerer is not None and conversation.listing.kind in HELPING
    return helping and _write(viewer, conversation)


def _list_exchanges(viewer: Viewer, conversation: ConversationFacts) -> bool:
    """Both keep sight of what they agreed, also under a listing that is hidden meanwhile."""
    if conversation.answerer is None:
        return False
    return _is(viewer, conversation.listing.author) or _is(viewer, conversation.answerer)


def _own_message(viewer: Viewer, message: MessageFacts) -> bool:
    """One's words are one's own: to change while they stand where one may write. What was done stays done."""
    own = _is(viewer, message.author) and not (message.gone or message.hidden or message.card)
    return own and _write(viewer, message.conversation)


def _moderate_message(viewer: Viewer, message: MessageFacts) -> bool:
    public = message.conversation.answerer is None
    return _moderates(viewer) and public and not (message.gone or message.card)


def _read_message(viewer: Viewer, message: MessageFacts) -> bool:
    return _read_conversation(viewer, message.conversation)


def _party(viewer: Viewer, exchange: ExchangeFacts) -> bool:
    return viewer.member is not None and viewer.member.id in exchange.acts


def _act(act: str) -> Callable[[Viewer, ExchangeFacts], bool]:
    """Return the rule that lets one of the two do what the table has for them."""
    return lambda viewer, exchange: (
        viewer.member is not None and act in exchange.acts.get(viewer.member.id, ())
    )


def _share(viewer: Viewer, exchange: ExchangeFacts) -> bool:
    return _party(viewer, exchange) and exchange.disputed


def _settle(viewer: Viewer, exchange: ExchangeFacts) -> bool:
    return _look_into(viewer, exchange) and exchange.disputed


def _look_into(viewer: Viewer, exchange: ExchangeFacts) -> bool:
    """Nobody judges their own case."""
    return _moderates(viewer) and exchange.was_disputed and not _party(viewer, exchange)


def _in_team(viewer: Viewer, listing: ListingFacts) -> bool:
    return viewer.member is not None and viewer.member.id in listing.team


def _stands(listing: ListingFacts) -> bool:
    return not listing.hidden and listing.state is not ListingState.DELETED


def _read_project(viewer: Viewer, project: ProjectFacts) -> bool:
    return _read_listing(viewer, project.listing)


def _support(viewer: Viewer, project: ProjectFacts) -> bool:
    """For every member but the owner, to whom the smiles would go."""
    stranger = viewer.member is not None and not _is(viewer, project.listing.author)
    return stranger and project.open and _stands(project.listing)


def _team_speaks(viewer: Viewer, project: ProjectFacts) -> bool:
    return _in_team(viewer, project.listing) and _stands(project.listing)


def _add_task(viewer: Viewer, project: ProjectFacts) -> bool:
    return _team_speaks(viewer, project) and project.open


def _team_looks(viewer: Viewer, project: ProjectFacts) -> bool:
    """Those behind it keep sight of who supports it, also while it is hidden."""
    return _in_team(viewer, project.listing) and project.listing.state is not ListingState.DELETED


def _end_project(viewer: Viewer, project: ProjectFacts) -> bool:
    """The owner's, also of a hidden project: what others gave must come back."""
    return _is(viewer, project.listing.author) and project.open


def _decide(viewer: Viewer, project: ProjectFacts) -> bool:
    return _is(viewer, project.listing.author) and project.waiting


def _invite(viewer: Viewer, project: ProjectFacts) -> bool:
    return _is(viewer, project.listing.author) and project.open and _stands(project.listing)


def _join(viewer: Viewer, project: ProjectFacts) -> bool:
    newcomer = viewer.member is not None and not _in_team(viewer, project.listing)
    return newcomer and project.open and _stands(project.listing)


def _withdraw(viewer: Viewer, support: SupportFacts) -> bool:
    return _is(viewer, support.by) and support.free and support.state in {"promised", "held"}


def _receive(viewer: Viewer, support: SupportFacts) -> bool:
    return _team_looks(viewer, support.project) and support.state == "promised"


def _unreceive(viewer: Viewer, support: SupportFacts) -> bool:
    return _team_looks(viewer, support.project) and support.state == "received"


def _read_support(viewer: Viewer, support: SupportFacts) -> bool:
    return _is(viewer, support.by) or _team_looks(viewer, support.project)


_RULES: dict[tuple[type[Thing], Verb], Callable[[Viewer, Any], bool]] = {
    (Neighbourhood, "publish"): _publish,
    (Neighbourhood, "moderate"): _moderate_site,
    (ListingFacts, "read"): _read_listing,
    (ListingFacts, "edit"): _edit_listing,
    (ListingFacts, "close"): _ordinary(_own(ALIVE)),
    (ListingFacts, "reopen"): _ordinary(_reopen),
    (ListingFacts, "renew"): _ordinary(_renew),
    (ListingFacts, "delete"): _delete_listing,
    (ListingFacts, "answer"): _answer,
    (ListingFacts, "moderate"): _moderate_listing,
    (ConversationFacts, "read"): _read_conversation,
    (ConversationFacts, "write"): _write,
    (ConversationFacts, "propose"): _propose,
    (ConversationFacts, "list"): _list_exchanges,
    (MessageFacts, "read"): _read_message,
    (MessageFacts, "edit"): _own_message,
    (MessageFacts, "delete"): _own_message,
    (MessageFacts, "moderate"): _moderate_message,
    (ExchangeFacts, "read"): _party,
    (ExchangeFacts, "amend"): _act("amend"),
    (ExchangeFacts, "accept"): _act("accept"),
    (ExchangeFacts, "decline"): _act("decline"),
    (ExchangeFacts, "cancel"): _act("cancel"),
    (ExchangeFacts, "finish"): _act("finish"),
    (ExchangeFacts, "confirm"): _act("confirm"),
    (ExchangeFacts, "report"): _act("report"),
    (ExchangeFacts, "object"): _act("object"),
    (ExchangeFacts, "dispute"): _act("dispute"),
    (ExchangeFacts, "share"): _share,
    (ExchangeFacts, "settle"): _settle,
    (ExchangeFacts, "moderate"): _look_into,
    (ProjectFacts, "read"): _read_project,
    (ProjectFacts, "support"): _support,
    (ProjectFacts, "update"): _team_speaks,
    (ProjectFacts, "task"): _add_task,
    (ProjectFacts, "list"): _team_looks,
    (ProjectFacts, "close"): _end_project,
    (ProjectFacts, "cancel"): _end_project,
    (ProjectFacts, "decide"): _decide,
    (ProjectFacts, "invite"): _invite,
    (ProjectFacts, "join"): _join,
    (SupportFacts, "read"): _read_support,
    (SupportFacts, "withdraw"): _withdraw,
    (SupportFacts, "receive"): _receive,
    (SupportFacts, "unreceive"): _unreceive,
}
