"""A small history of a project and a photo in which all went well, and what is true then, or nearly so."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from realtime.people import MemberKind, Person
from realtime.projects import Progress
from realtime.protocol import PinPut, Watch
from realtime.shapes import Layer, Listing, Pin, Place, Scale
from tests.faults.album import Album, Kept
from tests.faults.copies import MapCopy, PanelCopy
from tests.faults.history import Deed, History, Outcome, Page
from tests.faults.ledger import Agreed, Ledger
from tests.faults.projects import Founded, Given, Pledged, PledgeStepped, Projects
from tests.faults.truth import Posted, Truth

ANA, BO, GARDEN, GIFT, MONEY, TASK, SHOP, PHOTO = (
    f"00000000-0000-7000-8000-00000000000{n}" for n in range(8)
)
NAME = "n" * 22
FILES = frozenset({"48.avif", "48.webp", "share.jpg"})
AT = datetime(2026, 11, 29, tzinfo=UTC)
SHOWS = {
    "outcome": "open",
    "released": False,
    "promised_cents": 2000,
    "received_cents": 2000,
    "given_smiles": 3,
    "tasks": 1,
    "tasks_done": 0,
    "supporters": 1,
}
FOUNDED = Founded(GARDEN, ANA, "open", "waiting", 10, deciding=False, shows=SHOWS)
BOS, HOLD, ANAS = f"member:{BO}:earned", f"hold:{GIFT}:earned", f"member:{ANA}:earned"
RAISED = f"project:{GARDEN}:earned"
GAVE = Given(GIFT, GARDEN, BO, 3, "held", 1, {BOS: -3, HOLD: 3}, {HOLD: 1})
PASSED = replace(
    GAVE,
    state="given",
    version=2,
    moved={BOS: -3, HOLD: 0, RAISED: 0, ANAS: 3},
    booked={HOLD: 1, RAISED: 1, ANAS: 1},
)
BACK = replace(GAVE, state="returned", version=2, moved={BOS: 0, HOLD: 0}, booked={HOLD: 1, BOS: 1})
PLEDGED = Pledged(MONEY, GARDEN, BO, 2000, "received", 2)
STEPS = [
    PledgeStepped(MONEY, 1, "promise", BO, 2000),
    PledgeStepped(MONEY, 2, "receive", ANA, 2000),
]
PROJECTS = Projects(
    {GARDEN: FOUNDED}, {MONEY: PLEDGED}, STEPS, {GIFT: GAVE}, frozenset({(GARDEN, ANA)}), frozenset()
)
ALBUM = Album({PHOTO: Kept(PHOTO, ANA, NAME, SHOP, FILES)}, {SHOP: [NAME]}, frozenset({NAME}), {NAME: FILES})
TRUTH = Truth(
    messages={},
    numbers={},
    listings={
        GARDEN: Posted(GARDEN, ANA, "Jardin", "project", "open", 4, 7.34, 47.75),
        TASK: Posted(TASK, ANA, "Bêcher", "request", "open", 1, 7.34, 47.75, GARDEN),
        SHOP: Posted(SHOP, ANA, "Boutique", "mag", "open", 1, 7.34, 47.75),
    },
    unread={},
    untold=0,
    projects=PROJECTS,
    album=ALBUM,
)


def pin(listing: str = GARDEN, **other: Any) -> Pin:
    """Return the pin of a listing as it should be, but for what is `other`."""
    posted = TRUTH.listings[listing]
    progress = Progress(reach="local", closes_at=AT, target_cents=None, target_smiles=10, **SHOWS)
    usual = {
        "id": posted.id,
        "kind": Layer(posted.kind),
        "title": posted.title,
        "category": "other",
        "smiles": 0,
        "state": posted.state,
        "lon": posted.lon,
        "lat": posted.lat,
        "precision": "exact",
        "author": Person(id=ANA, name="Ana", kind=MemberKind.INDIVIDUAL),
        "created_at": AT,
        "expires_at": AT,
        "version": posted.version,
        "progress": progress if posted.kind == "project" else None,
    }
    return Pin(**{**usual, **other})


def a_map(**other: Any) -> MapCopy:
    """Return a mile with all layers on, in which the garden is `other` than it should."""
    shown = MapCopy(Watch(at=Place(lon=7.34, lat=47.75), scale=Scale.MILE, layers=frozenset(Layer)))
    for listing in (TASK, SHOP):
        shown.apply(PinPut(pin=pin(listing)))
    shown.apply(PinPut(pin=pin(**other)))
    return shown


def opened(**other: Any) -> PanelCopy:
    """Return the garden opened, `other` than it should be."""
    more = {"text": "Des bacs.", "thread": TASK, "edited_at": None, "hidden": False}
    panel = PanelCopy(GARDEN, TASK)
    panel.take(Listing(**{**pin().model_dump(), **more, **other}))
    return panel


def deed(kind: Any, member: str, subject: str, where: str = "", text: str = "", **other: Any) -> Deed:
    """Return a deed that was answered at the first try, but for what is `other`."""
    usual: dict[str, Any] = {"tries": 1, "outcome": Outcome.ANSWERED, "answers": [{}]}
    return Deed(kind, member, subject, where, text, **{**usual, **other})


def a_history() -> History:
    """Ana has a project with a task, and a photo in a mag; Bo has given smiles, and money that has come."""
    return History(
        pages=[Page("Bo", BO, map=a_map(), panel=opened())],
        deeds=[
            deed("give", BO, GIFT, GARDEN, "3"),
            deed("promise", BO, MONEY, GARDEN, "2000"),
            deed("receive", ANA, MONEY, GARDEN, version=1),
            deed("photo", ANA, PHOTO, answers=[{"name": NAME}]),
        ],
    )


def with_projects(**other: Any) -> Truth:
    """Return the truth with other projects, pledges or gifts."""
    return replace(TRUTH, projects=replace(PROJECTS, **other))


def with_project(**other: Any) -> Truth:
    """Return the truth with a garden that is other than it should be."""
    return with_projects(founded={GARDEN: replace(FOUNDED, **other)})


def with_gift(gift: Given, **project: Any) -> Truth:
    """Return the truth with another gift of Bo's, and a garden that is other than it should be."""
    return with_projects(gifts={GIFT: gift}, founded={GARDEN: replace(FOUNDED, **project)})


def with_album(**other: Any) -> Truth:
    """Return the truth with other photos or files."""
    return replace(TRUTH, album=replace(ALBUM, **other))


def helped_by(member: str) -> Truth:
    """Somebody has helped with the task, for no smiles."""
    deal = Agreed(PHOTO, SHOP, TASK, member, ANA, 0, "Samedi", "confirmed", 0, 3, began_listing=False)
    return replace(TRUTH, ledger=Ledger(exchanges={PHOTO: deal}))


def standing(state: str, truth: Truth) -> Truth:
    """Return the truth with the garden's listing in another state."""
    return replace(truth, listings={**truth.listings, GARDEN: replace(truth.listings[GARDEN], state=state)})


def released() -> Truth:
    """Bo's three smiles were all that was wanted, and have passed."""
    return with_gift(PASSED, release="released", target_smiles=3)
