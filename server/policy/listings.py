"""Who may do what with a listing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from realtime.backend import Viewer
from realtime.shapes import Layer, ListingState
from server.policy.rules import Rules, is_member, moderates

ALIVE = frozenset({ListingState.OPEN, ListingState.IN_PROGRESS})
# Listings under which somebody helps somebody: under the others there is nothing to agree on.
HELPING = frozenset({Layer.REQUEST, Layer.OFFER})


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


def read_listing(viewer: Viewer, listing: ListingFacts) -> bool:
    """Say whether `viewer` may read `listing`, its public thread or its project."""
    if is_member(viewer, listing.author) or moderates(viewer):
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
        is_member(viewer, listing.author) and not listing.hidden and listing.state in states
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
    mine = is_member(viewer, listing.author) or in_team(viewer, listing)
    return mine and not listing.hidden and listing.state in ALIVE


def _delete_listing(viewer: Viewer, listing: ListingFacts) -> bool:
    settled = listing.state is not ListingState.DELETED and not listing.supported
    return is_member(viewer, listing.author) and settled


def _answer(viewer: Viewer, listing: ListingFacts) -> bool:
    """Opening a private dialog: for every member but the author, while there is something to answer."""
    stranger = viewer.member is not None and not is_member(viewer, listing.author)
    return stranger and not listing.hidden and listing.state in ALIVE


def _moderate_listing(viewer: Viewer, listing: ListingFacts) -> bool:
    return moderates(viewer) and listing.state is not ListingState.DELETED


def in_team(viewer: Viewer, listing: ListingFacts) -> bool:
    """Say whether `viewer` is one of those behind a project."""
    return viewer.member is not None and viewer.member.id in listing.team


def stands(listing: ListingFacts) -> bool:
    """Say whether `listing` is neither hidden nor deleted."""
    return not listing.hidden and listing.state is not ListingState.DELETED


RULES: Final[Rules] = {
    (ListingFacts, "read"): read_listing,
    (ListingFacts, "edit"): _edit_listing,
    (ListingFacts, "close"): _ordinary(_own(ALIVE)),
    (ListingFacts, "reopen"): _ordinary(_reopen),
    (ListingFacts, "renew"): _ordinary(_renew),
    (ListingFacts, "delete"): _delete_listing,
    (ListingFacts, "answer"): _answer,
    (ListingFacts, "moderate"): _moderate_listing,
}
