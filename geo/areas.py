"""Areas drawn on the map: a moderator's district, a commune, the part of the map on a screen.

Edges are straight in degrees, as in GeoJSON (RFC 7946): an area is what it looks like on the map. The edge
belongs to the area.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geo.position import InvalidPosition, Point
from geo.sphere import Box

MAX_VERTICES: Final = 2000

# With more parts than this, one box around all of them is asked for instead of one each.
_MAX_BOXES = 8


class InvalidArea(ValueError):
    """Something that is no area: the text says what was expected and what came."""


class Area:
    """A region of the map that can say which points it holds.

    Make one with `from_geojson` or `from_bbox`. `geometry` is the shapely polygon, within ±180°.
    """

    __slots__ = ("_touches", "boxes", "geometry")

    def __init__(self, geometry: Polygon | MultiPolygon) -> None:
        if not isinstance(geometry, Polygon | MultiPolygon) or geometry.is_empty:
            raise InvalidArea("expected a polygon that encloses something")
        if not geometry.is_valid:
            raise InvalidArea(f"the polygon is not simple: {shapely.is_valid_reason(geometry)}")
        shapely.prepare(geometry)
        self.geometry = geometry
        self.boxes: list[Box] = _boxes(geometry)
        _, south, east, north = geometry.bounds
        self._touches = (south == -90.0, east == 180.0, north == 90.0)

    @classmethod
    def from_geojson(cls, geometry: Mapping[str, Any]) -> Self:
        """Return the area of a GeoJSON Polygon or MultiPolygon (a geometry, not a Feature).

        An area over the antimeridian comes cut in two, as RFC 7946 asks. Raises `InvalidArea` for another
        type, a ring that is not closed or crosses itself, more than 2,000 vertices or an invalid position.
        """
        kind, coordinates = geometry.get("type"), geometry.get("coordinates")
        if kind == "Polygon":
            polygons: list[Any] = [coordinates]
        elif kind == "MultiPolygon":
            polygons = [*_sequence(coordinates, "a list of polygons")]
        else:
            raise InvalidArea(f"expected a Polygon or a MultiPolygon, got {str(kind)[:40]}")
        rings = [[*_sequence(polygon, "a list of rings")] for polygon in polygons]
        _count_vertices(rings)
        shapes = [_polygon([_ring(ring) for ring in polygon]) for polygon in rings]
        return cls(shapes[0] if len(shapes) == 1 else MultiPolygon(shapes))

    @classmethod
    def from_bbox(cls, west: float, south: float, east: float, north: float) -> Self:
        """Return the area of a bounding box in degrees; `west > east` means across the antimeridian.

        Raises `InvalidArea` for a box without width or height, or with a corner that is not on Earth.
        """
        corners = _position([west, south]), _position([east, north])
        (west, south), (east, north) = corners
        if south >= north or west == east or west - east == 360.0:
            raise InvalidArea(f"the box has no extent: {west}, {south}, {east}, {north}")
        if west < east:
            return cls(shapely.box(west, south, east, north))
        halves = [(west, south, 180.0, north), (-180.0, south, east, north)]
        shapes = [shapely.box(*half) for half in halves if half[0] < half[2]]
        return cls(shapes[0] if len(shapes) == 1 else MultiPolygon(shapes))

    def contains(self, point: Point) -> bool:
        """Say whether `point` lies in the area or on its edge."""
        return bool(self.mask(np.array([[point.lon, point.lat]]))[0])

    def mask(self, positions: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say for each row of `positions`, shape (n, 2) lon, lat as in `Point`, whether it is contained."""
        lon, lat = positions[:, 0], positions[:, 1]
        inside: NDArray[np.bool_] = shapely.intersects_xy(self.geometry, lon, lat)
        south, east, north = self._touches
        if east:
            # Points on the antimeridian are kept at -180; an area that ends at 180 ends on them too.
            inside |= (lon == -180.0) & shapely.intersects_xy(self.geometry, np.full_like(lon, 180.0), lat)
        # The pole is one point, whatever longitude it is written with.
        if north:
            inside |= lat == 90.0
        if south:
            inside |= lat == -90.0
        return inside


def _boxes(geometry: Polygon | MultiPolygon) -> list[Box]:
    parts = shapely.get_parts(geometry)
    bounds = shapely.bounds(parts if len(parts) <= _MAX_BOXES else [geometry])
    return [(west, south, east, north) for west, south, east, north in bounds.tolist()]


def _count_vertices(polygons: list[list[Any]]) -> None:
    vertices = sum(len(_sequence(ring, "a ring of positions")) for rings in polygons for ring in rings)
    if vertices > MAX_VERTICES:
        raise InvalidArea(f"expected at most {MAX_VERTICES} vertices, got {vertices}")


def _polygon(rings: list[list[tuple[float, float]]]) -> Polygon:
    if not rings:
        raise InvalidArea("expected a polygon with at least one ring")
    return Polygon(rings[0], rings[1:])


def _ring(ring: Any) -> list[tuple[float, float]]:
    positions = [_position(position) for position in ring]
    if len(positions) < 4 or positions[0] != positions[-1]:
        raise InvalidArea("expected rings of four positions or more, the last equal to the first")
    return positions


def _position(value: Any) -> tuple[float, float]:
    """Return a checked lon, lat, keeping 180, which `Point` turns into -180: edges would turn round."""
    pair = _sequence(value, "a position")
    if not 2 <= len(pair) <= 3:
        raise InvalidArea(f"expected positions of longitude and latitude, got {len(pair)} numbers")
    try:
        point = Point(pair[0], pair[1])
    except InvalidPosition as wrong:
        raise InvalidArea(str(wrong)) from wrong
    return (180.0 if pair[0] == 180 else point.lon), point.lat


def _sequence(value: Any, expected: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise InvalidArea(f"expected {expected}, got {type(value).__name__}")
    return value
