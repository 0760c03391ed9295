"""The moderators' feed: each of them follows an area, or everywhere."""

from typing import NamedTuple

from geo.areas import Area, InvalidArea
from geo.position import Point
from realtime.connection import Connection
from realtime.frames import event_frame
from realtime.people import Person
from realtime.protocol import AuthorChanged, Feed, FeedSeen
from realtime.refusals import Forbidden, Invalid
from realtime.shapes import FeedItem


class Beat(NamedTuple):
    """What one moderator follows; no area is everywhere."""

    area: Area | None
    kinds: frozenset[str]


class Feeds:
    """Who follows what."""

    def __init__(self) -> None:
        self._beats: dict[Connection, Beat] = {}

    def follow(self, connection: Connection, command: Feed) -> None:
        """Let a moderator follow as `command` says. Raises `Forbidden` for others, `Invalid` for no area."""
        if not connection.viewer.moderator:
            raise Forbidden("moderators_only")
        try:
            area = None if command.area is None else Area.from_geojson(command.area)
        except InvalidArea as wrong:
            raise Invalid("invalid_area", field="area", reason=str(wrong)) from wrong
        if command.kinds:
            self._beats[connection] = Beat(area, command.kinds)
        else:
            self.leave(connection)

    def leave(self, connection: Connection) -> None:
        """Let `connection` follow nothing."""
        self._beats.pop(connection, None)

    def show(self, item: FeedItem) -> int:
        """Send `item` to those who follow its place and kind; return how many."""
        point = Point(item.lon, item.lat)
        reached = [
            connection
            for connection, beat in self._beats.items()
            if item.kind in beat.kinds and (beat.area is None or beat.area.contains(point))
        ]
        if reached:
            made = event_frame(FeedSeen(item=item))
            for connection in reached:
                connection.write(made)
        return len(reached)

    def call_anew(self, author: Person) -> None:
        """Tell all who follow anything who `author` is by now: nobody knows whose lines they show."""
        if self._beats:
            made = event_frame(AuthorChanged(author=author))
            for connection in self._beats:
                connection.write(made)
