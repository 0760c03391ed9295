"""From where one stands one finds regional projects of the region, and wide ones wherever they are."""

import json
from typing import Any

import pytest

from realtime.pins import placed
from realtime.shapes import Place
from realtime.signals import PinMoved
from server.projects import far
from server.projects.schemas import FarProjects, FarQuery
from tests.server.board.town import Town
from tests.server.projects.garden import a_project

HERE = Place(lon=7.3389, lat=47.7466)


async def a_world(town: Town, *places: tuple[str, str, float]) -> None:
    """Lay out projects by title, reach and degrees east of here, and show them on the map."""
    asso = await town.member("Asso")
    for title, reach, east in places:
        place = Place(lon=HERE.lon + east, lat=HERE.lat)
        await town.publish(
            asso, **a_project(title=title, place=place, precision="exact", project={"reach": reach})
        )
    for moved in await town.signals(PinMoved):
        assert moved.pin is not None
        town.site.index.put(*placed(moved.pin))


def found(town: Town, at: Place = HERE) -> list[str]:
    answer = FarProjects.model_validate_json(far.projects(town.site, FarQuery(at=at)))
    return [one.title for one in answer.projects]


async def test_by_reach_and_distance_and_never_what_is_near_anyway(town: Town) -> None:
    await a_world(
        town,
        ("Local, plus loin", "local", 0.1),
        ("Large, aux antipodes", "wide", 170.0),
        ("Large, pas loin", "wide", 0.1),
        ("Large, au coin", "wide", 0.001),
        ("Régional, à 75 km", "regional", 1.0),
        ("Régional, à 7 km", "regional", 0.1),
        ("Régional, à 150 km", "regional", 2.0),
    )

    assert found(town) == [
        "Régional, à 7 km",
        "Régional, à 75 km",
        "Large, pas loin",
        "Large, aux antipodes",
    ]


async def test_what_somebody_writes_into_a_title_makes_no_wide_project(town: Town) -> None:
    await a_world(town, ('"reach":"wide"', "local", 0.1))

    assert found(town) == []


async def test_neither_reach_hides_the_other(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far, "MOST_EACH", 2)
    regional = [(f"Régional {n}", "regional", 0.1 * n) for n in range(1, 5)]
    wide = [(f"Large {n}", "wide", n / 1.0) for n in range(1, 5)]
    await a_world(town, *regional, *wide)

    assert found(town) == ["Régional 1", "Régional 2", "Large 1", "Large 2"]


async def test_what_is_answered_is_what_the_pins_are(town: Town) -> None:
    await a_world(town, ("Large", "wide", 3.0))
    (pin,) = json.loads(far.projects(town.site, FarQuery(at=HERE)))["projects"]

    shown: dict[str, Any] = pin["progress"]
    assert (pin["title"], shown["reach"], shown["target_smiles"]) == ("Large", "wide", 20)
