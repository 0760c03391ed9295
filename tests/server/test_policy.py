"""The whole matrix: every verb, for everybody, on everything. What is not written here is refused."""

from itertools import product
from typing import get_args

import pytest

from realtime.backend import Viewer
from realtime.shapes import ListingState, MemberKind, Person
from server.policy import (
    NEIGHBOURHOOD,
    ConversationFacts,
    ListingFacts,
    MessageFacts,
    Thing,
    Verb,
    may,
)

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


def listing(state: ListingState = ListingState.OPEN, *, hidden: bool = False) -> ListingFacts:
    return ListingFacts(AUTHOR, state, hidden, frozenset({ANSWERER}))


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
    ("the thread", thread(), {"read": ALL, "write": MEMBERS}),
    ("the thread of a done listing", thread(DONE), {"read": ALL, "write": MEMBERS}),
    ("the thread of an expired listing", thread(EXPIRED), {"read": ALL, "write": MEMBERS}),
    ("the thread of a hidden listing", thread(HIDDEN), {"read": {"author", "moderator"}}),
    ("the thread of a deleted listing", thread(DELETED), {"read": {"author", "answerer", "moderator"}}),
    ("a dialog", dialog(), {"read": {"author", "answerer"}, "write": {"author", "answerer"}}),
    (
        "a dialog of a done listing",
        dialog(DONE),
        {"read": {"author", "answerer"}, "write": {"author", "answerer"}},
    ),
    (
        "a dialog of a deleted listing",
        dialog(DELETED),
        {"read": {"author", "answerer"}, "write": {"author", "answerer"}},
    ),
    ("a dialog of a hidden listing", dialog(HIDDEN), {"read": {"author"}}),
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
        {"read": {"author", "answerer"}, "edit": {"answerer"}, "delete": {"answerer"}},
    ),
]


@pytest.mark.parametrize(
    ("thing", "allowed"), [line[1:] for line in MATRIX], ids=[line[0] for line in MATRIX]
)
def test_only_who_is_named_may(thing: Thing, allowed: dict[Verb, set[str]]) -> None:
    found = {(name, verb) for name, verb in product(VIEWERS, VERBS) if may(VIEWERS[name], verb, thing)}

    assert found == {(name, verb) for verb, names in allowed.items() for name in names}
