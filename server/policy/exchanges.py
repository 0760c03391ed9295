"""Who may do what with an exchange: the two of it, and whoever looks into it when they disagree."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from realtime.backend import Viewer
from server.policy.rules import Rules, moderates


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
    return moderates(viewer) and exchange.was_disputed and not _party(viewer, exchange)


RULES: Final[Rules] = {
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
}
