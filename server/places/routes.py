"""Address search over HTTP."""

from geo.position import Point
from realtime.shapes import Place
from server.http import Call, Routes
from server.places.schemas import FoundPlace, FoundPlaces, PlaceQuery

routes = Routes("places")


@routes.post("/api/places", body=PlaceQuery, answer=FoundPlaces, access="anyone", limit="120/minute")
async def find_places(call: Call[PlaceQuery]) -> FoundPlaces:
    """Find places by address or name, best first, the nearest to `near` first among equals."""
    near = Point(call.body.near.lon, call.body.near.lat) if call.body.near else None
    spots = await call.site.geocoder.find(call.body.text, near, call.viewer.locale)
    return FoundPlaces(
        places=[
            FoundPlace(label=spot.label, context=spot.context, place=Place(lon=spot.at.lon, lat=spot.at.lat))
            for spot in spots
        ]
    )
