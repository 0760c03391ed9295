"""What a rule is: it looks at who asks and at the facts about a thing, and says whether they may."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from realtime.backend import Viewer

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

# By kind of thing and verb; what is not in it nobody may.
Rules: TypeAlias = Mapping[tuple[type, Verb], Callable[[Viewer, Any], bool]]


def is_member(viewer: Viewer, member: str | None) -> bool:
    """Say whether `viewer` is `member`."""
    return viewer.member is not None and viewer.member.id == member


def moderates(viewer: Viewer) -> bool:
    """Say whether `viewer` is a moderator; nobody who is not signed in is one."""
    return viewer.moderator and viewer.member is not None
