"""Photos as they travel: a name from which their addresses follow, and what a browser draws before them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from realtime.words import Id, Paragraphs, Shape

PhotoName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]
AltText = Annotated[Paragraphs, Field(max_length=200)]
Caption = Annotated[Paragraphs, Field(max_length=300)]


class Photo(Shape):
    """A photo: `/photos/{name}-{w}.webp` and `.avif` for each `w` of `widths`, pixels, the smallest first.

    `width` and `height` are those of the largest. `placeholder` is a data URL of a few bytes. `alt` says what
    is to be seen to who does not see it.
    """

    id: Id
    name: PhotoName
    width: int
    height: int
    widths: list[int]
    placeholder: str
    alt: AltText = ""
    caption: Caption = ""
