"""Photos as a browser sends them."""

from typing import Any

import httpx

from server.ids import new_id
from tests.server.house import House
from tests.server.photos.pictures import file, scene

PHOTO = file(scene(64, 48))


async def send(
    client: httpx.AsyncClient,
    sent: bytes = PHOTO,
    photo: str | None = None,
    kind: str = "photo",
    **headers: str,
) -> httpx.Response:
    """Send a photo, under a new id unless one is given."""
    return await client.put(
        f"/api/photos/{photo or new_id()}",
        params={"kind": kind},
        content=sent,
        headers={"Content-Type": "image/jpeg", **headers},
    )


async def sent(client: httpx.AsyncClient, body: bytes = PHOTO, kind: str = "photo") -> dict[str, Any]:
    """Send a new photo; return it as it was answered."""
    answer = await send(client, body, kind=kind)
    assert answer.status_code == 201, answer.text
    photo: dict[str, Any] = answer.json()
    return photo


def kept(house: House) -> set[str]:
    """Return the names of the photos whose files lie in the folder."""
    return {place.name for place in house.settings.photo_dir.glob("*/*")}


def addresses(photo: dict[str, Any]) -> list[str]:
    """Return the addresses of a photo's files."""
    sized = [
        f"/photos/{photo['name']}-{width}.{form}" for width in photo["widths"] for form in ("webp", "avif")
    ]
    return [*sized, f"/photos/{photo['name']}-share.jpg"]
