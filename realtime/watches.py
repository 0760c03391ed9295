"""Who is watching where: which sockets a pin's change concerns, and what each of them is told.

The law: what a socket was shown, changed by the events it was sent, is what it would be shown afresh. So
every step here is synchronous: between a snapshot and the first event after it, nothing can slip in.
"""

from typing import NamedTuple

from geo.chord import reach_um
from geo.index import Placed
from geo.position import Point
from geo.sphere import MILE_M
from realtime.circles import Circles
from realtime.connection import Connection
from realtime.counts import Counts
from realtime.frames import Frame
from realtime.nearest import Nearest
from realtime.pins import (
    LAYER_BITS,
    EncodedPin,
    LiveIndex,
    gone_frame,
    layer_mask,
    placed,
    put_frame,
    view_frame,
)
from realtime.protocol import Watch
from realtime.shapes import Layer, Scale
from realtime.signals import PinMoved

_MILE_UM = reach_um(MILE_M)


class View(NamedTuple):
    """What one socket looks at. `nearest` is there on that scale only."""

    point: Point
    layers: frozenset[Layer]
    nearest: Nearest | None


class Watches:
    """The watch of each socket, at most one, over one index of all pins."""

    def __init__(self, index: LiveIndex, counts: Counts) -> None:
        self.index = index
        self._counts = counts
        self._views: dict[Connection, View] = {}
        self._circles: Circles[Connection] = Circles()

    def watch(self, connection: Connection, command: Watch) -> None:
        """Let `connection` look as `command` says, and send it the view, or how its view changes by that."""
        before = self._views.get(connection)
        after = self._view(command)
        had = self._pins(before) if before else {}
        has = self._pins(after)
        self._views[connection] = after
        self._encircle(connection, after)
        self._counts.watches = len(self._views)
        entered = [one for pin_id, one in has.items() if pin_id not in had]
        left = [pin_id for pin_id in had if pin_id not in has]
        connection.write(view_frame(entered, left, reset=before is None, ref=command.ref))

    def leave(self, connection: Connection) -> None:
        """Forget where `connection` looked."""
        self._views.pop(connection, None)
        self._circles.remove(connection)
        self._counts.watches = len(self._views)

    def apply(self, moved: PinMoved) -> int:
        """Bring the index up to date and tell the watches that see a difference; return how many frames.

        News older than what is known changes nothing.
        """
        after = placed(moved.pin) if moved.pin else None
        change = self.index.put(*after) if after else self.index.remove(moved.id, moved.version)
        if not change.accepted:
            return 0
        saw, sees = self._holding(change.before), self._holding(after)
        news = _News(self.index, moved, after)
        told = 0
        for connection in saw | sees:
            nearest = self._views[connection].nearest
            if nearest is None:
                connection.write(news.put(moved.id) if connection in sees else news.gone(moved.id))
                told += 1
            else:
                told += self._tell_nearest(connection, nearest, news)
        self._counts.deliveries += told
        return told

    def _tell_nearest(self, connection: Connection, nearest: Nearest, news: "_News") -> int:
        shown = nearest.shown
        bound = nearest.bound
        nearest.update(news.pin_id, news.after, self.index)
        shows = nearest.shown
        if nearest.bound != bound:
            self._encircle(connection, self._views[connection])
        left = [pin_id for pin_id in shown if pin_id not in shows]
        put = [pin_id for pin_id in shows if pin_id not in shown or pin_id == news.pin_id]
        for pin_id in left:
            connection.write(news.gone(pin_id))
        for pin_id in put:
            connection.write(news.put(pin_id))
        return len(left) + len(put)

    def _view(self, command: Watch) -> View:
        point = Point(command.at.lon, command.at.lat)
        at_any_distance = command.scale is Scale.NEAREST
        return View(
            point, command.layers, Nearest(point, command.layers, self.index) if at_any_distance else None
        )

    def _pins(self, view: View) -> dict[str, Placed[EncodedPin]]:
        """Return the pins in `view` by id, nearest first."""
        if view.nearest is None:
            return {one.id: one for one in self.index.within(view.point, MILE_M, view.layers)}
        return {pin_id: one for pin_id in view.nearest.shown if (one := self.index.get(pin_id))}

    def _encircle(self, connection: Connection, view: View) -> None:
        reach = _MILE_UM if view.nearest is None else view.nearest.reach
        self._circles.put(connection, view.point, reach, layer_mask(view.layers))

    def _holding(self, one: Placed[EncodedPin] | None) -> dict[Connection, None]:
        """Return the sockets in whose reach `one` lies, on a layer they show."""
        if one is None:
            return {}
        return dict.fromkeys(self._circles.holding(one.point, LAYER_BITS[one.layer]))


class _News:
    """One change of a pin, with the frames it causes: each is made once, if anybody gets it."""

    def __init__(self, index: LiveIndex, moved: PinMoved, after: Placed[EncodedPin] | None) -> None:
        self.pin_id = moved.id
        self.after = after
        self._index = index
        self._moved = moved
        self._frames: dict[tuple[str, str], Frame] = {}

    def put(self, pin_id: str) -> Frame:
        """Return the frame that puts the pin `pin_id`, which is in the index, into a view."""
        made = self._frames.get(("pin", pin_id))
        if made is None:
            one = self._index.get(pin_id)
            if one is None:
                raise LookupError(f"{pin_id} is shown but not in the index")
            made = self._frames["pin", pin_id] = put_frame(one)
        return made

    def gone(self, pin_id: str) -> Frame:
        """Return the frame that takes the pin `pin_id` out of a view."""
        made = self._frames.get(("gone", pin_id))
        if made is None:
            still = self._index.get(pin_id)
            version = still.version if still else self._moved.version
            made = gone_frame(pin_id, version, "left" if still else self._moved.reason)
            self._frames["gone", pin_id] = made
        return made
