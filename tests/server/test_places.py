"""Address search: the town's own file, and services outside that may be away or talk nonsense."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from geo.position import Point
from realtime.refusals import Unavailable
from server.places.choice import DEMO_PLACES, chosen
from server.places.gazetteer import Gazetteer, plain
from server.places.outside import geoplateforme, photon
from tests.server.house import House, open_house, problem, settings

REUNION = Point(7.3389, 47.7466)
BASEL = Point(7.5886, 47.5596)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load(DEMO_PLACES)


@pytest.mark.parametrize(
    "typed", ["Place de la Réunion", "place de la reunion", "PLACE DE LA REU", "reunion place"]
)
async def test_a_place_is_found_however_it_is_typed(gazetteer: Gazetteer, typed: str) -> None:
    found = await gazetteer.find(typed, None, "fr")

    assert found[0].label == "Place de la Réunion"
    assert found[0].context == "Mulhouse, FR"


async def test_the_nearest_comes_first_among_equals(gazetteer: Gazetteer) -> None:
    from_mulhouse = await gazetteer.find("gare", REUNION, "fr")
    from_basel = await gazetteer.find("bahnhof", BASEL, "fr")

    assert "Mulhouse" in from_mulhouse[0].context
    assert "CH" in from_basel[0].context


async def test_the_town_may_be_typed_too(gazetteer: Gazetteer) -> None:
    found = await gazetteer.find("basel bahnhof", REUNION, "fr")

    assert found
    assert all("Basel" in f"{spot.label} {spot.context}" for spot in found)


async def test_what_is_not_there_is_not_found(gazetteer: Gazetteer) -> None:
    assert await gazetteer.find("Champs-Élysées", None, "fr") == []


def test_letters_are_compared_without_accents_and_signs() -> None:
    assert plain("L’Œuvre-d'Art, Straße É") == "l oeuvre d art  strasse e"


class Upstream:
    """A geocoding service on this machine, which says what it is told to."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.asked: list[dict[str, list[str]]] = []
        answering = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answering.asked.append(parse_qs(urlsplit(self.path).query))
                self.send_response(answering.status)
                self.send_header("Content-Length", str(len(answering.body)))
                self.end_headers()
                self.wfile.write(answering.body)

            def log_message(self, *_: Any) -> None:
                """Stay quiet."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def says(self, *features: dict[str, Any]) -> None:
        self.body = json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    thread = threading.Thread(target=made.server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def feature(lon: float = 7.34, lat: float = 47.75, **properties: Any) -> dict[str, Any]:
    return {"geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": properties}


async def test_the_geoplateforme_is_asked_and_read(upstream: Upstream) -> None:
    upstream.says(
        feature(
            label="5 Rue du Sauvage 68100 Mulhouse",
            name="5 Rue du Sauvage",
            postcode="68100",
            city="Mulhouse",
        )
    )
    geocoder = geoplateforme(upstream.url)

    (spot,) = await geocoder.find("5 rue du sauvage", REUNION, "fr")
    await geocoder.aclose()

    assert spot == ("5 Rue du Sauvage", "68100 Mulhouse", Point(7.34, 47.75))
    assert upstream.asked == [
        {"q": ["5 rue du sauvage"], "autocomplete": ["1"], "lon": ["7.34"], "lat": ["47.75"], "limit": ["8"]}
    ]


async def test_photon_is_asked_and_read(upstream: Upstream) -> None:
    upstream.says(
        feature(
            name="Zoo Basel", city="Basel", country="Schweiz", street="Binningerstrasse", housenumber="40"
        ),
        feature(street="Rue de la Loi", housenumber="3", city="Mulhouse", country="France"),
    )
    geocoder = photon(upstream.url)

    found = await geocoder.find("zoo", None, "fr")
    await geocoder.aclose()

    assert [(spot.label, spot.context) for spot in found] == [
        ("Zoo Basel", "40 Binningerstrasse, Basel, Schweiz"),
        ("3 Rue de la Loi", "Mulhouse, France"),
    ]


async def test_a_service_outside_is_told_roughly_where_the_map_is_and_asked_once(upstream: Upstream) -> None:
    upstream.says(feature(name="x", city="y"))
    geocoder = photon(upstream.url)

    for lon in (7.338911, 7.339222):
        await geocoder.find("Zoo", Point(lon, 47.746633), "fr")
    await geocoder.aclose()

    (asked,) = upstream.asked
    assert (asked["lon"], asked["lat"]) == (["7.34"], ["47.75"])


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"features": [{}]}'),
        (200, b'{"features": [{"geometry": {"coordinates": [7, 999]}, "properties": {"label": "x"}}]}'),
        (200, b'{"features": [{"geometry": null, "properties": {"label": "x"}}]}'),
        (200, b'{"features": [{"geometry": {"coordinates": [7, 47]}, "properties": ["x"]}]}'),
    ],
)
async def test_a_service_that_fails_or_talks_nonsense_is_said_to_be_away(
    upstream: Upstream, status: int, body: bytes
) -> None:
    upstream.status, upstream.body = status, body
    geocoder = geoplateforme(upstream.url)

    with pytest.raises(Unavailable, match="geocoder_down"):
        await geocoder.find("rue", None, "fr")
    await geocoder.aclose()


async def test_a_service_that_is_not_there_is_a_clear_refusal(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url, geocoder="photon", photon_url="http://127.0.0.1:1") as house:
        answer = await (await house.visitor()).post("/api/places", json={"text": "rue"})

    assert problem(answer) == (503, "geocoder_down")


async def test_search_can_be_off(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url, geocoder="off") as house:
        client = await house.visitor()
        answer = await client.post("/api/places", json={"text": "rue"})
        config = (await client.get("/api/config")).json()

    assert problem(answer) == (503, "geocoder_off")
    assert config["geocoder"] is False


async def test_the_route_answers_the_best_places(small_house: House) -> None:
    client = await small_house.visitor()

    answer = await client.post("/api/places", json={"text": "filature", "near": {"lon": 7.33, "lat": 47.74}})

    assert answer.json()["places"][0]["label"].endswith("Filature")
    assert len(answer.json()["places"]) <= 8


def test_a_gazetteer_that_is_not_there_fails_the_start() -> None:
    with pytest.raises(OSError, match="nowhere"):
        chosen(settings("sqlite://", gazetteer="nowhere.geojson"))
