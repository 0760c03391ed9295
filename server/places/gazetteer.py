"""A geocoder that is a file: GeoJSON points with names, for a town that wants no outside service."""

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from geo.position import Point
from geo.sphere import distance_m
from server.geocoder import MOST_PLACES, Spot


@dataclass(frozen=True, slots=True)
class Entry:
    """A place of the file, with its words ready to compare."""

    spot: Spot
    name: str
    words: tuple[str, ...]
    context_words: tuple[str, ...]


class Gazetteer:
    """Places of a GeoJSON file; each feature is a point with `name`, and `town` and `country` if known."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file. Raises `OSError` or `ValueError` for one that is not such a file."""
        features = json.loads(path.read_text("utf-8"))["features"]
        return cls([_entry(feature) for feature in features])

    async def find(self, text: str, near: Point | None, locale: str) -> list[Spot]:  # noqa: ARG002
        """Return the places that have all words of `text`, or begin words with them."""
        wanted = plain(text).split()
        ranked = [(rank, entry) for entry in self._entries if (rank := _rank(entry, wanted)) is not None]
        ranked.sort(key=lambda one: (one[0], _distance(one[1], near), one[1].name))
        return [entry.spot for _, entry in ranked[:MOST_PLACES]]

    async def aclose(self) -> None:
        """Nothing is held open."""


def plain(text: str) -> str:
    """Return `text` as people type it: small letters, no accents, words apart."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("ß", "ss"))
    return "".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))


def _entry(feature: dict[str, Any]) -> Entry:
    properties = feature["properties"]
    lon, lat = feature["geometry"]["coordinates"][:2]
    where = [part for part in (properties.get("town"), properties.get("country")) if part]
    spot = Spot(properties["name"], ", ".join(where), Point(lon, lat))
    name = plain(spot.label)
    return Entry(spot, name, tuple(name.split()), tuple(plain(" ".join(where)).split()))


def _rank(entry: Entry, wanted: list[str]) -> int | None:
    """Return 0 for the whole name, 1 for its beginning, 2 for words in it, 3 if the town helps, else None."""
    if entry.words == tuple(wanted):
        return 0
    if entry.name.startswith(" ".join(wanted)):
        return 1
    if all(any(word.startswith(each) for word in entry.words) for each in wanted):
        return 2
    everything = entry.words + entry.context_words
    return 3 if all(any(word.startswith(each) for word in everything) for each in wanted) else None


def _distance(entry: Entry, near: Point | None) -> float:
    return distance_m(entry.spot.at, near) if near is not None else 0.0
