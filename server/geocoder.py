"""What any address search must be able to do, whoever carries it out."""

from typing import NamedTuple, Protocol

from geo.position import Point

MOST_PLACES = 8


class Spot(NamedTuple):
    """A place found: its name in one line, where that is (town, country) in another."""

    label: str
    context: str
    at: Point


class Geocoder(Protocol):
    """Finds places by their names."""

    async def find(self, text: str, near: Point | None, locale: str) -> list[Spot]:
        """Return up to 8 places for `text`, best first, the nearest to `near` first among equals.

        Raises `Unavailable` when whoever is asked does not answer.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
