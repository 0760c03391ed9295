"""The whole matrix: every verb, for everybody, on everything. What is not written here is refused."""

from itertools import product
from typing import get_args

import pytest

from realtime.backend import Viewer
from realtime.people import MemberKind, Person
from realtime.shapes import Layer, ListingState
from server.policy.avatars import AvatarFacts
from server.policy.conversations import ConversationFacts, MessageFacts
from server.policy.exchanges import ExchangeFacts
from server.policy.listings import ListingFacts
from server.policy.matrix import Thing, may
from server.policy.projects import ProjectFacts, SupportFacts
from server.policy.rules import Verb
from server.policy.site import NEIGHBOURHOOD

VERBS: tuple[Verb, ...] = get_args(Verb)


AUTHOR, ANSWERER, WRITER, OTHER, MODERATOR = (f"00000000-0000-7000-8000-00000000000{n}" for n in range(5))


def member(member_id: str, *, moderator: bool = False) -> Viewer:
    person = Person(id=member_id, name="A neighbour", kind=MemberKind.INDIVIDUAL)
    return Viewer(address="192.0.2.1", member=person, moderator=moderator)


VIEWERS = {
    "nobody": Viewer(address="192.0.2.1"),
    "other": member(OTHER),
    "author": member(AUTHOR),
    "answerer": member(ANSWERER),
    "writer": member(WRITER),
    "moderator": member(MODERATOR, moderator=True),
    # A socket's viewer who is nobody cannot carry a role, whatever was written into it.
    "impostor": Viewer(address="192.0.2.1", moderator=True),
}
ALL = {*VIEWERS}
MEMBERS = ALL - {"nobody", "impostor"}


TWO = {"author", "answerer"}
IN_DIALOG: tuple[Verb, ...] = ("read", "write", "list", "propose")


def listing(state: ListingState = ListingState.OPEN, *, hidden: bool = False) -> ListingFacts:
    return ListingFacts(AUTHOR, state, hidden, frozenset({ANSWERER}))


def mag(state: ListingState = ListingState.OPEN, *, event: bool = False, over: bool = False) -> ListingFacts:
    return ListingFacts(AUTHOR, state, False, frozenset({ANSWERER}), Layer.MAG, event, over)


OPEN, DONE, DELETED = (
    listing(state) for state in (ListingState.OPEN, ListingState.DONE, ListingState.DELETED)
)
PROGRESS, EXPIRED = listing(ListingState.IN_PROGRESS), listing(ListingState.EXPIRED)
HIDDEN = listing(hidden=True)
HIDDEN_AND_DELETED = listing(ListingState.DELETED, hidden=True)


def thread(under: ListingFacts = OPEN) -> ConversationFacts:
    return ConversationFacts(under, None)


def dialog(under: ListingFacts = OPEN) -> ConversationFacts:
    return ConversationFacts(under, ANSWERER)


def message(place: ConversationFacts, *, hidden: bool = False, gone: bool = False) -> MessageFacts:
    return MessageFacts(place, WRITER if place.answerer is None else ANSWERER, hidden, gone)


def project(
    state: ListingState = ListingState.OPEN, *, hidden: bool = False, supported: bool = False
) -> ListingFacts:
    """Return a project behind which are its author and who else writes here as one of the team."""
    team = frozenset({AUTHOR, WRITER})
    return ListingFacts(AUTHOR, state, hidden, kind=Layer.PROJECT, team=team, supported=supported)


def standing(under: ListingFacts, *, is_open: bool = True, waiting: bool = False) -> ProjectFacts:
    return ProjectFacts(under, is_open, waiting)


def support(state: str, *, free: bool = True, under: ListingFacts | None = None) -> SupportFacts:
    return SupportFacts(standing(under or project()), ANSWERER, state, free)


TEAM = {"author", "writer"}
OWNER = {"author"}
DURING: dict[Verb, set[str]] = {
    "read": ALL,
    "support": MEMBERS - OWNER,
    "update": TEAM,
    "task": TEAM,
    "list": TEAM,
    "close": OWNER,
    "cancel": OWNER,
    "invite": OWNER,
    "join": MEMBERS - TEAM,
}


# Who may, by thing and verb. A verb that is not listed is for nobody.
MATRIX: list[tuple[str, Thing, dict[Verb, set[str]]]] = [
    ("the site", NEIGHBOURHOOD, {"publish": MEMBERS, "moderate": {"moderator"}}),
    (
        "an open listing",
        OPEN,
        {
            "read": ALL,
            "edit": {"author"},
            "close": {"author"},
            "renew": {"author"},
            "delete": {"author"},
            "answer": MEMBERS - {"author"},
            "moderate": {"moderator"},
        },
    ),
    (
        "a listing in progress",
        PROGRESS,
        {
            "read": ALL,
            "edit": {"author"},
            "close": {"author"},
            "renew": {"author"},
            "delete": {"author"},
            "answer": MEMBERS - {"author"},
            "moderate": {"moderator"},
        },
    ),
    (
        "a done listing",
        DONE,
        {"read": ALL, "reopen": {"author"}, "delete": {"author"}, "moderate": {"moderator"}},
    ),
    (
        "an expired listing",
        EXPIRED,
        {"read": ALL, "renew": {"author"}, "delete": {"author"}, "moderate": {"moderator"}},
    ),
    ("a deleted listing", DELETED, {"read": {"author", "answerer", "moderator"}}),
    (
        "a hidden listing",
        HIDDEN,
        {"read": {"author", "moderator"}, "delete": {"author"}, "moderate": {"moderator"}},
    ),
    ("a hidden and deleted listing", HIDDEN_AND_DELETED, {"read": {"author", "moderator"}}),
    (
        "a mag",
        mag(),
        {
            "read": ALL,
            "edit": {"author"},
            "close": {"author"},
            "renew": {"author"},
            "delete": {"author"},
            "answer": MEMBERS - {"author"},
            "moderate": {"moderator"},
        },
    ),
    (
        "an event",
        mag(event=True),
        {
            "read": ALL,
            "edit": {"author"},
            "close": {"author"},
            "delete": {"author"},
            "answer": MEMBERS - {"author"},
            "moderate": {"moderator"},
        },
    ),
    (
        "an event that was called off",
        mag(ListingState.DONE, event=True),
        {"read": ALL, "reopen": {"author"}, "delete": {"author"}, "moderate": {"moderator"}},
    ),
    (
        "an event that was called off and is over",
        mag(ListingState.DONE, event=True, over=True),
        {"read": ALL, "delete": {"author"}, "moderate": {"moderator"}},
    ),
    (
        "an event that is over",
        mag(ListingState.EXPIRED, event=True, over=True),
        {"read": ALL, "delete": {"author"}, "moderate": {"moderator"}},
    ),
    ("an avatar", AvatarFacts(AUTHOR, hidden=False), {"read": ALL, "moderate": {"moderator"}}),
    (
        "a hidden avatar",
        AvatarFacts(AUTHOR, hidden=True),
        {"read": {"author", "moderator"}, "moderate": {"moderator"}},
    ),
    ("the thread", thread(), {"read": ALL, "write": MEMBERS}),
    ("the thread of a done listing", thread(DONE), {"read": ALL, "write": MEMBERS}),
    ("the thread of an expired listing", thread(EXPIRED), {"read": ALL, "write": MEMBERS}),
    ("the thread of a hidden listing", thread(HIDDEN), {"read": {"author", "moderator"}}),
    ("the thread of a deleted listing", thread(DELETED), {"read": {"author", "answerer", "moderator"}}),
    ("a dialog", dialog(), dict.fromkeys(IN_DIALOG, TWO)),
    ("a dialog of a mag", dialog(mag()), dict.fromkeys(("read", "write", "list"), TWO)),
    ("a dialog of a done listing", dialog(DONE), dict.fromkeys(IN_DIALOG, TWO)),
    ("a dialog of a deleted listing", dialog(DELETED), dict.fromkeys(IN_DIALOG, TWO)),
    # Both keep sight of what they agreed, and can end it.
    ("a dialog of a hidden listing", dialog(HIDDEN), {"read": {"author"}, "list": TWO}),
    (
        "a public message",
        message(thread()),
        {"read": ALL, "edit": {"writer"}, "delete": {"writer"}, "moderate": {"moderator"}},
    ),
    ("a hidden public message", message(thread(), hidden=True), {"read": ALL, "moderate": {"moderator"}}),
    ("a deleted public message", message(thread(), gone=True), {"read": ALL}),
    (
        "a public message under a hidden listing",
        message(thread(HIDDEN)),
        {"read": {"author", "moderator"}, "moderate": {"moderator"}},
    ),
    (
        "a private message",
        message(dialog()),
        {"read": TWO, "edit": {"answerer"}, "delete": {"answerer"}},
    ),
    (
        "the card of a step",
        MessageFacts(dialog(), ANSWERER, hidden=False, gone=False, card=True),
        {"read": TWO},
    ),
    (
        "an exchange",
        ExchangeFacts({AUTHOR: ["amend", "accept"], ANSWERER: ["amend", "cancel"]}, False, False),
        {"read": TWO, "amend": TWO, "accept": {"author"}, "cancel": {"answerer"}},
    ),
    (
        "a disputed exchange",
        ExchangeFacts({AUTHOR: ["confirm"], ANSWERER: ["cancel"]}, True, True),
        {
            "read": TWO,
            "confirm": {"author"},
            "cancel": {"answerer"},
            "share": TWO,
            "settle": {"moderator"},
            "moderate": {"moderator"},
        },
    ),
    (
        "a disputed exchange of a moderator's own",
        ExchangeFacts({AUTHOR: ["confirm"], MODERATOR: ["cancel"]}, True, True),
        {
            "read": {"author", "moderator"},
            "confirm": {"author"},
            "cancel": {"moderator"},
            "share": {"author", "moderator"},
        },
    ),
    (
        "an exchange that was settled",
        ExchangeFacts({AUTHOR: [], ANSWERER: []}, False, True),
        {"read": TWO, "moderate": {"moderator"}},
    ),
    (
        "a project as a listing",
        project(),
        {
            "read": ALL,
            "edit": TEAM,
            "delete": OWNER,
            "answer": MEMBERS - OWNER,
            "moderate": {"moderator"},
        },
    ),
    (
        "a project that somebody supports, as a listing",
        project(supported=True),
        {"read": ALL, "edit": TEAM, "answer": MEMBERS - OWNER, "moderate": {"moderator"}},
    ),
    (
        "a project that is over, as a listing",
        project(ListingState.DONE),
        {"read": ALL, "delete": OWNER, "moderate": {"moderator"}},
    ),
    ("a project", standing(project()), DURING),
    (
        "a project that is over",
        standing(project(ListingState.DONE), is_open=False),
        {"read": ALL, "update": TEAM, "list": TEAM},
    ),
    (
        "a project that is over and whose smiles wait",
        standing(project(ListingState.DONE), is_open=False, waiting=True),
        {"read": ALL, "update": TEAM, "list": TEAM, "decide": OWNER},
    ),
    (
        "a hidden project",
        standing(project(hidden=True)),
        {"read": OWNER | {"moderator"}, "list": TEAM, "close": OWNER, "cancel": OWNER},
    ),
    (
        "a deleted project",
        standing(project(ListingState.DELETED), is_open=False),
        {"read": OWNER | {"moderator"}},
    ),
    (
        "a promised donation",
        support("promised"),
        {"read": TEAM | {"answerer"}, "withdraw": {"answerer"}, "receive": TEAM},
    ),
    (
        "a donation that has come",
        support("received"),
        {"read": TEAM | {"answerer"}, "unreceive": TEAM},
    ),
    ("a donation that was withdrawn", support("withdrawn"), {"read": TEAM | {"answerer"}}),
    (
        "a promised donation to a hidden project",
        support("promised", under=project(hidden=True)),
        {"read": TEAM | {"answerer"}, "withdraw": {"answerer"}, "receive": TEAM},
    ),
    ("held smiles", support("held"), {"read": TEAM | {"answerer"}, "withdraw": {"answerer"}}),
    ("held smiles on their way", support("held", free=False), {"read": TEAM | {"answerer"}}),
    ("smiles that have passed", support("given"), {"read": TEAM | {"answerer"}}),
]


@pytest.mark.parametrize(
    ("thing", "allowed"), [line[1:] for line in MATRIX], ids=[line[0] for line in MATRIX]
)
def test_only_who_is_named_may(thing: Thing, allowed: dict[Verb, set[str]]) -> None:
    found = {(name, verb) for name, verb in product(VIEWERS, VERBS) if may(VIEWERS[name], verb, thing)}

    assert found == {(name, verb) for verb, names in allowed.items() for name in names}
