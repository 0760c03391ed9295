"""Areas: what is one, what is not and why, and which points lie in it."""

from fractions import Fraction
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.areas import MAX_VERTICES, Area, InvalidArea
from geo.sphere import Point
from tests.geo.positions import positions

law = settings(deadline=None)
SQUARE = [[7.3, 47.7], [7.4, 47.7], [7.4, 47.8], [7.3, 47.8], [7.3, 47.7]]
HOLE = [[7.34, 47.74], [7.36, 47.74], [7.36, 47.76], [7.34, 47.76], [7.34, 47.74]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_a_district_holds_what_is_in_it_and_its_edge() -> None:
    district = Area.from_geojson(polygon(SQUARE))

    assert district.contains(Point(7.35, 47.75))
    assert district.contains(Point(7.3, 47.75))
    assert district.contains(Point(7.4, 47.8))
    assert not district.contains(Point(7.41, 47.75))


def test_a_hole_is_not_part_of_the_area_but_its_edge_is() -> None:
    district = Area.from_geojson(polygon(SQUARE, HOLE))

    assert not district.contains(Point(7.35, 47.75))
    assert district.contains(Point(7.34, 47.75))
    assert district.contains(Point(7.32, 47.75))


def test_an_area_may_have_several_parts() -> None:
    elsewhere = [[lon + 1, lat] for lon, lat in SQUARE]
    both = Area.from_geojson({"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [elsewhere]]})

    assert both.contains(Point(8.35, 47.75))
    assert both.contains(Point(7.31, 47.75))
    assert not both.contains(Point(7.35, 47.75))


def test_heights_in_positions_are_ignored() -> None:
    high = polygon([[*position, 240.0] for position in SQUARE])

    assert Area.from_geojson(high).contains(Point(7.35, 47.75))


def test_an_area_cut_at_the_antimeridian_is_whole() -> None:
    west = [[179, -18], [180, -18], [180, -16], [179, -16], [179, -18]]
    east = [[-180, -18], [-179, -18], [-179, -16], [-180, -16], [-180, -18]]
    fiji = Area.from_geojson({"type": "MultiPolygon", "coordinates": [[west], [east]]})

    for lon in (179.5, 180, -180, -179.5):
        assert fiji.contains(Point(lon, -17))
    assert not fiji.contains(Point(0, -17))


def test_an_area_that_ends_at_the_antimeridian_holds_it() -> None:
    assert Area.from_bbox(170, -10, 180, 10).contains(Point(180, 0))
    assert Area.from_bbox(-180, -10, -170, 10).contains(Point(180, 0))
    assert not Area.from_bbox(170, -10, 180, 10).contains(Point(180, 11))


def test_an_area_that_reaches_a_pole_holds_it_whatever_its_longitude() -> None:
    assert Area.from_bbox(100, 80, 120, 90).contains(Point(0, 90))
    assert Area.from_bbox(100, -90, 120, -80).contains(Point(0, -90))
    assert not Area.from_bbox(100, 80, 120, 89).contains(Point(110, 90))


@law
@given(
    st.tuples(st.integers(-180, 180), st.integers(-90, 90), st.integers(-180, 180), st.integers(-90, 90)),
    positions | st.builds(Point, st.integers(-180, 180), st.integers(-90, 90)),
)
def test_a_box_holds_what_lies_between_its_sides(box: tuple[int, int, int, int], point: Point) -> None:
    west, south, east, north = box
    assume(south < north and west - east not in (0, 360))
    lons = {-180.0, 180.0} if point.lon == -180.0 else {point.lon}
    between = any(west <= lon <= east if west < east else (lon >= west or lon <= east) for lon in lons)

    expected = south <= point.lat <= north and (between or abs(point.lat) == 90)

    assert Area.from_bbox(*box).contains(point) == expected


corners = st.tuples(st.integers(-20, 20), st.integers(-20, 20))


@law
@given(st.tuples(corners, corners, corners), st.lists(corners, min_size=1, max_size=20))
def test_a_triangle_holds_exactly_the_points_on_the_inner_side_of_its_edges(
    triangle: tuple[tuple[int, int], ...], candidates: list[tuple[int, int]]
) -> None:
    def side(p: tuple[int, int], q: tuple[int, int], r: tuple[int, int]) -> Fraction:
        return Fraction((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    a, b, c = triangle
    assume(side(a, b, c) != 0)
    area = Area.from_geojson(polygon([a, b, c, a]))
    sides = [[side(a, b, p), side(b, c, p), side(c, a, p)] for p in candidates]

    expected = [min(s) >= 0 or max(s) <= 0 for s in sides]

    assert area.mask(np.array(candidates, float)).tolist() == expected
    assert [area.contains(Point(*p)) for p in candidates] == expected


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        ({}, "expected a Polygon"),
        ({"type": "Point", "coordinates": [7, 47]}, "got Point"),
        ({"type": "Polygon"}, "a list of rings, got NoneType"),
        ({"type": "Polygon", "coordinates": "7,47"}, "got str"),
        ({"type": "MultiPolygon", "coordinates": [SQUARE]}, "a ring of positions|a position"),
        ({"type": "MultiPolygon", "coordinates": []}, "encloses something"),
        (polygon(), "at least one ring"),
        (polygon([]), "four positions"),
        (polygon(SQUARE[:3]), "four positions"),
        (polygon(SQUARE[:4]), "last equal to the first"),
        (polygon([[7, 47], [8, 47], [9, 47], [7, 47]]), "not simple"),
        (polygon([[7, 47], [8, 48], [8, 47], [7, 48], [7, 47]]), "not simple"),
        (polygon(HOLE, SQUARE), "not simple"),
        (polygon([[nan, 47], *SQUARE]), "finite"),
        (polygon([[7, inf], *SQUARE]), "finite"),
        (polygon([[47, 97], *SQUARE]), "swapped"),
        (polygon([[7], *SQUARE]), "got 1 numbers"),
        (polygon([["7", 47], *SQUARE]), "longitude: expected a number"),
        (polygon([[181, 47], *SQUARE]), "within ±180"),
        (polygon([SQUARE[0]] * (MAX_VERTICES + 1)), "at most 2000 vertices, got 2001"),
    ],
)
def test_what_is_no_area_is_refused_with_its_reason(geometry: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidArea, match=reason):
        Area.from_geojson(geometry)


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ((7, 48, 8, 47), "no extent"),
        ((7, 47, 7, 48), "no extent"),
        ((180, 47, -180, 48), "no extent"),
        ((7, 47, 8, 91), "beyond|within"),
        ((nan, 47, 8, 48), "finite"),
        ((True, 47, 8, 48), "got bool"),
    ],
)
def test_a_box_that_is_none_is_refused(box: tuple[float, float, float, float], reason: str) -> None:
    with pytest.raises(InvalidArea, match=reason):
        Area.from_bbox(*box)


def test_the_whole_world_is_a_box() -> None:
    world = Area.from_bbox(-180, -90, 180, 90)

    assert all(world.contains(Point(lon, lat)) for lon in (-180, 0, 179.9) for lat in (-90, 0, 90))
