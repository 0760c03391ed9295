"""Projects that one may support from afar: out of the index, like every lookup by place."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from geo.position import Point
from geo.sphere import MILE_M
from realtime.pins import EncodedPin, json_of
from realtime.projects import Reach
from realtime.shapes import Layer
from server.projects.schemas import FarQuery
from server.site import Site

REGION_M: Final = 100_000.0
# Half of them regional, half of them wider, so that neither hides the other.
MOST_EACH: Final = 25
# Of more projects than that, whatever their reach, only the nearest are looked at.
MOST_LOOKED_AT: Final = 5000


def projects(site: Site, asked: FarQuery) -> bytes:
    """Return the projects beyond the mile, regional ones within 100 km first, each by distance, as JSON."""
    centre, layer = Point(asked.at.lon, asked.at.lat), (Layer.PROJECT,)
    near = {one.id for one in site.index.within(centre, MILE_M, layer)}
    region = [one.pin for one in site.index.within(centre, REGION_M, layer) if one.id not in near]
    everywhere = site.index.nearest(centre, MOST_LOOKED_AT, layer)
    beyond = [one.pin for one in everywhere if one.id not in near]
    found = [*_of(region, Reach.REGIONAL), *_of(beyond, Reach.WIDE)]
    return b'{"projects":[%b]}' % b",".join(found)


def _of(pins: Iterable[EncodedPin], reach: Reach) -> Iterator[bytes]:
    """Return the JSON of the first pins whose project has this reach."""
    # Within what somebody typed a quotation mark is escaped: so it stands nowhere else.
    said = b'"reach":"%b"' % reach.encode()
    return islice((json_of(pin) for pin in pins if said in json_of(pin)), MOST_EACH)
