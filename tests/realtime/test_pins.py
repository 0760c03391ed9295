"""A pin is encoded once, when it changes; whoever is sent it gets those very bytes."""

from datetime import UTC, datetime

import orjson
import pytest

from realtime.people import MemberKind, Person
from realtime.pins import encoded, json_of
from realtime.shapes import Category, Layer, ListingState, Pin, Precision

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def a_pin(title: str = "Soupe", lon: float = 7.3389, lat: float = 47.7466) -> Pin:
    return Pin(
        id="019aaaaa-0000-7000-8000-000000000001",
        kind=Layer.OFFER,
        title=title,
        category=Category.FOOD,
        smiles=0,
        state=ListingState.OPEN,
        lon=lon,
        lat=lat,
        precision=Precision.EXACT,
        author=Person(id="019aaaaa-0000-7000-8000-000000000002", name="Ana", kind=MemberKind.INDIVIDUAL),
        created_at=NOW,
        expires_at=NOW,
        version=1,
    )


@pytest.mark.parametrize("title", ["Soupe", '"properties":{"id":1}', "«\u2028»}]", '\\"},{"type":"Feature"'])
def test_a_pin_stands_in_its_feature_as_it_is_whatever_was_typed(title: str) -> None:
    pin = a_pin(title)

    one = encoded(pin)

    assert json_of(one) == pin.model_dump_json(exclude_defaults=True).encode()
    assert Pin.model_validate(orjson.loads(one)["properties"], strict=False) == pin


@pytest.mark.parametrize(("lon", "lat"), [(0.0, -0.0), (-180.0, 90.0), (1e-7, -33.123456789012345)])
def test_a_feature_has_the_place_of_its_pin_to_the_last_digit(lon: float, lat: float) -> None:
    feature = orjson.loads(encoded(a_pin(lon=lon, lat=lat)))

    assert feature["geometry"] == {"type": "Point", "coordinates": [lon, lat]}
    assert feature["id"] == feature["properties"]["id"]
