"""What comes in and goes out about listings. Places come in as clicked and go out as published."""

from typing import Annotated, Literal

from pydantic import Field

from realtime.people import Person
from realtime.shapes import Category, Conversation, Layer, Listing, ListingState, Pin, Place, Precision, Scale
from realtime.words import Id, Moment, Paragraphs, Shape, Smiles, Title
from server.photos.schemas import PhotoChoices
from server.projects.schemas import ProjectTerms, TermsChange

# A mag's; how much of it the other kinds have, `server.listings.kinds` says.
ListingText = Annotated[Paragraphs, Field(min_length=1, max_length=20_000)]


class ListingDraft(Shape):
    """A listing to publish. `id` is made by the client: published twice, it exists once.

    The `text` of a mag is Markdown, up to 20,000 characters; of a request or an offer plain, up to 4,000.
    Only a mag has `starts_at` and `ends_at` (three hours later, unless said), and of the category "event" it
    must; it has no smiles. `photos` were sent before (`PUT /api/photos/{id}`); the first is its cover. A
    project, and nothing else, has `project`: its terms. `project_id` makes a request a task of that project,
    which those behind it may publish while it is open.
    """

    id: Id
    kind: Layer
    title: Title
    text: ListingText
    category: Category
    smiles: Smiles = 0
    place: Place
    precision: Precision = Precision.APPROXIMATE
    photos: PhotoChoices = ()
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    project: ProjectTerms | None = None
    project_id: Id | None = None


class ListingChange(Shape):
    """Change what is given, leave the rest. `version` is the one the author was looking at.

    `starts_at` given as null: it is no event any more; `ends_at`: it ends three hours after its beginning.
    """

    version: int
    title: Title | None = None
    text: ListingText | None = None
    category: Category | None = None
    smiles: Smiles | None = None
    place: Place | None = None
    precision: Precision | None = None
    photos: PhotoChoices | None = None
    state: Literal[ListingState.OPEN, ListingState.IN_PROGRESS] | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    project: TermsChange | None = None


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


class MemberListings(Shape):
    """What a member has on the map now, newest first."""

    listings: list[Pin]


class OwnListings(Shape):
    """All listings of the member who asks, newest first, ended ones too."""

    listings: list[Listing]
