"""The one comparison of distances: straight through the Earth, in whole micrometres.

A point is a unit vector, and the straight line between two of them grows with the distance along the ground.
Comparing chords therefore answers "within?" and "nearer?" exactly as distances would, everywhere: a sphere
has no antimeridian and no pole. Only subtraction, multiplication, addition, square root and rounding are
used after the vectors are made. IEEE 754 defines each of them to the last bit, so one point, a numpy block
of a million and a browser's loop come to the same answer.

Vectors carry an error of about a nanometre. Rounding to a micrometre, a thousand times coarser, hides it:
equal distances are equal, and a tie is a tie.

- Order: nearer is the smaller `chord_um`; equal ones are a tie, broken by id wherever pins are listed.
- Inside: `chord_um <= reach_um(radius)`. The edge belongs to the circle; at most 1.5 µm beyond it does too.

Along the ground the edge is exact to 2 µm up to a quarter of the circumference, and to 1 mm up to 20 km
before the antipode; there chords hardly grow any more, and the last 7 m are all equally far.
"""

from collections.abc import Iterable
from functools import lru_cache
from math import cos, floor, inf, isfinite, nextafter, pi, radians, sin, sqrt
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.position import Point

# IUGG mean radius R1, the sphere with which the browser computes as well.
EARTH_RADIUS_M: Final = 6_371_008.8

UM_PER_RADIUS: Final = EARTH_RADIUS_M * 1e6
# Chords that round to the same micrometre have squares no farther apart than this times the longer of them.
TIE: Final = 2.1 / UM_PER_RADIUS
# Nothing on Earth is farther from anything.
HALF_EARTH_M: Final = pi * EARTH_RADIUS_M

Vector: TypeAlias = tuple[float, float, float]
Vectors: TypeAlias = NDArray[np.float64]
"""Shape (n, 3)."""
Block: TypeAlias = NDArray[np.float64]
"""Shape (3, n): all x, then all y, then all z."""
Chords: TypeAlias = NDArray[np.float64]
"""Shape (n,), whole micrometres: up to 1.3e13, which a float64 holds exactly."""
Squares: TypeAlias = NDArray[np.float64]
"""Shape (n,), squares of chords in Earth radii: compared as they are, no root need be taken."""


def vector(point: Point) -> Vector:
    """Return the unit vector of `point`: x towards (0, 0), y towards (90, 0), z towards the north pole."""
    lon, lat = radians(point.lon), radians(point.lat)
    ring = cos(lat)
    return ring * cos(lon), ring * sin(lon), sin(lat)


def vectors(points: Iterable[Point]) -> Vectors:
    """Return the unit vectors of `points`, shape (n, 3), each equal to `vector` to the last bit.

    Not by numpy's own sine: it may differ from Python's in the last bit, by processor.
    """
    return np.array([vector(point) for point in points], np.float64).reshape(-1, 3)


def chord_um(a: Vector, b: Vector) -> int:
    """Return the straight line between two unit vectors, in whole micrometres."""
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return round(sqrt(x * x + y * y + z * z) * UM_PER_RADIUS)


def squares(block: Block, to: Vector) -> Squares:
    """Return the square of the chord from each vector of `block` to one: what `chord_um` takes the root of.

    To the last bit: added in the order x, y, z, one row onto the other. Not einsum or a norm, which may fuse
    or reorder the additions.
    """
    sides = np.subtract(block, np.array(to).reshape(3, 1), order="C")
    sides *= sides
    added: Squares = np.add.reduce(sides, axis=0)
    return added


def um_of(squares: Squares) -> Chords:
    """Return the chords whose squares these are, in whole micrometres, each as `chord_um` gives it."""
    chords: Chords = np.sqrt(squares)
    chords *= UM_PER_RADIUS
    return np.rint(chords, out=chords)


@lru_cache(maxsize=64)
def square_of_reach(reach: float) -> float:
    """Return the greatest square of a chord that counts as `reach` µm or less.

    A square up to it is within reach by `chord_um`'s rule, and no other is: what is compared this way needs
    neither root nor rounding.
    """
    if reach == inf:
        return inf
    square = ((reach + 0.5) / UM_PER_RADIUS) ** 2
    while round(sqrt(square) * UM_PER_RADIUS) > reach:
        square = nextafter(square, 0.0)
    while round(sqrt(wider := nextafter(square, inf)) * UM_PER_RADIUS) <= reach:
        square = wider
    return square


@lru_cache(maxsize=64)
def reach_um(radius_m: float) -> int:
    """Return the longest chord that is still within `radius_m` along the ground.

    Raises `ValueError` for a radius that is negative or not finite. From half the Earth's circumference
    (20,015,115 m) on, everything is within reach.
    """
    if not isfinite(radius_m) or radius_m < 0:
        raise ValueError(f"expected a radius of 0 metres or more, got {radius_m}")
    half_angle = min(radius_m / (2 * EARTH_RADIUS_M), pi / 2)
    return floor(2 * sin(half_angle) * UM_PER_RADIUS) + 1
