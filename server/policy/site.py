"""What one may do in the neighbourhood as a whole."""

from dataclasses import dataclass
from typing import Final

from realtime.backend import Viewer
from server.policy.rules import Rules, moderates


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The site as a whole: where one publishes and where moderators look."""


NEIGHBOURHOOD = Neighbourhood()


def _publish(viewer: Viewer, _: Neighbourhood) -> bool:
    return viewer.member is not None


def _moderate_site(viewer: Viewer, _: Neighbourhood) -> bool:
    return moderates(viewer)


RULES: Final[Rules] = {
    (Neighbourhood, "publish"): _publish,
    (Neighbourhood, "moderate"): _moderate_site,
}
