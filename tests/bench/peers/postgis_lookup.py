"""The lookup of listings within a mile as most would build it: PostGIS behind Starlette, prepared.

`/empty` answers a POST with nothing: what the road to any answer costs.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import uvicorn
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

# The database makes the GeoJSON: one row and one text, which is faster than making it here.
AROUND = """
SELECT coalesce(string_agg(feature, ',' ORDER BY metres), '') FROM (
  SELECT feature, ST_Distance(place, here, false) AS metres
  FROM pin, (SELECT ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography AS here) AS asked
  WHERE ST_DWithin(place, here, 1609.344, false) AND layer IN ('request', 'offer')
) AS found
"""
pool = AsyncConnectionPool(sys.argv[2], min_size=4, max_size=4, open=False)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    """Hold the pool open."""
    async with pool:
        yield


async def around(request: Request) -> Response:
    """Return the pins within a mile as GeoJSON, nearest first."""
    at = orjson.loads(await request.body())["at"]
    async with pool.connection() as connection:
        found = await connection.execute(AROUND, (at["lon"], at["lat"]), prepare=True)
        row = await found.fetchone()
    text = row[0] if row else ""
    return Response(
        '{"type":"FeatureCollection","features":[' + text + "]}", media_type="application/geo+json"
    )


async def empty(request: Request) -> Response:
    """Return nothing."""
    await request.body()
    return Response()


app = Starlette(
    routes=[Route("/around", around, methods=["POST"]), Route("/empty", empty, methods=["POST"])],
    lifespan=lifespan,
)
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
