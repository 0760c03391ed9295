"""Mile cells: the web map's own tiles, whole at the poles, and never a neighbour outside the cover."""

import mercantile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.cells import (
    CELL_ZOOM,
    NORTH_CAP,
    SOUTH_CAP,
    Tile,
    TooManyCells,
    ancestors,
    bounds,
    cell_of,
    cells_around,
    tile,
)
from geo.sphere import MILE_M, Point
from tests.geo.positions import PLACE_DE_LA_REUNION, bearings, positions, walk

law = settings(deadline=None)
zooms = st.integers(0, CELL_ZOOM)
tiles = zooms.flatmap(
    lambda z: st.builds(Tile, st.integers(0, 2**z - 1), st.integers(0, 2**z - 1), st.just(z))
)


@law
@given(tiles, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_cells_are_the_tiles_of_the_web_map(at: Tile, east: float, south: float) -> None:
    box = mercantile.bounds(*at)
    lon, lat = box.west + east * (box.east - box.west), box.north + south * (box.south - box.north)

    cell = cell_of(Point(lon, lat), at.zoom)

    assert tile(cell) == at
    assert bounds(cell) == pytest.approx((box.west, box.south, box.east, box.north), abs=1e-9)


def test_the_place_de_la_reunion_is_in_the_tile_that_its_map_shows() -> None:
    assert tile(cell_of(PLACE_DE_LA_REUNION)) == mercantile.tile(7.33889, 47.74683, 14)


@law
@given(positions, zooms)
def test_a_point_lies_in_its_cell(point: Point, zoom: int) -> None:
    west, south, east, north = bounds(cell_of(point, zoom))

    assert west - 1e-9 <= point.lon <= east + 1e-9
    assert south - 1e-9 <= point.lat <= north + 1e-9


@law
@given(positions, zooms)
def test_the_cells_above_are_those_of_the_same_point_at_lower_zooms(point: Point, upto: int) -> None:
    cell = cell_of(point)
    expected = [cell_of(point, zoom) for zoom in range(CELL_ZOOM - 1, upto - 1, -1)]

    assert list(ancestors(cell, upto)) == ([] if cell in (NORTH_CAP, SOUTH_CAP) else expected)


def test_what_lies_beyond_the_web_map_is_one_cell_at_each_pole() -> None:
    assert cell_of(Point(12, 85.06)) == cell_of(Point(-170, 90), zoom=3) == NORTH_CAP
    assert cell_of(Point(12, -85.06)) == cell_of(Point(-170, -90), zoom=3) == SOUTH_CAP
    assert list(ancestors(NORTH_CAP)) == []
    with pytest.raises(ValueError, match="polar cap"):
        tile(SOUTH_CAP)


@law
@given(positions, st.floats(0, 1), bearings, st.floats(0, 10_000))
def test_the_cells_around_a_circle_hold_every_point_within_it(
    centre: Point, share: float, bearing: float, radius_m: float
) -> None:
    cells = cells_around(centre, radius_m, zoom=11)

    assert len(set(cells)) == len(cells)
    for metres in (share * radius_m, radius_m):
        assert cell_of(walk(centre, metres, bearing), zoom=11) in cells


@law
@given(positions, bearings)
def test_the_cells_around_an_avatar_hold_its_mile(avatar: Point, bearing: float) -> None:
    cells = cells_around(avatar)

    assert cell_of(avatar) in cells
    assert cell_of(walk(avatar, MILE_M, bearing)) in cells
    assert len(cells) <= 400


@law
@given(positions, bearings, st.floats(0, 2e7), st.integers(0, 4))
def test_a_wide_circle_is_covered_at_a_low_zoom(
    centre: Point, bearing: float, radius_m: float, zoom: int
) -> None:
    assert cell_of(walk(centre, radius_m, bearing), zoom) in cells_around(centre, radius_m, zoom)


def test_a_mile_in_mulhouse_takes_six_to_twelve_cells() -> None:
    assert len(cells_around(PLACE_DE_LA_REUNION)) == 6
    assert len(cells_around(Point(7.33, 47.745))) == 9


def test_a_circle_of_a_continent_in_mile_cells_is_refused() -> None:
    with pytest.raises(TooManyCells, match="lower zoom"):
        cells_around(PLACE_DE_LA_REUNION, 1_000_000)
