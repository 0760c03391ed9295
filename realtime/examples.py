"""One example of each message, for the readers of `docs/protocol.md`. They validate, since they are built."""

from datetime import UTC, datetime, timedelta

from realtime import protocol as p
from realtime.exchanges import Card, Exchange, ExchangeState, ExchangeStep, Purse
from realtime.people import MemberKind, Person
from realtime.shapes import (
    Category,
    Conversation,
    FeedItem,
    Layer,
    Listing,
    ListingBrief,
    ListingState,
    Message,
    MessageState,
    Pin,
    Place,
    Precision,
    Scale,
)

ANA_ID = "0197f3a0-0000-7000-8000-00000000a001"
BO_ID = "0197f3a0-0000-7000-8000-00000000b001"
LISTING_ID = "0197f3a1-0000-7000-8000-000000000001"
THREAD_ID = "0197f3a1-0000-7000-8000-000000000002"
DIALOG_ID = "0197f3a2-0000-7000-8000-000000000003"
EXCHANGE_ID = "0197f3a4-0000-7000-8000-000000000005"
MESSAGE_ID = "0197f3a3-0000-7000-8000-000000000004"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

ANA = Person(id=ANA_ID, name="Ana", kind=MemberKind.INDIVIDUAL)
BO = Person(id=BO_ID, name="Bo", kind=MemberKind.INDIVIDUAL)
PLACE = Place(lon=7.3389, lat=47.7466)

PIN = Pin(
    id=LISTING_ID,
    kind=Layer.OFFER,
    title="Soupe de courge pour deux",
    category=Category.FOOD,
    smiles=2,
    state=ListingState.OPEN,
    lon=7.3391,
    lat=47.7459,
    precision=Precision.APPROXIMATE,
    author=ANA,
    created_at=NOON,
    expires_at=NOON + timedelta(days=30),
    version=3,
)
LISTING = Listing(
    **PIN.model_dump(),
    text="Encore chaude, à partir de midi.",
    thread=THREAD_ID,
    edited_at=None,
    hidden=False,
)
BRIEF = ListingBrief(id=LISTING_ID, kind=PIN.kind, title=PIN.title, state=PIN.state)
MESSAGE = Message(
    id=MESSAGE_ID,
    conversation=DIALOG_ID,
    seq=7,
    change=7,
    author=BO,
    text="Bonjour, j’en prendrais volontiers.",
    state=MessageState.VISIBLE,
    created_at=NOON,
    edited_at=None,
)
EXCHANGE = Exchange(
    id=EXCHANGE_ID,
    conversation=DIALOG_ID,
    listing=LISTING_ID,
    helper=ANA,
    beneficiary=BO,
    smiles=2,
    agreed_for=NOON + timedelta(days=1),
    note="À ta porte ?",
    state=ExchangeState.PROPOSED,
    proposed_by=BO_ID,
    due="expire",
    due_at=NOON + timedelta(days=14),
    to_helper=None,
    thanks=None,
    acts={ANA_ID: ["amend", "accept", "decline"], BO_ID: ["amend", "cancel"]},
    version=1,
    updated_at=NOON,
)
STEP = MESSAGE.model_copy(
    update={
        "text": None,
        "card": Card(step=ExchangeStep.PROPOSE, by=BO, words=None, exchange=EXCHANGE),
    }
)
CONVERSATION = Conversation(
    id=DIALOG_ID,
    kind="dialog",
    listing=BRIEF,
    other=BO,
    last=MESSAGE,
    unread=1,
    updated_at=NOON,
    version=14,
)
FEED_ITEM = FeedItem(
    kind="listing",
    id=LISTING_ID,
    listing=BRIEF,
    author=ANA,
    text=LISTING.text,
    lon=PIN.lon,
    lat=PIN.lat,
    hidden=False,
    created_at=NOON,
    version=3,
)
AREA = {"type": "Polygon", "coordinates": [[[7.3, 47.7], [7.4, 47.7], [7.4, 47.8], [7.3, 47.8], [7.3, 47.7]]]}

COMMANDS: list[p.Command] = [
    p.Watch(ref=1, at=PLACE, scale=Scale.MILE, layers=frozenset({Layer.OFFER})),
    p.Open(ref=2, conversation=DIALOG_ID, cursor=6),
    p.Close(conversation=DIALOG_ID),
    p.Send(ref=3, conversation=DIALOG_ID, id=MESSAGE_ID, text="Bonjour, j’en prendrais volontiers."),
    p.Typing(conversation=DIALOG_ID),
    p.Read(ref=4, conversation=DIALOG_ID, seq=7),
    p.Feed(ref=5, area=AREA, kinds=frozenset({"listing"})),
    p.Ping(ref=6),
]

EVENTS: list[p.Event] = [
    p.Welcome(member=BO, moderator=False, now=NOON, version="0.1.0", heartbeat_seconds=25, paused=False),
    p.View(ref=1, reset=True, entered=[PIN], left=[]),
    p.PinPut(pin=PIN),
    p.PinGone(id=LISTING_ID, version=4, reason="done"),
    p.Opened(
        ref=2,
        conversation=DIALOG_ID,
        reset=False,
        messages=[MESSAGE],
        cursor=7,
        earlier=True,
        reads={ANA_ID: 6},
        present=[ANA],
        listing_version=3,
    ),
    p.Sent(ref=3, message=MESSAGE),
    p.MessageChanged(message=STEP),
    p.TypingSeen(conversation=DIALOG_ID, member=ANA),
    p.ReadSeen(conversation=DIALOG_ID, member=ANA_ID, seq=7),
    p.PresenceChanged(conversation=DIALOG_ID, member=ANA, here=True),
    p.ListingChanged(listing=LISTING),
    p.ListingGone(id=LISTING_ID),
    p.ListingRestored(id=LISTING_ID),
    p.Activity(conversation=CONVERSATION),
    p.PurseChanged(purse=Purse(balance=12, bought=5, held=2, held_for_projects=0, debt=0, version=9)),
    p.AvatarChanged(avatar="k3J9x0fWq2mB7dTzR1vYsA", hidden=True),
    p.FeedSeen(item=FEED_ITEM),
    p.AuthorChanged(author=ANA),
    p.Resync(within_ms=2_000),
    p.Paused(),
    p.Done(ref=4),
    p.Pong(ref=6),
    p.Refused(ref=3, code="not_found", title="Cette conversation n’existe pas, ou plus."),
]
