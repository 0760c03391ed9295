"""Mile cells: the web map's own tiles, and whole at the poles."""

import mercantile
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.cells import (
    CELL_ZOOM,
    MAX_LAT,
    NORTH_CAP,
    SOUTH_CAP,
    Tile,
    above,
    below,
    bounds,
    cell_of,
    cells_of,
    row_of,
    tile,
)
from geo.sphere import Point
from tests.geo.positions import PLACE_DE_LA_REUNION, positions

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
    assert row_of(lat, at.zoom) == at.y


def test_the_place_de_la_reunion_is_in_the_tile_that_its_map_shows() -> None:
    assert tile(cell_of(PLACE_DE_LA_REUNION)) == mercantile.tile(7.33889, 47.74683, 14)


@law
@given(positions, zooms)
def test_a_point_lies_in_its_cell(point: Point, zoom: int) -> None:
    west, south, east, north = bounds(cell_of(point, zoom))

    assert west - 1e-9 <= point.lon <= east + 1e-9
    assert south - 1e-9 <= point.lat <= north + 1e-9


@law
@given(st.lists(positions, min_size=1))
def test_the_cells_of_many_points_are_those_of_each_up_to_a_nanometre(points: list[Point]) -> None:
    cells = cells_of(np.array([(point.lon, point.lat) for point in points])).tolist()

    for point, cell in zip(points, cells, strict=True):
        west, south, east, north = bounds(cell)
        assert cell == cell_of(point) or (
            west - 1e-12 <= point.lon <= east + 1e-12 and south - 1e-12 <= point.lat <= north + 1e-12
        )


@law
@given(positions, zooms, zooms)
def test_the_cell_above_is_that_of_the_same_point_at_a_lower_zoom(point: Point, zoom: int, up: int) -> None:
    up = min(up, zoom)

    assert above(cell_of(point, zoom), up) == cell_of(point, zoom - up)


@law
@given(tiles, st.integers(0, 3))
def test_the_cells_below_fill_the_cell(at: Tile, up: int) -> None:
    if at.zoom < up:
        return
    cell = cell_of(Point(*_middle(at)), at.zoom - up)

    inside = list(below(cell, up))

    assert len(set(inside)) == 4**up
    assert {above(one, up) for one in inside} == {cell}


def test_what_lies_beyond_the_web_map_is_one_cell_at_each_pole() -> None:
    assert cell_of(Point(12, 85.06)) == cell_of(Point(-170, 90), zoom=3) == NORTH_CAP
    assert cell_of(Point(12, -85.06)) == cell_of(Point(-170, -90), zoom=3) == SOUTH_CAP
    assert above(NORTH_CAP, 5) == NORTH_CAP
    assert cells_of(np.array([[0.0, 90.0], [7.0, -85.06]])).tolist() == [NORTH_CAP, SOUTH_CAP]
    with pytest.raises(ValueError, match="polar cap"):
        tile(SOUTH_CAP)


@pytest.mark.parametrize("lon", [-180.0, 0.0, 179.99999999999997])
@pytest.mark.parametrize("lat", [-MAX_LAT, MAX_LAT])
def test_the_last_column_and_row_are_on_the_map(lon: float, lat: float) -> None:
    for zoom in range(CELL_ZOOM + 1):
        x, y, _ = tile(cell_of(Point(lon, lat), zoom))
        assert 0 <= x < 1 << zoom
        assert 0 <= y < 1 << zoom


def _middle(at: Tile) -> tuple[float, float]:
    box = mercantile.bounds(*at)
    return (box.west + box.east) / 2, (box.south + box.north) / 2
