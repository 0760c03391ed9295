"""Who may do what with a project, and with what was promised or given to it."""

from dataclasses import dataclass
from typing import Final

from realtime.backend import Viewer
from realtime.shapes import ListingState
from server.policy.listings import ListingFacts, in_team, read_listing, stands
from server.policy.rules import Rules, is_member


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


def _read_project(viewer: Viewer, project: ProjectFacts) -> bool:
    return read_listing(viewer, project.listing)


def _support(viewer: Viewer, project: ProjectFacts) -> bool:
    """For every member but the owner, to whom the smiles would go."""
    stranger = viewer.member is not None and not is_member(viewer, project.listing.author)
    return stranger and project.open and stands(project.listing)


def _team_speaks(viewer: Viewer, project: ProjectFacts) -> bool:
    return in_team(viewer, project.listing) and stands(project.listing)


def _add_task(viewer: Viewer, project: ProjectFacts) -> bool:
    return _team_speaks(viewer, project) and project.open


def _team_looks(viewer: Viewer, project: ProjectFacts) -> bool:
    """Those behind it keep sight of who supports it, also while it is hidden."""
    return in_team(viewer, project.listing) and project.listing.state is not ListingState.DELETED


def _end_project(viewer: Viewer, project: ProjectFacts) -> bool:
    """The owner's, also of a hidden project: what others gave must come back."""
    return is_member(viewer, project.listing.author) and project.open


def _decide(viewer: Viewer, project: ProjectFacts) -> bool:
    return is_member(viewer, project.listing.author) and project.waiting


def _invite(viewer: Viewer, project: ProjectFacts) -> bool:
    return is_member(viewer, project.listing.author) and project.open and stands(project.listing)


def _join(viewer: Viewer, project: ProjectFacts) -> bool:
    newcomer = viewer.member is not None and not in_team(viewer, project.listing)
    return newcomer and project.open and stands(project.listing)


def _withdraw(viewer: Viewer, support: SupportFacts) -> bool:
    return is_member(viewer, support.by) and support.free and support.state in {"promised", "held"}


def _receive(viewer: Viewer, support: SupportFacts) -> bool:
    return _team_looks(viewer, support.project) and support.state == "promised"


def _unreceive(viewer: Viewer, support: SupportFacts) -> bool:
    return _team_looks(viewer, support.project) and support.state == "received"


def _read_support(viewer: Viewer, support: SupportFacts) -> bool:
    return is_member(viewer, support.by) or _team_looks(viewer, support.project)


RULES: Final[Rules] = {
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
