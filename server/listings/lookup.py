"""Pins by place, out of the index: no lookup asks the database."""

from collections.abc import Iterable
from typing import Final

from geo.areas import Area, InvalidArea
from geo.index import Placed, TooManyPins
from geo.position import Point
from geo.sphere import MILE_M
from realtime.pins import EncodedPin, json_of
from realtime.protocol import NEAREST_COUNT
from realtime.refusals import Invalid
from realtime.shapes import Layer, Scale
from server.listings.schemas import Around
from server.site import Site

# More than any screen shows at once; some 300 bytes each.
MOST_PINS: Final = 5000
# As many cards as a list draws at once, in some 5 kB compressed.
FIRST_CARDS: Final = 40
FIRST_LAYERS: Final = (Layer.REQUEST, Layer.OFFER)


def around(site: Site, asked: Around) -> bytes:
    """Return the pins around a point as GeoJSON, nearest first."""
    centre = Point(asked.at.lon, asked.at.lat)
    if asked.scale is Scale.MILE:
        return collection(site.index.within(centre, MILE_M, asked.layers))
    return collection(site.index.nearest(centre, NEAREST_COUNT, asked.layers))


def first_cards(site: Site) -> bytes:
    """Return the pins nearest to the town's centre, at most 40 within the mile, as a JSON array."""
    near = site.index.within(Point(*site.settings.centre), MILE_M, FIRST_LAYERS)
    return b"[" + b",".join(json_of(placed.pin) for placed in near[:FIRST_CARDS]) + b"]"


def in_box(site: Site, bounds: tuple[float, float, float, float], layers: Iterable[Layer]) -> bytes:
    """Return the pins in a box (west, south, east, north; west > east: over the antimeridian) as GeoJSON.

    Raises `Invalid` for a box that is none, and for one with more than 5,000 pins: better an answer that
    says so than one that leaves some out.
    """
    try:
        found = site.index.in_area(Area.from_bbox(*bounds), layers, most=MOST_PINS)
    except InvalidArea as wrong:
        raise Invalid("invalid_box", field="bbox") from wrong
    except TooManyPins as wrong:
        raise Invalid("too_many_pins", field="bbox", max=MOST_PINS) from wrong
    return collection(found)


def collection(found: Iterable[Placed[EncodedPin]]) -> bytes:
    """Return pins as a GeoJSON FeatureCollection (RFC 7946)."""
    features = b",".join([placed.pin for placed in found])
    return b"".join((b'{"type":"FeatureCollection","features":[', features, b"]}"))
