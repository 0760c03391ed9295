"""Places to try: anywhere, and above all where a flat map tears."""

from math import atan2, cos, degrees, hypot, radians, sin

from hypothesis import strategies as st

from geo.chord import EARTH_RADIUS_M, vector
from geo.sphere import Point

PLACE_DE_LA_REUNION = Point(7.33889, 47.74683)

_anywhere = st.builds(Point, st.floats(-180, 180), st.floats(-90, 90))
_on_the_antimeridian = st.builds(
    lambda offset, lat: Point((360.0 + 180.0 + offset) % 360.0 - 180.0, lat),
    st.floats(-0.03, 0.03),
    st.floats(-0.03, 0.03) | st.floats(-89, 89),
)
_by_a_pole = st.builds(
    lambda lon, off, sign: Point(lon, sign * (90.0 - off)),
    st.floats(-180, 180),
    st.floats(0, 0.03) | st.floats(0, 6),
    st.sampled_from([-1, 1]),
)
_in_town = st.builds(
    lambda east, north: Point(PLACE_DE_LA_REUNION.lon + east, PLACE_DE_LA_REUNION.lat + north),
    st.floats(-0.05, 0.05),
    st.floats(-0.03, 0.03),
)
_corners = st.sampled_from(
    [Point(0, 0), Point(180, 0), Point(90, 0), Point(-90, 0), Point(0, 90), Point(0, -90), Point(180, 45)]
)

positions = _in_town | _on_the_antimeridian | _by_a_pole | _anywhere | _corners
bearings = st.floats(0, 360)


def walk(start: Point, metres: float, bearing: float) -> Point:
    """Return where one arrives: by turning the vector, not by any formula of the code under test."""
    lon, lat, towards, angle = *map(radians, (start.lon, start.lat, bearing)), metres / EARTH_RADIUS_M
    here = vector(start)
    north = -sin(lat) * cos(lon), -sin(lat) * sin(lon), cos(lat)
    east = -sin(lon), cos(lon), 0.0
    x, y, z = (
        h * cos(angle) + (n * cos(towards) + e * sin(towards)) * sin(angle)
        for h, n, e in zip(here, north, east, strict=True)
    )
    return Point(degrees(atan2(y, x)), degrees(atan2(z, hypot(x, y))))
