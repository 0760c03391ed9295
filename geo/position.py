"""A position on Earth that is known to be one: everything else in `geo` starts from it and checks no more.

Coordinates come from browsers, address searches, files and hands. What JSON or Python lets through (true,
"7.33", NaN, 1e999) and what people mix up (latitude first) is refused here, in words that say what is wrong.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Literal

Refusal = Literal["not_a_number", "not_finite", "out_of_range", "swapped"]


class InvalidPosition(ValueError):
    """A longitude and latitude that are no position. `code` says why, the text what was expected and came."""

    def __init__(self, code: Refusal, text: str) -> None:
        super().__init__(text)
        self.code: Refusal = code


@dataclass(frozen=True, slots=True)
class Point:
    """A position in degrees, longitude first, WGS 84 taken as a sphere.

    `lon` is in [-180, 180) (180 becomes -180: it is the same meridian) and `lat` in [-90, 90].
    Raises `InvalidPosition` with a code:

    - `not_a_number`: not an int or a float (a bool is not a number here);
    - `not_finite`: NaN or an infinity;
    - `swapped`: the latitude is out of range, but the pair would be valid the other way round;
    - `out_of_range`: anything else that is not on Earth.
    """

    lon: float
    lat: float

    def __post_init__(self) -> None:
        lon, lat = _degrees("longitude", self.lon), _degrees("latitude", self.lat)
        if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
            raise _off_the_map(lon, lat)
        # Adding 0.0 turns -0.0 into 0.0, so that equal positions also print and hash the same.
        object.__setattr__(self, "lon", -180.0 if lon == 180.0 else lon + 0.0)
        object.__setattr__(self, "lat", lat + 0.0)


def _degrees(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidPosition(
            "not_a_number", f"{name}: expected a number of degrees, got {type(value).__name__}"
        )
    try:
        degrees = float(value)
    except OverflowError:
        raise InvalidPosition("out_of_range", f"{name}: an integer of that size is not on Earth") from None
    if not isfinite(degrees):
        raise InvalidPosition("not_finite", f"{name}: expected a finite number of degrees, got {degrees}")
    return degrees


def _off_the_map(lon: float, lat: float) -> InvalidPosition:
    if abs(lon) <= 90.0 < abs(lat) <= 180.0:
        text = f"latitude {lat} is beyond ±90: are longitude and latitude swapped? Longitude comes first"
        return InvalidPosition("swapped", text)
    text = f"expected longitude within ±180 and latitude within ±90, got longitude {lon}, latitude {lat}"
    return InvalidPosition("out_of_range", text)
