"""P1, P2: where somebody lives is nowhere finer than its cell: not stored, sent, logged or mailed."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import structlog
from psycopg.sql import SQL, Identifier

from geo.position import Point
from geo.privacy import home_cell
from server.ids import new_id
from tests.server.house import House, a_newcomer, a_request

# Digits that nothing else here has.
CANARY = {"lon": 7.341719171917191, "lat": 47.743731373137313}
TRACES = ("1719171917", "3731373137")


def everything(url: str) -> str:
    """Return all that is in the database, as text and as the bytes of its file."""
    if url.startswith("sqlite"):
        path = Path("/") / urlsplit(url).path.lstrip("/")
        with closing(sqlite3.connect(path)) as opened:
            dump = "\n".join(opened.iterdump())
        files = path.parent.glob(f"{path.name}*")
        return dump + "".join(file.read_bytes().decode("latin-1") for file in files)
    found = []
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            rows = connection.execute(SQL("SELECT t::text FROM {} t").format(Identifier(table))).fetchall()
            found += [row for (row,) in rows]
    return "\n".join(found)


async def test_a_home_leaves_no_trace_finer_than_its_cell(
    house: House, town_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    with structlog.testing.capture_logs() as lines:
        client = await house.join("Ana", home=CANARY)
        listing = a_request(place=CANARY)
        said = [
            await client.get("/api/session"),
            await client.patch("/api/me", json={"home": CANARY}),
            await client.post("/api/listings", json=listing, headers={"Idempotency-Key": new_id()}),
            await client.get(f"/api/listings/{listing['id']}"),
            await client.get("/api/me/listings"),
            await client.post("/api/listings/around", json={"at": CANARY}),
            await client.post("/api/places", json={"text": "zzz", "near": CANARY}),
            await client.get("/metrics"),
            await client.get("/dev/mail"),
        ]
        # Refused, it is in no error either.
        said.append(await client.patch("/api/me", json={"home": {**CANARY, "lat": CANARY["lat"] + 100}}))
        said.append(await client.patch("/api/me", json={"home": CANARY, "unknown": 1}))
        await house.work()

    texts = {
        "answers": "".join(answer.text + str(answer.headers) for answer in said),
        "log": repr(lines) + caplog.text,
        "database": everything(town_url),
    }
    assert {where for where, text in texts.items() if any(trace in text for trace in TRACES)} == set()
    assert [answer.status_code for answer in said] == [200, 200, 201, 200, 200, 200, 200, 200, 200, 422, 422]


async def test_the_canary_would_be_found_if_it_were_there(town_url: str, house: House) -> None:
    await (await house.join("7.341719171917191")).get("/api/session")

    assert TRACES[0] in everything(town_url)


async def test_saving_a_home_again_reveals_no_new_point(small_house: House) -> None:
    client = await small_house.join("Ana", home=CANARY)
    west, south, east, north = home_cell(Point(CANARY["lon"], CANARY["lat"])).bounds
    shown = set()

    for step in range(10):
        along = 0.05 + step * 0.09
        home = {"lon": west + (east - west) * along, "lat": south + (north - south) * (1 - along)}
        answer = await client.patch("/api/me", json={"home": home})
        shown.add(tuple(answer.json()["home"].values()))

    assert len(shown) == 1


async def test_neighbours_in_one_cell_are_shown_at_different_points(small_house: House) -> None:
    homes = []
    for name in ("Ana", "Bo"):
        client = await small_house.join(name, home=CANARY)
        homes.append((await client.get("/api/session")).json()["member"]["home"])

    assert homes[0] != homes[1]


async def test_nobody_else_is_told_an_address(small_house: House) -> None:
    ana, bo = await small_house.join("Ana"), await small_house.join("Bo")
    listing = a_request()
    await ana.post("/api/listings", json=listing, headers={"Idempotency-Key": new_id()})
    author = (await ana.get("/api/session")).json()["member"]["id"]

    said = [
        await bo.get(f"/api/members/{author}"),
        await bo.get(f"/api/listings/{listing['id']}"),
        await bo.post("/api/listings/around", json={"at": listing["place"]}),
    ]

    assert not [answer for answer in said if a_newcomer("Ana")["email"] in answer.text]
