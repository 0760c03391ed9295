"""Distances, the inclusive edge, and circles where a flat map tears."""

from math import atan2, cos, hypot, inf, nan, pi, radians, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point as ShapelyPoint

from geo.chord import HALF_EARTH_M, chord_um, reach_um, square_of_reach, squares, um_of, vector, vectors
from geo.sphere import EARTH_RADIUS_M, MILE_M, Box, Point, boxes_around, circle, distance_m, is_within
from tests.geo.positions import PLACE_DE_LA_REUNION, bearings, positions, walk

law = settings(deadline=None)
radii = st.floats(-1, 7.3).map(lambda exponent: min(10**exponent, HALF_EARTH_M))


def vincenty_m(a: Point, b: Point) -> float:
    """Return the distance by Vincenty's formula on the sphere, good at every distance."""
    lat1, lat2, apart = radians(a.lat), radians(b.lat), radians(b.lon - a.lon)
    across = cos(lat2) * sin(apart)
    along = cos(lat1) * sin(lat2) - sin(lat1) * cos(lat2) * cos(apart)
    return EARTH_RADIUS_M * atan2(
        hypot(across, along), sin(lat1) * sin(lat2) + cos(lat1) * cos(lat2) * cos(apart)
    )


def holds(box: Box, point: Point) -> bool:
    west, south, east, north = box
    lons = {point.lon, 180.0} if point.lon == -180.0 else {point.lon}
    return south <= point.lat <= north and any(west <= lon <= east for lon in lons)


@law
@given(positions, positions)
def test_the_distance_is_that_of_an_independent_formula(a: Point, b: Point) -> None:
    assert distance_m(a, b) == pytest.approx(vincenty_m(a, b), abs=1e-7)
    assert distance_m(a, b) == distance_m(b, a)


def test_known_distances_come_out() -> None:
    quarter = pi * EARTH_RADIUS_M / 2

    assert distance_m(Point(0, 0), Point(0, 1)) == pytest.approx(111_195.080, abs=1e-3)
    assert distance_m(Point(179.5, 0), Point(-179.5, 0)) == pytest.approx(111_195.080, abs=1e-3)
    assert distance_m(Point(12, 0), Point(77, 90)) == pytest.approx(quarter, abs=1e-6)
    assert distance_m(Point(0, 90), Point(123, 90)) == pytest.approx(0, abs=1e-6)
    assert distance_m(Point(10, 20), Point(-170, -20)) == pytest.approx(2 * quarter, abs=1e-6)
    assert distance_m(PLACE_DE_LA_REUNION, PLACE_DE_LA_REUNION) == 0


@law
@given(positions, bearings)
def test_a_neighbour_at_exactly_one_mile_is_inside_and_one_centimetre_further_is_not(
    avatar: Point, bearing: float
) -> None:
    assert is_within(avatar, walk(avatar, 1609.344, bearing))
    assert is_within(walk(avatar, 1609.344, bearing), avatar)
    assert not is_within(avatar, walk(avatar, 1609.354, bearing))


@law
@given(positions, bearings, st.floats(0, HALF_EARTH_M / 2))
def test_the_edge_of_any_circle_belongs_to_it(centre: Point, bearing: float, radius_m: float) -> None:
    assert is_within(centre, walk(centre, radius_m, bearing), radius_m)
    assert not is_within(centre, walk(centre, radius_m + 0.01, bearing), radius_m)


@law
@given(positions, positions, st.floats(0, HALF_EARTH_M - 20_000))
def test_within_is_what_the_distance_says_but_for_the_edge(a: Point, b: Point, radius_m: float) -> None:
    beyond_m = distance_m(a, b) - radius_m

    assert is_within(a, b, radius_m) == (beyond_m <= 0) or abs(beyond_m) < 0.001


@law
@given(st.lists(positions, max_size=30), positions)
def test_one_point_and_a_block_of_points_are_compared_to_the_last_bit_alike(
    points: list[Point], to: Point
) -> None:
    apart = squares(vectors(points).T, vector(to))

    assert um_of(apart).tolist() == [chord_um(vector(point), vector(to)) for point in points]


@law
@given(positions, positions, bearings, st.floats(0, 1e4))
def test_a_square_up_to_that_of_the_reach_is_within_reach_and_no_other(
    here: Point, anywhere: Point, bearing: float, metres: float
) -> None:
    for there in (anywhere, walk(here, metres, bearing)):
        square = float(squares(vectors([there]).T, vector(here))[0])
        chord = chord_um(vector(here), vector(there))

        assert square <= square_of_reach(chord)
        assert chord == 0 or square > square_of_reach(chord - 1)


@law
@given(positions, bearings, st.floats(0, 1e6))
def test_neighbours_at_the_same_distance_tie(centre: Point, bearing: float, metres: float) -> None:
    here = vector(centre)
    chords = [chord_um(here, vector(walk(centre, metres, bearing + turn))) for turn in (0, 90, 180)]

    assert max(chords) - min(chords) <= 1


def test_half_the_earth_is_everywhere() -> None:
    assert is_within(Point(10, 20), Point(-170, -20), HALF_EARTH_M)
    assert is_within(Point(0, 90), Point(0, -90), 1e9)
    assert not is_within(Point(0, 90), Point(0, -90), HALF_EARTH_M - 4000)


@pytest.mark.parametrize("radius_m", [-1.0, nan, inf])
def test_a_radius_that_is_none_is_refused(radius_m: float) -> None:
    for ask in (reach_um, lambda r: boxes_around(PLACE_DE_LA_REUNION, r), lambda r: circle(Point(0, 0), r)):
        with pytest.raises(ValueError, match="0 metres or more"):
            ask(radius_m)


@law
@given(positions, radii, bearings, st.floats(0, 1))
def test_the_boxes_hold_the_whole_circle(
    centre: Point, radius_m: float, bearing: float, share: float
) -> None:
    boxes = boxes_around(centre, radius_m)

    for metres in (radius_m * share, radius_m):
        point = walk(centre, metres, bearing)
        assert any(holds(box, point) for box in boxes), (boxes, point)


@law
@given(positions, radii)
def test_boxes_stay_on_the_map(centre: Point, radius_m: float) -> None:
    for west, south, east, north in boxes_around(centre, radius_m):
        assert -180 <= west < east <= 180
        assert -90 <= south < north <= 90


def test_a_mile_in_town_takes_one_box_of_its_size() -> None:
    [(west, south, east, north)] = boxes_around(PLACE_DE_LA_REUNION, MILE_M)

    assert distance_m(Point(7.3, south), Point(7.3, north)) == pytest.approx(2 * MILE_M, abs=0.01)
    assert distance_m(Point(west, 47.74683), Point(east, 47.74683)) == pytest.approx(2 * MILE_M, abs=0.1)


def test_a_circle_over_the_antimeridian_takes_a_box_on_either_side() -> None:
    east, west = boxes_around(Point(179.99, -17), MILE_M)

    assert east[2] == 180
    assert west[0] == -180
    assert west[2] < -179.98


def test_a_circle_over_a_pole_takes_all_longitudes() -> None:
    [(west, south, east, north)] = boxes_around(Point(30, 89.99), MILE_M)

    assert (west, east, north) == (-180, 180, 90)
    assert south == pytest.approx(89.99 - 0.01447, abs=1e-4)


@settings(deadline=None, max_examples=150)
@given(positions, radii.filter(lambda r: r > 1), bearings)
def test_the_drawn_circle_holds_what_is_inside_and_nothing_outside(
    centre: Point, radius_m: float, bearing: float
) -> None:
    drawn = circle(centre, radius_m)

    assert drawn.is_valid
    west, south, east, north = drawn.bounds
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
    for share in (0.5, 0.999):
        inside = walk(centre, share * radius_m, bearing)
        assert drawn.distance(ShapelyPoint(inside.lon, inside.lat)) < 1e-9
    if radius_m * 1.001 < HALF_EARTH_M:
        outside = walk(centre, 1.001 * radius_m, bearing)
        assert not drawn.contains(ShapelyPoint(outside.lon, outside.lat))


def test_the_drawn_circle_is_cut_at_the_antimeridian_and_whole_elsewhere() -> None:
    assert circle(PLACE_DE_LA_REUNION).geom_type == "Polygon"
    assert circle(Point(180, 10)).geom_type == "MultiPolygon"
    assert circle(Point(0, 90)).bounds[0::2] == (-180, 180)


def test_a_circle_of_no_radius_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        circle(PLACE_DE_LA_REUNION, 0)
