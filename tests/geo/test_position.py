"""What is taken for a position, and what is refused and why."""

from dataclasses import FrozenInstanceError
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.position import InvalidPosition, Point


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (nan, 47.7, "not_finite"),
        (7.3, inf, "not_finite"),
        (-inf, nan, "not_finite"),
        (47.7, 97.3, "swapped"),
        (47.7, -120.0, "swapped"),
        (2.35, 148.85, "swapped"),
        (180.1, 0.0, "out_of_range"),
        (-200, 10, "out_of_range"),
        (0.0, 90.00001, "swapped"),
        (100.0, 95.0, "out_of_range"),
        (10**400, 0, "out_of_range"),
        (True, 0.0, "not_a_number"),
        (0.0, False, "not_a_number"),
        ("7.33", 47.7, "not_a_number"),
        (7.33, None, "not_a_number"),
        (7.33, [47.7], "not_a_number"),
        (7j, 47.7, "not_a_number"),
    ],
)
def test_what_is_no_position_is_refused_with_its_reason(lon: object, lat: object, code: str) -> None:
    with pytest.raises(InvalidPosition) as refused:
        Point(lon, lat)  # type: ignore[arg-type]

    assert refused.value.code == code


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_every_place_on_earth_is_accepted_as_it_is(lon: float, lat: float) -> None:
    point = Point(lon, lat)

    assert point.lat == lat
    assert point.lon == lon or (point.lon, lon) == (-180.0, 180.0)


def test_the_refusal_says_what_came() -> None:
    with pytest.raises(InvalidPosition, match=r"latitude 97\.3 is beyond ±90.*swapped"):
        Point(47.7, 97.3)


def test_both_names_of_the_antimeridian_are_one_place() -> None:
    assert Point(180, 12) == Point(-180.0, 12.0)


def test_zero_has_no_sign() -> None:
    assert repr(Point(-0.0, -0.0)) == "Point(lon=0.0, lat=0.0)"


def test_whole_degrees_may_be_written_as_integers() -> None:
    assert repr(Point(7, 48)) == "Point(lon=7.0, lat=48.0)"


def test_a_position_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Point(7.3, 47.7).lon = 8.0  # type: ignore[misc]
