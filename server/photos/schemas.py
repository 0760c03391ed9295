"""What comes in and goes out about photos. The photo itself comes as it is, in the body."""

from typing import Annotated

from pydantic import Field

from realtime.photos import AltText, Caption
from realtime.words import Id, Shape
from server.album import PhotoKind


class PhotoQuery(Shape):
    """What the photo is for: an avatar is cut square and small."""

    kind: PhotoKind = "photo"


class PhotoChoice(Shape):
    """A photo of a listing, in its place among the others."""

    id: Id
    alt: AltText = ""
    caption: Caption = ""


class AvatarChoice(Shape):
    """The photo, sent with `kind=avatar`, by which one wants to be seen."""

    photo: Id


PhotoChoices = Annotated[tuple[PhotoChoice, ...], Field(max_length=10)]
