"""Blocks of cells leave nothing out, and nobody is forgotten by whoever leans on them."""

from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from geo.cells import CELL_ZOOM, NORTH_CAP, SOUTH_CAP, bounds, cell_of
from geo.chord import EARTH_RADIUS_M, chord_um, square_of_reach, vector
from geo.covers import block_around, cells_beside, cells_in, cells_leaning_on, mile_around
from geo.sphere import MILE_M, Point
from tests.geo.positions import PLACE_DE_LA_REUNION, bearings, positions, walk

law = settings(deadline=None)
zooms = st.integers(0, CELL_ZOOM)


@law
@given(positions, bearings, st.floats(0, 1), st.floats(0, 7).map(lambda e: 10**e), st.integers(0, 11))
def test_a_block_around_a_point_holds_every_point_within_the_angle(
    centre: Point, bearing: float, share: float, radius_m: float, zoom: int
) -> None:
    box = centre.lon, centre.lat, centre.lon, centre.lat
    block = block_around(box, radius_m / EARTH_RADIUS_M, zoom)

    if block is not None and (cells := set(cells_in(block, zoom))):
        assert len(cells) == (block[1] - block[0] + 1) * (block[3] - block[2] + 1)
        for metres in (share * radius_m, radius_m):
            assert cell_of(walk(centre, metres, bearing), zoom) in cells


@law
@given(positions, bearings, zooms)
def test_the_cells_beside_hold_the_mile_of_every_point_of_the_cell(
    avatar: Point, bearing: float, zoom: int
) -> None:
    cell = cell_of(avatar, zoom)
    beside = cells_beside(cell)

    if beside is not None:
        reached = cell_of(walk(avatar, MILE_M * 2 ** (CELL_ZOOM - zoom), bearing), zoom)
        assert {cell, reached} <= set(beside)
        assert cell in cells_leaning_on(reached)


@law
@given(positions, zooms)
def test_whose_cells_beside_hold_a_cell_leans_on_it(point: Point, zoom: int) -> None:
    cell = cell_of(point, zoom)

    for other in cells_beside(cell) or []:
        assert cell in cells_leaning_on(other)


@law
@given(positions, bearings)
def test_the_circle_around_a_cell_holds_the_mile_of_every_point_in_it(avatar: Point, bearing: float) -> None:
    cell = cell_of(avatar)
    if cell in (NORTH_CAP, SOUTH_CAP):
        return
    centre, square = mile_around(cell)

    west, south, east, north = bounds(cell)
    for lon in (avatar.lon, west, min(east, 179.999)):
        for lat in (avatar.lat, south, north):
            reached = walk(Point(lon, lat), MILE_M, bearing)
            assert square_of_reach(chord_um(centre, vector(reached))) <= square


def test_a_mile_cell_in_mulhouse_has_nine_beside_it() -> None:
    assert len(cells_beside(cell_of(PLACE_DE_LA_REUNION)) or []) == 9


def test_nobody_lists_the_cells_beside_a_cap() -> None:
    assert cells_beside(NORTH_CAP) is None
    assert cells_beside(cell_of(Point(7, 85.045))) is None
    assert cells_beside(cell_of(Point(7, -85.045))) is None
    assert cells_beside(cell_of(Point(7, 0), zoom=0)) is None
    assert cells_leaning_on(SOUTH_CAP) == []


def test_everything_is_within_an_infinite_reach() -> None:
    assert square_of_reach(inf) == inf
