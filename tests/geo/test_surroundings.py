"""What is kept side by side is what is there, and no more of it than was agreed."""

import random

from geo.cells import Cell, cell_of
from geo.chord import UM_PER_RADIUS, chord_um, reach_um, vector
from geo.columns import Columns
from geo.sphere import MILE_M, Point
from geo.surroundings import Surroundings
from tests.geo.positions import PLACE_DE_LA_REUNION, walk


def town(pins: int, spread_m: float = 3000) -> tuple[Columns[int], list[Point]]:
    chance = random.Random(5)
    points = [
        walk(PLACE_DE_LA_REUNION, abs(chance.gauss(0, spread_m)), chance.uniform(0, 360)) for _ in range(pins)
    ]
    columns: Columns[int] = Columns()
    columns.fill(range(pins), points, [1 << n % 3 for n in range(pins)])
    return columns, points


def shown(surroundings: Surroundings, columns: Columns[int], cell: Cell, bits: int) -> set[int]:
    table = surroundings.of(cell, bits)
    assert table is not None
    assert (columns.xyz.take(table.slots, axis=1) == table.xyz).all()
    return set(columns.rows.take(table.slots).tolist())


def test_a_table_holds_all_within_a_mile_of_its_cell_on_its_layers() -> None:
    for pins in (200, 4000):
        columns, points = town(pins)
        surroundings = Surroundings(columns)
        cell = cell_of(PLACE_DE_LA_REUNION)
        avatars = [point for point in points if cell_of(point) == cell][:20]

        for bits in (1, 3, 7):
            seen = shown(surroundings, columns, cell, bits)

            assert all(1 << n % 3 & bits for n in seen)
            for avatar in avatars:
                within = {
                    n
                    for n, point in enumerate(points)
                    if 1 << n % 3 & bits and chord_um(vector(avatar), vector(point)) <= reach_um(MILE_M)
                }
                assert within <= seen


def test_of_a_dense_town_a_band_holds_all_that_is_so_near_and_not_much_more() -> None:
    columns, points = town(8000)
    table = Surroundings(columns).of(cell_of(PLACE_DE_LA_REUNION), 7)
    assert table is not None
    rows = columns.rows.take(table.slots).tolist()

    for point in (point for point in points if cell_of(point) == cell_of(PLACE_DE_LA_REUNION)):
        for um in (0, 1, 10**8, reach_um(MILE_M)):
            at = vector(point)
            band = table.band(at, um / UM_PER_RADIUS)
            seen = set(columns.rows.take(band.slots).tolist())

            assert (columns.xyz.take(band.slots, axis=1) == band.xyz).all()
            assert {n for n in rows[::50] if chord_um(at, vector(points[n])) <= um} <= seen
            assert points.index(point) in seen
            assert um > 10**8 or len(seen) < len(rows) / 4


def test_a_table_is_the_same_object_until_a_row_beside_the_cell_changes() -> None:
    columns, _ = town(300)
    surroundings = Surroundings(columns)
    cell = cell_of(PLACE_DE_LA_REUNION)
    before = surroundings.of(cell, 7)

    surroundings.drop(cell_of(walk(PLACE_DE_LA_REUNION, 20_000, 90)))
    assert surroundings.of(cell, 7) is before

    surroundings.drop(cell_of(walk(PLACE_DE_LA_REUNION, MILE_M, 90)))
    assert surroundings.of(cell, 7) is not before


def test_the_oldest_tables_go_when_more_is_kept_than_agreed() -> None:
    columns, points = town(3000)
    surroundings = Surroundings(columns, most=5000)

    for point in points:
        surroundings.of(cell_of(point), 7)
        surroundings.of(cell_of(point), 1)

        assert surroundings.kept <= 5000


def test_who_walks_through_an_ocean_leaves_no_more_than_agreed() -> None:
    surroundings = Surroundings(Columns(), most_cells=50)

    for step in range(500):
        surroundings.of(cell_of(Point(-30 + step * 0.03, 20)), 7)

    assert len(surroundings) <= 50
