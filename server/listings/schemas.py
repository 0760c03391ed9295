"""What comes in and goes out about listings. Places come in as clicked and go out as published."""

from typing import Annotated, Literal

from pydantic import Field

from realtime.shapes import (
    Category,
    Conversation,
    Id,
    Layer,
    Listing,
    ListingState,
    Paragraphs,
    Person,
    Pin,
    Place,
    Precision,
    Scale,
    Shape,
    Smiles,
    Title,
)

ListingText = Annotated[Paragraphs, Field(min_length=1, max_length=4000)]


class ListingDraft(Shape):
    """A request or an offer to publish. `id` is made by the client: published twice, it exists once."""

    id: Id
    kind: Literal[Layer.REQUEST, Layer.OFFER]
    title: Title
    text: ListingText
    category: Category
    smiles: Smiles = 0
    place: Place
    precision: Precision = Precision.APPROXIMATE


class ListingChange(Shape):
    """Change what is given, leave the rest. `version` is the one the author was looking at."""

    version: int
    title: Title | None = None
    text: ListingText | None = None
    category: Category | None = None
    smiles: Smiles | None = None
    place: Place | None = None
    precision: Precision | None = None
    state: Literal[ListingState.OPEN, ListingState.IN_PROGRESS] | None = None


class ListingView(Shape):
    """A listing as one reader sees it.

    `dialog` is the reader's own private dialog under it; `dialogs` are, for the author, all of them.
    `may` names what the reader may do: edit, close, renew, delete, answer, moderate. `hidden_reason` is
    what the moderator gave; only the author and moderators see it.
    """

    listing: Listing
    may: list[Literal["edit", "close", "reopen", "renew", "delete", "answer", "moderate"]]
    dialog: Id | None
    dialogs: list[Conversation]
    thread_unread: int
    hidden_reason: str | None = None


class DialogOpened(Shape):
    """The private dialog with a listing's author; the same however often it is asked for."""

    conversation: Id
    other: Person


class Around(Shape):
    """A lookup around a point. It comes in a body, since a URL is kept in logs and histories."""

    at: Place
    scale: Scale = Scale.MILE
    layers: Annotated[frozenset[Layer], Field(min_length=1, max_length=4)] = frozenset(
        {Layer.REQUEST, Layer.OFFER}
    )


class PointGeometry(Shape):
    """GeoJSON (RFC 7946, 3.1.2)."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]


class PinFeature(Shape):
    """A pin as a GeoJSON feature; its properties are the whole pin."""

    type: Literal["Feature"] = "Feature"
    id: Id
    geometry: PointGeometry
    properties: Pin


class PinCollection(Shape):
    """Pins as GeoJSON, nearest first where there is a point to measure from."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[PinFeature]


class OwnListings(Shape):
    """All listings of the member who asks, newest first, ended ones too."""

    listings: list[Listing]
