"""Members as everybody may see them."""

from enum import StrEnum

from realtime.photos import PhotoName
from realtime.words import Id, Shape


class MemberKind(StrEnum):
    """Who stands behind an account."""

    INDIVIDUAL = "individual"
    BUSINESS = "business"
    ASSOCIATION = "association"


class Person(Shape):
    """A member as everybody may see them. Their `avatar` is a square photo, 64 and 160 pixels wide."""

    id: Id
    name: str
    kind: MemberKind
    avatar: PhotoName | None = None
