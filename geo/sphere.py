"""Distances and circles on the sphere, right over the antimeridian and at the poles."""

from itertools import pairwise
from math import asin, atan2, cos, degrees, hypot, pi, radians, sin
from typing import Final, TypeAlias

import shapely
from shapely import MultiPolygon, Polygon
from shapely.affinity import translate

from geo.chord import EARTH_RADIUS_M, chord_um, reach_um, vector
from geo.position import InvalidPosition, Point

__all__ = [
    "EARTH_RADIUS_M",
    "MILE_M",
    "Box",
    "InvalidPosition",
    "Point",
    "boxes_around",
    "circle",
    "distance_m",
    "is_within",
]

MILE_M: Final = 1609.344

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north in degrees, west <= east."""

WORLD: Final[Box] = (-180.0, -90.0, 180.0, 90.0)

# A millimetre: far above rounding, far below anything a box is asked for.
_BOX_MARGIN_DEG = 1e-8
# Past this angle a circle's box is nearly half the Earth wide and its width badly conditioned: take the band.
_WIDE_CIRCLE_RAD = 1.5
_CIRCLE_VERTICES = 128
_WIDEST_STEP_DEG = 3.0
_FINEST_BEARING = 1e-11


def distance_m(a: Point, b: Point) -> float:
    """Return the metres along the ground between two points, to about 2 nm, at any distance.

    Kahan's angle between two vectors, 2 atan2(|a - b|, |a + b|): where haversine loses digits near the
    antipode this does not. For deciding "within?" and "nearer?" use `is_within` and `chord_um`.
    """
    u, v = vector(a), vector(b)
    apart = hypot(u[0] - v[0], u[1] - v[1], u[2] - v[2])
    together = hypot(u[0] + v[0], u[1] + v[1], u[2] + v[2])
    return 2 * EARTH_RADIUS_M * atan2(apart, together)


def is_within(a: Point, b: Point, radius_m: float = MILE_M) -> bool:
    """Say whether `b` lies at most `radius_m` from `a`, the edge included (the rule is in `geo.chord`)."""
    return chord_um(vector(a), vector(b)) <= reach_um(radius_m)


def boxes_around(centre: Point, radius_m: float) -> list[Box]:
    """Return one or two boxes that hold the circle of `radius_m` around `centre`, a millimetre to spare.

    A circle over the antimeridian gives two boxes that meet at ±180°, one that holds a pole gives the band
    of all longitudes around it. Raises `ValueError` for a negative or non-finite radius.
    """
    reach_um(radius_m)
    angle = min(radius_m / EARTH_RADIUS_M, pi)
    south = centre.lat - degrees(angle) - _BOX_MARGIN_DEG
    north = centre.lat + degrees(angle) + _BOX_MARGIN_DEG
    if south <= -90.0 or north >= 90.0 or angle > _WIDE_CIRCLE_RAD:
        return [(-180.0, max(south, -90.0), 180.0, min(north, 90.0))]
    # Where the meridian touches the circle: sin(width) = sin(angle) / cos(latitude).
    width = degrees(asin(min(1.0, sin(angle) / cos(radians(centre.lat))))) + _BOX_MARGIN_DEG
    return split_at_antimeridian(centre.lon - width, south, centre.lon + width, north)


def split_at_antimeridian(west: float, south: float, east: float, north: float) -> list[Box]:
    """Return the box as one box within ±180°, or as two if it reaches over the antimeridian."""
    if west < -180.0:
        return [(west + 360.0, south, 180.0, north), (-180.0, south, east, north)]
    if east > 180.0:
        return [(west, south, 180.0, north), (-180.0, south, east - 360.0, north)]
    return [(west, south, east, north)]


def circle(centre: Point, radius_m: float = MILE_M) -> Polygon | MultiPolygon:
    """Return the circle as a valid polygon in degrees, cut at ±180° as RFC 7946 asks.

    Its vertices lie on the circle, at least 128 of them, and are denser where meridians are; between them it
    stays inside by at most 0.04 % of the radius (0.5 m for a mile). It is for drawing and for overlaying;
    whether a point is within is `is_within`'s to say. Raises `ValueError` unless the radius is positive.
    """
    reach_um(radius_m)
    if radius_m == 0:
        raise ValueError("a circle needs a radius of more than 0 metres")
    angle = radius_m / EARTH_RADIUS_M
    if angle >= pi:
        return shapely.box(*WORLD)
    if angle > pi / 2:
        outside = circle(_antipode(centre), (pi - angle) * EARTH_RADIUS_M)
        return shapely.box(*WORLD).difference(outside)
    edge = _edge(centre, min(angle, pi / 2 - 1e-9))
    if abs(edge[-1][0] - edge[0][0]) > 180.0:
        return _around_pole(edge, 90.0 if centre.lat > 0 else -90.0)
    return _cut_at_antimeridian(edge)


def _antipode(point: Point) -> Point:
    return Point(point.lon - 180.0 if point.lon > 0 else point.lon + 180.0, -point.lat)


def _edge(centre: Point, angle: float) -> list[tuple[float, float]]:
    """Return the circle's edge with continuous longitudes: around a pole they go on to ±360° of the first."""
    edge = [_towards(centre, angle, bearing) for bearing in _bearings(centre, angle)]
    for i in range(1, len(edge)):
        lon, lat = edge[i]
        edge[i] = (lon + 360.0 * round((edge[i - 1][0] - lon) / 360.0), lat)
    return edge


def _bearings(centre: Point, angle: float) -> list[float]:
    """Return bearings around the circle, 0 to 2 pi, closer together where the edge passes near a pole."""
    bearings = [2 * pi * i / _CIRCLE_VERTICES for i in range(_CIRCLE_VERTICES + 1)]
    while True:
        lons = [_towards(centre, angle, bearing)[0] for bearing in bearings]
        gaps = zip(pairwise(bearings), pairwise(lons), strict=True)
        between = [
            (b0 + b1) / 2
            for (b0, b1), (l0, l1) in gaps
            if abs((l1 - l0 + 180.0) % 360.0 - 180.0) > _WIDEST_STEP_DEG and b1 - b0 > _FINEST_BEARING
        ]
        if not between:
            return bearings
        bearings = sorted(bearings + between)


def _towards(centre: Point, angle: float, bearing: float) -> tuple[float, float]:
    """Return where one arrives from `centre` after `angle` radians; longitude within ±360°."""
    lat = radians(centre.lat)
    z = sin(lat) * cos(angle) + cos(lat) * sin(angle) * cos(bearing)
    y = sin(bearing) * sin(angle)
    x = cos(angle) * cos(lat) - sin(angle) * sin(lat) * cos(bearing)
    return centre.lon + degrees(atan2(y, x)), degrees(atan2(z, hypot(x, y)))


def _around_pole(edge: list[tuple[float, float]], pole: float) -> Polygon:
    """Return what lies between the pole and an edge around it, which has one latitude to each longitude."""
    ring = sorted(((lon + 180.0) % 360.0 - 180.0, lat) for lon, lat in edge[:-1])
    (east, east_lat), (west, west_lat) = ring[-1], ring[0]
    gap = west + 360.0 - east
    at_seam = east_lat + (west_lat - east_lat) * (180.0 - east) / gap if gap else west_lat
    return Polygon([(-180.0, pole), (-180.0, at_seam), *ring, (180.0, at_seam), (180.0, pole)])


def _cut_at_antimeridian(edge: list[tuple[float, float]]) -> Polygon | MultiPolygon:
    whole = Polygon(edge)
    world = shapely.box(*WORLD)
    return shapely.union_all([translate(whole, turn).intersection(world) for turn in (-360.0, 0.0, 360.0)])
