"""The whole matrix: every verb, for everybody, on everything."""

from typing import Final, TypeAlias

from realtime.backend import Viewer
from server.policy import avatars, conversations, exchanges, listings, projects, site
from server.policy.avatars import AvatarFacts
from server.policy.conversations import ConversationFacts, MessageFacts
from server.policy.exchanges import ExchangeFacts
from server.policy.listings import ListingFacts
from server.policy.projects import ProjectFacts, SupportFacts
from server.policy.rules import Rules, Verb
from server.policy.site import Neighbourhood

Thing: TypeAlias = (
    Neighbourhood
    | ListingFacts
    | AvatarFacts
    | ConversationFacts
    | MessageFacts
    | ExchangeFacts
    | ProjectFacts
    | SupportFacts
)

_RULES: Final[Rules] = {
    **site.RULES,
    **listings.RULES,
    **avatars.RULES,
    **conversations.RULES,
    **exchanges.RULES,
    **projects.RULES,
}


def may(viewer: Viewer, verb: Verb, thing: Thing) -> bool:
    """Say whether `viewer` may do `verb` to `thing` now.

    A member here is one whose address is verified: nobody else signs in.
    """
    rule = _RULES.get((type(thing), verb))
    return rule is not None and rule(viewer, thing)
