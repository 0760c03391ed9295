"""Boxes laid around the globe: they must hold all that they stand for."""

from hypothesis import given, settings
from hypothesis import strategies as st

from geo.cell_tree import CellTree, chord_to_cell_um, cuboid
from geo.cells import bounds, cell_of
from geo.chord import chord_um, vector
from geo.sphere import Box, Point
from tests.geo.positions import positions

law = settings(deadline=None)
fractions = st.floats(0, 1)
longitudes = st.floats(-180, 180) | st.sampled_from([-180, -90, 0, 90, 180])
latitudes = st.floats(-90, 90) | st.sampled_from([-90, 0, 90])


@law
@given(st.tuples(longitudes, longitudes), st.tuples(latitudes, latitudes), fractions, fractions)
def test_a_cuboid_holds_every_point_of_its_box(
    lons: tuple[float, float], lats: tuple[float, float], across: float, up: float
) -> None:
    (west, east), (south, north) = sorted(lons), sorted(lats)
    box: Box = (west, south, east, north)

    sides = cuboid(box)

    for lon in (west, east, min(east, west + across * (east - west))):
        at = vector(Point(lon, min(north, south + up * (north - south))))
        assert all(low <= a <= high for low, a, high in zip(sides[:3], at, sides[3:], strict=True))


@law
@given(positions, positions)
def test_no_point_of_a_cell_is_nearer_than_the_chord_to_the_cell(centre: Point, point: Point) -> None:
    assert chord_to_cell_um(vector(centre), cell_of(point)) <= chord_um(vector(centre), vector(point)) + 1


@law
@given(st.lists(positions, min_size=1, max_size=40), positions)
def test_cells_added_one_by_one_and_packed_are_found_alike(points: list[Point], centre: Point) -> None:
    cells = sorted({cell_of(point) for point in points})
    packed, grown = CellTree(cells), CellTree()
    for cell in cells:
        grown.add(cell)
    grown.drop(cells[0])
    grown.add(cells[0])
    here = vector(centre)

    for tree in (packed, grown):
        assert sorted(tree.around(here, 2.0)) == cells
        assert set(tree.around(here, 0.1)) >= {c for c in cells if chord_to_cell_um(here, c) < 6e11}
        assert all(cell in tree.over(bounds(cell)) for cell in cells)
        chords = [chord_to_cell_um(here, cell) for cell in tree.nearest(here, len(cells))]
        assert chords == sorted(chords)
        assert len(chords) == len(cells)
