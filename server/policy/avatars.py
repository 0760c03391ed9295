"""Who may see and hide the photo by which a member is seen."""

from dataclasses import dataclass
from typing import Final

from realtime.backend import Viewer
from server.policy.rules import Rules, is_member, moderates


@dataclass(frozen=True, slots=True)
class AvatarFacts:
    """What the rules need to know of the photo by which `owner` is, or was, seen."""

    owner: str
    hidden: bool


def _read(viewer: Viewer, avatar: AvatarFacts) -> bool:
    return not avatar.hidden or is_member(viewer, avatar.owner) or moderates(viewer)


def _moderate(viewer: Viewer, _: AvatarFacts) -> bool:
    return moderates(viewer)


RULES: Final[Rules] = {
    (AvatarFacts, "read"): _read,
    (AvatarFacts, "moderate"): _moderate,
}
